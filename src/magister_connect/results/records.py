"""What comes out: results of tests, and records that could not be read.

All moments are naive, as the service sends them: local time in Europe/Amsterdam (inferred). What was sent as text
stays beside what was made of it. The repr names the submission and nothing of the pupil.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from attrs import Factory, evolve, field, fields, frozen

from magister_connect.core.secrets import Secret
from magister_connect.core.serialization import PlainData
from magister_connect.errors import UsageError
from magister_connect.identifiers import Identifier, canonical_stamnummer
from magister_connect.results.levels import Level
from magister_connect.results.scores import Status


@frozen(order=True)
class Connection(PlainData):
    """One product at one institution: JIJ! and TOA have codes and keys of their own (documented)."""

    product: str
    instellingscode: str

    def __str__(self) -> str:
        return f"{self.product} {self.instellingscode}"


@frozen(kw_only=True)
class Part(PlainData):
    """The outcome of one part of a test (documented for reading tests)."""

    code: str | None = None
    name: str | None = None
    score: Decimal | None = field(default=None, repr=False)
    percentage: Decimal | None = field(default=None, repr=False)
    level: Level | None = field(default=None, repr=False)
    level_raw: str | None = field(default=None, repr=False)
    extra: Mapping[str, str] = field(default=Factory(dict), repr=False, hash=False)


@frozen(kw_only=True, slots=False)  # half the cost of making one, of which there are many
class Result(PlainData):
    """The result of one submission: one sitting of one test by one candidate.

    ``product``, ``instellingscode`` and ``submission_nr`` identify it. ``stamnummer`` is the candidate's key (inferred:
    the platform's user name) in the one form that all services share
    (:func:`~magister_connect.identifiers.canonical_stamnummer`), and ``stamnummer_raw`` what was sent where that is
    another text. All others are optional, because intake tests have neither level nor score (documented).

    ``development_score`` is the continuous scale with 2F at 80 and 3F at 100 (documented); ``score``, ``percentage``
    and ``grade`` are numbers, or ``None`` with the word that stood there in the raw field and its meaning in
    ``status``. ``cursor`` is the text of the field by which the service pages, ``extra`` what the contract does not
    name. ``report_address`` opens a report with pupil data to whoever has it, so it is a secret, and it is not stored.
    ``findings`` are remarks about what was put right, by field. ``fingerprint`` is a hash over everything that was
    sent, the address of the report excepted.
    """

    product: str
    instellingscode: str
    submission_nr: str
    stamnummer: str = field(repr=False)
    stamnummer_raw: str | None = field(default=None, repr=False)
    test_nr: str | None = None
    test_code: str | None = None
    test_name: str | None = None
    subject: str | None = None
    skill: str | None = None
    taken_at: dt.datetime | None = field(default=None, repr=False)
    graded_at: dt.datetime | None = field(default=None, repr=False)
    modified_at: dt.datetime | None = None
    cursor: str | None = field(default=None, repr=False)
    level: Level | None = field(default=None, repr=False)
    level_raw: str | None = field(default=None, repr=False)
    development_score: Decimal | None = field(default=None, repr=False)
    development_score_raw: str | None = field(default=None, repr=False)
    score: Decimal | None = field(default=None, repr=False)
    score_raw: str | None = field(default=None, repr=False)
    percentage: Decimal | None = field(default=None, repr=False)
    percentage_raw: str | None = field(default=None, repr=False)
    grade: Decimal | None = field(default=None, repr=False)
    grade_raw: str | None = field(default=None, repr=False)
    status: Status | None = None
    parts: tuple[Part, ...] = field(default=(), repr=False)
    extra: Mapping[str, str] = field(default=Factory(dict), repr=False, hash=False)
    report_address: Secret | None = field(default=None, repr=False, eq=False)
    findings: tuple[str, ...] = ()
    fingerprint: str = field(default="", repr=False)

    @property
    def connection(self) -> Connection:
        """Where it was fetched."""
        return Connection(self.product, self.instellingscode)

    def __getstate__(self) -> dict[str, object]:
        """Everything but the address of the report, which opens it to whoever has it: a pickle leaves it out."""
        return {**vars(self), "report_address": None}

    def __copy__(self) -> Result:
        return self

    def __deepcopy__(self, _memo: object) -> Result:
        return self


def blank_values(connection: Connection) -> dict[str, object]:
    """The values of a result of which nothing is known yet, by field."""
    nothing: object = None
    values = {each.name: nothing for each in fields(Result)}
    return {**values, "findings": (), "product": connection.product, "instellingscode": connection.instellingscode}


def result_of(values: dict[str, object]) -> Result:
    """A result that takes a dictionary with a value for every field as its own: the reader has seen to the types.

    Half of the time of reading went into handing over these values one by one.
    """
    result = object.__new__(Result)
    object.__setattr__(result, "__dict__", values)
    return result


@frozen(kw_only=True)
class Unreadable(PlainData):
    """A record that could not be read: where and why, never what stood there.

    ``record`` is the element as it came, so that it can be read again once the contract knows better.
    """

    path: str
    reason: str
    submission_nr: str | None = None
    stamnummer: str | None = field(default=None, repr=False)
    cursor: str | None = field(default=None, repr=False)
    record: bytes = field(repr=False)


@frozen(kw_only=True)
class Checkpoint(PlainData):
    """How far one connection has come in one school year; it moves only together with the rows it stands for.

    ``watermark`` is the service's own text of the highest moment of change up to which everything has been fetched.
    ``cursor`` is what the way of paging goes on from where the service takes no moment: the highest submission number,
    a page, a token; only that way of paging reads it. ``complete`` says whether the year
    has been read to its end since it was begun. ``largest`` is the largest batch that the service has cut off, which
    separates a full batch from the last one. ``read_at`` and ``read_whole_at`` are aware, in UTC.
    """

    connection: Connection
    school_year: str
    watermark: str | None = None
    cursor: str | None = None
    complete: bool = False
    largest: int = 0
    read_at: dt.datetime | None = None
    read_whole_at: dt.datetime | None = None
    deleted: bool = False

    @property
    def is_reopened(self) -> bool:
        """Whether the year had been read to its end, was reopened, and has not been read to its end since."""
        return self.read_at is not None and not self.complete

    def reopened(self) -> Checkpoint:
        """The checkpoint from which the whole year is read again."""
        return evolve(self, watermark=None, cursor=None, complete=False)


@frozen(kw_only=True)
class UnansweredRange(PlainData):
    """A stretch that the service cannot answer, because of a record in it: isolated, and tried again every run.

    ``since`` and ``until`` are texts as the service takes them, ``after`` and ``before`` are submission numbers, pages
    or places in a list, as the contract pages.
    """

    connection: Connection
    school_year: str
    since: str | None = None
    until: str | None = None
    after: int | None = None
    before: int | None = None
    reason: str = ""


IsWanted: TypeAlias = Callable[[str], bool]
Stamnummers: TypeAlias = Iterable[str] | Iterable[int] | Iterable[Identifier] | IsWanted
"""Stamnummers as texts, as whole numbers or as identifiers, or a function that says whether a stamnummer is wanted."""


def wanted_by(stamnummers: Stamnummers) -> Callable[..., IsWanted]:
    """Read a caller's stamnummers at once: a function of ``numeric`` that makes the one which says who is wanted.

    That one is asked for the canonical form. Raises :class:`UsageError` for a single text and for things that are no
    stamnummers.
    """
    if callable(stamnummers):
        function = stamnummers
        return lambda *, numeric=True: function  # noqa: ARG005 - the caller's own function knows
    if isinstance(stamnummers, str):
        raise UsageError(
            "stamnummers= is one text, not a list of stamnummers",
            where="stamnummers",
            advice="Put it in a list: stamnummers=[stamnummer].",
        )
    given = tuple(stamnummers)
    for each in given:
        _canonical(each, numeric=True)
    return lambda *, numeric=True: frozenset(_canonical(each, numeric=numeric) for each in given).__contains__


def _canonical(each: object, *, numeric: bool) -> str:
    if isinstance(each, Identifier | str | int) and not isinstance(each, bool):
        return canonical_stamnummer(each, numeric=numeric)
    raise UsageError(
        f"stamnummers= holds a {type(each).__name__}, which is not a stamnummer",
        where="stamnummers",
        advice="Pass texts, whole numbers or identifiers, or a function that returns whether a stamnummer is wanted.",
    )
