"""The state of the simulated login server: codes, tokens, refresh tokens, and consent of the school."""

from __future__ import annotations

import datetime as dt
import hashlib
from threading import Lock
from typing import Final

from attrs import define, field, frozen

TENANT_HOST: Final = "zandbakcollege.magister.net"
TENANT_ID: Final = hashlib.sha256(TENANT_HOST.encode()).hexdigest()[:32]


@frozen(kw_only=True)
class Grant:
    """A grant. ``subject`` is the UUID of a person, or ``None`` for the application itself.

    All tokens from one code have the same ``family``.
    """

    client_id: str
    subject: str | None
    scope: str
    ends: dt.datetime
    family: str = ""


@frozen(kw_only=True)
class Code:
    """A code for the token endpoint. ``challenge`` and ``nonce`` are empty if the request had none."""

    client_id: str
    subject: str
    scope: str
    redirect_uri: str
    challenge: str
    nonce: str
    ends: dt.datetime


@define
class Grants:
    """All grants. Thread-safe. ``consented`` contains client ids.

    ``refreshes`` counts the successful refreshes.
    """

    consented: set[str] = field(factory=set)
    codes: dict[str, Code] = field(factory=dict)
    pushed: dict[str, dict[str, str]] = field(factory=dict)
    access: dict[str, Grant] = field(factory=dict)
    refresh: dict[str, Grant] = field(factory=dict)
    refreshes: int = 0
    _counter: int = 0
    _lock: Lock = field(factory=Lock, repr=False)

    def name(self, kind: str) -> str:
        """Return a new, unique text. It is predictable, because nothing here is secret."""
        with self._lock:
            self._counter += 1
            return f"{kind}-{hashlib.sha256(f'{kind}{self._counter}'.encode()).hexdigest()[:40]}"

    def spend_code(self, code: str) -> Code | None:
        """Use a code, which is valid once. If it comes again, the tokens from it end (RFC 6749, 4.1.2)."""
        with self._lock:
            found = self.codes.pop(code, None)
            if found is None and code:
                self._end_family(code)
            return found

    def spend_refresh(self, token: str, *, keep: bool) -> Grant | None:
        """Use a refresh token, which is valid once unless ``keep`` is true."""
        with self._lock:
            found = self.refresh.get(token) if keep else self.refresh.pop(token, None)
            self.refreshes += found is not None
            return found

    def holder(self, authorization: str, now: dt.datetime) -> Grant | None:
        """Return the grant for an ``Authorization`` header, while it is valid."""
        kind, _, token = authorization.partition(" ")
        found = self.access.get(token) if kind.lower() == "bearer" else None
        return found if found is not None and found.ends > now else None

    def end_all_access(self) -> None:
        """End all access tokens. Refresh tokens stay valid."""
        with self._lock:
            self.access.clear()

    def revoke(self, token: str, client_id: str) -> None:
        """Revoke a token of this client. A refresh token also ends its family (RFC 7009, 2.1)."""
        with self._lock:
            access, refresh = self.access.get(token), self.refresh.get(token)
            if access is not None and access.client_id == client_id:
                del self.access[token]
            if refresh is not None and refresh.client_id == client_id:
                self._end_family(refresh.family)
                self.refresh.pop(token, None)

    def _end_family(self, family: str) -> None:
        for tokens in (self.access, self.refresh):
            for token in [token for token, grant in tokens.items() if grant.family == family]:
                del tokens[token]
