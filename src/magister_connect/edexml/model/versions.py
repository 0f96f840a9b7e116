"""The model of every version of EDEXML, written once. Reading, checking, writing and the reference page use it.

Elements are in the order of the standard (documented, schema). A part that a version does not have is ``None``.
``model("2.1")`` returns a version. ``model("uwlr-2.2")`` returns the body of a UWLR 2.2 response, which is EDEXML 2.1
in a namespace and without the role TAL.
"""

from __future__ import annotations

from functools import cache
from typing import Final, TypeVar

import attrs

from magister_connect.edexml.model import records
from magister_connect.edexml.model.blocks import ANY_TEXT, STRING64, record_type
from magister_connect.edexml.model.codes import Etniciteit, Geslacht, Gewicht, GewichtNieuw, Jaargroep, Rol
from magister_connect.edexml.model.countries import Land
from magister_connect.edexml.model.kinds import Kind
from magister_connect.edexml.model.particles import Attribute, ComplexType, Element, Particle, choice, sequence
from magister_connect.edexml.model.simple_types import Codes, Date, DateTime, Pattern, Schooljaar, SimpleType, Text
from magister_connect.errors import UsageError

VERSIONS: Final = ("1.03", "2.0", "2.1")
UWLR: Final = "uwlr-2.2"
UWLR_STRUCTURE: Final = "uwlr-2.2-structuur"
UWLR_PUPILS: Final = "uwlr-2.2-leerlingen"
UWLR_STAFF: Final = "uwlr-2.2-leerkrachten"
UWLR_MODELS: Final = (UWLR, UWLR_STRUCTURE, UWLR_PUPILS, UWLR_STAFF)
"""The body of a UWLR response, and its parts in an exchange in three steps.

A part may refer to records in other parts.
"""
UWLR_NAMESPACE: Final = "http://www.edustandaard.nl/leerresultaten/2/leerlinggegevens"

_DATE = Date("date")
_DATETIME = DateTime("dateTime")
_STRING32 = Text("EDEXString32Type", 1, 32)
_STRING128 = Text("EDEXString128Type", 1, 128)
_STRING256 = Text("EDEXString256Type", 1, 256)
_GEBRUIKERSNAAM = Text("EDEXGebruikersnaamType", 1, 64)
_VOORVOEGSEL = Text("EDEXVoorvoegselType", 1, 10)
_VOORNAMEN = Text("EDEXVoornamenType", 1, 200)
_VOORLETTERS = Text("EDEXVoorletters-1Type", 1, 6)
_ROLOMSCHRIJVING = Text("EDEXRolOmschtijvingType", 1, 64)
_BRINCODE = Pattern("EDEXBrincodeType", 2, 2, 2)
_DEPENDANCE = Pattern("EDEXDependancecodeType", 2, 2)
_INSTELLING = Pattern("EDEXInstellingsnummerType", 6, 2)
_SOFINUMMER = Pattern("EDEXSofinummerType", 9, 9)
_BSN = Pattern("EDEXBsnType", 9, 9)
_ONDERWIJSNUMMER = Pattern("EDEXOnderwijsnummerType", 9, 9)
_BSN_4 = Pattern("EDEXBsnOndwnr-4Type", 4, 4)
_RIJKSREGISTER = Pattern("EDEXRijksregisternummerType", 11, 11)
_POSTCODE = Pattern("EDEXPostcodeNlType", 4, 4, 2)
_POSTNUMMER = Pattern("EDEXPostnummerBeType", 4, 4)
_GESLACHT = Codes("EDEXGeslachtType", Geslacht, integer=True)
_ETNICITEIT = Codes("EDEXEtniciteitType", Etniciteit)
_GEWICHT_NIEUW = Codes("EDEXLrlGewichtNieuwType", GewichtNieuw)
_GEWICHT = Codes("EDEXLrlGewichtType", Gewicht)

_Any = TypeVar("_Any")
_LAND_SINCE_2 = {Land.HM, Land.ME, Land.RS}
_JAARGROEP_SINCE_2 = {"B", "D", "14", "15", "16", "V", "C", "N"}


@attrs.frozen(eq=False)
class Reference:
    """A reference to a key: ``path`` leads to the referring element, ``target`` is the kind of record with the key."""

    name: str
    path: str
    target: str


@attrs.frozen(eq=False, slots=False)
class Model:
    """One version: the type of its root, and rules that cover more than one element."""

    version: str
    root_name: str
    namespace: str | None
    root: ComplexType
    schooljaar: Schooljaar
    references: tuple[Reference, ...]

    @property
    def title(self) -> str:
        """The name of the version for people."""
        return "UWLR 2.2" if self.version in UWLR_MODELS else f"EDEXML {self.version}"

    def container(self, name: str) -> ComplexType:
        """Return the type of a child of the root, such as ``leerlingen``."""
        return _complex(self.root.by_name[name])

    def has(self, container: str, name: str) -> bool:
        """Return whether this version has the list, and items of this name in it."""
        found = self.root.by_name.get(container)
        return found is not None and name in _complex(found).by_name

    def item(self, container: str, name: str) -> ComplexType:
        """Return the type of an item of a list, such as ``leerling`` in ``leerlingen``."""
        return _complex(self.container(container).by_name[name])

    def type_of(self, kind: Kind) -> ComplexType | None:
        """Return the type of a kind of record, or ``None`` if this version does not have it."""
        if kind.container is None:
            return self.container(kind.name)
        return self.item(kind.container, kind.name) if self.has(kind.container, kind.name) else None


def _complex(element: Element) -> ComplexType:
    assert isinstance(element.type, ComplexType)  # noqa: S101 - true of every container, by the tables below
    return element.type


@cache
def model(version: str) -> Model:
    """Return the model of ``"1.03"``, ``"2.0"``, ``"2.1"`` or ``"uwlr-2.2"``.

    Raises :class:`UsageError` for another name.
    """
    if version not in {*VERSIONS, *UWLR_MODELS}:
        advice = f"Use one of {', '.join((*VERSIONS, UWLR))}."
        raise UsageError("This version of EDEXML is not known", where="version", advice=advice)
    return _Tables(version).model()


def _optional(name: str, kind: SimpleType | ComplexType) -> Element:
    return Element(name, kind, optional=True)


class _Tables:
    """The types of one version. Each method returns one type, in the order of the standard."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.is_uwlr = version in UWLR_MODELS
        self.part = version.removeprefix(UWLR) if self.is_uwlr else ""
        self.is_2 = version != "1.03"
        self.has_eckid = version in {"2.1", *UWLR_MODELS}
        self.key = Text("EDEXKeyType", 1, 256 if self.has_eckid else 64)
        self.achternaam = Text("EDEXAchternaamType", 1, 200 if self.is_2 else 70)
        self.jaargroep = Codes(
            "EDEXJaargroepType", [code for code in Jaargroep if self.is_2 or code.value not in _JAARGROEP_SINCE_2]
        )
        self.land = Codes("EDEXLandType", [code for code in Land if self.is_2 or code not in _LAND_SINCE_2])
        self.rol = Codes(
            "EDEXLeerkrachtRolType", [role for role in Rol if version == "2.1" or role is not Rol.TOETSAFNAMELEIDER]
        )
        self.schooljaar = Schooljaar("EDEXSchooljaarType", 2025 if self.is_2 else 2020)

    def since_2(self, part: _Any) -> _Any | None:
        return part if self.is_2 else None

    def model(self) -> Model:
        return Model(
            version=self.version,
            root_name=f"leerlinggegevens{self.part}" if self.is_uwlr else "EDEX",
            namespace=UWLR_NAMESPACE if self.is_uwlr else None,
            root=self.edex(),
            schooljaar=self.schooljaar,
            references=() if self.part else self.references(),
        )

    def references(self) -> tuple[Reference, ...]:
        return tuple(
            reference
            for reference in (
                Reference("groepsRefLeerling", "leerlingen/leerling/groep", "groep"),
                Reference("groepsRefLeerkracht", "leerkrachten/leerkracht/groepen/groep", "groep"),
                self.since_2(
                    Reference(
                        "samengesteldegroepsRefLeerling",
                        "leerlingen/leerling/samengestelde_groepen/samengestelde_groep",
                        "samengestelde_groep",
                    )
                ),
                self.since_2(
                    Reference(
                        "samengesteldegroepsRefLeerkracht",
                        "leerkrachten/leerkracht/groepen/samengestelde_groep",
                        "samengestelde_groep",
                    )
                ),
                self.since_2(Reference("vestigingsRefLeerling", "leerlingen/leerling/vestiging", "vestiging")),
            )
            if reference is not None
        )

    def edex(self) -> ComplexType:
        structure = (
            self.since_2(_optional("vestigingen", _listing("", Element("vestiging", self.vestiging())))),
            _optional("groepen", self.groepen()),
        )
        pupils = Element("leerlingen", _listing("", Element("leerling", self.leerling())))
        staff = _optional("leerkrachten", _listing("", Element("leerkracht", self.leerkracht())))
        parts = {"": (*structure, pupils, staff), "-structuur": structure, "-leerlingen": (pupils,)}
        content = sequence(Element("school", self.school()), *parts.get(self.part, (staff,)))
        return ComplexType("EDEXType", content, (), dict, (), _single)

    def groepen(self) -> ComplexType:
        return _listing(
            "",
            Element("groep", self.groep(), takes=_is(records.Groep)),
            self.since_2(
                Element("samengestelde_groep", self.samengestelde_groep(), takes=_is(records.SamengesteldeGroep))
            ),
        )

    def school(self) -> ComplexType:
        schoolkey = _optional("schoolkey", self.key)
        content = sequence(
            Element("schooljaar", self.schooljaar),
            self.since_2(_optional("peildatum", _DATE)),
            choice(
                sequence(Element("brincode", _BRINCODE), _optional("dependancecode", _DEPENDANCE), schoolkey),
                self.since_2(sequence(Element("instellingsnummer", _INSTELLING), schoolkey)),
                schoolkey,
            ),
            _optional("aanmaakdatum", _DATETIME),
            _optional("auteur", _STRING128),
            _optional("xsdversie", _STRING32),
            _optional("commentaar", ANY_TEXT),
            self.since_2(self.toevoegingen()),
        )
        return record_type("SchoolType", records.School, content)

    def toevoegingen(self) -> Element:
        return _optional("toevoegingen", _listing("", Element("blok", BLOK)))

    def keyed(self, *, eckid: bool = False) -> tuple[Attribute, ...]:
        key = Attribute("key", self.key)
        return (key, Attribute("eckid", self.key, required=False)) if eckid and self.has_eckid else (key,)

    def vestiging(self) -> ComplexType:
        content = sequence(
            Element("naam", STRING64), _optional("omschrijving", _STRING256), _optional("mutatiedatum", _DATETIME)
        )
        return record_type("VestigingType", records.Vestiging, content, self.keyed())

    def groep(self) -> ComplexType:
        content = sequence(Element("naam", STRING64), Element("jaargroep", self.jaargroep), *self.group_tail())
        return record_type("GroepType", records.Groep, content, self.keyed())

    def samengestelde_groep(self) -> ComplexType:
        content = sequence(Element("naam", STRING64), *self.group_tail())
        return record_type("SamengesteldeGroepType", records.SamengesteldeGroep, content, self.keyed())

    def group_tail(self) -> tuple[Particle | None, ...]:
        return (
            self.since_2(_optional("omschrijving", _STRING256)),
            self.since_2(self.toevoegingen()),
            _optional("mutatiedatum", _DATETIME),
        )

    def names(self) -> Particle:
        return choice(
            sequence(
                Element("achternaam", self.achternaam),
                _optional("voorvoegsel", _VOORVOEGSEL),
                self.since_2(_optional("voornamen", _VOORNAMEN)),
                _optional("voorletters-1", _VOORLETTERS),
                _optional("roepnaam", STRING64),
            ),
            Element("roepnaam", STRING64),
        )

    def reference(self, name: str) -> ComplexType:
        return ComplexType(name, sequence(), self.keyed(), _the_key, ("key",), _single)

    def membership(self) -> tuple[Particle | None, ...]:
        jaargroep = _optional("jaargroep", self.jaargroep)
        groep = _optional("groep", self.reference("GroepReferentieType" if self.is_2 else "GroepsReferentieType"))
        if not self.is_2:
            return (choice(groep, jaargroep),)
        combined = Element("samengestelde_groep", self.reference("GroepReferentieType"))
        return (
            jaargroep,
            groep,
            _optional("samengestelde_groepen", _listing("SamengesteldeGroepenReferentieType", combined)),
            _optional("vestiging", self.reference("VestigingReferentieType")),
            _optional("gebruikersnaam", _GEBRUIKERSNAAM),
            _optional("emailadres", _STRING256),
            _optional("fotourl", _STRING256),
        )

    def leerling(self) -> ComplexType:
        content = sequence(
            self.names(),
            _optional("geboortedatum", _DATE),
            _optional("geslacht", _GESLACHT),
            self.since_2(_optional("start_ondw_jgr3", _DATE)),
            *self.membership(),
            _optional("etniciteit", _ETNICITEIT),
            _optional("land", self.land),
            _optional("land_vader", self.land),
            _optional("land_moeder", self.land),
            choice(
                _optional("sofinummer", _SOFINUMMER),
                self.since_2(_optional("bsn", _BSN)),
                _optional("onderwijsnummer", _ONDERWIJSNUMMER),
                self.since_2(_optional("bsn_ondwnr-4", _BSN_4)),
                self.since_2(_optional("rijksregisternummer", _RIJKSREGISTER)),
            ),
            _optional("gewicht_nieuw", _GEWICHT_NIEUW),
            _optional("gewicht", _GEWICHT),
            choice(
                _optional("postcodenl", _POSTCODE),
                self.since_2(_optional("postnummerbe", _POSTNUMMER)),
                _optional("postcodeoverig", _STRING32),
            ),
            _optional("instroomdatum", _DATE),
            _optional("uitstroomdatum", _DATE),
            self.toevoegingen(),
            _optional("mutatiedatum", _DATETIME),
        )
        return record_type("LeerlingType", records.Leerling, content, self.keyed(eckid=True))

    def roles(self) -> Particle | None:
        role = Element("rol", self.rol, slot="rollen", many=True, takes=_is(Rol))
        words = Element("rolomschrijving", _ROLOMSCHRIJVING, slot="rollen", many=True, takes=_is_free_text)
        return self.since_2(choice(role, words, optional=True, repeated=True))

    def leerkracht(self) -> ComplexType:
        content = sequence(
            self.names(),
            self.since_2(_optional("gebruikersnaam", _GEBRUIKERSNAAM)),
            self.since_2(_optional("emailadres", _STRING256)),
            self.roles(),
            _optional("groepen", self.groups_of_staff()),
            self.since_2(self.toevoegingen()),
            _optional("mutatiedatum", _DATETIME),
        )
        return record_type("LeerkrachtType", records.Leerkracht, content, self.keyed(eckid=True))

    def groups_of_staff(self) -> ComplexType:
        groep = record_type("", records.GroepReferentie, sequence(self.roles()), self.keyed())
        combined = record_type("", records.SamengesteldeGroepReferentie, sequence(self.roles()), self.keyed())
        return _listing(
            "LeerkrachtGroepenReferentieType" if self.is_2 else "GroepenReferentieType",
            Element("groep", groep, takes=_is(records.GroepReferentie)),
            self.since_2(
                Element("samengestelde_groep", combined, takes=_is(records.SamengesteldeGroepReferentie)),
            ),
        )


def _listing(name: str, *elements: Element | None) -> ComplexType:
    """Define a list element: one or more items in any order, which become a tuple."""
    items = [attrs.evolve(element, slot="items", many=True) for element in elements if element is not None]
    return ComplexType(name, choice(*items, repeated=True), (), _the_items, ("items",), _single)


def _the_items(values: dict[str, object]) -> object:
    return values.get("items", ())


def _the_key(values: dict[str, object]) -> object:
    return values.get("key")


def _single(value: object) -> tuple[object, ...]:
    return (value,)


def _is(record: type[object]) -> _IsInstance:
    return _IsInstance(record)


@attrs.frozen
class _IsInstance:
    record: type[object]

    def __call__(self, item: object) -> bool:
        return isinstance(item, self.record)


def _is_free_text(item: object) -> bool:
    return not isinstance(item, Rol)


BLOK: Final = ComplexType("ToevoegingsBlokType", sequence(), (), _the_items, ("items",), _single)
"""A placeholder for a block. The ``xsi:type`` of the element determines the real type."""
