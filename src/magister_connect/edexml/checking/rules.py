"""The rules of meaning, S01 to S37, which a schema cannot express.

S01 to S29 come from the handbook (documented). S30 to S37 follow from what receivers report about real files (one
source each, or inferred). We chose the severities. A hint marks something that may be correct.

Some rules are not here, because one document cannot answer them:

- S03, S07, S09 and S13 are rules of the schema.
- S08: a group exists for one school year; see :func:`magister_connect.edexml.diff`.
- S20: roles give no rights.
- S25: which country is meant.
- S26: the fill level of a report.
- S28 is part of the type of the school year.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from magister_connect.edexml.findings import Severity
from magister_connect.edexml.model import records
from magister_connect.edexml.model.codes import Jaargroep
from magister_connect.edexml.model.records import Item
from magister_connect.identifiers import Brin, Bsn, EckId, Onderwijsnummer

_OtherKeyed: TypeAlias = records.SamengesteldeGroep | records.Vestiging
Remark: TypeAlias = tuple[str, Severity, str, str]
"""Code, severity, message, and the name of the field."""

_SPACED: Final = re.compile(r"^\s|\s$|\s\s")
_LOOSE_HYPHEN: Final = re.compile(r"\s-|-\s")
_EMAIL: Final = re.compile(r"""[^@\s,;:<>()\[\]"]{1,65}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*""")
_VOORVOEGSEL: Final = re.compile(
    r"(?:van|von|de|den|der|des|het|'t|ter|ten|te|op|aan|in|uit|la|le|du|da|dos|el|al|bin|ben)\s+\S", re.IGNORECASE
)
_MOJIBAKE: Final = re.compile("[\u00c2\u00c3][\u0080-\u00bf\u0152-\u2122]|\u00e2\u20ac|\ufffd")
"""Signs of UTF-8 that was read as Windows-1252 or Latin-1: one letter became two."""
_SHORTEST_SHOUT: Final = 4  # letters of a name in capitals; shorter names are abbreviations
_AUGUST: Final = 8
_LIKE_SECONDARY: Final = frozenset("123456")
_OLDEST: Final = 60
_YEARS_OFF: Final = 2
_FIRST_AGE: Final = {
    **{str(group): group + 3 for group in range(1, 9)},
    **{str(10 + year): year + 11 for year in range(1, 7)},
}
"""The usual age on 1 October of the school year, by jaargroep (inferred from the law on compulsory education)."""
_WHOLE_NUMBER: Final = "A whole personal number is discouraged: its last four digits (bsn_ondwnr-4) are usually enough"
_DISCOURAGED: Final = "This field is discouraged for privacy reasons: leave it out"
_PRIVATE: Final = {
    "bsn": _WHOLE_NUMBER,
    "sofinummer": _WHOLE_NUMBER,
    "etniciteit": _DISCOURAGED,
    "gewicht": _DISCOURAGED,
}


class Meaning:
    """Applies the rules to one record after another, and remembers the school and its groups.

    ``is_known`` returns whether a record of a kind with a certain key came before. The code that checks unique keys
    supplies it.
    """

    def __init__(self, version: str, is_known: Callable[[type, str], bool], *, numbers: bool) -> None:
        self._version = version
        self._is_known = is_known
        self._numbers = numbers
        self._day: dt.date | None = None
        self._made: dt.datetime | None = None
        self._october: dt.date | None = None  # of the school year; ages count on that day
        self._years: dict[str, Jaargroep | None] = {}
        self._names: set[tuple[type, str]] = set()
        self._padded: set[tuple[type, str]] = set()

    def remarks(self, item: Item) -> Iterator[Remark]:
        """Yield every breach of a rule by one record."""
        if isinstance(item, records.Leerling):
            yield from self._key(item)
            yield from self._pupil(item)
        elif isinstance(item, records.Leerkracht):
            yield from self._key(item)
            yield from _names(item)
            yield from _address(item.emailadres)
            yield from _eckid(item.eckid)
        elif isinstance(item, records.School):
            yield from self._school(item)
        else:
            yield from self._key(item)
            yield from self._group(item)
        if self._numbers:
            yield from remarks_on_digits(item)

    # -- keys ----------------------------------------------------------------------------------------------------

    def _key(self, item: records.Leerling | records.Leerkracht | records.Groep | _OtherKeyed) -> Iterator[Remark]:
        key = item.key or ""
        if key.startswith("#"):
            yield "S01", Severity.HINT, "The key is a dummy key: it can be different in the next file", "@key"
        if key[:1].isspace() or key[-1:].isspace():
            yield "S02", Severity.WARNING, "There are blanks around the key", "@key"
            plain = (type(item), key.strip())
            if plain in self._padded or self._is_known(*plain):
                yield "S02", Severity.ERROR, "The key differs from another key only in blanks", "@key"
            self._padded.add(plain)
        elif self._padded and (type(item), key) in self._padded:
            yield "S02", Severity.ERROR, "The key differs from another key only in blanks", "@key"

    # -- the school ----------------------------------------------------------------------------------------------

    def _school(self, school: records.School) -> Iterator[Remark]:
        self._made = school.aanmaakdatum
        self._day = school.peildatum or (school.aanmaakdatum.date() if school.aanmaakdatum else None)
        first = int((school.schooljaar or "0")[:4])
        self._october = dt.date(first, 10, 1) if first else None
        if school.peildatum is not None and not _is_within(school.peildatum, first):
            words = f"The peildatum is not in the school year {school.schooljaar}"
            yield "S18", Severity.WARNING, words, "peildatum"
        if school.peildatum is None and self._made is not None and not _is_within(self._made.date(), first):
            words = f"There is no peildatum, and the file was made outside the school year {school.schooljaar}"
            yield "S18", Severity.WARNING, words, "aanmaakdatum"
        if school.brincode is None and school.schoolkey is None and school.instellingsnummer is None:
            words = "The file does not identify the school: outside the school, a brincode or schoolkey is needed"
            yield "S21", Severity.WARNING, words, ""
        if (school.instellingsnummer or "").startswith("0"):
            yield (
                "S22",
                Severity.WARNING,
                "The number of the school has leading zeros",
                "instellingsnummer",
            )
        if school.schoolkey is not None and school.brincode is None:
            words = "A schoolkey without a brincode is known only to the two parties that agreed on it"
            yield "S23", Severity.HINT, words, "schoolkey"

    def _group(self, group: _OtherKeyed | records.Groep) -> Iterator[Remark]:
        if isinstance(group, records.Groep):
            self._years[group.key] = group.jaargroep
        if (type(group), group.naam) in self._names:
            words = "Another group has the same name, as parts of a combination group do"
            yield "S30", Severity.WARNING, words, "naam"
        self._names.add((type(group), group.naam))
        yield from self._changed(group.mutatiedatum)

    # -- pupils --------------------------------------------------------------------------------------------------

    def _pupil(self, pupil: records.Leerling) -> Iterator[Remark]:
        yield from self._year(pupil)
        yield from _names(pupil)
        for field, words in _PRIVATE.items():
            if getattr(pupil, field) is not None:
                yield "S14", Severity.PRIVACY, words, field
        yield from _address(pupil.emailadres)
        yield from _eckid(pupil.eckid)
        yield from self._dates(pupil)

    def _year(self, pupil: records.Leerling) -> Iterator[Remark]:
        own, group = pupil.jaargroep, self._years.get(pupil.groep) if pupil.groep is not None else None
        if own is None:
            if group is Jaargroep.COMBINATIE:
                yield "S05", Severity.WARNING, "A pupil of a combination group needs a jaargroep", ""
            elif self._version != "1.03":
                yield "S04", Severity.WARNING, "A pupil needs a jaargroep", ""
        elif group is not None and group is not own and group is not Jaargroep.COMBINATIE:
            yield "S06", Severity.HINT, "The jaargroep of the pupil is not that of the group", "jaargroep"

    def _dates(self, pupil: records.Leerling) -> Iterator[Remark]:
        left, day = pupil.uitstroomdatum, self._day
        if left is not None:
            if day is not None and left <= day:
                yield "S19", Severity.HINT, "The pupil has left", "uitstroomdatum"
            if pupil.instroomdatum is not None and pupil.instroomdatum > left:
                yield "S29", Severity.HINT, "The date of leaving is before the date of arrival", "uitstroomdatum"
        if pupil.geboortedatum is not None:
            yield from self._age(pupil, pupil.geboortedatum)
        yield from self._changed(pupil.mutatiedatum)

    def _age(self, pupil: records.Leerling, born: dt.date) -> Iterator[Remark]:
        october = self._october
        age = 0 if october is None else october.year - born.year - ((born.month, born.day) > (10, 1))
        if age > _OLDEST or age < -1:
            yield "S34", Severity.WARNING, "No pupil can have this age", "geboortedatum"
            return
        if self._day is not None and born >= self._day:
            yield "S29", Severity.HINT, "The date of birth is after the date of the document", "geboortedatum"
            return
        year = pupil.jaargroep or (self._years.get(pupil.groep) if pupil.groep is not None else None)
        usual = _FIRST_AGE.get(year) if year is not None else None
        if october is None or usual is None or abs(age - usual) <= _YEARS_OFF:
            return
        field = "jaargroep" if pupil.jaargroep is not None else "groep"
        if year in _LIKE_SECONDARY and abs(age - _FIRST_AGE[f"1{year}"]) <= _YEARS_OFF:
            words = "The jaargroep is of primary education, but the age is of secondary education"
            yield "S33", Severity.WARNING, words, field
        else:
            yield "S32", Severity.HINT, "The age does not fit the jaargroep", field

    def _changed(self, moment: dt.datetime | None) -> Iterator[Remark]:
        made = self._made
        if moment is not None and made is not None and moment.replace(tzinfo=None) > made.replace(tzinfo=None):
            if (moment.tzinfo is None) == (made.tzinfo is None) and moment <= made:
                return
            yield "S29", Severity.HINT, "The date of change is after the date of the document", "mutatiedatum"


def _names(person: records.Leerling | records.Leerkracht) -> Iterator[Remark]:
    for name, text in (("achternaam", person.achternaam), ("voorvoegsel", person.voorvoegsel)):
        if text is not None and (" " in text or "\t" in text) and _SPACED.search(text):
            yield "S10", Severity.WARNING, "There is a blank at the beginning or end, or two blanks in a row", name
    for name, text in (("achternaam", person.achternaam), ("roepnaam", person.roepnaam)):
        if text is not None:
            yield from _spelling(name, text)
    surname = person.achternaam
    if surname is not None and person.voorvoegsel is None and " " in surname and _VOORVOEGSEL.match(surname):
        yield "S35", Severity.HINT, "The surname begins with a voorvoegsel", "achternaam"
    initials = person.voorletters_1
    if initials is not None and not (initials.isalpha() and initials == initials.upper()):
        yield "S12", Severity.WARNING, "Initials are capitals without points", "voorletters-1"


def _spelling(name: str, text: str) -> Iterator[Remark]:
    if "-" in text and _LOOSE_HYPHEN.search(text):
        yield "S11", Severity.HINT, "Parts of a name are joined by a hyphen without blanks", name
    if text.isupper() and len(text) >= _SHORTEST_SHOUT:
        yield "S36", Severity.HINT, "The name is written in capitals", name
    if not text.isascii() and _MOJIBAKE.search(text):
        yield "S37", Severity.WARNING, "The text looks as if it was read in the wrong encoding", name


def _address(address: str | None) -> Iterator[Remark]:
    if address is not None and not _EMAIL.fullmatch(address):
        yield "S17", Severity.WARNING, "This is not an e-mail address", "emailadres"


def _eckid(eckid: str | None) -> Iterator[Remark]:
    if eckid is not None and not EckId.is_valid(eckid):
        yield "S27", Severity.WARNING, "This does not have the form of an ECK iD", "@eckid"


def _is_within(day: dt.date, first: int) -> bool:
    """Return whether a day is in the school year that begins in ``first``: 1 August to 31 July (documented)."""
    return not first or day.year - (day.month < _AUGUST) == first


# -- digits, on request -------------------------------------------------------------------------------------------


_UNUSED_LETTERS: Final = frozenset({"SA", "SD", "SS"})


def remarks_on_digits(item: Item) -> Iterator[tuple[str, Severity, str, str]]:
    """Check digits: S15 for BSN, onderwijsnummer, BRIN and postcode, S16 for rijksregisternummer."""
    if isinstance(item, records.School) and item.brincode is not None and not Brin.is_valid(item.brincode):
        yield "S15", Severity.WARNING, "This cannot be a BRIN", "brincode"
    if not isinstance(item, records.Leerling):
        return
    for name in ("bsn", "sofinummer"):
        number = getattr(item, name)
        if number is not None and not Bsn.is_valid(number):
            yield "S15", Severity.WARNING, "This cannot be a BSN: its check digit is wrong", name
    if item.onderwijsnummer is not None and not Onderwijsnummer.is_valid(item.onderwijsnummer):
        yield "S15", Severity.WARNING, "This cannot be an onderwijsnummer", "onderwijsnummer"
    if item.postcodenl is not None and (item.postcodenl[0] == "0" or item.postcodenl[4:] in _UNUSED_LETTERS):
        yield "S15", Severity.WARNING, "This postcode is not in use", "postcodenl"
    if item.rijksregisternummer is not None and not _is_rijksregisternummer(item.rijksregisternummer):
        yield "S16", Severity.WARNING, "This cannot be a rijksregisternummer", "rijksregisternummer"


def _is_rijksregisternummer(text: str) -> bool:
    """Check a Belgian number: the last two digits are 97 minus the rest modulo 97.

    For births from 2000, the rest has a 2 in front.
    """
    number, check = int(text[:9]), int(text[9:])
    return check in {97 - number % 97, 97 - (2_000_000_000 + number) % 97}
