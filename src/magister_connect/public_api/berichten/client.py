"""Messages: the two clients."""

from __future__ import annotations

from collections.abc import Sequence

from magister_connect.json_records import JsonObject
from magister_connect.public_api.berichten import operations
from magister_connect.public_api.berichten.records import Bericht, Berichtbijlage, Map, VolledigBericht
from magister_connect.public_api.calls.client import ApiCalls, AsyncApiCalls, AsyncListed, Listed

__all__ = ["AsyncBerichtenClient", "BerichtenClient"]


class BerichtenClient(ApiCalls):
    """Messages."""

    def mappen(self) -> Listed[Map]:
        """All folders of messages (several clients)."""
        return self._list(operations.mappen())

    def berichten(self, folder: int | str = "postvakin", *, trefwoorden: str | None = None) -> Listed[Bericht]:
        """Messages of a folder (several clients).

        Folders go by number, or ``postvakin``, ``verzondenitems``, ``verwijderdeitems``.
        """
        return self._list(operations.berichten(folder, trefwoorden=trefwoorden))

    def bericht(self, bericht: int) -> VolledigBericht:
        """A message with its text (several clients)."""
        return self._one(operations.bericht(bericht))

    def berichtbijlagen(self, bericht: int) -> Listed[Berichtbijlage]:
        """Files of a message (several clients)."""
        return self._list(operations.berichtbijlagen(bericht))

    def markeer_gelezen(self, berichten: Sequence[int], *, gelezen: bool = True) -> None:
        """Mark messages as read or unread (PATCH; several clients)."""
        self._change(operations.markeer_gelezen(berichten, gelezen=gelezen))

    def verplaats(self, berichten: Sequence[int], folder: int) -> None:
        """Move messages to a folder; folder 3 is the bin (PATCH; several clients)."""
        self._change(operations.verplaats(berichten, folder))

    def verwijder(self, berichten: Sequence[int]) -> None:
        """Remove messages (DELETE with a body; several clients)."""
        self._change(operations.verwijder(berichten))

    def verstuur(self, bericht: JsonObject) -> None:
        """Send a message, as the interface spells it (POST; several clients). It is never sent twice by itself."""
        self._change(operations.verstuur(bericht))


class AsyncBerichtenClient(AsyncApiCalls):
    """Messages, awaiting."""

    def mappen(self) -> AsyncListed[Map]:
        """All folders of messages (several clients)."""
        return self._list(operations.mappen())

    def berichten(self, folder: int | str = "postvakin", *, trefwoorden: str | None = None) -> AsyncListed[Bericht]:
        """Messages of a folder (several clients).

        Folders go by number, or ``postvakin``, ``verzondenitems``, ``verwijderdeitems``.
        """
        return self._list(operations.berichten(folder, trefwoorden=trefwoorden))

    async def bericht(self, bericht: int) -> VolledigBericht:
        """A message with its text (several clients)."""
        return await self._one(operations.bericht(bericht))

    def berichtbijlagen(self, bericht: int) -> AsyncListed[Berichtbijlage]:
        """Files of a message (several clients)."""
        return self._list(operations.berichtbijlagen(bericht))

    async def markeer_gelezen(self, berichten: Sequence[int], *, gelezen: bool = True) -> None:
        """Mark messages as read or unread (PATCH; several clients)."""
        await self._change(operations.markeer_gelezen(berichten, gelezen=gelezen))

    async def verplaats(self, berichten: Sequence[int], folder: int) -> None:
        """Move messages to a folder; folder 3 is the bin (PATCH; several clients)."""
        await self._change(operations.verplaats(berichten, folder))

    async def verwijder(self, berichten: Sequence[int]) -> None:
        """Remove messages (DELETE with a body; several clients)."""
        await self._change(operations.verwijder(berichten))

    async def verstuur(self, bericht: JsonObject) -> None:
        """Send a message, as the interface spells it (POST; several clients). It is never sent twice by itself."""
        await self._change(operations.verstuur(bericht))
