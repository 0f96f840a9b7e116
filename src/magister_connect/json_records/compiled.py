"""The fast way from JSON to a record: a function for each class, written out field by field.

What takes time in reading is the call of a hook for every value. So text, whole numbers and booleans are checked where
they are fetched, and only other values go through the hooks of cattrs. These functions do not tell what is wrong:
whatever they raise, the same value is read once more in detail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from attrs import NOTHING, Attribute, Factory, fields, resolve_types

from magister_connect.json_records.classes import NOTHING_MORE, Record, key_of, without_none

if TYPE_CHECKING:
    import cattrs

__all__ = ["compile_reader"]

Reader: TypeAlias = Callable[[Any, Any], Any]  # a hook, as cattrs has it
_CHECKED_IN_PLACE: Final = frozenset({str, int, bool})
_ALL_OF_IT: Final = """
def read(value, _):
    if type(value) is not dict:
        raise TypeError
    get = value.get
    absent = 0
    {fields}
    known_only = len(value) + absent == {count}
    record = new(kind)
    fill(
        record,
        {arguments}
        extra=nothing if known_only else {{key: value[key] for key in value if key not in known}},
    )
    return record
"""


def compile_reader(kind: type[Record], converter: cattrs.Converter) -> Reader:
    """A function that reads one class, with the hooks of a converter for all but the plainest values."""
    chosen = [each for each in fields(resolve_types(kind)) if each.name != "extra"]
    names: dict[str, Any] = {
        "kind": kind,
        "known": frozenset(key_of(kind, each) for each in chosen),
        "new": object.__new__,
        "fill": kind.__init__,  # calling the class would gather its arguments in a dict first
        "nothing": NOTHING_MORE,
    }
    lines: list[str] = []
    for number, attribute in enumerate(chosen):
        lines += _write_field(str(number), attribute, repr(key_of(kind, attribute)))
        names |= _names_of_field(str(number), attribute, converter)
    text = _ALL_OF_IT.format(
        fields="\n    ".join(lines),
        count=len(chosen),
        arguments="".join(f"{each.alias}=value_{number}, " for number, each in enumerate(chosen)),
    )

    exec(text, names)  # noqa: S102 - of names and keys that the class declares; nothing that a service sent
    return names["read"]  # type: ignore[no-any-return]  # what was written above


def _write_field(place: str, attribute: Attribute[Any], key: str) -> list[str]:
    value, check = f"value_{place}", _write_check(place, attribute)
    if _may_be_none(attribute):
        if attribute.default is None:  # absent is the same as null, but for the number of keys
            return [f"{value} = get({key})", f"if {value} is None: absent += {key} not in value", f"el{check}"]
        present = [f"{value} = value[{key}]", f"if {value} is not None:", f"    {check}"]
    else:
        present = [f"{value} = value[{key}]", check]
    if attribute.default is NOTHING:
        return present
    return [
        f"if {key} in value:",
        *(f"    {line}" for line in present),
        f"else: {value}, absent = default_{place}, absent + 1",
    ]


def _write_check(place: str, attribute: Attribute[Any]) -> str:
    value, wanted = f"value_{place}", without_none(attribute.type)
    if wanted is bool:  # quicker than asking for the type
        return f"if {value} is not True and {value} is not False: raise TypeError"
    if wanted in _CHECKED_IN_PLACE:
        return f"if type({value}) is not {wanted.__name__}: raise TypeError"
    return f"if True: {value} = hook_{place}({value}, wanted_{place})"


def _names_of_field(place: str, attribute: Attribute[Any], converter: cattrs.Converter) -> Mapping[str, object]:
    wanted = without_none(attribute.type)
    return {
        f"wanted_{place}": wanted,
        f"hook_{place}": None if wanted in _CHECKED_IN_PLACE else _hook(wanted, converter),
        f"default_{place}": NOTHING if isinstance(attribute.default, cast("type", Factory)) else attribute.default,
    }


def _hook(wanted: Any, converter: cattrs.Converter) -> Reader:  # noqa: ANN401 - any annotation
    try:
        return converter.get_structure_hook(wanted, cache_result=False)
    except RecursionError:  # a class that holds itself finds its hook while it reads
        return converter.structure


def _may_be_none(attribute: Attribute[Any]) -> bool:
    return without_none(attribute.type) is not attribute.type
