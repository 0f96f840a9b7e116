"""Fields of UWLR records. One description is used for checking, writing and reading.

Each attribute of a record states its element or attribute, the text it accepts, and whether it may be absent.
Attributes are in the order of the elements. The facts come from the schemas of UWLR 2.2 (documented).

Describe a type of result that you agreed on with a receiver in the same way::

    @frozen(kw_only=True, repr=False)
    class Dictee(Anderresultaat):
        type: str = own_type("{urn:uitgever:dictee}Dictee")
        fouten: int = one(whole())
        toelichting: str | None = maybe(text(500))
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar, cast

import attrs
from attrs import Attribute, field, frozen
from lxml import etree

from magister_connect.core.records.personal import PERSONAL
from magister_connect.core.values import to_boolean, to_date, to_datetime, to_decimal, to_integer
from magister_connect.core.xml import BLANKS, Element, local_name
from magister_connect.errors import FieldInvalid, UsageError

T = TypeVar("T")
R = TypeVar("R", bound=attrs.AttrsInstance)

KEY: Final = "uwlr"
XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
XSI_TYPE: Final = f"{XSI}type"
_LOCATIONS: Final = frozenset({f"{XSI}schemaLocation", f"{XSI}noNamespaceSchemaLocation"})  # no data, and always valid
LONGEST_INTEGER: Final = 18  # digits: as wide as a 64-bit column, far larger than any score
_DAY: Final = r"[ \t\r\n]*[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE: Final = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?[ \t\r\n]*"
XSD_MOMENT: Final = re.compile(rf"{_DAY}T[0-9:]{{8}}(?:\.[0-9]+)?{_ZONE}")
"""The form of a date and time in a schema: it has seconds, and a colon in the time zone."""
_ANY_FORM: Final = re.compile("(?s:.*)")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@frozen
class Kind(Generic[T]):
    """A kind of text: how it is checked, written and read. ``words`` describes it in an error.

    ``form`` is the form of the schema, if ``read`` accepts others too.
    """

    words: str
    accepts: Callable[[object], bool]
    write: Callable[[T], str]
    read: Callable[[str, str], T]
    form: re.Pattern[str] = _ANY_FORM


def _is_text(longest: int | None) -> Callable[[object], bool]:
    def accepts(value: object) -> bool:
        return isinstance(value, str) and 1 <= len(value) <= (longest or len(value)) and not _CONTROL.search(value)

    return accepts


def text(longest: int | None = 256) -> Kind[str]:
    """A text of 1 to ``longest`` characters that XML allows."""
    words = f"a text of 1 to {longest} characters" if longest else "a text that is not empty"
    return Kind(words, _is_text(longest), str, lambda value, _: value)


_IN_URI: Final = r"(?:[^%#?/\[\]:@]|%[0-9A-Fa-f]{2})"
_IN_PATH: Final = rf"(?:{_IN_URI}|[:@])"
_AUTHORITY: Final = rf"//(?:(?:{_IN_URI}|:)*@)?(?:\[[^\[\]/?#@]*\]|{_IN_URI}*)(?::[0-9]{{1,9}})?(?:/{_IN_PATH}*)*"
_URI: Final = re.compile(
    rf"(?s:(?:[A-Za-z][A-Za-z0-9+.-]*:(?:{_AUTHORITY}|(?!//)(?:{_IN_PATH}|/)*)"
    rf"|{_AUTHORITY}|(?!//)(?:{_IN_URI}|@)*(?:/(?:{_IN_PATH}|/)*)?)"
    rf"(?:\?(?:{_IN_PATH}|[/?])*)?(?:#(?:{_IN_PATH}|[/?\[\]])*)?)"
)
"""The form of RFC 3986, in which a schema may also have the characters that a URI must escape (documented)."""


def _is_uri(value: object) -> bool:
    return isinstance(value, str) and bool(value) and bool(_URI.fullmatch(value)) and not _CONTROL.search(value)


URI: Final[Kind[str]] = Kind("a URI", _is_uri, str, lambda value, _: value.strip(BLANKS))


def _whole(least: int, most: int | None) -> Callable[[object], bool]:
    def accepts(value: object) -> bool:
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        return value >= least and (most is None or value <= most) and abs(value) < 10**LONGEST_INTEGER

    return accepts


def whole(least: int = 0, most: int | None = None) -> Kind[int]:
    """A whole number from ``least`` to ``most``."""
    words = f"a whole number from {least}" + (f" to {most}" if most is not None else "")
    return Kind(words, _whole(least, most), str, to_integer)


def decimal(least: Decimal | None = None, most: Decimal | None = None) -> Kind[Decimal]:
    """A decimal number, optionally from ``least`` to ``most``."""

    def accepts(value: object) -> bool:
        return (
            isinstance(value, Decimal)
            and value.is_finite()
            and (least is None or value >= least)
            and (most is None or value <= most)
        )

    bounds = f" from {least} to {most}" if least is not None else ""
    return Kind(f"a Decimal{bounds}", accepts, lambda value: format(value, "f"), to_decimal)


DATE: Final[Kind[dt.date]] = Kind(
    "a date",
    lambda value: isinstance(value, dt.date) and not isinstance(value, dt.datetime),
    dt.date.isoformat,
    to_date,
    re.compile(_DAY + _ZONE),
)


def with_xsd_zone(moment: dt.datetime) -> dt.datetime:
    """Return the moment with a time zone that a schema allows: whole minutes, and at most 14 hours."""
    offset = moment.utcoffset()
    if offset is None or (abs(offset) <= dt.timedelta(hours=14) and not offset % dt.timedelta(minutes=1)):
        return moment
    return moment.astimezone(dt.UTC)


def _write_moment(moment: dt.datetime) -> str:
    return with_xsd_zone(moment).isoformat(timespec="seconds")


MOMENT: Final[Kind[dt.datetime]] = Kind(
    "a date and time", lambda value: isinstance(value, dt.datetime), _write_moment, to_datetime, XSD_MOMENT
)
BOOLEAN: Final[Kind[bool]] = Kind(
    "True or False", lambda value: isinstance(value, bool), lambda value: "true" if value else "false", to_boolean
)
VERSION_TEXT: Final = text(32)
SHORT_TEXT: Final = text(64)
TEXT: Final = text(256)
SCORE: Final = whole()


@frozen
class Field:
    """The place of a value: an element (``name``), an attribute (``@name``), or the text of the element itself (``.``).

    ``kind`` is a :class:`Kind` or a record. ``inside`` is the element around a list. ``namespace`` is the namespace of
    the element, if it differs from that of its parent. ``written`` is the name in the message, if it differs from the
    name for reading. A value that ``may_be_empty`` has a default in the schema, or may
    be the empty text there.
    """

    name: str
    kind: Kind[Any] | type[attrs.AttrsInstance]
    required: bool = True
    many: bool = False
    inside: str | None = None
    namespace: str | None = None
    written: str | None = None
    may_be_empty: bool = False


def one(kind: Kind[T] | type[Any], *, name: str | None = None, personal: bool | None = None) -> Any:  # noqa: ANN401 - as attrs.field
    """A required field. Pass ``personal`` if the name does not show whether the field can identify a person."""
    return _attribute(Field(name or "", kind), personal)


def maybe(
    kind: Kind[T] | type[Any],
    *,
    name: str | None = None,
    namespace: str | None = None,
    personal: bool | None = None,
    written: str | None = None,
    may_be_empty: bool = False,
) -> Any:  # noqa: ANN401 - as attrs.field
    """An optional field, ``None`` if absent."""
    described = Field(name or "", kind, required=False, namespace=namespace, written=written, may_be_empty=may_be_empty)
    return _attribute(described, personal)


def own_type(name: str) -> Any:  # noqa: ANN401 - as attrs.field
    """The field ``type`` of your own type of result, with its name as ``{namespace}name``."""
    described = Field(f"@{XSI_TYPE}", TEXT)
    return field(default=name, metadata={KEY: described, PERSONAL: False}, validator=_validate)


def many(
    kind: Kind[T] | type[Any],
    name: str,
    *,
    inside: str | None = None,
    required: bool = False,
    namespace: str | None = None,
) -> Any:  # noqa: ANN401 - as attrs.field
    """A tuple of values. Each is an element ``name``; ``inside`` is the element around them, if there is one."""
    return _attribute(Field(name, kind, required=required, many=True, inside=inside, namespace=namespace))


def _attribute(described: Field, personal: bool | None = None) -> Any:  # noqa: ANN401, FBT001 - as attrs.field
    extra = {} if personal is None else {PERSONAL: personal}
    options: dict[str, Any] = {"metadata": {KEY: described, **extra}, "validator": _validate}
    if described.many:
        options["converter"] = tuple[Any, ...]
    if not described.required:
        options["default"] = () if described.many else None
    return field(**options)


def fields_of(record: type[attrs.AttrsInstance]) -> Iterator[tuple[Attribute[Any], Field]]:
    """Yield the attributes of a record that are part of a message, in schema order."""
    for attribute in attrs.fields(record):
        if (described := attribute.metadata.get(KEY)) is not None:
            name = described.name or attribute.name
            yield attribute, attrs.evolve(described, name=name)


def records_in(record: object) -> Iterator[tuple[str, object]]:
    """Yield the records inside a record, each with its step in a path, such as ``toetsen/toets[2]``."""
    if not attrs.has(type(record)):
        return
    for attribute, described in fields_of(cast("Any", type(record))):
        value = getattr(record, attribute.name)
        if isinstance(described.kind, Kind) or value is None:
            continue
        step = f"{described.inside}/{described.name}" if described.inside else described.name
        if described.many:
            yield from ((f"{step}[{place}]", each) for place, each in enumerate(value, 1))
        else:
            yield step, value


def _validate(instance: object, attribute: Attribute[Any], value: object) -> None:
    described: Field = attribute.metadata[KEY]
    where = f"{type(instance).__name__}.{attribute.name}"
    if described.many:
        if described.required and not value:
            raise UsageError("At least one value is required", where=where, advice="Pass one or more.")
        for each in cast("Sequence[object]", value):
            _validate_one(described, each, where)
    elif value is not None:
        _validate_one(described, value, where)
    elif described.required:
        raise UsageError("This field is required", where=where, advice="Pass a value.")


def _validate_one(described: Field, value: object, where: str) -> None:
    kind = described.kind
    if isinstance(kind, Kind):
        require(kind, value, where)
    elif not isinstance(value, kind):
        raise _misfit(where, f"a {kind.__name__}")


def require(kind: Kind[Any], value: object, where: str) -> None:
    """Raise :class:`UsageError` if a value does not fit its field."""
    if not kind.accepts(value):
        raise _misfit(where, kind.words)


def _misfit(where: str, expected: str) -> UsageError:
    return UsageError("The value does not fit this field", where=where, advice=f"Pass {expected}.")


@frozen
class _Step:
    """How to write one field: its full tag, and the kind of its value."""

    attribute: str
    described: Field
    tag: str
    inside: str | None
    namespace: str
    write: Callable[[Any], str] | None  # of a kind; a record writes itself


@cache
def _steps(record: type[attrs.AttrsInstance], namespace: str) -> tuple[_Step, ...]:
    return tuple(_step(attribute, each, each.namespace or namespace) for attribute, each in _PLANS.of(record))


def _step(attribute: str, described: Field, namespace: str) -> _Step:
    inside = f"{{{namespace}}}{described.inside}" if described.inside else None
    tag = f"{{{namespace}}}{described.written or described.name}"
    write = described.kind.write if isinstance(described.kind, Kind) else None
    return _Step(attribute, described, tag, inside, namespace, write)


def write_record(element: Element, record: attrs.AttrsInstance, namespace: str) -> None:
    """Write a record into an element. ``namespace`` is for fields without their own."""
    for step in _steps(type(record), namespace):
        value = getattr(record, step.attribute)
        if value is None or (step.described.many and not value):
            continue
        name = step.described.name
        if step.write is not None and name.startswith("@"):
            element.set(name[1:], step.write(value))
        elif step.write is not None and name == ".":
            element.text = step.write(value)
        else:
            parent = etree.SubElement(element, step.inside) if step.inside else element
            for each in value if step.described.many else (value,):
                child = etree.SubElement(parent, step.tag)
                if step.write is not None:
                    child.text = step.write(each)
                else:
                    write_record(child, each, step.namespace)


class _Plans:
    """The fields of each record, cached."""

    def __init__(self) -> None:
        self._known: dict[type, tuple[tuple[str, Field], ...]] = {}

    def of(self, record: type[attrs.AttrsInstance]) -> tuple[tuple[str, Field], ...]:
        found = self._known.get(record)
        if found is None:
            found = tuple((attribute.name, described) for attribute, described in fields_of(record))
            self._known[record] = found
        return found


_PLANS: Final = _Plans()


@frozen
class Departure:
    """A deviation from the schema: the path, and what was expected. It contains no value."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class Reader:
    """Reads records from elements. Strict reading raises at the first deviation; lenient reading notes it.

    Lenient reading accepts another order, another namespace, and empty elements for optional fields. It also accepts
    elements, attributes and text that the schema does not have. A wrong value of an optional field is accepted too; the
    field is then absent. A required field that cannot be read is always an error. ``own_types`` are records for
    elements with an ``xsi:type``.
    """

    def __init__(
        self, *, lenient: bool = False, own_types: Mapping[str, type[attrs.AttrsInstance]] = MappingProxyType({})
    ) -> None:
        self._lenient = lenient
        self._own_types = own_types
        self.departures: list[Departure] = []

    def note(self, where: str, what: str) -> None:
        """Note a deviation; if reading is strict, raise :class:`FieldInvalid`."""
        if not self._lenient:
            raise FieldInvalid(what, where=where)
        self.departures.append(Departure(where, what))

    def note_strays(self, element: Element, where: str, attributes: Collection[str] = (), *, is_text: bool) -> None:
        """Note attributes that the schema does not have, elements in a text, and text between elements."""
        for name in element.attrib:
            if name not in attributes and name not in _LOCATIONS:
                self.note(f"{where}/@{etree.QName(name).localname}", "The schema has no such attribute here")
        if is_text and len(element):
            self.note(where, "A text was expected, and no elements")
        if not is_text and any(
            (text or "").strip(BLANKS) for text in (element.text, *(child.tail for child in element))
        ):
            self.note(where, "Elements were expected, and no text")

    def read(self, record: type[R], element: Element, where: str) -> R:
        """Read the record in ``element``. Raises :class:`FieldInvalid` with the path of what cannot be read."""
        names = {described.name for _, described in _PLANS.of(record)}
        self.note_strays(element, where, {name[1:] for name in names if name[0] == "@"}, is_text="." in names)
        children = _Children(element, where, self)
        values = {name: self._value(described, element, children, where) for name, described in _PLANS.of(record)}
        children.refuse_others()
        try:
            return record(**values)
        except UsageError as error:
            what, place = error.what, error.where
        raise FieldInvalid(what, where=f"{where} ({place})")

    def _value(self, described: Field, element: Element, children: _Children, where: str) -> object:
        name = described.name
        if name.startswith("@"):
            return self._text(described, element.get(name[1:]), f"{where}/{name}")
        if name == ".":
            return self._text(described, element.text or "", where)
        found = children.take(described)
        if described.inside:
            where = f"{where}/{described.inside}"
        if described.many:
            return tuple(
                value
                for place, each in enumerate(found, 1)
                if (value := self._element(described, each, f"{where}/{name}[{place}]")) is not None
            )
        if len(found) > 1:
            self.note(f"{where}/{name}", "The element stands more than once")
        if found:
            return self._element(described, found[0], f"{where}/{name}")
        if described.required:
            raise FieldInvalid("The element is missing", where=f"{where}/{name}")
        return None

    def _element(self, described: Field, element: Element, where: str) -> object:
        if isinstance(described.kind, Kind):
            self.note_strays(element, where, is_text=True)
            return self._text(described, element.text or "", where)
        if (
            not described.required
            and not len(element)
            and not element.attrib
            and not (element.text or "").strip(BLANKS)
        ):
            optional = all(not each.required for _, each in _PLANS.of(described.kind))
            if not optional:
                self.note(where, "The element is empty")
                return None
        return self.read(self._own_types.get(element.get(XSI_TYPE, ""), described.kind), element, where)

    def _text(self, described: Field, value: str | None, where: str) -> object:
        kind = cast("Kind[Any]", described.kind)
        blank = not value or (self._lenient and not value.strip())
        if value is None or (blank and not described.required):
            if value is not None and not described.may_be_empty:
                self.note(where, "The element is empty")
            if described.required:
                raise FieldInvalid("The attribute is missing", where=where)
            return None
        try:
            read = kind.read(value, where)
        except FieldInvalid as error:
            if described.required:
                raise
            self.note(where, error.what)
            return None
        if read == "" and described.may_be_empty:
            return None
        if kind.accepts(read):
            if not kind.form.fullmatch(value) or (not isinstance(read, str) and value.strip() != value.strip(BLANKS)):
                self.note(where, "The value is written in another form than the schema has")
            return read
        if described.required:
            raise FieldInvalid(f"{kind.words} was expected".capitalize(), where=where)
        self.note(where, f"{kind.words} was expected".capitalize())
        return None


class _Children:
    """The children of an element, read by name. Strict reading requires their order, and the namespace of the element.

    The fields of an agreed type are in the namespace of that type.
    """

    def __init__(self, element: Element, where: str, reader: Reader) -> None:
        self._left = list(element.iterchildren("{*}*"))
        self._where = where
        self._reader = reader
        own, _, _ = element.get(XSI_TYPE, "").removeprefix("{").partition("}")
        self._namespaces = {etree.QName(element).namespace, own}

    def take(self, described: Field) -> list[Element]:
        """Return the children for a field, without the element around them."""
        namespaces = {described.namespace} if described.namespace else self._namespaces
        found = self._named(described.inside or described.name, namespaces)
        if not described.inside:
            return found
        where = f"{self._where}/{described.inside}"
        if len(found) > 1:
            self._reader.note(where, "The element stands more than once")
        for each in found:
            self._reader.note_strays(each, where, is_text=False)
        inner = [child for each in found for child in each.iterchildren("{*}*")]
        if found and not inner:
            self._reader.note(where, "The element is empty")
        for child in inner:
            if local_name(child) != described.name:
                self._reader.note(f"{where}/{local_name(child)}", "The schema has no such element here")
        wanted = [child for child in inner if local_name(child) == described.name]
        self._check_namespaces(wanted, where, namespaces)
        return wanted

    def _named(self, name: str, namespaces: Collection[str | None]) -> list[Element]:
        found = [child for child in self._left if local_name(child) == name]
        self._check_namespaces(found, self._where, namespaces)
        if found and self._left[: len(found)] != found:
            self._reader.note(f"{self._where}/{name}", "The element stands in another place than the schema says")
        self._left = [child for child in self._left if local_name(child) != name]
        return found

    def _check_namespaces(self, found: Iterable[Element], where: str, namespaces: Collection[str | None]) -> None:
        for child in found:
            if etree.QName(child).namespace not in namespaces:
                self._reader.note(f"{where}/{local_name(child)}", "The element is in another namespace")

    def refuse_others(self) -> None:
        for child in self._left:
            self._reader.note(f"{self._where}/{local_name(child)}", "The schema has no such element here")
