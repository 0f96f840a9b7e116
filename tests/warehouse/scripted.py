"""A Medius that answers what a test wrote, and nights that load it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import attrs

from magister_connect.core.records.unreadable import Unreadable
from magister_connect.errors import FieldInvalid
from magister_connect.identifiers import Stamnummer
from magister_connect.medius import Records, Row, StaffMember, Student, Table
from magister_connect.warehouse import load
from tests.warehouse.conftest import PSEUDONYMS, Warehouse, source

NIGHT = dt.datetime(2025, 11, 3, 2, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SECRET = "Van den Geheim"


@attrs.define
class Scripted:
    """What a Medius answers tonight."""

    pupils: Records[Student] | Exception = attrs.field(factory=lambda: Records([]))
    lists: dict[str, Table] = attrs.field(factory=dict)

    def students(self, _lesperiode: str, *, on_unreadable: str) -> Records[Student]:
        if isinstance(self.pupils, Exception):
            raise self.pupils
        if self.pupils.unreadable and on_unreadable == "raise":
            raise FieldInvalid("A date was expected", where="Leerlingen, row 3")
        return self.pupils

    def employees(self, **_: object) -> Records[StaffMember]:
        return Records([])

    def get_data(self, layout: str, *_: object, **__: object) -> Table:
        return self.lists[layout]


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


def table(columns: Sequence[str], *rows: Sequence[str]) -> Table:
    positions = {name: place for place, name in enumerate(columns)}
    return Table("lijst", tuple(columns), tuple(Row(positions, tuple(row)) for row in rows))


def tonight(warehouse: Warehouse, medius: Scripted, night: int = 0, *, elsewhere: str = "", **options: Any) -> None:
    options.setdefault("medius_tables", () if medius.lists else ("students",))
    options.setdefault("lists", list(medius.lists))
    load(warehouse.pipeline(elsewhere=elsewhere), source(medius=medius, at=NIGHT + night * DAY, **options))


def open_rows(warehouse: Warehouse) -> dict[str, str]:
    found = dict(warehouse.rows("SELECT stamnummer_key, klas FROM {}.students WHERE valid_to IS NULL"))
    numbers = {PSEUDONYMS.of(Stamnummer(str(each), scope="99ZZ")): str(each) for each in range(1, 60)}
    return {numbers[key]: klas for key, klas in found.items()}


def closed_rows(warehouse: Warehouse) -> int:
    return int(warehouse.rows("SELECT count(*) FROM {}.students WHERE valid_to IS NOT NULL")[0][0])
