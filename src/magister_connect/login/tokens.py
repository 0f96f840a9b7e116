"""Masked tokens with their expiry time, and tolerant reading of the token response."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import warnings
from collections.abc import Mapping
from typing import Final, Self

from attrs import evolve, field, frozen

from magister_connect.core.json import CamelRecord, parse_json, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import ContractMismatch, ReplyInvalid
from magister_connect.login.identity import TENANT_CLAIM, Identity

LONGEST_LIFETIME: Final = 10 * 366 * 86_400.0  # seconds; a longer lifetime counts as no expiry
_TOKEN: Final = re.compile(r"[\x20-\x7e]+")  # RFC 6749, A.12; a header cannot carry a line break
NEVER_FRESH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@frozen(kw_only=True, repr=False, slots=False)
class _Written(CamelRecord):
    access_token: str
    expires: dt.datetime | None = None
    scopes: tuple[str, ...] = ()
    refresh_token: str | None = None
    id_token: str | None = None
    tenant: str | None = None
    subject: str | None = None


@frozen(kw_only=True)
class Tokens:
    """An access token and its refresh token. The repr shows the scopes and the expiry, no token.

    - ``expires``: aware, in UTC. ``None`` if the server did not send it.
    - ``identity``: set after a login. :meth:`to_text` does not include it.
    - ``tenant`` and ``subject``: as far as known. :meth:`to_text` includes them.
    """

    access_token: Secret
    expires: dt.datetime | None = None
    scopes: tuple[str, ...] = ()
    refresh_token: Secret | None = None
    id_token: Secret | None = None
    tenant: str | None = None
    subject: str | None = field(default=None, repr=False)
    identity: Identity | None = field(default=None, repr=False, eq=False)

    def is_fresh(self, moment: dt.datetime, margin: float = 60.0) -> bool:
        """Whether the access token is valid for at least ``margin`` more seconds."""
        return self.expires is None or (self.expires - moment).total_seconds() > margin

    def to_text(self) -> str:
        """Return everything as text for a store, secrets included."""
        return json.dumps(
            {
                "accessToken": self.access_token.reveal(),
                "expires": self.expires.astimezone(dt.UTC).isoformat() if self.expires else None,
                "scopes": list(self.scopes),
                "refreshToken": self.refresh_token.reveal() if self.refresh_token else None,
                "idToken": self.id_token.reveal() if self.id_token else None,
                "tenant": self.tenant,
                "subject": self.subject,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text of :meth:`to_text`. Raises :class:`ReplyInvalid` for any other text."""
        written = read_record(_Written, parse_json(text.encode(), "the token store"), "the token store")
        return cls(
            access_token=Secret(written.access_token),
            expires=written.expires,
            scopes=written.scopes,
            refresh_token=_secret(written.refresh_token),
            id_token=_secret(written.id_token),
            tenant=written.tenant,
            subject=written.subject,
        )

    def with_identity(self, identity: Identity) -> Self:
        """Return the same tokens with the identity of the user."""
        return evolve(self, identity=identity, subject=identity.subject, tenant=identity.tenant or self.tenant)

    def refreshed_with(self, newer: Tokens) -> Tokens:
        """Combine with the response to a refresh.

        It may omit the refresh and identity token; the old ones then stay.
        """
        return evolve(
            newer,
            refresh_token=newer.refresh_token or self.refresh_token,
            id_token=newer.id_token or self.id_token,
            tenant=newer.tenant or self.tenant,
            subject=newer.subject or self.subject,
            identity=newer.identity or self.identity,
        )


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text else None


class ExcessScopesWarning(UserWarning):
    """A token has more scopes than were requested. The text names the scopes."""


@frozen(kw_only=True)
class TokenResponse:
    """The response of the token endpoint (RFC 6749, 5.1), read without errors.

    The refresh token in the request may be used up. So an oddity in the rest of the response must not lose the new one:
    :meth:`require_tokens` raises errors after that has been saved. ``expires_in`` may be a number or a text. An
    unreadable time counts as unknown.
    """

    where: str
    access_token: Secret | None = None
    token_type: str = "Bearer"  # noqa: S105 - the name of a kind, not a token
    expires: dt.datetime | None = None
    scopes: tuple[str, ...] = ()
    excess: tuple[str, ...] = ()
    refresh_token: Secret | None = None
    id_token: Secret | None = None

    @classmethod
    def read(cls, body: object, moment: dt.datetime, asked: tuple[str, ...], where: str) -> Self:
        """Read a response that arrived at ``moment``. Scopes that it omits are the requested ones."""
        found = body if isinstance(body, dict) else {}
        scope = _text(found, "scope")
        granted = asked if scope is None else tuple(scope.split())
        return cls(
            where=where,
            access_token=_secret(_text(found, "access_token")),
            token_type=_text(found, "token_type") or "Bearer",
            expires=_end(found.get("expires_in"), moment),
            scopes=granted,
            excess=tuple(sorted(set(granted) - set(asked))),
            refresh_token=_secret(_text(found, "refresh_token")),
            id_token=_secret(_text(found, "id_token")),
        )

    @property
    def is_plain(self) -> bool:
        """Whether nothing is left to verify or report."""
        token = self.access_token
        complete = token is not None and _TOKEN.fullmatch(token.reveal()) and self.token_type.lower() == "bearer"
        return bool(complete) and self.id_token is None and not self.excess

    def require_tokens(self) -> Tokens:
        """Return the tokens.

        Raises :class:`ReplyInvalid` without an access token, or with one that no header can carry, and
        :class:`ContractMismatch` for another type.

        Only bearer tokens are supported (RFC 6749, 7.1). Scopes that were not requested cause an
        :class:`ExcessScopesWarning`.
        """
        if self.excess:
            warnings.warn(
                f"More scopes were granted than asked for: {', '.join(self.excess)}. Ask for less in the partner "
                "portal, or enter them in your register of processing: which data, for which purpose.",
                ExcessScopesWarning,
                stacklevel=2,
            )
        if self.access_token is None:
            raise ReplyInvalid("The response of the token endpoint has no access token", where=self.where)
        if not _TOKEN.fullmatch(self.access_token.reveal()):
            raise ReplyInvalid("The access token has characters that a token cannot have", where=self.where)
        if self.token_type.lower() != "bearer":
            raise ContractMismatch(
                "The token endpoint issues tokens other than bearer tokens, which are not supported",
                where="token_type",
                advice="Which type of token does our contract name?",
            )
        return Tokens(
            access_token=self.access_token,
            expires=self.expires,
            scopes=self.scopes,
            refresh_token=self.refresh_token,
            id_token=self.id_token,
            tenant=_peek_tenant(self.access_token),
        )

    def rotate(self, tokens: Tokens) -> Tokens:
        """Return older tokens with the new refresh token only, to save before the rest is verified."""
        return evolve(
            tokens,
            access_token=Secret(""),
            expires=NEVER_FRESH,
            refresh_token=self.refresh_token or tokens.refresh_token,
        )


def _text(found: Mapping[str, object], name: str) -> str | None:
    value = found.get(name)
    return value if isinstance(value, str) and value else None


def _end(expires_in: object, moment: dt.datetime) -> dt.datetime | None:
    try:
        seconds = float(expires_in)  # type: ignore[arg-type]  # any value that was sent
    except (TypeError, ValueError, OverflowError):
        return None
    if isinstance(expires_in, bool) or math.isnan(seconds):
        return None
    return moment + dt.timedelta(seconds=max(0.0, min(seconds, LONGEST_LIFETIME)))


def _peek_tenant(access_token: Secret) -> str | None:
    """Return the tenant in the access token as a hint.

    Never trust it: the token is opaque, and only sometimes readable.
    """
    import jwt  # imported here: it takes long

    try:
        claims = jwt.decode(access_token.reveal(), options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        return None
    tenant = claims.get(TENANT_CLAIM)
    return tenant if isinstance(tenant, str) else None
