"""Extensions: ``toevoegingen`` hold blocks, and the ``xsi:type`` of each block names its type.

The standard defines two types: a remark, and the block of the Cito pupil tracking system (LVS). The content of other
blocks is kept whole, so that nothing is lost between reading and writing. Define your own types with the model, and
pass them to readers and writers::

    BLOCKS.adding(block_type("KluisType", Kluis, element("nummer", STRING64)))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Self, TypeVar, get_type_hints

import attrs

from magister_connect.core.boundary import boundary
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.serialization import from_plain, subclasses_of
from magister_connect.edexml.model import codes
from magister_connect.edexml.model.codes import CodeList
from magister_connect.edexml.model.particles import ComplexType, Element, Particle, Sequence
from magister_connect.edexml.model.simple_types import Boolean, Codes, SimpleType, Text
from magister_connect.errors import FieldInvalid, UsageError

ANY_TEXT = Text("string")
"""Any text, including an empty one."""
BOOLEAN = Boolean("boolean")
"""``true``, ``false``, ``1`` or ``0``."""
STRING64 = Text("EDEXString64Type", 1, 64)
"""A text of 1 to 64 characters."""


T = TypeVar("T")


@attrs.frozen(repr=False, weakref_slot=False)
class Blok(MaskedRepr):
    """The fields that every block has."""

    code: str
    omschrijving: str | None = None

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return the block as plain data, with the name of its class under ``blok``."""
        return {"blok": type(self).__name__, **MaskedRepr.to_dict(self, reveal=reveal)}

    @classmethod
    @boundary.around
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Build a block from what ``to_dict(reveal=True)`` returned, with the class named by ``blok``."""
        kinds = {kind.__name__: kind for kind in subclasses_of(cls)}
        kind = kinds.get(str(data.get("blok")))
        if kind is None:
            raise FieldInvalid("The name of a class of blocks was expected", where="blok")
        return fields_from(kind, {name: value for name, value in data.items() if name != "blok"})


def fields_from(kind: type[T], data: Mapping[str, object]) -> T:
    """Build a record from plain data field by field, for classes that write some of their fields in their own form."""
    types = get_type_hints(kind)
    names = {field.name for field in attrs.fields(kind)}  # type: ignore[arg-type] # a record of attrs
    if unknown := sorted(set(data) - names):
        raise FieldInvalid("A field of the record was expected", where=f"{kind.__name__}.{unknown[0]}")
    return kind(**{name: from_plain(types[name], value) for name, value in data.items()})


@attrs.frozen(repr=False, weakref_slot=False)
class OnbekendBlok(Blok):
    """A block of an unknown type: the type, and the markup of everything except the common fields."""

    xsi_type: str = ""
    inhoud: str = ""


@attrs.frozen(repr=False, weakref_slot=False)
class Opmerking(Blok):
    """A remark (documented: ``OpmerkingGegevensType``, part of the base schema)."""

    opmerking: str = ""


@attrs.frozen(repr=False, weakref_slot=False)
class LvsGegevens(Blok):
    """The block of the Cito pupil tracking system (documented: ``LVSGegevensType``).

    Its schema exists for 1.03 and 2.0 only. A document with such blocks names ``EDEXML.elementen.lvs.xsd`` as its
    ``schema_location`` (documented). ``peuterspeelzaal`` exists in 1.03 only. Its codes are unknown, so it is kept as
    text.
    """

    rugzakleerling: bool | None = None
    gezinsstimuleringsproject: bool | None = None
    opleiding_ouders: codes.OpleidingOuders | None = None
    asielzoeker: bool | None = None
    thuistaal: codes.Thuistaal | None = None
    taalgroep: codes.Taalgroep | None = None
    instroomwijze: codes.Instroomwijze | None = None
    peuterspeelzaal: str | None = None
    kinderdagverblijf: bool | None = None
    uitstroomreden: codes.Uitstroomreden | None = None
    adviesvo: codes.AdviesVo | None = None
    lwooindicatie: codes.LwooIndicatie | None = None


def record_type(name: str, record: type[Any], content: Particle, attributes: Iterable[Any] = ()) -> ComplexType:
    """Define a complex type that becomes an attrs record. The fields of the record have the names of the slots."""
    fields = tuple(field.name for field in attrs.fields(record))
    blank = {field.name: None if field.default is attrs.NOTHING else field.default for field in attrs.fields(record)}

    def make(values: dict[str, object]) -> object:
        return record(**{**blank, **values})

    return ComplexType(name, content, tuple(attributes), make, fields, attrgetter(*fields), record)


def block_type(name: str, record: type[Blok], *parts: Particle) -> ComplexType:
    """Define a block type.

    ``name`` is the value of ``xsi:type``, ``record`` is the class of the result, and ``parts`` are the elements besides
    the common ones. Raises :class:`~magister_connect.errors.UsageError` if ``record`` is not an attrs class.
    """
    if not attrs.has(record):
        raise UsageError("The record of a block must be an attrs class", where=name)
    basis = (Element("code", STRING64), Element("omschrijving", ANY_TEXT, optional=True))
    return record_type(name, record, Sequence((*basis, *parts)))


def element(name: str, kind: SimpleType, *, optional: bool = False) -> Element:
    """Define an element of your own block type.

    Its value goes to the field with the same name (``-`` becomes ``_``).
    """
    return Element(name, kind, optional)


def _flag(name: str) -> Element:
    return element(name, BOOLEAN, optional=True)


def _code(name: str, type_name: str, members: type[CodeList]) -> Element:
    return element(name, Codes(type_name, members), optional=True)


OPMERKING = block_type("OpmerkingGegevensType", Opmerking, Element("opmerking", ANY_TEXT))
_LVS_BEFORE = (
    _flag("rugzakleerling"),
    _flag("gezinsstimuleringsproject"),
    _code("opleiding_ouders", "EDEXOpleidingOudersType", codes.OpleidingOuders),
    _flag("asielzoeker"),
    _code("thuistaal", "EDEXThuistaalType", codes.Thuistaal),
    _code("taalgroep", "EDEXTaalgroepType", codes.Taalgroep),
    _code("instroomwijze", "EDEXInstroomwijzeType", codes.Instroomwijze),
)
_LVS_AFTER = (
    _flag("kinderdagverblijf"),
    _code("uitstroomreden", "EDEXUitstroomredenType", codes.Uitstroomreden),
    _code("adviesvo", "EDEXAdviesVOType", codes.AdviesVo),
    _code("lwooindicatie", "EDEXLwooIndicatieType", codes.LwooIndicatie),
)
_PEUTERSPEELZAAL = element("peuterspeelzaal", ANY_TEXT, optional=True)
LVS = block_type("LVSGegevensType", LvsGegevens, *_LVS_BEFORE, *_LVS_AFTER)
LVS_103 = block_type("LVSGegevensType", LvsGegevens, *_LVS_BEFORE, _PEUTERSPEELZAAL, *_LVS_AFTER)


def _by_name(types: Iterable[ComplexType]) -> Mapping[str, ComplexType]:
    return {kind.name: kind for kind in types}


@attrs.frozen(repr=False)
class BlockTypes(SafeRepr):
    """The block types that readers and writers know."""

    types: Mapping[str, ComplexType] = attrs.field(converter=_by_name)

    def __repr__(self) -> str:
        return f"<BlockTypes: {len(self.types)} types>"

    def adding(self, *types: ComplexType) -> BlockTypes:
        """Return these types plus more. A new type replaces an old one with the same name."""
        return BlockTypes([*(kind for kind in self.types.values() if kind.name not in _by_name(types)), *types])

    def named(self, name: str, version: str) -> ComplexType | None:
        """Return the type with this name, or ``None``. The LVS block of 1.03 has one extra element (documented)."""
        found = self.types.get(name)
        return LVS_103 if found is LVS and version == "1.03" else found

    def of(self, block: Blok, version: str) -> ComplexType | None:
        """Return the type of a block record, or ``None``."""
        for kind in self.types.values():
            if kind.record is type(block):
                return self.named(kind.name, version)
        return None


BLOCKS = BlockTypes([OPMERKING, LVS])
"""The block types of the standard."""
BASE_BLOCKS = BlockTypes([OPMERKING])
"""The only block type of the base schema, without the LVS extension."""
