"""Convert documents between versions: rename, leave out, or refuse what cannot be left out.

Newer versions read older documents unchanged (documented), so only the conversion to an older version needs work. Each
record is converted on its own, so that streams can be converted too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final, TypeVar

import attrs

from magister_connect.core.boundary import file_boundary
from magister_connect.core.records.serialization import PlainData
from magister_connect.edexml.model import records
from magister_connect.edexml.model.codes import Rol
from magister_connect.edexml.model.kinds import KIND_OF
from magister_connect.edexml.model.particles import ComplexType
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.simple_types import Codes
from magister_connect.edexml.model.versions import VERSIONS, Model, model
from magister_connect.errors import DocumentInvalid, Responsible, UsageError

_LEFT_OUT: Final = "the group was left out"
_Record = TypeVar("_Record", bound=Item)


@attrs.frozen
class Loss(PlainData):
    """Something that the version cannot hold: the field, the reason, and the number of records affected."""

    field: str
    words: str
    count: int


class Adapter:
    """Converts records to a version. With ``strict`` the first loss is an error; otherwise losses are counted."""

    def __init__(self, version: str, *, strict: bool) -> None:
        self._model: Model = model(version)
        self._strict = strict
        self._lost: dict[tuple[str, str], int] = {}
        self._without: set[str] = set()  # keys of groups that were left out; groups come before their pupils

    def losses(self) -> tuple[Loss, ...]:
        """What was lost so far."""
        return tuple(Loss(field, words, count) for (field, words), count in self._lost.items())

    def adapt(self, item: _Record) -> _Record | None:
        """Convert a record. Returns ``None`` if the version does not have such records."""
        found = KIND_OF.get(type(item))
        if found is None:
            what = f"This is not an EDEXML record: {type(item).__name__}"
            raise UsageError(
                what, advice="Convert it to a Leerling, Leerkracht, Groep, SamengesteldeGroep or Vestiging."
            )
        name, kind = found.name, self._model.type_of(found)
        if kind is None:
            self._lose(name, "the version has no such records")
            return None
        step = _STEPS.get(name)
        changed = item if step is None else step(self, item)
        if changed is None:
            return None
        return self._fitted(name, kind, changed)  # type: ignore[return-value] # a record of the same type

    def _fitted(self, name: str, kind: ComplexType, item: Item) -> Item:
        """Remove the fields and codes that the version does not have."""
        absent, shorter = _limits_of(kind)
        gone: dict[str, object] = {}
        for slot in absent:
            if (value := getattr(item, slot)) is not None and value != ():
                self._lose(f"{name}.{slot}", "the version has no such field")
                gone[slot] = () if isinstance(value, tuple) else None
        for slot, codes in shorter:
            if (value := getattr(item, slot)) is not None and value not in codes.members:
                self._lose(f"{name}.{slot}", "the version has no such code")
                gone[slot] = None
        return attrs.evolve(item, **gone) if gone else item  # type: ignore[arg-type] # fields of the record itself

    def _lose(self, field: str, words: str, instead: str = "") -> None:
        if self._strict:
            what = f"{self._model.title} cannot hold all of this document: {words}"
            advice = "Write a newer version, or use loss='report' (strict=False) to leave it out and get a report."
            raise DocumentInvalid(what, where=field, responsible=Responsible.YOU, advice=advice)
        loss = (field, words + instead)
        self._lost[loss] = self._lost.get(loss, 0) + 1

    # -- what has another form in another version ----------------------------------------------------------------

    @property
    def _is_oldest(self) -> bool:
        return self._model.version == VERSIONS[0]

    def school(self, item: records.School) -> records.School:
        """State the version that is written, if the school states one (documented: always that of the schema)."""
        if item.xsdversie is None or self._model.namespace is not None:
            return item
        return attrs.evolve(item, xsdversie=self._model.version)

    def leerling(self, item: records.Leerling) -> records.Leerling:
        """Convert to 1.03: BSN under its old name, a Belgian postcode as a foreign one, a group or a year, not both."""
        if not self._is_oldest:
            return item
        changes: dict[str, object] = {}
        if item.bsn is not None:
            changes |= {"sofinummer": item.bsn, "bsn": None}
        if item.postnummerbe is not None:
            changes |= {"postcodeoverig": item.postnummerbe, "postnummerbe": None}
        if item.groep in self._without:
            self._lose("leerling.groep", _LEFT_OUT)
            changes["groep"] = None
        elif item.groep is not None and item.jaargroep is not None:
            self._lose("leerling.jaargroep", "a pupil has a group or a year group there, and not both")
            changes["jaargroep"] = None
        return attrs.evolve(item, **changes) if changes else item  # type: ignore[arg-type] # fields of the record

    def groep(self, item: records.Groep) -> records.Groep | None:
        """Leave out a group if the version lacks the code of its year group. Another code would be a guess."""
        kind = self._model.item("groepen", "groep").by_name["jaargroep"].type
        if isinstance(kind, Codes) and item.jaargroep is not None and item.jaargroep not in kind.members:
            self._lose("groep", "the version does not have the year group of this group")
            self._without.add(item.key)
            return None
        return item

    def leerkracht(self, item: records.Leerkracht) -> records.Leerkracht:
        """Write roles that the version does not have as descriptions. In 1.03 only the groups remain."""
        if self._is_oldest:
            return self._leerkracht_of_1_03(item)
        if self._model.version == VERSIONS[-1]:
            return item
        references = tuple(attrs.evolve(one, rollen=self._roles(one.rollen)) for one in item.groepen)
        return attrs.evolve(item, rollen=self._roles(item.rollen), groepen=references)

    def _roles(self, roles: tuple[Rol | str, ...]) -> tuple[Rol | str, ...]:
        if Rol.TOETSAFNAMELEIDER not in roles:
            return roles
        self._lose("leerkracht.rol", "the version has no role TAL", "; it is reported in words")
        return tuple(role.label if role is Rol.TOETSAFNAMELEIDER else role for role in roles)

    def _leerkracht_of_1_03(self, item: records.Leerkracht) -> records.Leerkracht:
        own = [one for one in item.groepen if isinstance(one, records.GroepReferentie)]
        if len(own) < len(item.groepen):
            self._lose("leerkracht.groepen", "the version has no samengestelde groepen")
        kept = [one for one in own if one.key not in self._without]
        if len(kept) < len(own):
            self._lose("leerkracht.groepen", _LEFT_OUT)
        if any(one.rollen for one in kept):
            self._lose("leerkracht.groepen.rollen", "the version has no roles")
        return attrs.evolve(item, groepen=tuple(records.GroepReferentie(one.key) for one in kept))


_STEPS: Final[dict[str, Callable[[Adapter, Item], Item | None]]] = {  # one for each record class, by name
    "school": Adapter.school,  # type: ignore[dict-item]
    "groep": Adapter.groep,  # type: ignore[dict-item]
    "leerling": Adapter.leerling,  # type: ignore[dict-item]
    "leerkracht": Adapter.leerkracht,  # type: ignore[dict-item]
}


@cache
def _limits_of(kind: ComplexType) -> tuple[tuple[str, ...], tuple[tuple[str, Codes], ...]]:
    """Return the fields that a version lacks, and the optional fields with codes that it lacks."""
    known = {element.slot for element in kind.elements} | {attribute.name for attribute in kind.attributes} | {"extra"}
    shorter = [
        (element.slot, element.type)
        for element in kind.elements
        if isinstance(element.type, Codes) and element.optional and element.type.is_shortened
    ]
    return tuple(slot for slot in kind.slots if slot not in known), tuple(shorter)


@file_boundary.around
def convert(
    document: records.Document, version: str, *, strict: bool = True
) -> tuple[records.Document, tuple[Loss, ...]]:
    """Convert a document to another version. Returns the document, and what was lost.

    With ``strict``, a loss raises :class:`~magister_connect.errors.DocumentInvalid`. In a newer version the document is
    the same. For an older one, the fields, records and codes that it does not have are left out. 1.03 lacks some year
    groups, such as ``C`` for a combination group. Such a group is left out, and its pupils keep their own year group.
    """
    adapter = Adapter(version, strict=strict)

    def each(items: tuple[_Record, ...]) -> tuple[_Record, ...]:
        return tuple(found for item in items if (found := adapter.adapt(item)) is not None)

    converted = attrs.evolve(
        document,
        school=adapter.adapt(document.school) or document.school,
        vestigingen=each(document.vestigingen),
        groepen=each(document.groepen),
        samengestelde_groepen=each(document.samengestelde_groepen),
        leerlingen=each(document.leerlingen),
        leerkrachten=each(document.leerkrachten),
        version=version,
    )
    return converted, adapter.losses()
