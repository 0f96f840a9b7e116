"""The contract: the service's names for its operation, parameters and fields, and its way of paging.

The WSDL of the results service is not public. So every name here is a proposal in the supplier's usual style, and none
is a fact. That style is snake case and English, such as ``institution_code`` and ``submission_nr`` (documented for a
related service).

A contract is data. :meth:`Contract.from_wsdl` proposes one, :meth:`Contract.evolve` changes it, and
:meth:`Contract.save` writes it to a file. The client compares it with the WSDL before the first request. It never
contains a credential.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, TypeVar

import cattrs
from attrs import asdict, evolve, field, frozen

from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.soap import Description, Operation, Part, describe, hold_documents
from magister_connect.errors import DocumentInvalid, Responsible, UsageError
from magister_connect.results.contracts.faults import FaultTexts
from magister_connect.results.contracts.paths import (
    OWN_TEXT,
    FieldPath,
    Placement,
    find_input,
    fold_name,
    is_plain,
)
from magister_connect.results.moments import DateForm
from magister_connect.results.scores import SCORE_WORDS, Status

VERSION: Final = 1
ESSENTIAL: Final = ("submission_nr", "stamnummer")
DEFAULT_LIMIT: Final = 100  # records per request, for a service that requires a number
CursorField = Literal["modified_at", "graded_at", "taken_at"]


class Paging(StrEnum):
    """How to get from one batch to the next. It is unknown which way the service uses."""

    SINCE = "since"
    """From a moment on. The server limits the size of a batch."""
    OFFSET = "offset"
    """From a moment on, starting at a given position in the list."""
    NUMBER = "number"
    """After the last submission number."""
    PAGE = "page"
    """From a moment on, by page number."""
    TOKEN = "token"  # noqa: S105 - no secret, but a way of paging
    """With the cursor from the last response."""
    ONCE = "once"
    """The server delivers each result once, and remembers which ones."""


PagingName = Literal["since", "offset", "number", "page", "token", "once"]


def _optional(text: str | None) -> str | None:
    return text or None


@frozen(kw_only=True)
class Parameters(SafeRepr):
    """The paths of the request parameters (:mod:`~magister_connect.results.contracts.paths`).

    ``None`` means the service has none.

    Parameters that are not in the WSDL are left out, except those that the paging needs.
    """

    since: str | None = field(default="date_from", converter=_optional)
    until: str | None = field(default="date_to", converter=_optional)
    offset: str | None = field(default="offset", converter=_optional)
    limit: str | None = field(default="limit", converter=_optional)
    last_number: str | None = field(default="last_submission_nr", converter=_optional)
    page: str | None = field(default="page", converter=_optional)
    token: str | None = field(default="cursor", converter=_optional)


FIELDS: Final[Mapping[str, tuple[str, ...]]] = FrozenDict(
    {
        "submission_nr": ("submission_nr", "submission_id", "submission", "afnamenummer", "afname_id"),
        "stamnummer": (
            *("username", "user_name", "student_number", "student_nr", "stamnummer", "leerlingnummer"),
            *("gebruikersnaam", "kandidaatnummer"),
        ),
        "test_nr": ("test_nr", "test_id", "toetsnummer"),
        "test_code": ("test_code", "toetscode"),
        "test_name": ("test_name", "test_title", "toetsnaam"),
        "subject": ("subject", "vak", "course"),
        "skill": ("skill", "vaardigheid"),
        "taken_at": ("taken", "taken_at", "date_taken", "test_date", "started", "afnamedatum"),
        "graded_at": ("graded", "graded_at", "date_graded", "finished", "assessed", "beoordeeld_op"),
        "modified_at": ("modified", "modified_at", "date_modified", "changed", "updated", "last_modified", "gewijzigd"),
        "level": ("level", "niveau", "reference_level", "level_reached"),
        "development_score": ("development_score", "ontwikkelscore", "growth_score"),
        "score": ("score", "raw_score", "score_text"),
        "percentage": ("percentage", "score_percentage", "score_pct", "percentage_score"),
        "grade": ("grade", "mark", "cijfer"),
        "status": ("status", "review_status", "beoordelingsstatus"),
        "parts": ("parts", "test_parts", "onderdelen", "part_results"),
        "report_address": ("download_report", "report", "report_url"),
    }
)
"""Our fields and their possible names in responses, the likeliest first. Case and underscores are ignored."""

PART_FIELDS: Final[Mapping[str, tuple[str, ...]]] = FrozenDict(
    {
        "code": ("code", "part_code", "part_nr"),
        "name": ("name", "part_name", "naam"),
        "score": ("score", "score_abs"),
        "percentage": ("percentage", "score_pct"),
        "level": ("level", "niveau"),
    }
)


_CREDENTIAL_NAMES: Final = frozenset(
    {"key", "soapkey", "apikey", "sleutel", "secret", "clientsecret", "password", "passwd", "wachtwoord", "accesstoken"}
)
Names: TypeAlias = Mapping[str, str | Sequence[str]]


def _lists(names: Names) -> Mapping[str, tuple[str, ...]]:
    """Return each name with its texts as a tuple; a single text is allowed too."""
    listed = {name: (texts,) if isinstance(texts, str) else tuple(texts) for name, texts in names.items()}
    return FrozenDict(listed)


def _split(path: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(path.split("/")) if isinstance(path, str) else tuple(path)


_CURSOR_FIELDS: Final[tuple[CursorField, ...]] = ("modified_at", "graded_at", "taken_at")
E = TypeVar("E", bound=StrEnum)


def _paging(way: Paging | PagingName) -> Paging:
    return _member(Paging, way, "paging")


def _date_form(form: DateForm | str) -> DateForm:
    return _member(DateForm, form, "date_form")


def _member(kind: type[E], value: str, name: str) -> E:
    if value in [each.value for each in kind]:
        return kind(value)
    raise UsageError(f"{name}= has an unknown value", where=name, advice=f"Pass one of: {', '.join(kind)}.")


def _words(words: Mapping[str, str]) -> Mapping[str, Status]:
    return FrozenDict({word: _member(Status, status, "score_words") for word, status in words.items()})


_CREDENTIALS: Final[Names] = {"institution": "institution_code", "key": "key"}


@frozen(kw_only=True, repr=False)
class Contract(SafeRepr):
    """Everything about the interface of the service that the client must know.

    Where things are:

    - ``result_path``: from the wrapper of the response to one record, by local names. ``*`` matches any name.
    - ``credentials``: where to write ``institution`` (the instellingscode), ``key`` (the SOAP-key) and your own
      credentials.
    - ``constants``: where to write fixed texts. For placements see :mod:`~magister_connect.results.contracts.paths`.
    - ``fields``: the names or paths of our fields, the likeliest first.
    - ``next_token`` and ``more``: paths below the wrapper, of the cursor for the next request and of a flag for more
      results.

    Paging:

    - ``cursor_field``: the field of a record by which ``since`` selects.
    - ``first_page``: the number of the first page.
    - ``limit``: how many records a request asks for.
    - ``page_size``: the most records in one batch, if known.
    - ``short_batch_ends``: whether a batch smaller than ``page_size`` is the last one.
    - ``since_includes``: whether a record of exactly that moment is included. If unknown (``None``), the client asks
      from one step earlier until a response shows it.
    - ``until_includes``: whether a record of exactly the upper bound is included. If unknown, the client asks up to the
      bound itself, and to 31 July at the latest.
    - ``batches_in_order``: whether a later batch never contains records that belong before an earlier batch. Records
      inside a batch may be in any order.

    ``timestamp_seconds`` adds a ``wsu:Timestamp`` of so many seconds to the header of WS-Security. Whether a service
    requires one is unknown.

    ``numeric_stamnummers`` means that leading zeros of a numeric stamnummer do not count.

    Raises :class:`UsageError` for an unknown field, an invalid path or placement, a number below 1, and a constant that
    looks like a credential.
    """

    name: str
    operation: str = "get_results"
    parameters: Parameters = field(factory=Parameters)
    constants: Mapping[str, str] = field(factory=dict)
    credentials: Mapping[str, tuple[str, ...]] = field(factory=lambda: _lists(_CREDENTIALS), converter=_lists)
    result_path: tuple[str, ...] = field(default=("results", "result"), converter=_split)
    fields: Mapping[str, tuple[str, ...]] = field(factory=lambda: FIELDS, converter=_lists)
    part_fields: Mapping[str, tuple[str, ...]] = field(factory=lambda: PART_FIELDS, converter=_lists)
    next_token: str | None = field(default=None, converter=_optional)
    more: str | None = field(default=None, converter=_optional)
    cursor_field: CursorField = "modified_at"
    paging: Paging = field(default=Paging.OFFSET, converter=_paging)
    timestamp_seconds: int | None = None
    first_page: int = 1
    limit: int | None = None
    date_form: DateForm = field(default=DateForm.SECONDS, converter=_date_form)
    day_first: bool = False
    page_size: int | None = None
    short_batch_ends: bool = False
    since_includes: bool | None = None
    until_includes: bool | None = None
    batches_in_order: bool | None = None
    numeric_stamnummers: bool = True
    faults: FaultTexts = field(factory=FaultTexts)
    score_words: Mapping[str, Status] = field(factory=lambda: SCORE_WORDS, converter=_words)

    def __attrs_post_init__(self) -> None:
        strange = sorted(({*self.fields} - {*FIELDS}) | ({*self.part_fields} - {*PART_FIELDS}))
        if strange:
            raise UsageError(
                f"The contract {self.name} maps elements to fields that a result does not have",
                where=", ".join(strange),
                advice="Remove them from fields: Result.extra keeps the elements that a contract does not name.",
            )
        sizes = {name: getattr(self, name) for name in ("limit", "page_size", "timestamp_seconds")}
        too_small = ", ".join(name for name, size in sizes.items() if size is not None and size < 1)
        if too_small:
            raise UsageError(
                f"A number of the contract {self.name} is below 1",
                where=too_small,
                advice="Set it to 1 or more, or leave it out.",
            )
        for path in (path for paths in self.fields.values() for path in paths):
            FieldPath.of(path)
        for text in (text for texts in self.credentials.values() for text in texts):
            Placement.of(text)
        for text in self.constants:
            _refuse_credential(Placement.of(text), self)

    def __repr__(self) -> str:
        return f"<Contract {self.name!r}, by {self.paging.name}>"

    @property
    def repeatable(self) -> bool:
        """Whether a request may be repeated. Not if the service delivers each result once."""
        return self.paging is not Paging.ONCE

    def evolve(self, **changes: Any) -> Contract:  # noqa: ANN401 - the fields of this class
        """Return this contract with some fields changed."""
        return evolve(self, **changes)

    @classmethod
    def from_wsdl(cls, wsdl: str | os.PathLike[str] | bytes) -> Proposal:
        """Propose a contract for a WSDL (bytes or a file), with a list of what is unplaced and what is assumed.

        Raises :class:`NotXml` and :class:`ContractMismatch` for an unusable WSDL.
        """
        return propose(describe(hold_documents(wsdl)))

    # -- as a file -----------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the contract as JSON if the name ends in ``.json``, else as TOML. It contains no credential."""
        text = self.to_json() if Path(path).suffix.lower() == ".json" else self.to_toml()
        Path(path).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Contract:
        """Read a saved contract.

        Raises :class:`DocumentInvalid` for a file that is not a contract, and :class:`UsageError` for forbidden
        content, such as a credential.
        """
        text = Path(path).read_text(encoding="utf-8-sig")
        return cls.from_json(text) if Path(path).suffix.lower() == ".json" else cls.from_toml(text)

    def to_toml(self) -> str:
        """Return the contract as TOML, with every setting."""
        data = _as_data(self)
        simple = [f"{name} = {_toml(value)}" for name, value in data.items() if not isinstance(value, dict)]
        tables = ["\n".join((f"\n[{name}]", *_lines(value))) for name, value in data.items() if isinstance(value, dict)]
        return "\n".join((*simple, *tables)) + "\n"

    def to_json(self) -> str:
        """Return the contract as JSON, with every setting."""
        return json.dumps(_as_data(self), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_toml(cls, text: str) -> Contract:
        """Read a contract from TOML. Raises the errors of :meth:`load`."""
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            data = None
        return _of_data(data, "TOML")

    @classmethod
    def from_json(cls, text: str) -> Contract:
        """Read a contract from JSON. Raises the errors of :meth:`load`."""
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        return _of_data(data, "JSON")


def _refuse_credential(placement: Placement, contract: Contract) -> None:
    secret = placement.kind in {"basic", "wsse"} or fold_name(placement.path[-1]) in _CREDENTIAL_NAMES
    if secret or any(str(placement) in texts for texts in contract.credentials.values()):
        raise UsageError(
            "A constant of the contract is placed where a credential belongs",
            where=str(placement),
            advice="Place it under credentials, and pass its value to the client: a contract is shared, a key is not.",
        )


def _as_data(contract: Contract) -> dict[str, Any]:
    data: dict[str, Any] = {"version": VERSION, **asdict(contract, recurse=False)}
    for name, value in list(data.items()):
        if value is None:
            del data[name]
        elif isinstance(value, Mapping):
            data[name] = {key: list(each) if isinstance(each, tuple) else str(each) for key, each in value.items()}
    data["parameters"] = {name: path or "" for name, path in asdict(contract.parameters).items()}
    data["faults"] = {name: list(words) for name, words in asdict(contract.faults).items()}
    data["result_path"] = "/".join(contract.result_path)
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in data.items()}


_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def _toml(value: object) -> str:
    """Return a text, a number, a boolean or a list of texts as TOML: JSON with one character escaped."""
    return json.dumps(value).replace("\x7f", "\\u007f")


def _lines(table: Mapping[str, object]) -> Iterator[str]:
    return (f"{name if _BARE.fullmatch(name) else _toml(name)} = {_toml(value)}" for name, value in table.items())


def _strictly(value: object, kind: type[Any]) -> Any:  # noqa: ANN401 - of the kind that is given
    if type(value) is not kind:
        message = f"expected {kind.__name__}"
        raise TypeError(message)
    return value


_READER: Final = cattrs.Converter(forbid_extra_keys=True, prefer_attrib_converters=True)
for _kind in (bool, int, str):
    _READER.register_structure_hook(_kind, _strictly)


def _of_data(data: object, form: str) -> Contract:
    if not isinstance(data, dict):
        raise DocumentInvalid(
            f"This is not {form}",
            where="contract",
            responsible=Responsible.YOU,
            advice="Check its brackets and quotes, or write the file again with Contract.save().",
        )
    if not isinstance(data.get("version"), int):
        raise DocumentInvalid(
            "The contract has no version",
            where="version",
            responsible=Responsible.YOU,
            advice=f"Give it version {VERSION}, as Contract.save() writes it.",
        )
    if data["version"] > VERSION:
        raise DocumentInvalid(
            f"The contract has version {data['version']}, and this library knows {VERSION}",
            where="version",
            responsible=Responsible.YOU,
            advice="Install a later version of magister-connect.",
        )
    try:
        return _READER.structure({name: value for name, value in data.items() if name != "version"}, Contract)
    except cattrs.BaseValidationError as error:
        refused = next((each for each in _causes(error) if isinstance(each, UsageError)), None)
        wrong = "; ".join(cattrs.transform_error(error, path="contract"))
    if refused is not None:
        raise refused
    raise DocumentInvalid(
        f"The contract cannot be read: {wrong}",
        where="contract",
        responsible=Responsible.YOU,
        advice="Correct this setting in the file.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    yield error
    for each in getattr(error, "exceptions", ()):
        yield from _causes(each)


HAND_WRITTEN: Final = Contract(name="hand-written")
"""The form of the related service's published types: the likeliest (inferred, about one half)."""

LAMINAS: Final = Contract(name="Laminas AutoDiscover", result_path=("get_resultsResult", "item"))
"""The form that Laminas generates from PHP classes (inferred, about one third; form measured)."""

PROFILES: Final = (HAND_WRITTEN, LAMINAS)

_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "since": (
        *("date_from", "from", "since", "from_date", "start_date", "modified_since", "changed_since"),
        *("vanaf", "datum_vanaf", "van", "datum_van"),
    ),
    "until": (
        *("date_to", "to", "until", "to_date", "end_date", "modified_until"),
        *("tot", "tot_en_met", "datum_tot", "tm", "t_m"),
    ),
    "offset": ("offset", "start", "skip", "start_index"),
    "limit": ("limit", "max", "max_results", "count", "take", "page_size", "aantal", "per_page", "maximum"),
    "last_number": ("last_submission_nr", "last_submission_id", "after", "last_nr", "last_id", "after_id", "na_nummer"),
    "page": ("page", "page_number", "page_nr", "pagina", "bladzijde"),
    "token": ("cursor", "next_token", "page_token", "continuation_token", "resumption_token", "vervolgtoken", "token"),
}
_ACCOUNT: Final[Mapping[str, tuple[str, ...]]] = {
    "institution": (
        *("institution_code", "institution", "instellingscode", "instelling", "institute_code"),
        *("client_code", "klantcode", "school_code", "school"),
    ),
    "key": ("key", "soap_key", "api_key", "sleutel", "secret", "client_secret", "autorisatiesleutel", "token"),
    "username": ("username", "user_name", "user", "gebruikersnaam", "gebruiker", "login"),
    "password": ("password", "wachtwoord", "passwd"),
}
_NEXT: Final = (
    "next_token",
    "next_cursor",
    "next_page_token",
    "continuation_token",
    "resumption_token",
    "vervolgtoken",
    "cursor",
    "next",
)
_MORE: Final = ("more", "has_more", "more_results", "has_next", "meer", "meer_resultaten", "is_truncated")
# Ambiguous names: only proposed if there is no likelier one, and then listed as assumed.
_LESS_LIKELY: Final[Mapping[str, tuple[str, ...]]] = {
    "submission_nr": ("result_id", "result_nr", "resultaatnummer", "uitslagnummer", "id", "nr", "nummer", "number"),
    "stamnummer": (
        *("leerlingnr", "pupil_number", "candidate_number", "candidate_nr", "student_id", "external_id"),
        *("kandidaatnr", "kandidaat", "candidate", "student", "leerling"),
    ),
    "taken_at": ("toetsdatum", "datum", "date"),
    "modified_at": ("last_change", "last_changed", "change_date", "mutatiedatum", "wijzigingsdatum", "timestamp"),
}
_DATES: Final = frozenset({"date", "datetime"})
_DATE_FORMS: Final = {"date": DateForm.DATE, "datetime": DateForm.SECONDS}
_DEEPEST: Final = 2  # levels of structures inside a record that are searched for fields
Leaves: TypeAlias = Sequence[tuple[str, Part]]
"""Simple parts with their paths."""


@frozen(kw_only=True)
class Proposal(PlainData):
    """A proposed contract, to be checked by a person. ``contract`` is ``None`` if no operation lists results.

    ``unplaced`` lists parts of the service that are not in the contract, and parts of the contract that the service
    lacks. ``assumed`` lists what a WSDL cannot show.
    """

    contract: Contract | None
    unplaced: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    def __str__(self) -> str:
        name = "No contract can be proposed" if self.contract is None else f"Proposed: {self.contract}"
        return "\n".join((name, *(f"not placed: {each}" for each in self.unplaced), *self.assumed))


def propose(description: Description) -> Proposal:
    """Propose a contract: the operation and the list in its response that contain most of our fields."""
    operations = description.operations
    found = [(each, chain) for each in operations.values() for chain in _lists_in(each.output, ())]
    if not found:
        return Proposal(contract=None, unplaced=tuple(f"the operation {name}" for name in sorted(operations)))
    operation, chain = max(found, key=lambda each: _likelihood(*each))
    inputs, around = _leaves(operation.input), _leaves(operation.output, without=chain[-1])
    parameters = _by_type(inputs, {role: _first(inputs, names) for role, names in _PARAMETERS.items()})
    fields = _match_fields(chain)
    account, assumed = _account(operation, parameters, description)
    next_token = _first(around, _NEXT)
    present: list[CursorField] = [name for name in _CURSOR_FIELDS if name in fields]
    contract = Contract(
        name="proposed",
        operation=operation.name,
        parameters=Parameters(**parameters),
        credentials=account,
        result_path=tuple(part.name for part in chain),
        fields={field: _names(field, path) for field, path in fields.items()} | _parts_of(chain[-1]),
        next_token=next_token,
        more=_first(around, _MORE),
        cursor_field=present[0] if present else "modified_at",
        paging=_choose_paging(parameters, next_token),
        date_form=_form_of(inputs, parameters["since"]),
    )
    others = (f"the operation {name}" for name in sorted(operations) if name != operation.name)
    return Proposal(
        contract=contract,
        unplaced=(*others, *_unplaced(inputs, operation.headers, contract, chain, fields)),
        assumed=(*_assumed(contract), *assumed),
    )


def _lists_in(parts: Sequence[Part], above: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    """Yield the paths to every part that repeats and has content."""
    for part in parts:
        chain = (*above, part)
        if part.repeated and (part.parts or part.attributes):
            yield chain
        yield from _lists_in(part.parts, chain)


def _likelihood(operation: Operation, chain: tuple[Part, ...]) -> tuple[bool, int, bool]:
    """Return the sort key of a list: its own submission number first, then fields. Fields from parents count half."""
    placed = _match_fields(chain)
    own = [path for path in placed.values() if not path.startswith("..")]
    return placed.get("submission_nr", "..") in own, len(placed) + len(own), "result" in operation.name.lower()


def _leaves(parts: Sequence[Part], above: str = "", *, without: Part | None = None) -> list[tuple[str, Part]]:
    found: list[tuple[str, Part]] = []
    for part in parts:
        path = f"{above}{part.name}"
        if part is not without:
            found += _leaves(part.parts, f"{path}/", without=without) if part.parts else [(path, part)]
            found += [(f"{path}/{each.name}", each) for each in part.attribute_parts()]
    return found


def _first(leaves: Leaves, names: tuple[str, ...]) -> str | None:
    """Return the path of the first of these names that exists. A part nearer to the top is preferred."""
    given: dict[str, str] = {}
    for path, part in sorted(leaves, key=lambda each: each[0].count("/")):
        given.setdefault(fold_name(part.name.removeprefix("@")), path)
    return next((given[fold_name(name)] for name in names if fold_name(name) in given), None)


def _by_type(inputs: Leaves, found: Mapping[str, str | None]) -> dict[str, str | None]:
    """Find the period by type if no name shows it: the unused date parameters, in their order."""
    taken = set(found.values())
    dates = iter([path for path, part in inputs if part.type_name.lower() in _DATES and path not in taken])
    period = {role: found[role] or next(dates, None) for role in ("since", "until")}
    return {**found, **period}


def _match_fields(chain: tuple[Part, ...]) -> dict[str, str]:
    """Return our fields with the paths of matching names: in the record, in its structures, in its parents."""
    there = [(fold_name(path.rpartition("/")[2].lstrip("@")), path) for path in _field_paths(chain)]
    found: dict[str, str] = {}
    for field_name, names in (*FIELDS.items(), *_LESS_LIKELY.items()):
        if field_name in found:
            continue
        paths = (path for name in names for folded, path in there if folded == fold_name(name))
        path = next((path for path in paths if path not in found.values()), None)
        if path is not None and field_name != "parts":
            found[field_name] = path
    return found


def _field_paths(chain: tuple[Part, ...]) -> Iterator[str]:
    yield from _paths_below(chain[-1], "", 0)
    for level, parent in enumerate(reversed(chain[:-1]), 1):
        up = "../" * level
        for part in parent.parts:
            if not part.repeated:
                yield from _paths_below(part, f"{up}{part.name}/", 1) if part.parts else (f"{up}{part.name}",)
        yield from (f"{up}@{name}" for name in parent.attributes)


def _paths_below(part: Part, above: str, depth: int) -> Iterator[str]:
    own = above.rstrip("/") or OWN_TEXT
    yield from (own if is_own_text(each) else f"{above}{each.name}" for each in part.parts if not each.parts)
    yield from (f"{above}@{name}" for name in part.attributes)
    for each in part.parts:
        if each.parts and not each.repeated and depth < _DEEPEST:
            yield from _paths_below(each, f"{above}{each.name}/", depth + 1)


def is_own_text(part: Part) -> bool:
    """Whether a part stands for the text of its element, under the name that zeep makes up for it."""
    return part.name == "_value_1" and part.type_name != "anyType"


def _names(field_name: str, path: str) -> tuple[str, ...]:
    if not is_plain(path):
        return (path,)
    return (path, *(alias for alias in FIELDS[field_name] if fold_name(alias) != fold_name(path)))


def _parts_of(record: Part) -> dict[str, tuple[str, ...]]:
    there = {fold_name(part.name) for part in record.parts}
    return {"parts": FIELDS["parts"]} if there & {fold_name(name) for name in FIELDS["parts"]} else {}


def _account(
    operation: Operation, parameters: Mapping[str, str | None], description: Description
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return where credentials are written, and the assumptions made."""
    taken = set(parameters.values())
    inputs = [(path, part) for path, part in _leaves(operation.input) if path not in taken]
    inputs += [(f"header:{path}", part) for path, part in _leaves(operation.headers)]
    found = {name: path for name, names in _ACCOUNT.items() if (path := _first(inputs, names)) is not None}
    for name, other in (("institution", "username"), ("key", "password")):
        if name not in found and other in found:
            found[name] = found.pop(other)
    placed: dict[str, tuple[str, ...]] = {name: (path,) for name, path in found.items()}
    if "key" in found:
        extra = sorted(set(found) - {"institution", "key"})
        return placed, [f"assumed: {', '.join(extra)} of the account is for credentials="] if extra else []
    secured = any(b"UsernameToken" in each or b"wss-wssecurity" in each for each in description.held.documents.values())
    way = "wsse" if secured else "basic"
    placed["institution"] = (*placed.get("institution", ()), f"{way}:username")
    placed["key"] = (f"{way}:password",)
    words = "WS-Security (UsernameToken)" if secured else "HTTP Basic"
    return placed, [f"assumed: the account is sent by {words}, because no parameter and no header takes a key"]


def _choose_paging(parameters: Mapping[str, str | None], next_token: str | None) -> Paging:
    if parameters["token"] and next_token:
        return Paging.TOKEN
    ways = (("offset", Paging.OFFSET), ("page", Paging.PAGE), ("last_number", Paging.NUMBER), ("since", Paging.SINCE))
    return next((way for role, way in ways if parameters[role]), Paging.ONCE)


def _form_of(inputs: Leaves, path: str | None) -> DateForm:
    kind = next((part.type_name for each, part in inputs if each == path), "")
    return _DATE_FORMS.get(kind.lower(), DateForm.BLANK)


def _unplaced(
    inputs: Leaves, headers: Sequence[Part], contract: Contract, chain: tuple[Part, ...], fields: Mapping[str, str]
) -> Iterator[str]:
    written = written_paths(contract)
    for path, part in (*inputs, *((f"header:{path}", part) for path, part in _leaves(headers))):
        if path not in written:
            kind = "header" if path.startswith("header:") else "parameter"
            required = part.required and not part.nillable
            wanted = " (required): set it in parameters, or give it a text in constants" if required else ""
            yield f"the {kind} {path.removeprefix('header:')}{wanted}"
    if contract.parameters.since is None:
        yield "our since: no parameter looks like it"
    placed = set(fields.values())
    parts = {fold_name(name) for name in FIELDS["parts"]}
    for path in _paths_below(chain[-1], "", 0):
        if path not in placed:
            yield f"the field {path} (it stays in Result.extra)"
    for part in chain[-1].parts:
        if part.parts and part.repeated and fold_name(part.name) not in parts:
            yield f"the list {part.name} (it stays in Result.extra)"
    for name in ("submission_nr", "stamnummer", "modified_at"):
        if name not in fields:
            yield f"our {name}: no field looks like it"


def written_paths(contract: Contract) -> frozenset[str]:
    """Return the placements that a request may fill, as texts."""
    parameters = (path for path in asdict(contract.parameters).values() if path)
    credentials = (text for texts in contract.credentials.values() for text in texts)
    return frozenset((*parameters, *credentials, *contract.constants))


_WAYS: Final[Mapping[Paging, str]] = {
    Paging.SINCE: "from a moment on, with a limit of the server",
    Paging.OFFSET: "from a moment on, by an offset",
    Paging.NUMBER: "after the last submission number",
    Paging.PAGE: "from a moment on, by page numbers that begin at 1",
    Paging.TOKEN: "with the cursor of the last reply",
    Paging.ONCE: "by asking again, because each result is delivered once",
}


def _assumed(contract: Contract) -> Iterator[str]:
    yield f"assumed: batches are asked for {_WAYS[contract.paging]}; a service that delivers once looks the same"
    yield f"assumed: the period is about {contract.cursor_field}; whether its bounds are included is unknown"
    yield f"assumed: moments are written like {contract.date_form.value}"
    for role, names in _PARAMETERS.items():
        path = getattr(contract.parameters, role)
        if path and not _is_named(path, names):
            yield f"assumed: {role} is {path}, by its type"
    for name, paths in contract.fields.items():
        if not is_plain(paths[0]) or not _is_named(paths[0], FIELDS[name]):
            yield f"assumed: {name} is {paths[0]}"


def _is_named(path: str, names: tuple[str, ...]) -> bool:
    """Whether the last name of a path is one of these."""
    return fold_name(path.rpartition("/")[2].lstrip("@")) in {fold_name(name) for name in names}


def find_parameter(operation: Operation, placement: Placement) -> Part | None:
    """Return the part of the WSDL at a placement in the body or in a header."""
    parts = operation.headers if placement.kind == "header" else operation.input
    return find_input(parts, placement.path)


def leaves_of(operation: Operation) -> Iterable[tuple[str, Part, bool]]:
    """Yield every simple part of a request: its placement, the part, and whether it is required."""
    for prefix, parts in (("", operation.input), ("header:", operation.headers)):
        for part in parts:
            yield from _required_leaves(part, prefix + part.name, needed=prefix == "" or part.required)


def _required_leaves(part: Part, path: str, *, needed: bool) -> Iterator[tuple[str, Part, bool]]:
    needed = needed and part.required and not part.nillable
    if not part.parts:
        yield path, part, needed
    for each in (*part.parts, *part.attribute_parts()):
        yield from _required_leaves(each, f"{path}/{each.name}", needed=needed)
