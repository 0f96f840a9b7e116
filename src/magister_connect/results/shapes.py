"""What records with the same elements have in common: which text is which field, and the order of the fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from operator import itemgetter
from typing import Final

from attrs import frozen

__all__ = ["BEHIND_NAME", "BETWEEN", "Shape", "shape_of"]

BEHIND_NAME: Final = "\x1f"
BETWEEN: Final = "\x1e"


@frozen
class Shape:
    """The elements of a flat record in which nothing is empty and no field comes twice.

    ``fields`` has the field of each element, or its own name where the contract has none: those are ``extra``.
    ``read`` are the fields that are more than a text. ``template`` and ``order`` write what the fingerprint is taken
    over: since the names are known, nothing is sorted anew for each record.
    """

    fields: tuple[str, ...]
    extra: tuple[str, ...]
    read: tuple[str, ...]
    template: str
    order: Callable[[Sequence[str]], tuple[str, ...] | str]

    def fingerprint(self, texts: Sequence[str]) -> str:
        """The hash over everything that was sent."""
        return sha256((self.template % self.order(texts)).encode()).hexdigest()

    def extra_of(self, texts: Sequence[str], made: dict[str, object]) -> dict[str, str]:
        """Take what the contract does not name out of the values of a record."""
        for key in self.extra:
            del made[key]
        return {
            key.removeprefix(BETWEEN): text
            for key, text in zip(self.fields, texts, strict=True)
            if key.startswith(BETWEEN)
        }


def shape_of(elements: Sequence[tuple[str, str]], plain: Collection[str]) -> Shape | None:
    """The shape of elements, given as name and field; ``None`` where a field or a name comes twice, or parts come."""
    names = [name for name, _ in elements]
    fields = [field or f"{BETWEEN}{name}" for name, field in elements]
    if len(set(names)) < len(names) or len(set(fields)) < len(fields) or "parts" in fields:
        return None
    sent = sorted((name + BEHIND_NAME, place) for place, name in enumerate(names) if fields[place] != "report_address")
    if not sent:
        return None
    return Shape(
        fields=tuple(fields),
        extra=tuple(field for field in fields if field.startswith(BETWEEN)),
        read=tuple(field for field in fields if field not in plain and not field.startswith(BETWEEN)),
        template=BETWEEN.join(name.replace("%", "%%") + "%s" for name, _ in sent),
        order=itemgetter(*(place for _, place in sent)),
    )
