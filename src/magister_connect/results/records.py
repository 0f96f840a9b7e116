"""Records: test results, and records that could not be read.

All date-times are naive, as the service sends them: local time in Europe/Amsterdam (inferred). The original text is
kept beside a converted value. The repr shows the submission and no data of the pupil.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from attrs import Factory, evolve, field, fields, frozen

from magister_connect.core.records.serialization import PlainData
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
from magister_connect.identifiers import Identifier, canonical_stamnummer
from magister_connect.results.levels import Level
from magister_connect.results.scores import Status


@frozen(order=True)
class Connection(PlainData):
    """One product at one institution. JIJ! and TOA have their own codes and keys (documented)."""

    product: str
    instellingscode: str

    def __str__(self) -> str:
        return f"{self.product} {self.instellingscode}"


@frozen(kw_only=True)
class Part(PlainData):
    """The result of one part of a test (documented for reading tests)."""

    code: str | None = None
    name: str | None = None
    score: Decimal | None = field(default=None, repr=False)
    percentage: Decimal | None = field(default=None, repr=False)
    level: Level | None = field(default=None, repr=False)
    level_raw: str | None = field(default=None, repr=False)
    extra: Mapping[str, str] = field(default=Factory(dict), repr=False, hash=False)


@frozen(kw_only=True, slots=False)  # a frozen class without slots is made in half the time, and there are many
class Result(PlainData):
    """The result of one submission: one test, taken once by one candidate.

    - ``product``, ``instellingscode`` and ``submission_nr``: identify the result.
    - ``stamnummer``: the candidate (inferred: the platform's user name), in the form that all services share
      (:func:`~magister_connect.identifiers.canonical_stamnummer`). ``stamnummer_raw`` is the original text if it
      differs.
    - ``development_score``: a continuous scale with 2F at 80 and 3F at 100 (documented).
    - ``score``, ``percentage`` and ``grade``: numbers. If the service sent a word, the number is ``None``, the raw
      field contains the word, and ``status`` its meaning.
    - ``cursor``: the text of the field by which the service pages.
    - ``extra``: values without a field in the contract.
    - ``report_address``: an address that opens a report with pupil data for anyone. It is a secret, and it is not
      stored.
    - ``findings``: remarks about repairs, by field.
    - ``fingerprint``: a hash over everything that was sent, except the address of the report.

    Only the identifying fields and ``stamnummer`` are mandatory, because intake tests have neither level nor score
    (documented).
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
        """The product and institution of the result."""
        return Connection(self.product, self.instellingscode)

    def __getstate__(self) -> dict[str, object]:
        """Leave the address of the report out of a pickle, because it opens the report for anyone."""
        return {**vars(self), "report_address": None}

    def __copy__(self) -> Result:
        return self

    def __deepcopy__(self, _memo: object) -> Result:
        return self


def blank_values(connection: Connection) -> dict[str, object]:
    """Return the values of an empty result, by field."""
    nothing: object = None
    values = {each.name: nothing for each in fields(Result)}
    return {**values, "findings": (), "product": connection.product, "instellingscode": connection.instellingscode}


def result_of(values: dict[str, object]) -> Result:
    """Make a result that uses this dictionary as its own. The reader has checked the types.

    Passing these values one by one took half of the reading time.
    """
    result = object.__new__(Result)
    object.__setattr__(result, "__dict__", values)
    return result


@frozen(kw_only=True)
class Unreadable(PlainData):
    """A record that could not be read: its place and the reason, never a value.

    ``record`` is the element as received, so that it can be read again with a better contract.
    """

    path: str
    reason: str
    submission_nr: str | None = None
    stamnummer: str | None = field(default=None, repr=False)
    cursor: str | None = field(default=None, repr=False)
    record: bytes = field(repr=False)


@frozen(kw_only=True)
class Checkpoint(PlainData):
    """The progress of one connection in one school year. It is only stored together with its results.

    - ``watermark``: the service's own text of the highest moment of change. Everything up to it has been fetched.
    - ``cursor``: the position for a way of paging without moments: the highest submission number, a page, or a token.
    - ``complete``: whether the year has been read to its end since it was started.
    - ``largest``: the size of the largest batch that the service has cut off. It distinguishes a full batch from the
      last one.
    - ``read_at`` and ``read_whole_at``: aware, in UTC.
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
        """Whether a year that was complete has been reopened, and is not complete again yet."""
        return self.read_at is not None and not self.complete

    def reopened(self) -> Checkpoint:
        """Return a checkpoint from which the whole year is read again."""
        return evolve(self, watermark=None, cursor=None, complete=False)


@frozen(kw_only=True)
class UnansweredRange(PlainData):
    """A range that gets no response, because of a bad record in it. It is isolated, and tried again in every run.

    ``since`` and ``until`` are texts as the service takes them. ``after`` and ``before`` are submission numbers, pages
    or positions in a list, depending on the paging.
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
"""Stamnummers as texts, whole numbers or identifiers, or a function that returns whether a stamnummer is wanted."""


def stamnummer_filter(stamnummers: Stamnummers) -> Callable[..., IsWanted]:
    """Read the caller's stamnummers once. Return a function of ``numeric`` that makes the test for a stamnummer.

    The test receives the canonical form. Raises :class:`UsageError` for a single text, and for values that are not
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
        f"stamnummers= contains a {type(each).__name__}, which is not a stamnummer",
        where="stamnummers",
        advice="Pass texts, whole numbers or identifiers, or a function that returns whether a stamnummer is wanted.",
    )
