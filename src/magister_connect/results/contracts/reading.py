"""Convert the elements of a response to records, in one pass over the children of each.

Values are read by the rules of the contract. An unreadable record is kept apart with the path of the wrong field, and
the batch goes on. Empty, nil and absent all mean that the service knows no value.

If all fields of a contract are names of children, a fast reader is used. Paths (parents, attributes, structures) are
only followed if the contract contains them. Your own hook replaces both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from decimal import Decimal
from functools import partial
from hashlib import sha256
from operator import itemgetter
from typing import Final, TypeAlias

from attrs import evolve, frozen
from lxml import etree

from magister_connect.core.repairs import REPLACEMENT
from magister_connect.core.secrets import Secret
from magister_connect.core.xml import Element, local_name, parse, reply_complaint
from magister_connect.errors import ContractMismatch, FieldInvalid, Responsible
from magister_connect.identifiers import canonical_stamnummer
from magister_connect.results.contracts.contract import FIELDS, Contract
from magister_connect.results.contracts.paths import FieldPath, fold_name, is_plain
from magister_connect.results.levels import parse_level
from magister_connect.results.moments import read_moment
from magister_connect.results.records import Connection, Part, Result, Unreadable, blank_values, result_of
from magister_connect.results.scores import Status, parse_percentage, parse_score, parse_status

BEHIND_NAMES: Final = "\x1f"  # a character that XML cannot contain
BETWEEN: Final = "\x1e"


@frozen
class Shape:
    """The elements of a flat record without empty elements and without repeated fields.

    - ``fields``: the field of each element, or its own name if the contract has no field for it (``extra``).
    - ``to_read``: the fields that are not plain text.
    - ``names`` and ``order``: for the fingerprint, so that nothing is sorted again for each record.
    """

    fields: tuple[str, ...]
    extra: tuple[str, ...]
    to_read: tuple[str, ...]
    names: str
    order: Callable[[Sequence[str]], tuple[str, ...]]

    def fingerprint(self, texts: Sequence[str]) -> str:
        """Return the hash over everything that was sent."""
        return sha256((self.names + BETWEEN.join(self.order(texts))).encode()).hexdigest()

    def extra_of(self, texts: Sequence[str], made: dict[str, object]) -> dict[str, str]:
        """Move values without a field in the contract out of the values of a record."""
        for key in self.extra:
            del made[key]
        return {
            key.removeprefix(BETWEEN): text
            for key, text in zip(self.fields, texts, strict=True)
            if key.startswith(BETWEEN)
        }


def shape_of(elements: Sequence[tuple[str, str]], plain: Collection[str]) -> Shape | None:
    """Return the shape of elements, given as name and field. ``None`` for repeated fields or names, or for parts."""
    names = [name for name, _ in elements]
    fields = [field or f"{BETWEEN}{name}" for name, field in elements]
    if len(set(names)) < len(names) or len(set(fields)) < len(fields) or "parts" in fields:
        return None
    sent = sorted((name, place) for place, name in enumerate(names) if fields[place] != "report_address")
    if len(sent) < 2:  # a single position would not be returned as a tuple
        return None
    return Shape(
        fields=tuple(fields),
        extra=tuple(field for field in fields if field.startswith(BETWEEN)),
        to_read=tuple(field for field in fields if field not in plain and not field.startswith(BETWEEN)),
        names=BETWEEN.join(name for name, _ in sent) + BEHIND_NAMES,
        order=itemgetter(*(place for _, place in sent)),
    )


_MOMENTS: Final = frozenset({"taken_at", "graded_at", "modified_at"})
MOST_REMEMBERED: Final = 10_000
_PLAIN: Final = frozenset({"submission_nr", "stamnummer", "test_nr", "test_code", "test_name", "subject", "skill"})
_AS_THEY_ARE: Final = _PLAIN | {"parts"}  # fields without text to convert, or already converted
_NUMBERS: Final = frozenset({"score", "development_score", "percentage", "grade"})

ReadRecord: TypeAlias = Callable[[Element], Mapping[str, str]]
"""Your own reader of a record. It takes the element and returns the texts of our fields. Other names become extra."""

_RECORD_MARK: Final = "{urn:magister-connect:quarantine}record"  # marks the record among its parents
LONGEST_KEY: Final = 200  # characters: a longer key identifies nothing, and few database indexes take more
PADDED: Final = "stamnummer: leading zeros were removed"

Put: TypeAlias = Callable[[dict[str, object], str, str], None]
"""Converts a text and puts it into the values of a record. Takes the values, the text and the path."""


class RecordReader:
    """Makes records from elements, for one contract and one connection.

    ``siblings`` are names that may occur beside the path to a record, as in the WSDL. ``hook`` returns the texts of a
    record instead of the contract's fields.
    """

    def __init__(
        self,
        contract: Contract,
        connection: Connection,
        *,
        siblings: Collection[str] = (),
        hook: ReadRecord | None = None,
    ) -> None:
        self._contract = contract
        self._connection = connection
        self._siblings = frozenset(siblings)
        plain = {name: [path for path in paths if is_plain(path)] for name, paths in contract.fields.items()}
        self._ranks = _ranks(plain)
        self._part_ranks = _ranks(contract.part_fields)
        self._paths = [
            (name, rank, FieldPath.of(path))
            for name, paths in contract.fields.items()
            for rank, path in enumerate(paths)
            if not is_plain(path)
        ]
        self._hook = hook
        self._read_one = self._by_hook if hook is not None else self._by_paths if self._paths else self._result
        self._cursor_field, self._day_first, self._words = (
            contract.cursor_field,
            contract.day_first,
            contract.score_words,
        )
        self._puts = {name: self._put_for(name) for name in FIELDS if name not in _AS_THEY_ARE}
        self._names: dict[object, tuple[str, str, int]] = {}
        self._shapes: dict[tuple[object, ...], Shape | None] = {}
        self._blank = blank_values(connection)

    def read(self, body: Element, *, repaired: bool = False) -> tuple[Result | Unreadable, ...]:
        """Return the records below the wrapper of a response, readable and unreadable, in their order.

        ``repaired`` means that characters of the response were replaced by U+FFFD. An optional text keeps such a
        character, with a finding. A record with one in a number is unreadable. Raises :class:`ContractMismatch` if the
        response does not have the form in the contract.
        """
        records: list[Result | Unreadable] = []
        name = self._contract.result_path[-1]
        for place, element in enumerate(self._elements(body)):
            try:
                result = self._read_one(element)
                records.append(_with_findings(result) if repaired else result)
            except FieldInvalid as error:
                records.append(self._unreadable(element, error.under(f"{name}[{place}]")))
        return tuple(records)

    def read_again(self, record: bytes) -> Result | Unreadable:
        """Read an earlier unreadable record again, with the current contract."""
        root = parse(record, reply_complaint("a record in quarantine"))
        element = next((each for each in root.iter() if each.attrib.pop(_RECORD_MARK, None)), root)
        try:
            return self._read_one(element)
        except FieldInvalid as error:
            return self._unreadable(element, error)

    def _elements(self, body: Element) -> Sequence[Element]:
        """Return the elements at the end of the path to a record. Any step of the path may repeat."""
        level: list[Element] = [body]
        for name in self._contract.result_path:
            below = [
                child for parent in level for child in parent
                if name in ("*", child.tag) or local_name(child) == name
            ]  # fmt: skip
            if not below:
                for parent in level:
                    self._expect_nothing(parent, name)
                return ()
            level = below
        return level

    def _expect_nothing(self, element: Element, wanted: str) -> None:
        strange = sorted({local_name(child) for child in element} - self._siblings)
        if strange:
            raise ContractMismatch(
                f"The reply has no {wanted} where the contract says so; there is: {', '.join(strange)}",
                where=local_name(element),
            )

    def _by_hook(self, element: Element) -> Result:
        assert self._hook is not None  # noqa: S101 - only called if there is one
        texts: dict[str, str] = {}
        raised = ""
        try:
            texts = {name: text for name, text in self._hook(element).items() if text}
        except Exception as error:  # noqa: BLE001 - an exception in the caller's hook affects one record only
            raised = type(error).__name__
        if raised:
            raise FieldInvalid(
                f"read_record raised {raised}",
                where="read_record",
                responsible=Responsible.YOU,
                advice="Correct your read_record for this record; the other records are read.",
            )
        values = {name: text for name, text in texts.items() if name in FIELDS and name != "parts"}
        extra = {name: text for name, text in texts.items() if name not in values}
        return self._make(
            {**self._blank, **values},
            _not_plain(values),
            extra,
            (),
            fingerprint_of(_without_report_address(texts.items())),
        )

    def _by_paths(self, element: Element) -> Result:
        """Read a record with fields in attributes, in structures or in its parents."""
        found: dict[str, tuple[int, str]] = {}
        used: list[tuple[Element, str | None]] = []
        sent: list[tuple[str, str]] = []
        for name, rank, path in self._paths:
            there = path.find(element)
            if there is not None and there[1]:
                used.append((there[0], path.attribute))
                sent += _without_report_address([(name, there[1])])
                if name not in found or rank < found[name][0]:
                    found[name] = (rank, there[1])
        values, extra, parts, plain = self._texts(element, used)
        for name, (rank, text) in found.items():
            if name not in values or rank <= self._ranks.get(fold_name(name), ("", rank))[1]:
                values[name] = text
        for attribute, text in element.attrib.items():
            unused = all(each is not element or name != fold_name(str(attribute)) for each, name in used)
            if unused and not str(attribute).startswith("{") and attribute not in _OF_THE_ENCODING:
                extra[f"@{attribute}"] = str(text)
                sent.append((f"@{attribute}", str(text)))
        fingerprint = fingerprint_of([*sent, ("", plain)])
        return self._make({**self._blank, **values}, _not_plain(values), extra, parts, fingerprint)

    def _result(self, element: Element) -> Result:
        tags: list[object] = []
        texts: list[str] = []
        for child in element:  # one at a time: holding many elements at once costs much more
            text = child.text
            if text and (text := text.strip()):
                tags.append(child.tag)
                texts.append(text)
            elif len(child):
                return self._result_in_full(element)
        key = tuple(tags)
        try:
            shape = self._shapes[key]
        except KeyError:
            shape = self._learn_shape(key, element)
        if shape is None:
            return self._result_in_full(element)
        made = self._blank.copy()
        made.update(zip(shape.fields, texts, strict=True))
        extra = shape.extra_of(texts, made) if shape.extra else {}
        return self._make(made, shape.to_read, extra, (), shape.fingerprint(texts))

    def _result_in_full(self, element: Element) -> Result:
        """Read a record with parts, or with two elements for one field."""
        values, extra, parts, fingerprint = self._texts(element)
        return self._make({**self._blank, **values}, _not_plain(values), extra, parts, fingerprint)

    def _make(
        self,
        made: dict[str, object],
        to_read: Iterable[str],
        extra: Mapping[str, str],
        parts: tuple[Part, ...],
        fingerprint: str,
    ) -> Result:
        """Make a record from the texts of its fields. Those in ``to_read`` are converted first."""
        made["cursor"] = made[self._cursor_field]
        puts = self._puts
        for name in to_read:
            puts[name](made, made[name], name)  # type: ignore[arg-type]  # texts until they are read
        self._check_keys(made)
        made["extra"], made["parts"], made["fingerprint"] = extra, parts, fingerprint
        return result_of(made)

    def _check_keys(self, made: dict[str, object]) -> None:
        """Check the identity of a record, and normalise its stamnummer."""
        _check_key(made["submission_nr"], "submission_nr")
        stamnummer = _check_key(made["stamnummer"], "stamnummer")
        if stamnummer[0] == "0" and self._contract.numeric_stamnummers:
            canonical = canonical_stamnummer(stamnummer)
            if canonical != stamnummer:
                made["stamnummer"], made["stamnummer_raw"] = canonical, stamnummer
                made["findings"] = (PADDED,)

    def _learn_shape(self, tags: tuple[object, ...], children: Iterable[Element]) -> Shape | None:
        learnt: dict[object, tuple[str, str]] = {}
        for child in children:
            learnt[child.tag] = (self._names.get(child.tag) or self._learn(child))[:2]
        shape = shape_of([learnt[tag] for tag in tags], _PLAIN)
        if len(self._shapes) < MOST_REMEMBERED:
            self._shapes[tags] = shape
        return shape

    def _texts(
        self, element: Element, used: Sequence[tuple[Element, str | None]] = ()
    ) -> tuple[dict[str, str], dict[str, str], tuple[Part, ...], str]:
        """Return the mapped texts, the rest, the parts, and the fingerprint of all.

        Elements in ``used`` are skipped.
        """
        values: dict[str, str] = {}
        ranks: dict[str, int] = {}
        extra: dict[str, str] = {}
        parts: tuple[Part, ...] = ()
        sent: list[tuple[str, str]] = []
        names = self._names
        for child in element:
            tag = child.tag
            name, field, rank = names.get(tag) or self._learn(child)
            text = (child.text or "").strip()
            if not text and len(child):
                leaves = _leaves(child, name, used)
                sent += leaves
                if field == "parts":
                    parts = self._read_parts(child)
                else:
                    extra.update(leaves)
                continue
            if not text or (used and any(each is child and attribute is None for each, attribute in used)):
                continue
            if field != "report_address":
                sent.append((name, text))
            if not field or field == "parts":
                extra[name] = text
            elif field not in values:
                values[field], ranks[field] = text, rank
            else:
                self._settle(field, name, text, rank, values, ranks, extra)
        return values, extra, parts, fingerprint_of(sent)

    def _settle(
        self,
        field: str,
        name: str,
        text: str,
        rank: int,
        values: dict[str, str],
        ranks: dict[str, int],
        extra: dict[str, str],
    ) -> None:
        """Choose between two elements for one field: the likelier name wins, and ``extra`` keeps the other."""
        if rank == ranks[field]:
            raise FieldInvalid("An element appears twice, but is allowed once", where=name)
        if rank < ranks[field]:
            extra[self._contract.fields[field][ranks[field]]] = values[field]
            values[field], ranks[field] = text, rank
        else:
            extra[name] = text

    def _learn(self, child: Element) -> tuple[str, str, int]:
        name = local_name(child)
        learnt = (name, *self._ranks.get(fold_name(name), ("", 0)))
        self._names[child.tag] = learnt
        return learnt

    def _put_for(self, field: str) -> Put:
        if field in _MOMENTS:
            return self._put_moment
        if field in _NUMBERS:
            return self._put_for_numbers(field)
        if field == "level":
            return _put_for_words(parse_level, "level", "level_raw")
        if field == "status":
            return _put_for_words(partial(parse_status, words=self._words), "status")
        return _put_address

    def _put_moment(self, made: dict[str, object], text: str, path: str) -> None:
        made[path] = read_moment(text, path, day_first=self._day_first)

    def _put_for_numbers(self, field: str) -> Put:
        """Return a converter for numbers with a cache, because few different scores occur."""
        parse = parse_percentage if field == "percentage" else parse_score
        memo: dict[str, Decimal] = {}
        raw, words = f"{field}_raw", self._words

        def put(made: dict[str, object], text: str, path: str) -> None:
            made[raw] = text
            value: Decimal | Status | None = memo.get(text)
            if value is None:
                value = parse(text, path, words)
                if isinstance(value, Status):  # a word; a status field of the record itself goes first
                    made[field] = None
                    if made["status"] is None:
                        made["status"] = value
                    return
                if len(memo) < MOST_REMEMBERED:
                    memo[text] = value
            made[field] = value

        return put

    def _read_parts(self, element: Element) -> tuple[Part, ...]:
        return tuple(self._part(child, place) for place, child in enumerate(element))

    def _part(self, element: Element, place: int) -> Part:
        made: dict[str, object] = {}
        extra: dict[str, str] = {}
        for path, text in _leaves(element, ""):
            field, _ = self._part_ranks.get(fold_name(path), ("", 0))
            where = f"parts[{place}]/{path}"
            if field in {"score", "percentage"}:
                value = parse_percentage(text, where, self._contract.score_words)
                made[field], unread = (None, text) if isinstance(value, Status) else (value, None)
                extra |= {path: unread} if unread else {}
            elif field == "level":
                made |= {"level": parse_level(text), "level_raw": text}
            elif field:
                made[field] = text
            else:
                extra[path] = text
        return Part(extra=extra, **made)  # type: ignore[arg-type]  # as for a result

    def _unreadable(self, element: Element, error: FieldInvalid) -> Unreadable:
        values = self._first_texts(element)
        return Unreadable(
            path=error.where or "",
            reason=error.what,
            submission_nr=values.get("submission_nr") or None,
            stamnummer=self._canonical(values.get("stamnummer")),
            cursor=values.get(self._contract.cursor_field) or None,
            record=self._with_parents(element),
        )

    def _canonical(self, text: str | None) -> str | None:
        return canonical_stamnummer(text, numeric=self._contract.numeric_stamnummers) if text else None

    def _with_parents(self, element: Element) -> bytes:
        """Return the record as received, inside as many of its parents as the contract needs."""
        up = max((path.up for _, _, path in self._paths), default=0)
        if up == 0:
            return etree.tostring(element, with_tail=False)
        whole = copy(element)
        whole.set(_RECORD_MARK, "1")
        parent = element.getparent()
        for _ in range(up):
            if parent is None:
                break
            above = etree.Element(parent.tag, parent.attrib, parent.nsmap)
            above.extend([copy(child) for child in parent if len(child) == 0])
            above.append(whole)
            whole, parent = above, parent.getparent()
        return etree.tostring(whole, with_tail=False)

    def _first_texts(self, element: Element) -> dict[str, str]:
        """Return the text of each field, ignoring other errors. Empty if one name occurs twice."""
        found: dict[str, tuple[int, str]] = {}
        for child in element:
            _, field, rank = self._names.get(child.tag) or self._learn(child)
            text = (child.text or "").strip()
            if not text or not field:
                continue
            if field not in found or rank < found[field][0]:
                found[field] = (rank, text)
            elif rank == found[field][0]:
                found[field] = (rank, "")
        for name, rank, path in self._paths:
            there = path.find(element)
            if there is not None and there[1] and (name not in found or rank < found[name][0]):
                found[name] = (rank, there[1])
        return {field: text for field, (_, text) in found.items()}


_NUMBER_TEXTS: Final = ("test_nr", "score_raw", "percentage_raw", "grade_raw", "development_score_raw")


def _with_findings(result: Result) -> Result:
    """Add findings for fields with a replaced character. Raises :class:`FieldInvalid` for one in a number."""
    texts = {name: text for name, text in vars(result).items() if isinstance(text, str) and REPLACEMENT in text}
    texts |= {f"extra {name}": text for name, text in result.extra.items() if REPLACEMENT in text}
    wrong = next((name for name in _NUMBER_TEXTS if name in texts), None)
    if wrong is not None:
        raise FieldInvalid("The field contains a character that could not be read", where=wrong.removesuffix("_raw"))
    found = (f"{name}: a character that XML does not allow was replaced" for name in texts)
    return evolve(result, findings=(*result.findings, *found)) if texts else result


_OF_THE_ENCODING: Final = frozenset({"id", "href"})  # from SOAP 1.1, section 5


def _not_plain(values: Iterable[str]) -> list[str]:
    return [name for name in values if name not in _PLAIN]


def _without_report_address(texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the texts without the address of a report, which differs each time."""
    return [each for each in texts if each[0] != "report_address"]


def fingerprint_of(texts: Iterable[tuple[str, str]]) -> str:
    """Return the hash over names and texts, independent of their order."""
    sent = sorted(texts)
    names, values = (BETWEEN.join(each[place] for each in sent) for place in (0, 1))
    return sha256(f"{names}{BEHIND_NAMES}{values}".encode()).hexdigest()


def _ranks(fields: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, int]]:
    return {fold_name(alias): (field, rank) for field, names in fields.items() for rank, alias in enumerate(names)}


def _put_for_words(parse: Callable[[str], object], field: str, raw: str | None = None) -> Put:
    """Return a converter for words with a cache. ``raw`` is the field for the original text."""
    memo: dict[str, object] = {}

    def put(made: dict[str, object], text: str, _path: str) -> None:
        value = memo.get(text)
        if value is None:
            value = parse(text)
            if len(memo) < MOST_REMEMBERED:
                memo[text] = value
        made[field] = value
        if raw is not None:
            made[raw] = text

    return put


def _put_address(made: dict[str, object], text: str, _path: str) -> None:
    made["report_address"] = Secret(text)


def _check_key(text: object, name: str) -> str:
    """Return the text of an identifying field. Raises :class:`FieldInvalid`."""
    if not isinstance(text, str):
        raise FieldInvalid("The field is empty or absent", where=name)
    if len(text) > LONGEST_KEY:
        raise FieldInvalid(f"The field is longer than {LONGEST_KEY} characters", where=name)
    if REPLACEMENT in text:
        raise FieldInvalid("The field contains a character that could not be read", where=name)
    return text


def _leaves(element: Element, path: str, used: Sequence[tuple[Element, str | None]] = ()) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for place, child in enumerate(element):
        name = local_name(child)
        here = f"{path}[{place}]/{name}" if path else name
        if len(child):
            found += _leaves(child, here, used)
        elif (text := (child.text or "").strip()) and not any(each is child for each, _ in used):
            found.append((here, text))
    return found
