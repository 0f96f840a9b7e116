"""Reproducible random choices: the same seed gives the same school on every machine and in every Python version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Random choices from ``Random.random`` only, the one method with a sequence that Python promises to keep."""

    def __init__(self, *seed: object) -> None:
        self._draw = Random(":".join(map(str, seed))).random

    def skip(self, draws: int) -> None:
        """Draw a number of times, and discard the results."""
        draw = self._draw
        for _ in range(draws):
            draw()

    def fraction(self) -> float:
        """Return a number from 0 up to, but not including, 1."""
        return self._draw()

    def chance(self, probability: float) -> bool:
        """Return true with this probability."""
        return self._draw() < probability

    def number(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + int(self._draw() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[int(self._draw() * len(options))]

    def spread(self, middle: float, width: float) -> float:
        """Return a number around the middle, the sum of three draws: most are near it, all within ``width``."""
        return middle + (self._draw() + self._draw() + self._draw() - 1.5) / 1.5 * width

    def day(self, first: dt.date, last: dt.date) -> dt.date:
        """Return a day from ``first`` to ``last``, both included."""
        return first + dt.timedelta(days=self.number(0, (last - first).days))

    def identifier(self) -> str:
        """Return a UUID in the form of version 4, lower case."""
        draw = self._draw
        digits = "".join(["0123456789abcdef"[int(draw() * 16)] for _ in range(30)])
        return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-8{digits[15:18]}-{digits[18:30]}"
