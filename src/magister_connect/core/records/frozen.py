"""A dict that cannot be changed. Unlike ``MappingProxyType``, it can be pickled and copied."""

from __future__ import annotations

from typing import Any, NoReturn, Self, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """The mapping type in records. It compares as a dict, and is hashable if its values are."""

    __slots__ = ()

    def _refuse(self, *_arguments: object, **_named: object) -> NoReturn:
        message = "The mappings of records cannot be changed; make a dict of one first"
        raise TypeError(message)

    __setitem__ = __delitem__ = clear = pop = popitem = __ior__ = _refuse
    setdefault = update = _refuse  # pyright: ignore[reportAssignmentType] - accepts any arguments

    def __hash__(self) -> int:  # type: ignore[override]  # dicts are not hashable, because they can change
        return hash(frozenset(self.items()))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (dict(self),)
