"""Tokens as they are held: masked, with the moment at which they end."""

from __future__ import annotations

import datetime as dt
import json
from typing import Self

import jwt
from attrs import evolve, field, frozen

from magister_connect.core.json import CamelRecord, Record, parse_json, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import ContractChanged
from magister_connect.login.identity import TENANT_CLAIM, Identity


@frozen(kw_only=True, repr=False, slots=False)
class TokenAnswer(Record):
    """What the token address answers (documented by several clients); keys are those of OAuth 2."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a kind, not a token
    expires_in: int | None = None
    scope: str | None = None
    id_token: str | None = None
    refresh_token: str | None = None


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
                "expires": self.expires.isoformat() if self.expires else None,
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

    @classmethod
    def from_answer(cls, answer: TokenAnswer, moment: dt.datetime, asked: tuple[str, ...]) -> Self:
        """The tokens of an answer that came at ``moment``; scopes that it does not name are those that were asked.

        Raises :class:`ContractChanged` for tokens that are no bearer tokens.
        """
        if answer.token_type.lower() != "bearer":
            raise ContractChanged(
                "The token address gives tokens that are no bearer tokens; only those are understood",
                where="token_type",
                advice="Ask the vendor what your contract says of the kind of token.",
            )
        lasting = None if answer.expires_in is None else dt.timedelta(seconds=answer.expires_in)
        return cls(
            access_token=Secret(answer.access_token),
            expires=None if lasting is None else moment + lasting,
            scopes=asked if answer.scope is None else tuple(answer.scope.split()),
            refresh_token=_secret(answer.refresh_token),
            id_token=_secret(answer.id_token),
            tenant=_peek_tenant(answer.access_token),
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


def _peek_tenant(access_token: str) -> str | None:
    """A hint, never trusted: the access token is opaque to clients, and where it can be read it may name the school."""
    try:
        claims = jwt.decode(access_token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        return None
    tenant = claims.get(TENANT_CLAIM)
    return tenant if isinstance(tenant, str) else None
