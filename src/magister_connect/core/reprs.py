"""Printing a record hides its values, in every tool that prints.

A record derives from :class:`MaskedRepr` and turns the repr of attrs off::

    @frozen(repr=False)
    class Leerling(MaskedRepr):
        key: str
        achternaam: str | None = None

    >>> Leerling("1", "Jansen")
    <Leerling: key, achternaam>

The repr names the class and the fields that are filled: neither ``None`` nor empty. The same holds for tools that know
attrs and look at the fields themselves (rich), for those that take mappings and sequences apart (sentry-sdk),
and for the explanation that pytest gives of a failed comparison: the class masks each of its fields for them. A class
that wants another line defines ``__repr__`` itself; the masks stay. ``MaskedRepr`` also fits a class without attrs,
which then defines ``__repr__``.

Values are read from the attributes, or all at once by ``record.to_dict(reveal=True)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import Any, Final

from attrs import Attribute, fields, has

from magister_connect.core.secrets import MASK
from magister_connect.core.serialization import PlainData


class _Masked:
    """What stands for a value."""

    def __repr__(self) -> str:
        return MASK


_MASKED: Final = _Masked()


def is_filled(value: object) -> bool:
    """Whether a field holds something: neither ``None`` nor an empty text or collection. 0 and ``False`` count."""
    return value is not None and (not isinstance(value, Sized) or len(value) > 0)


def mask(value: object) -> str:
    """The repr of a field that is not to be shown: ``***``, or ``None`` or the empty value itself."""
    return MASK if is_filled(value) else repr(value)


def count(values: Any) -> str:  # noqa: ANN401 - anything that has a length
    """The repr of a field that holds many: how many, as ``<12>``."""
    return f"<{len(values)}>"


class MaskedRepr(PlainData):
    """A record whose repr names its class and the fields that are filled, and never a value.

    It becomes plain data by ``to_dict()`` and ``to_json()``, and comes back by ``from_dict()``; see
    :mod:`~magister_connect.core.serialization`.
    """

    __slots__ = ()

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        """Mask the fields; attrs calls this when a class is complete."""
        attributes = _fields(cls)
        masked = [each if _masks(each.repr) else each.evolve(repr=mask) for each in attributes]
        cls.__attrs_attrs__ = type(attributes)(masked)  # type: ignore[attr-defined]  # a class of attrs by now
        if (compare := vars(cls).get("__eq__")) is not None and hasattr(compare, "__code__"):
            # pytest prints the fields that differ where it takes a comparison for one that attrs made, by this name
            compare.__code__ = compare.__code__.replace(co_filename="<magister_connect>")

    def _filled(self) -> Iterator[str]:
        return (each.name for each in _fields(type(self)) if is_filled(getattr(self, each.name, None)))

    def __repr__(self) -> str:
        name = type(self).__name__
        filled = ", ".join(self._filled())
        return f"<{name}: {filled}>" if filled else f"<{name}>"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: ANN401, FBT001 - as IPython calls it
        printer.text(repr(self))

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        return ((name, _MASKED) for name in self._filled())

    __rich_repr__.angular = True  # type: ignore[attr-defined]  # rich then prints <Name ...>

    def __sentry_repr__(self) -> str:
        return repr(self)


def _fields(kind: type) -> tuple[Attribute[Any], ...]:
    return fields(kind) if has(kind) else ()


def _masks(setting: object) -> bool:
    return setting is False or (callable(setting) and setting is not repr)
