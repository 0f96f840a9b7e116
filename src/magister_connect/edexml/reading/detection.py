"""Detect which version a record needs: the oldest version with all of its fields and codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from operator import attrgetter
from typing import Final

from magister_connect.edexml.model import records
from magister_connect.edexml.model.codes import Rol
from magister_connect.edexml.model.kinds import KIND_OF, Kind
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.simple_types import Codes
from magister_connect.edexml.model.versions import VERSIONS, model

_LONGEST_KEY_OF_2_0: Final = 64


def version_by_features(items: Iterable[Item]) -> str:
    """Return the oldest version that supports everything in the records."""
    return max((needed_version(item) for item in items), key=VERSIONS.index, default=VERSIONS[0])


def needed_version(item: Item) -> str:
    """Return the oldest version that supports one record: its fields, its codes and the length of its keys."""
    if _needs_2_1(item):
        return "2.1"
    if isinstance(item, (records.Vestiging, records.SamengesteldeGroep)):
        return "2.0"
    return "2.0" if any(_newer_fields(KIND_OF[type(item)])(item)) or _needs_2_0(item) else "1.03"


def _needs_2_1(item: Item) -> bool:
    if isinstance(item, records.School):
        return False
    if len(item.key or "") > _LONGEST_KEY_OF_2_0:
        return True
    if isinstance(item, records.Leerling):
        return item.eckid is not None
    if isinstance(item, records.Leerkracht):
        roles = (item.rollen, *(reference.rollen for reference in item.groepen))
        return item.eckid is not None or any(Rol.TOETSAFNAMELEIDER in some for some in roles)
    return False


def _needs_2_0(item: Item) -> bool:
    if isinstance(item, records.Leerling):
        return item.jaargroep is not None and (item.groep is not None or item.jaargroep not in _older_years())
    if isinstance(item, records.Leerkracht):
        return any(isinstance(one, records.SamengesteldeGroepReferentie) or one.rollen for one in item.groepen)
    return isinstance(item, records.Groep) and item.jaargroep is not None and item.jaargroep not in _older_years()


@cache
def _older_years() -> frozenset[str]:
    kind = model("1.03").item("groepen", "groep").by_name["jaargroep"].type
    assert isinstance(kind, Codes)  # noqa: S101 - as the model has it
    return frozenset(kind.members)


@cache
def _newer_fields(kind: Kind) -> Callable[[Item], tuple[object, ...]]:
    """Return a function that reads the fields of a record that 1.03 does not have."""
    older, newer = (_slots(version, kind) for version in ("1.03", "2.0"))
    names = sorted(newer - older)
    found = attrgetter(*names)
    return found if len(names) > 1 else lambda item: (found(item),)


def _slots(version: str, kind: Kind) -> set[str]:
    found = model(version).type_of(kind)
    return set() if found is None else {element.slot for element in found.elements}
