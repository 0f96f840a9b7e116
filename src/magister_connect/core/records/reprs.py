"""Records whose repr hides their values, in every tool that prints.

Derive a record from :class:`MaskedRepr`, and turn off the repr of attrs::

    @frozen(repr=False)
    class Leerling(MaskedRepr):
        key: str
        achternaam: str | None = None

    >>> Leerling("1", "Jansen")
    <Leerling: key, achternaam>

The repr shows the class and the names of the filled fields. Fields with ``None`` or an empty value are left out. Values
are also hidden in tools that read attrs fields (rich), in tools that read mappings and sequences (sentry-sdk), and in
pytest's explanation of a failed comparison. A class that wants another text defines ``__repr__`` itself; the other
tools still show no values. A class without attrs can use ``MaskedRepr`` too, and then defines ``__repr__``.

Read values from the attributes, or all at once with ``record.to_dict(reveal=True)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import Any, Final

from attrs import Attribute, fields, has

from magister_connect.core.records.serialization import PlainData
from magister_connect.core.secrets import MASK


class _Masked:
    """Replaces a value in a printed record."""

    def __repr__(self) -> str:
        return MASK


_MASKED: Final = _Masked()


def is_filled(value: object) -> bool:
    """Whether a field is not ``None`` and not an empty text or collection. 0 and ``False`` count as filled."""
    return value is not None and (not isinstance(value, Sized) or len(value) > 0)


def mask(value: object) -> str:
    """Return the repr of a hidden field: ``***``, or ``None`` or the empty value itself."""
    return MASK if is_filled(value) else repr(value)


def count(values: Any) -> str:  # noqa: ANN401 - anything with a length
    """Return the number of items as the repr of a collection: ``<12>``."""
    return f"<{len(values)}>"


class MaskedRepr(PlainData):
    """A record whose repr shows its class and the names of its filled fields, and never a value.

    ``to_dict()`` and ``to_json()`` return it as plain data, and ``from_dict()`` reads those back. See
    :mod:`~magister_connect.core.records.serialization`.
    """

    __slots__ = ()

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        """Mask the fields. attrs calls this when a class is complete."""
        attributes = _fields(cls)
        masked = [each if _masks(each.repr) else each.evolve(repr=mask) for each in attributes]
        cls.__attrs_attrs__ = type(attributes)(masked)  # type: ignore[attr-defined]  # a class of attrs by now
        if (compare := vars(cls).get("__eq__")) is not None and hasattr(compare, "__code__"):
            # pytest recognises a comparison that attrs made by this name, and would then print the fields that differ
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

    __rich_repr__.angular = True  # type: ignore[attr-defined]  # makes rich print <Name ...>

    def __sentry_repr__(self) -> str:
        return repr(self)


def _fields(kind: type) -> tuple[Attribute[Any], ...]:
    return fields(kind) if has(kind) else ()


def _masks(setting: object) -> bool:
    return setting is False or (callable(setting) and setting is not repr)
