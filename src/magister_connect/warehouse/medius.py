"""Medius tables: pupils, staff, their groups and subjects, and the lists that a school defines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.personal import identifies
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.serialization import personal_by_field
from magister_connect.core.records.unreadable import OnUnreadable, Unreadable, unreadable_keys
from magister_connect.errors import UsageError
from magister_connect.identifiers import Role
from magister_connect.medius import MediusClient, Table
from magister_connect.medius.records import (
    EmployeeClass,
    EmployeeGroup,
    EmployeeSubject,
    StaffMember,
    Student,
    StudentGroup,
    StudentSubject,
)
from magister_connect.medius.tables.table import Records, Row
from magister_connect.warehouse.columns import Column, Columns, column_of_text, columns_of, plain_name
from magister_connect.warehouse.history import PERIOD, VERSION, LoadRun
from magister_connect.warehouse.privacy import Choice, Keys
from magister_connect.warehouse.resources import Read, by_key, with_history

if TYPE_CHECKING:
    from dlt.extract import DltResource

Argument = str | int | bool | None
MEDIUS_TABLES: Final[Mapping[str, tuple[type, Role]]] = {
    "students": (Student, Role.PUPIL),
    "employees": (StaffMember, Role.STAFF),
    "student_groups": (StudentGroup, Role.PUPIL),
    "student_subjects": (StudentSubject, Role.PUPIL),
    "employee_groups": (EmployeeGroup, Role.STAFF),
    "employee_classes": (EmployeeClass, Role.STAFF),
    "employee_subjects": (EmployeeSubject, Role.STAFF),
}
"""The tables of Medius at every school. All but the first two need a request for each person."""

_CODES: Final = ("code", "oude_personeelscode")  # codes of staff that contain parts of their names
_STAMNUMMER: Final = re.compile(r"(?:^|_)stam_?(?:nr|nummer)(?:_str)?$")
_OURS: Final = ("school", VERSION, *PERIOD)


@frozen(kw_only=True)
class MediusList(SafeRepr):
    """A list of the school, by its exact name, with its parameters.

    - ``to``: your class with annotations for the types of columns (:meth:`Table.to`). Without it, every column is text.
    - ``persons``: the columns with a stamnummer, and the role of the person. Columns with such a name are found
      automatically.
    - ``key``: the columns that identify a row.
    - ``write``: ``history``, or ``merge`` by that key, which closes no rows.
    - ``table``: the name in the warehouse; by default the name of the list.
    """

    layout: str
    parameters: Mapping[str, Argument] = field(default=FrozenDict())
    to: type | None = None
    persons: Mapping[str, Role] = field(default=FrozenDict())
    key: tuple[str, ...] = ()
    write: Literal["history", "merge"] = "history"
    table: str = ""

    def __attrs_post_init__(self) -> None:
        if self.write == "merge" and not self.key:
            raise UsageError(
                "Merging a list requires a key",
                where=self.layout,
                advice="Pass the columns that identify a row: key=(...).",
            )

    @property
    def name(self) -> str:
        """The name of its table."""
        return self.table or plain_name(self.layout)


@frozen
class Medius:
    """The tables of one Medius, with the choices of the caller."""

    client: MediusClient
    keys: Keys
    choice: Choice
    run: LoadRun
    lesperiode: str
    on_unreadable: OnUnreadable

    def resources(self, tables: Iterable[str], lists: Iterable[MediusList]) -> list[DltResource]:
        """Return a resource for each table and each list."""
        students = cache(partial(self.client.students, self.lesperiode, on_unreadable=self.on_unreadable))
        employees = cache(partial(self.client.employees, on_unreadable=self.on_unreadable))
        whole: dict[str, Callable[[], Records[Any]]] = {"students": students, "employees": employees}
        for name in MEDIUS_TABLES.keys() - whole.keys():
            whole[name] = partial(self._of_each, name, students if name.startswith("student") else employees)
        found = [with_history(name, partial(self._read, name, whole[name]), self.run) for name in tables]
        return [*found, *map(self._list, lists)]

    def _read(self, name: str, read: Callable[[], Records[Any]]) -> Read:
        kind, role = MEDIUS_TABLES[name]
        records = read()
        person = partial(self.keys.person, role=role)
        more = [self._school]
        if kind is StaffMember:
            more.append(Column("has_left", "bool", attrgetter("has_left")))
        keys = {"stamnummer": person}
        columns = columns_of(name, kind, self.choice, keys, person="stamnummer", more=more, personal=_CODES)
        uncertain = {person(each) for each in unreadable_keys(records, "stamnummer")}
        return Read(columns, records, records.unreadable, uncertain)

    def _of_each(self, name: str, people: Callable[[], Records[Any]]) -> Records[Any]:
        """Read the rows of every person. A failure for one raises, or is reported with the number of the person."""
        numbers = list(dict.fromkeys(each.stamnummer for each in people() if each.stamnummer))
        ask = getattr(self.client, f"{name}_of")
        items: list[object] = []
        unreadable = list(people().unreadable)
        for place, each in enumerate(ask(numbers, self.lesperiode, on_unreadable=self.on_unreadable), start=1):
            if each.failure is not None and self.on_unreadable == "raise":
                raise each.failure
            items += each.records
            kept = {"stamnummer": each.stamnummer}
            unreadable += [Unreadable(one.place, one.path, one.reason, None, kept) for one in each.records.unreadable]
            if each.failure is not None:
                unreadable.append(Unreadable(f"{name}, person {place}", "", each.failure.what, None, kept))
        return Records(items, name=name, unreadable=tuple(unreadable))

    @property
    def _school(self) -> Column:
        return column_of_text("school", lambda _: self.keys.school, as_it_is=True)

    # -- lists ------------------------------------------------------------------------------------------------------

    def _list(self, wanted: MediusList) -> DltResource:
        read = partial(self._read_list, wanted)
        if wanted.write == "history":
            return with_history(wanted.name, read, self.run)
        key = [plain_name(self._key_name(wanted, name)) for name in wanted.key]
        return by_key(wanted.name, read, ["school", *key], self.run)

    def _read_list(self, wanted: MediusList) -> Read:
        table = self.client.get_data(wanted.layout, wanted.parameters, on_unreadable=self.on_unreadable)
        if wanted.to is None:
            return self._as_text(wanted, table)
        records: Records[Any] = table.to(wanted.to, on_unreadable=self.on_unreadable)
        keys: dict[str, Callable[[Any], str | None]] = {}
        for name in personal_by_field(wanted.to):
            if (key := self._key_of(wanted, name)) is not None:
                keys[name] = key
        person = self._person(wanted, keys)
        columns = columns_of(wanted.name, wanted.to, self.choice, keys, person=person, more=(self._school,))
        return Read(columns, records, records.unreadable, self._uncertain(wanted, records, person))

    def _as_text(self, wanted: MediusList, table: Table) -> Read:
        names: dict[str, str] = {}
        for name in table.columns:
            names[name] = plain_name(name, {*_OURS, *names.values()})
        if table.columns:
            self.choice.check(wanted.name, {*names, *names.values()})
        found, persons = [self._school], list[str]()
        for place, name in enumerate(table.columns):
            key, plain = self._key_of(wanted, name), names[name]
            if key is not None:
                found.append(Column(f"{plain}_key", "text", _keyed(place, key)))
                persons += [name] if self._role(wanted, name) else []
            chosen = any(self.choice.is_revealed(wanted.name, each) for each in (name, plain))
            out = any(each in self.choice.left_out.get(wanted.name, ()) for each in (name, plain))
            if chosen or (key is None and not out and self.choice.is_included(wanted.name, plain)):
                found.append(column_of_text(plain, _text_at(place), as_it_is=chosen))
        person = persons[0] if persons else None
        columns = Columns(wanted.name, tuple(found), None if person is None else f"{names[person]}_key")
        return Read(columns, table.rows, table.unreadable, self._uncertain(wanted, table, person))

    def _uncertain(self, wanted: MediusList, records: Any, person: str | None) -> set[str | None]:  # noqa: ANN401 - of tables and records alike
        if not records.unreadable or wanted.write == "merge":
            return set()
        if person is None:
            raise UsageError(
                "A row cannot be read, and no column identifies its person, so its history would be closed",
                where=wanted.layout,
                advice='Pass the column of the stamnummer, persons={"Stamnr": Role.PUPIL}, or pass write="merge".',
            )
        role = self._role(wanted, person) or Role.PUPIL
        return {self.keys.person(each, role) for each in unreadable_keys(records, person)}

    def _role(self, wanted: MediusList, name: str) -> Role | None:
        """Return the role for a column with a stamnummer, or ``None``."""
        given = wanted.persons.get(name)
        return given or (Role.PUPIL if _STAMNUMMER.search(plain_name(name)) else None)

    def _key_of(self, wanted: MediusList, name: str) -> Callable[[Any], str | None] | None:
        """Return the function for the pseudonym of a column: a stamnummer, or a key that can identify a person."""
        if (role := self._role(wanted, name)) is not None:
            return partial(self.keys.person, role=role)
        if name in wanted.key and identifies(plain_name(name)):
            return partial(self.keys.text, f"{wanted.name}.{plain_name(name)}")
        return None

    def _key_name(self, wanted: MediusList, name: str) -> str:
        return f"{name}_key" if self._key_of(wanted, name) is not None else name

    def _person(self, wanted: MediusList, keys: Iterable[str]) -> str | None:
        return next((name for name in keys if self._role(wanted, name) is not None), None)


def _text_at(place: int) -> Callable[[Row], str]:
    return lambda row: row.texts[place]


def _keyed(place: int, key: Callable[[Any], str | None]) -> Callable[[Row], str | None]:
    return lambda row: key(row.texts[place])
