"""Account, session and privileges: the two clients."""

from __future__ import annotations

from magister_connect.public_api.account import operations
from magister_connect.public_api.account.records import Account, Accountgegevens, Sessie, Versie
from magister_connect.public_api.calls.client import ApiCalls, AsyncApiCalls

__all__ = ["AccountClient", "AsyncAccountClient"]


class AccountClient(ApiCalls):
    """Account, session and privileges."""

    def account(self) -> Account:
        """The account that the token belongs to, with its privileges (several clients)."""
        return self._one(operations.account())

    def sessie(self) -> Sessie:
        """The current session (several clients)."""
        return self._one(operations.sessie())

    def accountgegevens(self, account: int) -> Accountgegevens:
        """One account in the newer generation (one client)."""
        return self._one(operations.accountgegevens(account))

    def versie(self) -> Versie:
        """Versions of the school's Magister (one client)."""
        return self._one(operations.versie())


class AsyncAccountClient(AsyncApiCalls):
    """Account, session and privileges, awaiting."""

    async def account(self) -> Account:
        """The account that the token belongs to, with its privileges (several clients)."""
        return await self._one(operations.account())

    async def sessie(self) -> Sessie:
        """The current session (several clients)."""
        return await self._one(operations.sessie())

    async def accountgegevens(self, account: int) -> Accountgegevens:
        """One account in the newer generation (one client)."""
        return await self._one(operations.accountgegevens(account))

    async def versie(self) -> Versie:
        """Versions of the school's Magister (one client)."""
        return await self._one(operations.versie())
