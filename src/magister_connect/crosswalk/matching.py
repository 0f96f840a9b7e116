"""Propose matches for people without a shared number, by birth date and name.

A person decides; nothing is linked automatically.

People are compared only if their birth dates are equal, or differ by a typing error. That is a swap of day and month,
or an error in one of the three parts. Names are compared without tussenvoegsels and accents, and ``ij`` equals ``y``
(inferred practice). Twins share birth date and surname. For them, only a first name or the last four digits of the
personal number decide; EDEXML has these digits for this purpose (documented).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from attrs import field, frozen

from magister_connect.core.extras import require_extra
from magister_connect.core.records.serialization import PlainData
from magister_connect.crosswalk.links import Link
from magister_connect.errors import UsageError
from magister_connect.identifiers import Identifier

_TUSSENVOEGSELS: Final = frozenset(
    {"van", "von", "de", "den", "der", "des", "het", "t", "ter", "ten", "te", "op", "in", "aan", "bij", "uit"}
    | {"la", "le", "du", "di", "da", "dos", "el", "al", "d", "s", "v", "vd", "onder", "over", "voor"}
)
_NO_LETTER: Final = re.compile(r"[^a-z]+")


def _plain(text: str) -> str:
    """Return small letters without accents. ``ij`` becomes ``y``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).replace("ij", "y")


def _words(text: str) -> list[str]:
    return [word for word in _NO_LETTER.split(_plain(text)) if word]


def surname_of(text: str) -> str:
    """Return a surname without tussenvoegsels, with sorted parts, so that both orders of a double name are equal."""
    words = _words(text)
    kept = [word for word in words if word not in _TUSSENVOEGSELS] or words
    return " ".join(sorted(kept))


def first_name_of(text: str) -> str:
    """Return the first of the first names."""
    return next(iter(_words(text)), "")


def initials_of(text: str) -> str:
    """Return initials from initials or first names: ``J.P.`` and ``Jan Pieter`` both become ``jp``."""
    return "".join(word if len(word) <= 2 and "." not in text else word[0] for word in _words(text))


LEAST_SCORE: Final = 0.85
_WEIGHTS: Final = {"surname": 0.5, "first name": 0.3, "initials": 0.1, "postcode": 0.1}


@frozen
class Person(PlainData):
    """The known data of a person on one side. Only the identifier is ever shown. Unknown fields are empty."""

    identifier: Identifier
    geboortedatum: dt.date = field(repr=False)
    achternaam: str = field(repr=False)
    roepnaam: str = field(default="", repr=False)
    voornamen: str = field(default="", repr=False)
    voorletters: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    last_four: str = field(default="", repr=False)

    @property
    def first_names(self) -> frozenset[str]:
        """Return roepnaam and the first official name, in comparable form."""
        return frozenset(name for name in map(first_name_of, (self.roepnaam, self.voornamen)) if name)

    @property
    def family(self) -> tuple[dt.date, str]:
        """The data that twins share."""
        return self.geboortedatum, surname_of(self.achternaam)


@frozen
class Candidate(PlainData):
    """Two people who may be the same: the score (0 to 1), and why. ``undecided`` states what is missing."""

    left: Identifier
    right: Identifier
    score: float
    reasons: tuple[str, ...]
    undecided: str = ""


def propose_matches(
    left: Iterable[Person], right: Iterable[Person], *, least_score: float = LEAST_SCORE
) -> tuple[Candidate, ...]:
    """Return candidates, the highest score first. Needs the extra ``matching`` (rapidfuzz)."""
    require_extra("matching", "rapidfuzz")
    ours, theirs = list(left), list(right)
    families = Counter(person.family for person in ours) | Counter(person.family for person in theirs)
    found = [
        candidate
        for one, other in _pairs(ours, theirs)
        if (candidate := _compare(one, other, families)) is not None and candidate.score >= least_score
    ]
    return tuple(sorted(found, key=lambda each: (-each.score, each.left, each.right)))


def decide(candidate: Candidate, *, by: str, at: dt.datetime) -> Link:
    """Turn a candidate that a person approved into a link with the name of that person and the time (aware).

    Raises :class:`UsageError` for twins that cannot be distinguished yet.
    """
    if candidate.undecided:
        raise UsageError(
            f"This cannot be decided: {candidate.undecided}",
            where=repr(candidate.left),
            advice="Propose again with a first name, or the last four digits of the personal number, on both sides.",
        )
    return Link(candidate.left, candidate.right, source="manual", seen_at=at, decided_by=by)


def _pairs(ours: Iterable[Person], theirs: Iterable[Person]) -> Iterator[tuple[Person, Person]]:
    blocks: defaultdict[tuple[object, ...], list[Person]] = defaultdict(list)
    for person in theirs:
        for key in _blocks(person):
            blocks[key].append(person)
    for person in ours:
        met: set[int] = set()
        for key in _blocks(person):
            for other in blocks.get(key, ()):
                if id(other) not in met:
                    met.add(id(other))
                    yield person, other


def _blocks(person: Person) -> Iterator[tuple[object, ...]]:
    """Yield the keys for finding a person: the date, and each form that a typing error would leave."""
    day = person.geboortedatum
    initial = surname_of(person.achternaam)[:1]
    yield "swapped", day.year, frozenset({day.day, day.month}), initial
    yield "year", day.month, day.day, initial
    yield "month", day.year, day.day, initial
    yield "day", day.year, day.month, initial


def _compare(one: Person, other: Person, families: Counter[tuple[dt.date, str]]) -> Candidate | None:
    from rapidfuzz.distance import JaroWinkler

    reasons = [
        "same birth date" if one.geboortedatum == other.geboortedatum else "birth dates differ by a typing error"
    ]
    shares = {"surname": JaroWinkler.similarity(surname_of(one.achternaam), surname_of(other.achternaam))}
    if one.first_names and other.first_names:
        shares["first name"] = max(
            JaroWinkler.similarity(mine, theirs) for mine in one.first_names for theirs in other.first_names
        )
    if one.voorletters and other.voorletters:
        shares["initials"] = float(initials_of(one.voorletters) == initials_of(other.voorletters))
    if one.postcode and other.postcode:
        shares["postcode"] = float(_postcode(one) == _postcode(other))
    score = sum(_WEIGHTS[name] * share for name, share in shares.items()) / sum(_WEIGHTS[name] for name in shares)
    reasons += [f"{name} {share:.0%}" for name, share in shares.items()]
    if one.last_four and other.last_four:
        if one.last_four != other.last_four:
            return None
        reasons.append("same last four digits")
    if one.geboortedatum != other.geboortedatum:
        score *= 0.9
    undecided = _twin_warning(one, other, shares, families)
    return Candidate(one.identifier, other.identifier, round(score, 4), tuple(reasons), undecided)


def _twin_warning(one: Person, other: Person, shares: dict[str, float], families: Counter[tuple[dt.date, str]]) -> str:
    if max(families[one.family], families[other.family]) < 2 or (one.last_four and other.last_four):
        return ""
    if "first name" not in shares:
        return "these may be twins, and there is no first name on both sides"
    return "" if shares["first name"] > 0.9 else "these may be twins, and the first names differ"


def _postcode(person: Person) -> str:
    return person.postcode.replace(" ", "").upper()
