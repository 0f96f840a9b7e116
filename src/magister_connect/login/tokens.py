"""Tokens, masked, with the moment at which they end; and the response of the token endpoint, read with tolerance."""

from __future__ import annotations

import datetime as dt
import json
import math
import warnings
from collections.abc import Mapping
from typing import Final, Self

from attrs import evolve, field, frozen

from magister_connect.core.json import CamelRecord, parse_json, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import ContractMismatch, ReplyInvalid
from magister_connect.login.identity import TENANT_CLAIM, Identity

LONGEST_LIFETIME: Final = 10 * 366 * 86_400.0  # seconds; an access token that lasts longer has no end that matters
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
    """An access token and what renews it. The repr shows the scopes and the end, no token.

    ``expires`` is aware and in UTC, or ``None`` when the server did not say. ``identity`` is there after a login and
    is not written by :meth:`to_text`; ``tenant`` and ``subject`` are, as far as they are known.
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
        """Whether the access token lasts for ``margin`` seconds more."""
        return self.expires is None or (self.expires - moment).total_seconds() > margin

    def to_text(self) -> str:
        """All of it, secrets included, for a store."""
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
        """Read what :meth:`to_text` wrote. Raises :class:`ReplyInvalid` when it is not that."""
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
        """The same tokens, with who they are for."""
        return evolve(self, identity=identity, subject=identity.subject, tenant=identity.tenant or self.tenant)

    def refreshed_with(self, newer: Tokens) -> Tokens:
        """What holds after a refresh: a reply may leave out refresh and identity token, and the old ones stay."""
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
    """A token may do more than was asked for; the text names the scopes."""


@frozen(kw_only=True)
class TokenResponse:
    """What the token endpoint answered (RFC 6749, 5.1), read without a complaint.

    The refresh token that was sent may be spent by now. So nothing that is odd in the rest of the answer may cost the
    new one: :meth:`require_tokens` complains once that has been saved. ``expires_in`` counts as a number or as the text
    of one; a time that cannot be read is none.
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
        """Read an answer that came at ``moment``; scopes that it does not name are those that were asked for."""
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
        """Whether there is nothing left to verify or to complain about."""
        complete = self.access_token is not None and self.token_type.lower() == "bearer"
        return complete and self.id_token is None and not self.excess

    def require_tokens(self) -> Tokens:
        """The tokens. Raises :class:`ReplyInvalid` without an access token, :class:`ContractMismatch` for another type.

        Only bearer tokens are understood (RFC 6749, 7.1). Scopes beyond those that were asked for are an
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
            raise ReplyInvalid("The token endpoint answered without an access token", where=self.where)
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
        """Older tokens with nothing but their new refresh token: what can be saved before the rest is verified."""
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
        seconds = float(expires_in)  # type: ignore[arg-type]  # anything that came
    except (TypeError, ValueError, OverflowError):
        return None
    if isinstance(expires_in, bool) or math.isnan(seconds):
        return None
    return moment + dt.timedelta(seconds=max(0.0, min(seconds, LONGEST_LIFETIME)))


def _peek_tenant(access_token: Secret) -> str | None:
    """A hint, never trusted: the access token is opaque to clients, and where it can be read it may name the school."""
    import jwt  # here: it takes long to import

    try:
        claims = jwt.decode(access_token.reveal(), options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        return None
    tenant = claims.get(TENANT_CLAIM)
    return tenant if isinstance(tenant, str) else None
