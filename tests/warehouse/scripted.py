"""A Medius that answers what a test wrote, and nights that load it."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs

from magister_connect.core.records.unreadable import Unreadable
from magister_connect.errors import FieldInvalid, NotPermitted
from magister_connect.identifiers import Stamnummer
from magister_connect.medius import PersonResult, Records, Row, StaffMember, Student, StudentSubject, Table
from magister_connect.warehouse import load
from tests.warehouse.conftest import PSEUDONYMS, Warehouse, source

NIGHT = dt.datetime(2025, 11, 3, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SECRET = "Van den Geheim"


@attrs.define
class Scripted:
    """What a Medius answers tonight; ``refused`` are the pupils of whom it answers with an error."""

    pupils: Records[Student] | Exception = attrs.field(factory=lambda: Records([]))
    lists: dict[str, Any] = attrs.field(factory=dict)
    staff: Records[StaffMember] = attrs.field(factory=lambda: Records([]))
    subjects: dict[str, list[str]] = attrs.field(factory=dict)
    refused: tuple[str, ...] = ()

    def students(self, _lesperiode: str, *, on_unreadable: str) -> Records[Student]:
        if isinstance(self.pupils, Exception):
            raise self.pupils
        if self.pupils.unreadable and on_unreadable == "raise":
            raise FieldInvalid("A date was expected", where="Leerlingen, row 3")
        return self.pupils

    def employees(self, **_: object) -> Records[StaffMember]:
        return self.staff

    def student_subjects_of(self, numbers: list[str], *_: object, **__: object) -> list[PersonResult[StudentSubject]]:
        return [
            PersonResult(each, Records([]), NotPermitted("no right to this person"))
            if each in self.refused
            else PersonResult(each, Records([StudentSubject(each, vak) for vak in self.subjects.get(each, ())]))
            for each in numbers
        ]

    def get_data(self, layout: str, *_: object, **__: object) -> Any:
        return self.lists[layout]


@attrs.define
class Amount:
    """A row of a list with a number in it."""

    stamnummer: str = ""
    bedrag: Decimal | None = None


@attrs.define
class Amounts:
    """A list that is read as records of a class."""

    amounts: dict[str, str]
    unreadable: tuple[()] = ()

    def to(self, *_: object, **__: object) -> Records[Amount]:
        return Records([Amount(number, Decimal(text)) for number, text in self.amounts.items()])


def pupils(numbers: Sequence[int], *unreadable: int, **changed: str) -> Records[Student]:
    apart = [
        Unreadable(f"Leerlingen, row {each}", "geb_datum_str", "A date was expected", None, {"stamnummer": str(each)})
        for each in unreadable
    ]
    return Records(
        [
            Student(str(each), klas=changed.get(f"klas_{each}", "4h"), achternaam=SECRET, email=f"{each}@x.nl")
            for each in numbers
        ],
        name="Leerlingen",
        unreadable=tuple(apart),
    )


def staff(count: int) -> Records[StaffMember]:
    return Records([StaffMember(str(100 + each)) for each in range(count)])


def table(columns: Sequence[str], *rows: Sequence[str]) -> Table:
    positions = {name: place for place, name in enumerate(columns)}
    return Table("lijst", tuple(columns), tuple(Row(positions, tuple(row)) for row in rows))


def tonight(warehouse: Warehouse, medius: Scripted, night: int = 0, *, elsewhere: str = "", **options: Any) -> None:
    options.setdefault("medius_tables", () if medius.lists else ("students",))
    options.setdefault("lists", list(medius.lists))
    options.setdefault("at", NIGHT + night * DAY)
    load(warehouse.pipeline(elsewhere=elsewhere), source(medius=medius, **options))


def open_rows(warehouse: Warehouse) -> dict[str, str]:
    found = dict(warehouse.rows("SELECT stamnummer_key, klas FROM {}.students WHERE valid_to IS NULL"))
    return {NUMBERS[key]: klas for key, klas in found.items()}


def closed_rows(warehouse: Warehouse, name: str = "students") -> int:
    return int(warehouse.rows(f"SELECT count(*) FROM {{}}.{name} WHERE valid_to IS NOT NULL")[0][0])  # noqa: S608 - names of ours


def history(warehouse: Warehouse, columns: str, name: str) -> list[tuple[Any, ...]]:
    """The rows of a table, ordered: the columns, then the nights with which each row begins and ends."""
    query = f"SELECT {columns}, valid_from, valid_to FROM {{}}.{name}"  # noqa: S608 - names of ours
    found = [(*cells, _night(begin), _night(end)) for *cells, begin, end in warehouse.rows(query)]
    return sorted(found, key=repr)


def _night(moment: dt.datetime | None) -> int | None:
    return None if moment is None else (moment - NIGHT) // DAY


def key(number: object, school: str = "99ZZ") -> str:
    """The pseudonym of a pupil."""
    return PSEUDONYMS.of(Stamnummer(str(number), scope=school))


NUMBERS = {key(each): str(each) for each in range(1, 60)}
