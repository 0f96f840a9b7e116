"""Compare two documents: who came, left, moved, was renamed or has a new key, and which groups were merged.

Persons match by key. Without a matching key, they match by ECK iD (certain), and then by name and date of birth. The
last match is only a suspicion: a person must check it.

A dummy key means something else in the next file (documented), so it never matches persons. A key does not match either
if both ECK iD and name differ. The key may then belong to another pupil, who must not receive the data of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

import attrs

from magister_connect.core.boundary import file_boundary
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.edexml.comparing.proposals import KEYED, SILENT, Proposal, Record
from magister_connect.edexml.model import records
from magister_connect.errors import UsageError

_NAMES: Final = frozenset({"achternaam", "voorvoegsel", "voornamen", "voorletters_1", "roepnaam"})
_PLACE: Final = frozenset({"jaargroep", "groep", "samengestelde_groepen", "vestiging", "groepen"})
_Mark: TypeAlias = Callable[[Record], object]
_PERSONS: Final = (records.Leerling, records.Leerkracht)
_ENOUGH: Final = 0.5  # a group is part of another if more than half of its pupils went there


@attrs.frozen(repr=False)
class KeyChange(MaskedRepr):
    """A person who seems to have a new key. ``certain`` is true if the ECK iD is the same."""

    kind: str
    old_key: str
    new_key: str
    certain: bool

    def __repr__(self) -> str:
        return f"<KeyChange {self.kind}{'' if self.certain else '?'}>"


@attrs.frozen
class GroupChange(PlainData):
    """Groups that were merged (several before, one after) or split (one before, several after), by key."""

    before: tuple[str, ...] = attrs.field(metadata={"personal": True})
    after: tuple[str, ...] = attrs.field(metadata={"personal": True})


@attrs.frozen(repr=False)
class DocumentDiff(MaskedRepr):
    """The result of :func:`diff`. The mappings go from kind (``"leerling"``, ``"groep"``, ...) to keys."""

    added: Mapping[str, tuple[str, ...]] = attrs.field(metadata={"personal": True})
    left: Mapping[str, tuple[str, ...]] = attrs.field(metadata={"personal": True})
    moved: Mapping[str, tuple[str, ...]] = attrs.field(metadata={"personal": True})
    renamed: Mapping[str, tuple[str, ...]] = attrs.field(metadata={"personal": True})
    changed: Mapping[str, tuple[str, ...]] = attrs.field(metadata={"personal": True})
    rekeyed: tuple[KeyChange, ...]
    merged: tuple[GroupChange, ...]
    split: tuple[GroupChange, ...]
    proposals: tuple[Proposal, ...]
    left_share: float
    same_year: bool

    def __repr__(self) -> str:
        counts = ", ".join(
            f"{len(found.get('leerling', ()))} {word}"
            for word, found in (("added", self.added), ("left", self.left), ("moved", self.moved))
        )
        return f"<DocumentDiff: {counts}, {len(self.proposals)} proposals>"

    def stops(self, most_left: float = 0.05) -> bool:
        """Return whether more than ``most_left`` of the pupils left. Then a person should check the file first."""
        return self.left_share > most_left


@file_boundary.around
def diff(old: records.Document, new: records.Document) -> DocumentDiff:
    """Compare two documents of one school.

    Changes are returned as proposals, so that you can approve each one separately (see :func:`apply`). ``left_share``
    is the share of the pupils in ``old`` that are not in ``new`` under any key; see :meth:`DocumentDiff.stops`. If
    ``same_year`` is false, other group keys are expected: a group exists for at most one school year (documented).
    Raises :class:`~magister_connect.errors.UsageError` if the documents belong to two schools (different ``brincode``).
    """
    given: list[object] = [old, new]
    if not all(isinstance(document, records.Document) for document in given):
        raise UsageError("Only two documents can be compared", where="diff", advice="Read each file with read(path).")
    if old.school.brincode != new.school.brincode and None not in {old.school.brincode, new.school.brincode}:
        advice = "Compare an older and a newer file of one school."
        raise UsageError("The documents belong to two schools", where="school.brincode", advice=advice)
    found = _Found()
    for kind in KEYED:
        _compare(kind, _by_key(old, kind), _by_key(new, kind), found)
    merged, split = _regrouped(old, new)
    before = len(old.leerlingen)
    return DocumentDiff(
        **{name: _frozen(keys) for name, keys in found.keys.items()},
        rekeyed=tuple(found.rekeyed),
        merged=merged,
        split=split,
        proposals=tuple(found.proposals),
        left_share=len(found.keys["left"].get("leerling", ())) / before if before else 0.0,
        same_year=old.school.schooljaar == new.school.schooljaar,
    )


class _Found:
    def __init__(self) -> None:
        self.keys: dict[str, dict[str, list[str]]] = {
            name: {} for name in ("added", "left", "moved", "renamed", "changed")
        }
        self.rekeyed: list[KeyChange] = []
        self.proposals: list[Proposal] = []

    def note(self, name: str, kind: str, key: str) -> None:
        self.keys[name].setdefault(kind, []).append(key)


def _frozen(keys: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return {kind: tuple(found) for kind, found in keys.items()}


def _by_key(document: records.Document, kind: str) -> dict[str, Record]:
    return {record.key: record for record in getattr(document, KEYED[kind].field)}


def _compare(kind: str, old: dict[str, Record], new: dict[str, Record], found: _Found) -> None:
    gone = {key: one for key, one in old.items() if key not in new or _is_dummy(one) or _is_another(one, new[key])}
    came = {key: one for key, one in new.items() if key not in old or _is_dummy(one) or _is_another(old[key], one)}
    stayed = {key: record for key, record in old.items() if key not in gone}
    matches = [(one, gone.pop(one.old_key), came.pop(one.new_key)) for one in tuple(_rekeyed(kind, gone, came))]
    for key, record in gone.items():
        found.note("left", kind, key)
        if key in new:
            # first, because later proposals need the key
            found.proposals.append(Proposal(kind, key, None, record, None))
    for rekeyed in (one for one, _, _ in matches if one.old_key != one.new_key):
        found.rekeyed.append(rekeyed)
        found.proposals.append(Proposal(kind, rekeyed.old_key, "key", rekeyed.old_key, rekeyed.new_key))
    for rekeyed, before, after in matches:
        _fields(kind, rekeyed.new_key, before, after, found)
    for key, record in came.items():
        found.note("added", kind, key)
        found.proposals.append(Proposal(kind, key, None, None, record))
    for key, record in gone.items():
        if key not in new:
            found.proposals.append(Proposal(kind, key, None, record, None))
    for key, record in stayed.items():
        if record != new[key]:
            _fields(kind, key, record, new[key], found)


def _is_dummy(record: Record) -> bool:
    return isinstance(record, (records.Leerling, records.Leerkracht)) and record.is_dummy_key


def _is_another(before: Record, after: Record) -> bool:
    """Return whether the key was given to another person: ECK iD and name both differ."""
    if not isinstance(before, _PERSONS) or not isinstance(after, _PERSONS) or not before.eckid or not after.eckid:
        return False
    names = (before.achternaam, before.roepnaam) != (after.achternaam, after.roepnaam)
    return names and before.eckid != after.eckid


def _fields(kind: str, key: str, before: Record, after: Record, found: _Found) -> None:
    """Propose the fields that differ. A different date of change alone is not a change."""
    names = [field.name for field in attrs.fields(type(before)) if field.name != "key"]
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    if not set(changed) - SILENT:
        return
    for name in changed:
        if name != "extra":
            found.proposals.append(Proposal(kind, key, name, getattr(before, name), getattr(after, name)))
    person = kind in {"leerling", "leerkracht"}
    if person and set(changed) & _PLACE:
        found.note("moved", kind, key)
    if set(changed) & (_NAMES if person else {"naam"}):
        found.note("renamed", kind, key)
    found.note("changed", kind, key)


def _rekeyed(kind: str, gone: Mapping[str, Record], came: Mapping[str, Record]) -> Iterable[KeyChange]:
    """Yield who seems to have a new key: by ECK iD, or by name and date of birth if both are unique."""
    if kind not in {"leerling", "leerkracht"}:
        return
    matched: dict[str, str] = {}
    for certain, mark in ((True, _eckid), (False, _match_key)):
        before, after = _unique(gone, mark), _unique(came, mark)
        for sign in before:
            if sign in after and before[sign] not in matched and after[sign] not in matched.values():
                matched[before[sign]] = after[sign]
                yield KeyChange(kind, before[sign], after[sign], certain)


def _unique(found: Mapping[str, Record], mark: _Mark) -> dict[object, str]:
    keys: dict[object, list[str]] = {}
    for key, record in found.items():
        if (sign := mark(record)) is not None:
            keys.setdefault(sign, []).append(key)
    return {sign: of[0] for sign, of in keys.items() if len(of) == 1}


def _eckid(record: Record) -> object:
    return getattr(record, "eckid", None)


def _match_key(record: Record) -> object:
    if isinstance(record, records.Leerling) and record.geboortedatum is not None:
        return (record.achternaam, record.roepnaam or record.voorletters_1, record.geboortedatum)
    if isinstance(record, records.Leerkracht) and record.emailadres is not None:
        return record.emailadres.casefold()
    return None


def _regrouped(old: records.Document, new: records.Document) -> tuple[tuple[GroupChange, ...], tuple[GroupChange, ...]]:
    """Return the groups that were merged and those that were split, by where most of their pupils went."""
    before = {pupil.key: pupil.groep for pupil in old.leerlingen}
    pairs = [
        (before[pupil.key], pupil.groep)
        for pupil in new.leerlingen
        if before.get(pupil.key) is not None and pupil.groep is not None
    ]
    forward = _main_origins([(one, other) for one, other in pairs if one is not None])
    backward = _main_origins([(other, one) for one, other in pairs if one is not None])
    merged = tuple(GroupChange(tuple(parts), (whole,)) for whole, parts in forward.items() if len(parts) > 1)
    split = tuple(GroupChange((whole,), tuple(parts)) for whole, parts in backward.items() if len(parts) > 1)
    return merged, split


def _main_origins(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return for each new group the old groups that sent more than half of their pupils there."""
    total: dict[str, int] = {}
    went: dict[tuple[str, str], int] = {}
    for pair in pairs:
        total[pair[0]] = total.get(pair[0], 0) + 1
        went[pair] = went.get(pair, 0) + 1
    found: dict[str, list[str]] = {}
    for (source, target), count in went.items():
        if count > _ENOUGH * total[source]:
            found.setdefault(target, []).append(source)
    return found
