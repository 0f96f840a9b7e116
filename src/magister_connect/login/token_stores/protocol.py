"""What is kept of a login, and what a store of tokens must be able to do."""

from __future__ import annotations

import datetime as dt
import json
from typing import Protocol, Self

from attrs import frozen

from magister_connect.core.json import CamelRecord, parse_json, read_record
from magister_connect.login.tokens import Tokens


@frozen(kw_only=True, repr=False, slots=False)
class _Written(CamelRecord):
    tokens: str | None = None
    leased_until: dt.datetime | None = None
    lease: str | None = None


@frozen(kw_only=True)
class StoredTokens:
    """What is kept under one key: the tokens, and who is renewing them at this moment.

    ``tokens`` is ``None`` once the grant is known to be dead. ``lease`` names the renewal under way, which nobody may
    double before ``leased_until``.
    """

    tokens: Tokens | None = None
    lease: str | None = None
    leased_until: dt.datetime | None = None

    def to_text(self) -> str:
        """All of it, secrets included."""
        return json.dumps(
            {
                "tokens": self.tokens.to_text() if self.tokens else None,
                "lease": self.lease,
                "leasedUntil": self.leased_until.isoformat() if self.leased_until else None,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what :meth:`to_text` wrote. Raises :class:`ReplyInvalid` when it is not that."""
        written = read_record(_Written, parse_json(text.encode(), "the token store"), "the token store")
        return cls(
            tokens=None if written.tokens is None else Tokens.from_text(written.tokens),
            lease=written.lease,
            leased_until=written.leased_until,
        )


class TokenStore(Protocol):
    """A place that keeps tokens and can tell that it still holds what the caller saw.

    Refresh tokens are single-use: two processes that refresh at the same time would lose the grant. Hence the one
    demand on a store: :meth:`replace` compares and sets in one step that nothing can come between.
    """

    def read(self, key: str) -> StoredTokens | None:
        """What is kept under ``key``."""
        ...

    def replace(self, key: str, expected: StoredTokens | None, new: StoredTokens | None) -> bool:
        """Put ``new`` in the place of ``expected`` (``None``: nothing); false, and no change, where it differs."""
        ...
