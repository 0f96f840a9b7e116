"""Changes as proposals. You approve each one separately, and it is refused if the document has changed since.

The school must agree before a change from parents or an application is written. So a change is a value: you can store
it, show it and approve it, and apply it later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final, Self, TypeAlias, get_type_hints

import attrs

from magister_connect.core.boundary import boundary, file_boundary
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import from_plain, to_plain
from magister_connect.edexml.model import records
from magister_connect.edexml.model.kinds import KINDS
from magister_connect.edexml.reading.identity import Identities
from magister_connect.edexml.writing.write import groups_in_order
from magister_connect.errors import UsageError

Record: TypeAlias = (
    records.Vestiging | records.Groep | records.SamengesteldeGroep | records.Leerling | records.Leerkracht
)
KEYED: Final = {kind.name: kind for kind in KINDS if kind.container is not None}
"""The kinds of record that have a key, by name."""
SILENT: Final = frozenset({"mutatiedatum", "extra"})
"""Fields that may change without a proposal. Magister sets a new mutatiedatum every night, for example (observed)."""


@attrs.frozen(repr=False)
class Proposal(MaskedRepr):
    """One change of a field of a record, from ``current`` to ``proposed``.

    Without a ``field`` the proposal adds a whole record (``current`` is ``None``) or removes one (``proposed`` is
    ``None``). The field ``"key"`` changes the key. The ``repr`` shows neither keys nor values.
    """

    kind: str
    key: str
    field: str | None
    current: object
    proposed: object

    def to_dict(self, *, reveal: bool = False) -> dict[str, object]:
        """Return the proposal as plain data. The key and both values are masked unless ``reveal`` is true."""
        shown = reveal or self.field in _HARMLESS
        return {
            "kind": self.kind,
            "action": self.action,
            "field": self.field,
            "key": to_plain(self.key, reveal=reveal, personal=True),
            "current": self._plain(self.current, reveal=shown),
            "proposed": self._plain(self.proposed, reveal=shown),
        }

    def _plain(self, value: object, *, reveal: bool) -> object:
        if self.field == "rollen" and isinstance(value, tuple):
            return records.Leerkracht("", rollen=value).to_dict(reveal=reveal)["rollen"]
        return to_plain(value, reveal=reveal, personal=not reveal)

    @classmethod
    @boundary.around
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Build a proposal from what ``to_dict(reveal=True)`` returned. :func:`apply` accepts it."""
        kind, key, field = (from_plain(str, data.get(name) or "") for name in ("kind", "key", "field"))
        values = [_value(kind, field or None, data.get(name)) for name in ("current", "proposed")]
        return cls(kind, key, field or None, *values)

    def __repr__(self) -> str:
        return f"<Proposal: {self.action} {self.kind}{'.' + self.field if self.field else ''}>"

    @property
    def action(self) -> str:
        """``add``, ``remove``, ``rekey`` or ``change``."""
        if self.field is None:
            return "add" if self.current is None else "remove"
        return "rekey" if self.field == "key" else "change"


_ABSENT: Final = object()
_HARMLESS: Final = frozenset({"jaargroep"})


def _value(kind: str, field: str | None, plain: object) -> object:
    """Read the value of a field, or a whole record if there is no field. :func:`apply` checks whether it fits."""
    record = KEYED[kind].record if kind in KEYED else None
    if plain is None or record is None:
        return plain
    if field is None:
        return from_plain(record, plain)
    if issubclass(record, records.Leerkracht) and field in {"rollen", "groepen"}:
        return getattr(records.Leerkracht.from_dict({"key": "", field: plain}), field)
    types = get_type_hints(record)
    return from_plain(types[field], plain) if field in types else plain


@file_boundary.around
def propose_changes(record: Record, **changes: object) -> tuple[Proposal, ...]:
    """Propose changes to fields of a record: ``propose_changes(leerling, emailadres="...")``.

    The record stays as it is.

    A field that already has the value gets no proposal. Raises :class:`~magister_connect.errors.UsageError` if the
    record has no key or no field of that name.
    """
    kind = next((name for name, of in KEYED.items() if isinstance(record, of.record)), None)
    names = {field.name for field in attrs.fields(type(record))}
    if kind is None or not set(changes) <= names - {"extra"}:
        what = "A proposal must name fields of an EDEXML record"
        raise UsageError(what, where="propose_changes", advice="Use the field names of the record, such as emailadres.")
    return tuple(
        Proposal(kind, record.key, name, getattr(record, name), value)
        for name, value in changes.items()
        if getattr(record, name) != value
    )


@file_boundary.around
def apply(
    document: records.Document, approved: Iterable[Proposal], *, most_left: float | None = 0.05
) -> records.Document:
    """Return a new document with the approved proposals applied in order.

    New keys that follow each other, as in the result of :func:`diff`, are set at the same time, so that two records can
    swap keys. Nothing is applied, and :class:`~magister_connect.errors.UsageError` is raised, if:

    - a proposal no longer fits, because the current value has changed;
    - a reference would point to a missing record;
    - more than ``most_left`` of the pupils would be removed (``None`` for no limit).
    """
    wanted = list(approved)
    given: list[object] = [*wanted]
    if not all(isinstance(proposal, Proposal) for proposal in given):
        raise UsageError(
            "Only proposals can be applied", where="apply", advice="Use the proposals of diff() or propose_changes()."
        )
    _limit(document, wanted, most_left)
    tables = {name: {record.key: record for record in getattr(document, kind.field)} for name, kind in KEYED.items()}
    for (kind, action), some in groupby(wanted, key=lambda proposal: (proposal.kind, proposal.action)):
        table = _table(kind, tables)
        if action == "rekey":
            _rekey(table, tuple(some))
            continue
        for proposal in some:
            _take(proposal, table)
    lists = {KEYED[name].field: tuple(table.values()) for name, table in tables.items()}
    changed = attrs.evolve(document, **lists)  # type: ignore[arg-type] # each list under its own name
    _refuse_broken_references(changed)
    return changed


def _limit(document: records.Document, wanted: list[Proposal], most_left: float | None) -> None:
    removed = sum(proposal.action == "remove" and proposal.kind == "leerling" for proposal in wanted)
    if most_left is not None and removed > most_left * len(document.leerlingen):
        what = f"More than {most_left:.0%} of the pupils would be removed"
        raise UsageError(what, advice="Have the list checked first, then pass most_left=None.")


def _table(kind: str, tables: Mapping[str, dict[str, Record]]) -> dict[str, Record]:
    if kind not in tables:
        advice = f"Use one of {', '.join(KEYED)}."
        raise UsageError("The proposal is about a kind of record that does not exist", where="kind", advice=advice)
    return tables[kind]


def _take(proposal: Proposal, table: dict[str, Record]) -> None:
    found = table.get(proposal.key)
    if proposal.action == "add":
        if found is not None or not isinstance(proposal.proposed, KEYED[proposal.kind].record):
            raise _outdated(proposal)
        table[proposal.key] = proposal.proposed  # type: ignore[assignment] # of the kind, as was just asked
        return
    if found is None or not _is_current(proposal, found):
        raise _outdated(proposal)
    if proposal.action == "remove":
        del table[proposal.key]
        return
    table[found.key] = attrs.evolve(found, **{proposal.field or "": proposal.proposed})  # type: ignore[arg-type] # see _outdated


def _is_current(proposal: Proposal, found: Record) -> bool:
    """Return whether the record is as it was when the proposal was made, ignoring fields that need no proposal."""
    if proposal.field is not None:
        return proposal.field in SILENT or getattr(found, proposal.field, _ABSENT) == proposal.current
    names = {field.name for field in attrs.fields(type(found))} - SILENT
    return type(found) is type(proposal.current) and all(
        getattr(found, name) == getattr(proposal.current, name) for name in names
    )


def _rekey(table: dict[str, Record], some: tuple[Proposal, ...]) -> None:
    """Set new keys in the same places, all at once: a dummy key may belong to another record in the next file."""
    keys = {key: key for key in table}
    for proposal in some:
        if keys.get(proposal.key) != proposal.key or proposal.current != proposal.key:
            raise _outdated(proposal)
        keys[proposal.key] = str(proposal.proposed)
    if len(set(keys.values())) < len(keys):
        raise _outdated(some[-1])
    changed = [attrs.evolve(record, key=keys[key]) if keys[key] != key else record for key, record in table.items()]
    table.clear()
    table.update((record.key, record) for record in changed)


def _outdated(proposal: Proposal) -> UsageError:
    advice = "Compare the documents again: this one has changed since the proposal was made."
    return UsageError("The proposal does not fit the document", where=repr(proposal), advice=advice)


def _refuse_broken_references(document: records.Document) -> None:
    identities = Identities(everyone=True)
    everything = (
        *document.vestigingen,
        *groups_in_order(document),
        *document.leerlingen,
        *document.leerkrachten,
    )
    for item in everything:
        for violation in identities.see(item):
            raise UsageError(
                violation.words,
                where=violation.field,
                advice="Approve proposals that belong together at the same time.",
            )
