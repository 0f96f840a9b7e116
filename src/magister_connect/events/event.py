"""Events: who came, who left, and which enrolments or classes changed between two snapshots.

An event names the fields that changed. It contains their values only if the caller reveals them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Protocol

from attrs import field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import to_plain, values_of
from magister_connect.crosswalk import Pseudonymiser
from magister_connect.edexml import DocumentDiff
from magister_connect.errors import UsageError
from magister_connect.identifiers import Stamnummer
from magister_connect.identifiers.identifier import Scoped
from magister_connect.medius.tables.diff import TableDiff

Values = Mapping[str, tuple[str, ...]]
WATCHED: Final[Mapping[str, tuple[str, ...]]] = FrozenDict(
    {
        "enrolment_changed": (
            "studie",
            "crebo",
            "leerweg",
            "leerfase_leerjaar",
            "profiel_code",
            "jaargroep",
            "vestiging",
        ),
        "class_changed": ("klas", "groep"),
    }
)
"""Which fields lead to which event: fields of Medius pupils, and of EDEXML and UWLR pupils."""


class KeptSnapshot(Protocol):
    """A snapshot, with the part that events use."""

    @property
    def number(self) -> int:
        """Its number in the store."""
        ...

    @property
    def taken_at(self) -> dt.datetime:
        """When it was taken."""
        ...


class Compared(Protocol):
    """A comparison of snapshots, with the part that events use. ``store.snapshots.compare`` returns one."""

    @property
    def name(self) -> str:
        """The name of the snapshots."""
        ...

    @property
    def before(self) -> KeptSnapshot | None:
        """The older snapshot; ``None`` the first time."""
        ...

    @property
    def diff(self) -> object:
        """What changed."""
        ...


@frozen(repr=False, kw_only=True)
class Event(MaskedRepr):
    """One change of one person.

    - ``kind``: ``came``, ``left``, or a name from ``watching``.
    - ``person``: a pseudonym, or the number itself if you revealed it.
    - ``fields``: the fields that changed. ``before`` and ``after`` contain the values of revealed fields; several if a
      person has several rows.
    - ``since`` and ``at``: when the older and the newer snapshot were taken. The change happened in between.
    - ``id``: stays the same if you repeat the comparison.
    """

    id: str = field(metadata={"personal": False})
    kind: str
    person: str = field(metadata={"personal": True})
    fields: tuple[str, ...] = ()
    before: Values = field(default=FrozenDict())
    after: Values = field(default=FrozenDict())
    since: dt.datetime
    at: dt.datetime

    def __repr__(self) -> str:
        return f"<Event {' '.join((self.kind, *self.fields))}>"

    @property
    def content(self) -> bytes:
        """The event as it is stored in a store, which encrypts it."""
        return self.to_json(reveal=True).encode()


def events_of(
    compared: Compared,
    *,
    scope: str,
    at: dt.datetime,
    pseudonyms: Pseudonymiser | None = None,
    reveal: Collection[str] = (),
    watching: Mapping[str, Collection[str]] | None = None,
    key: str = "stamnummer",
    person: type[Scoped] = Stamnummer,
) -> tuple[Event, ...]:
    """Return the events between the last snapshot and today's table or document; none the first time.

    ``compared`` is what ``store.snapshots.compare`` returned, for Medius tables and records, EDEXML documents and UWLR
    answers.

    - ``key`` is the field by which records were compared, ``scope`` the school in which it is unique, and ``person``
      the type of identifier.
    - ``reveal`` names the fields to include with their values. If ``key`` is one of them, the person is the number
      itself.
    - ``watching`` states which fields lead to which event, by default :data:`WATCHED`.

    Raises :class:`UsageError` for a comparison of something else, and if you neither pass ``pseudonyms`` nor reveal the
    key.
    """
    if isinstance(reveal, str):
        raise UsageError("The revealed fields must be a list", where="reveal", advice=f"Pass reveal=[{reveal!r}].")
    if pseudonyms is None and key not in reveal:
        raise UsageError(
            "An event must name its person",
            where="pseudonyms",
            advice=f"Pass pseudonyms=Pseudonymiser(...), or reveal={[key]!r} if the receiver may have the number.",
        )
    if compared.before is None or compared.diff is None:
        return ()
    made = _EventBuilder(
        compared.name, compared.before, at, frozenset(reveal), WATCHED if watching is None else watching
    )
    found: list[Event] = []
    for who, kind, fields, before, after in _changes(compared.diff, key, made):
        name = who if pseudonyms is None else pseudonyms.of(person(who, scope=scope))
        found.append(made.event(name, who if key in reveal else name, kind, fields, before, after))
    return tuple(found)


@frozen
class _EventBuilder:
    name: str
    older: KeptSnapshot
    at: dt.datetime
    reveal: frozenset[str]
    watching: Mapping[str, Collection[str]]

    def event(
        self, person_key: str, shown: str, kind: str, fields: tuple[str, ...], before: Values, after: Values
    ) -> Event:
        """Create an event.

        A person has at most one of each kind since one snapshot, also if the comparison is repeated.
        """
        place = [self.name, self.older.number, self.older.taken_at.isoformat(), kind, person_key]
        return Event(
            id=hashlib.sha256(json.dumps(place).encode()).hexdigest()[:32],
            kind=kind,
            person=shown,
            fields=fields,
            before=before,
            after=after,
            since=self.older.taken_at,
            at=self.at,
        )

    def values(self, rows: Iterable[object], names: Iterable[str] | None = None) -> Values:
        """Return the revealed values of rows, without duplicates; of some fields, or of all."""
        found: dict[str, dict[str, None]] = {}
        for row in rows:
            for name, value in values_of(row).items():
                if name in self.reveal and (names is None or name in names) and value not in {None, ""}:
                    found.setdefault(name, {})[_text(value)] = None
        return FrozenDict({name: tuple(texts) for name, texts in found.items()})

    def watched(self, changed: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the events for changed fields, each with its fields."""
        for kind, names in self.watching.items():
            if fields := tuple(name for name in names if name in changed):
                yield kind, fields


_Change = tuple[str, str, tuple[str, ...], Values, Values]


def _changes(diff: object, key: str, made: _EventBuilder) -> Iterator[_Change]:
    if isinstance(diff, TableDiff):
        return _of_table(diff, key, made)
    if isinstance(diff, DocumentDiff):
        return _of_document(diff, made)
    raise UsageError(
        f"A {type(diff).__name__} has no events",
        where="events_of",
        advice="Compare a table or records of Medius, a document of EDEXML or an answer of UWLR.",
    )


def _of_table(diff: TableDiff[object], key: str, made: _EventBuilder) -> Iterator[_Change]:
    for who, rows in _by_person(diff.added, key).items():
        yield who, "came", (), FrozenDict(), made.values(rows)
    for who, rows in _by_person(diff.left, key).items():
        yield who, "left", (), made.values(rows), FrozenDict()
    for change in diff.changed:
        for who in _by_person(change.after, key):
            for kind, fields in made.watched(change.columns):
                yield who, kind, fields, made.values(change.before, fields), made.values(change.after, fields)


def _of_document(diff: DocumentDiff, made: _EventBuilder) -> Iterator[_Change]:
    """Yield the changes of pupils. A pupil with a new key is reported under the new key."""
    changed: dict[str, dict[str, tuple[object, object]]] = {}
    for each in diff.proposals:
        if each.kind != "leerling":
            continue
        if each.action == "add":
            yield each.key, "came", (), FrozenDict(), made.values([each.proposed])
        elif each.action == "remove":
            yield each.key, "left", (), made.values([each.current]), FrozenDict()
        elif each.action == "change" and each.field is not None:
            changed.setdefault(each.key, {})[each.field] = each.current, each.proposed
    for who, fields in changed.items():
        for kind, names in made.watched(fields):
            before, after = ([{name: fields[name][side] for name in names}] for side in (0, 1))
            yield who, kind, names, made.values(before), made.values(after)


def _by_person(rows: Iterable[object], key: str) -> dict[str, list[object]]:
    """Group the rows by key. Rows without a key are ignored."""
    found: dict[str, list[object]] = {}
    for row in rows:
        who = values_of(row).get(key)
        if who not in {None, ""}:
            found.setdefault(str(who), []).append(row)
    return found


def _text(value: object) -> str:
    plain = to_plain(value, reveal=True)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
