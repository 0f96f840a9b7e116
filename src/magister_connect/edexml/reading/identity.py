"""Check keys and references in one pass, which is enough because groups come before pupils.

Keys are compared as exact text, as in the schema. Pupils and staff have separate keys. Groups of both kinds share one
set of keys (from 2.0).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import attrs

from magister_connect.edexml.model import records
from magister_connect.edexml.model.records import Item


@attrs.frozen
class KeyViolation:
    """A rule on keys that an item breaks. ``field`` is the place; ``kind`` and ``target`` describe the reference."""

    code: str
    words: str
    field: str
    kind: str = ""
    target: str | None = attrs.field(default=None, repr=False)

    @property
    def is_outside(self) -> bool:
        """Whether it is a reference to a record that is not in the document."""
        return self.code == "X11"


class Identities:
    """Remembers keys, and yields each rule that a new item breaks.

    With ``everyone``, keys and ECK iDs of pupils and staff are remembered too, as 64-bit hashes. Two different keys get
    the same hash in about one of 10^8 schools with a million pupils.
    """

    def __init__(self, *, everyone: bool) -> None:
        self._everyone = everyone
        self._vestigingen: set[str] = set()
        self._groepen: set[str] = set()
        self._combined: set[str] = set()
        self._keys: dict[type, set[int]] = {records.Leerling: set(), records.Leerkracht: set()}
        self._eckids: dict[type, set[int]] = {records.Leerling: set(), records.Leerkracht: set()}

    def see(self, item: Item) -> Iterator[KeyViolation]:
        """Remember ``item``, and yield the rules that it breaks."""
        if isinstance(item, records.Leerling):
            yield from self._person(item)
            yield from self._pupil(item)
        elif isinstance(item, records.Leerkracht):
            yield from self._person(item)
            yield from self._teacher(item)
        elif isinstance(item, records.Vestiging):
            yield from _add(item.key, self._vestigingen)
        elif isinstance(item, records.Groep):
            yield from self._group(item.key, self._groepen, self._combined)
        elif isinstance(item, records.SamengesteldeGroep):
            yield from self._group(item.key, self._combined, self._groepen)

    def knows(self, kind: type, key: str) -> bool:
        """Return whether a record of a kind with exactly this key was seen; for persons only with ``everyone``."""
        named = {
            records.Vestiging: self._vestigingen,
            records.Groep: self._groepen,
            records.SamengesteldeGroep: self._combined,
        }
        return key in named[kind] if kind in named else hash(key) in self._keys[kind]

    def _group(self, key: str, same: set[str], other: set[str]) -> Iterator[KeyViolation]:
        yield from _add(key, same)
        if _is_in(key, other):
            yield KeyViolation("X10", "This key is used by a group of the other kind as well", "@key")

    def _person(self, person: records.Leerling | records.Leerkracht) -> Iterator[KeyViolation]:
        if not self._everyone:
            return
        seen = self._keys[type(person)]
        if _is_again(person.key, seen):
            yield KeyViolation("X10", "This key is used twice", "@key")
        if _is_again(person.eckid, self._eckids[type(person)]):
            yield KeyViolation("X12", "This ECK iD is used twice", "@eckid")

    def _pupil(self, pupil: records.Leerling) -> Iterator[KeyViolation]:
        if not _is_in(pupil.groep, self._groepen, absent=True):
            yield _dangling("groep", "groep", pupil.groep)
        combined = pupil.samengestelde_groepen
        for number, key in enumerate(combined, 1):
            if not _is_in(key, self._combined, absent=True):
                step = f"samengestelde_groep[{number}]" if len(combined) > 1 else "samengestelde_groep"
                yield _dangling(f"samengestelde_groepen/{step}", "samengestelde_groep", key)
        if not _is_in(pupil.vestiging, self._vestigingen, absent=True):
            yield _dangling("vestiging", "vestiging", pupil.vestiging)

    def _teacher(self, teacher: records.Leerkracht) -> Iterator[KeyViolation]:
        kinds = Counter(type(reference) for reference in teacher.groepen)
        seen: Counter[type] = Counter()
        for reference in teacher.groepen:
            combined = isinstance(reference, records.SamengesteldeGroepReferentie)
            seen[type(reference)] += 1
            if not _is_in(reference.key, self._combined if combined else self._groepen, absent=True):
                kind = "samengestelde_groep" if combined else "groep"
                number = f"[{seen[type(reference)]}]" if kinds[type(reference)] > 1 else ""
                yield _dangling(f"groepen/{kind}{number}", kind, reference.key)


def _add(key: str | None, seen: set[str]) -> Iterator[KeyViolation]:
    if _is_in(key, seen):
        yield KeyViolation("X10", "This key is used twice", "@key")
    elif key is not None:
        seen.add(key)


def _is_in(key: str | None, seen: set[str], *, absent: bool = False) -> bool:
    """Return whether a key is known. A missing key is another finding; for it, the result is ``absent``."""
    return absent if key is None else key in seen


def _is_again(key: str | None, seen: set[int]) -> bool:
    """Return whether a key was seen before, and remember it."""
    if key is None:
        return False
    size = len(seen)
    seen.add(hash(key))
    return len(seen) == size


def _dangling(field: str, kind: str, target: str | None) -> KeyViolation:
    return KeyViolation("X11", "This refers to a key that does not exist", field, kind, target)
