"""Events: who came, who left, and whose enrolment or class changed between two snapshots.

An event names the fields that changed. Their values come along only where the caller reveals them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Protocol

from attrs import field, frozen

from magister_connect.core.frozen import FrozenDict
from magister_connect.core.reprs import MaskedRepr
from magister_connect.core.serialization import to_plain, values_of
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
"""Which fields make which event: those of pupils of Medius, and of EDEXML and UWLR."""


class KeptSnapshot(Protocol):
    """A snapshot, as far as events look at it."""

    @property
    def number(self) -> int:
        """Its number in the store."""
        ...

    @property
    def taken_at(self) -> dt.datetime:
        """When it was taken."""
        ...


class Compared(Protocol):
    """A comparison of snapshots, as far as events look at it: what ``store.snapshots.compare`` returns."""

    @property
    def name(self) -> str:
        """The name of the snapshots."""
        ...

    @property
    def before(self) -> KeptSnapshot | None:
        """The older one; ``None`` the first time."""
        ...

    @property
    def diff(self) -> object:
        """What changed."""
        ...


@frozen(repr=False, kw_only=True)
class Event(MaskedRepr):
    """One change of one person.

    ``kind`` is ``came``, ``left``, or a name of yours for fields that you watch. ``person`` is a pseudonym, or the
    number itself where it was revealed. ``fields`` are those that changed; ``before`` and ``after`` hold the values of
    those that were revealed, several where somebody has several rows. ``since`` is when the older snapshot was taken,
    ``at`` when the newer one was: the change lies between the two. ``id`` stays the same when the comparison is done
    again.
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
        """The event as it waits in a store, encrypted there."""
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
    """The events between the last snapshot and today's table or document; none the first time.

    ``compared`` is what ``store.snapshots.compare`` returned, for tables and records of Medius, documents of EDEXML and
    answers of UWLR. ``key`` is the field by which it compared, ``scope`` the school inside which that is unique and
    ``person`` what kind of identifier it is. ``reveal`` names the fields whose values come along; with ``key`` among
    them the person is named by the number itself. ``watching`` says which fields make which event, as
    :data:`WATCHED` unless given.

    Raises :class:`UsageError` for a comparison of something else, and where neither ``pseudonyms`` are given nor the
    key is revealed.
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
    made = _Making(compared.name, compared.before, at, frozenset(reveal), WATCHED if watching is None else watching)
    found: list[Event] = []
    for who, kind, fields, before, after in _changes(compared.diff, key, made):
        name = who if pseudonyms is None else pseudonyms.of(person(who, scope=scope))
        found.append(made.event(name, who if key in reveal else name, kind, fields, before, after))
    return tuple(found)


@frozen
class _Making:
    name: str
    older: KeptSnapshot
    at: dt.datetime
    reveal: frozenset[str]
    watching: Mapping[str, Collection[str]]

    def event(self, told: str, shown: str, kind: str, fields: tuple[str, ...], before: Values, after: Values) -> Event:
        """An event. There is at most one of a kind for a person since one snapshot, whatever came of it."""
        place = [self.name, self.older.number, self.older.taken_at.isoformat(), kind, told]
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
        """The revealed values of rows, each once; of some fields, or of all."""
        found: dict[str, dict[str, None]] = {}
        for row in rows:
            for name, value in values_of(row).items():
                if name in self.reveal and (names is None or name in names) and value not in {None, ""}:
                    found.setdefault(name, {})[_text(value)] = None
        return FrozenDict({name: tuple(texts) for name, texts in found.items()})

    def watched(self, changed: Collection[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The events that changed fields make, and the fields of each."""
        for kind, names in self.watching.items():
            if fields := tuple(name for name in names if name in changed):
                yield kind, fields


_Change = tuple[str, str, tuple[str, ...], Values, Values]


def _changes(diff: object, key: str, made: _Making) -> Iterator[_Change]:
    if isinstance(diff, TableDiff):
        return _of_table(diff, key, made)
    if isinstance(diff, DocumentDiff):
        return _of_document(diff, made)
    raise UsageError(
        f"A {type(diff).__name__} has no events",
        where="events_of",
        advice="Compare a table or records of Medius, a document of EDEXML or an answer of UWLR.",
    )


def _of_table(diff: TableDiff[object], key: str, made: _Making) -> Iterator[_Change]:
    for who, rows in _by_person(diff.added, key).items():
        yield who, "came", (), FrozenDict(), made.values(rows)
    for who, rows in _by_person(diff.left, key).items():
        yield who, "left", (), made.values(rows), FrozenDict()
    for change in diff.changed:
        for who in _by_person(change.after, key):
            for kind, fields in made.watched(change.columns):
                yield who, kind, fields, made.values(change.before, fields), made.values(change.after, fields)


def _of_document(diff: DocumentDiff, made: _Making) -> Iterator[_Change]:
    """Pupils; somebody who has another key now is told under the new one."""
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
    """The rows by their key; those without one are nobody's."""
    found: dict[str, list[object]] = {}
    for row in rows:
        who = values_of(row).get(key)
        if who not in {None, ""}:
            found.setdefault(str(who), []).append(row)
    return found


def _text(value: object) -> str:
    plain = to_plain(value, reveal=True)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
