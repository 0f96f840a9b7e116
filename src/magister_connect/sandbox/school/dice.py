"""Chance that always falls the same way: the same seed gives the same school on every machine and every Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Choices drawn from ``Random.random`` only, the one method whose sequence Python promises to keep."""

    def __init__(self, *seed: object) -> None:
        self._draw = Random(":".join(map(str, seed))).random

    def skip(self, draws: int) -> None:
        """Draw so many times, and forget what was drawn."""
        draw = self._draw
        for _ in range(draws):
            draw()

    def fraction(self) -> float:
        """A number from 0 up to 1."""
        return self._draw()

    def chance(self, probability: float) -> bool:
        """True this often."""
        return self._draw() < probability

    def number(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._draw() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self._draw() * len(options))]

    def spread(self, middle: float, width: float) -> float:
        """A number around the middle, the sum of three draws: most are near, none is farther than ``width``."""
        return middle + (self._draw() + self._draw() + self._draw() - 1.5) / 1.5 * width

    def day(self, first: dt.date, last: dt.date) -> dt.date:
        """A day from ``first`` to ``last``, both included."""
        return first + dt.timedelta(days=self.number(0, (last - first).days))

    def identifier(self) -> str:
        """A UUID of version 4 in form, lower case."""
        draw = self._draw
        digits = "".join(["0123456789abcdef"[int(draw() * 16)] for _ in range(30)])
        return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"
