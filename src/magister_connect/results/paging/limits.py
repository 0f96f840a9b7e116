"""How much is asked for at a time: as much as the service gives, and less around a record that it cannot encode."""

from __future__ import annotations

from attrs import mutable

from magister_connect.results.paging.drain import Drain

__all__ = ["Limit"]

FIRST_LIMIT = 256  # to begin with where the size of a batch is not known and has to be halved


@mutable
class Limit:
    """The limit of the next request; ``None`` leaves it to the service."""

    drain: Drain
    value: int | None = None

    def reduce(self) -> bool:
        """Halve it, and say whether that is possible: the service takes a limit, and it is not one already."""
        contract = self.drain.service.contract
        if contract.parameters.limit is None or self.value == 1:
            return False
        self.value = max(1, (self.value or contract.page_size or self.drain.checkpoint.largest or FIRST_LIMIT) // 2)
        return True

    def widen(self) -> None:
        """Ask for twice as much again, after an answer."""
        if self.value is not None:
            self.value = None if self.value >= FIRST_LIMIT else self.value * 2

    def covers(self, count: int) -> bool:
        """Whether a batch of this size may have been made small by the limit that was asked for."""
        return self.value is not None and count >= self.value
