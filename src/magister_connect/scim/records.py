"""Accounts and server features in SCIM 2.0 (RFC 7643)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.core.json import CamelRecord, JsonObject
from magister_connect.errors import ContractMismatch, FieldInvalid, Responsible


@frozen(kw_only=True, repr=False, slots=False)
class Name(CamelRecord):
    """Names.

    It is not public where Magister puts the tussenvoegsel: ``middle_name``, ``honorific_prefix`` or elsewhere.
    """

    formatted: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    family_name: str | None = None
    honorific_prefix: str | None = None
    honorific_suffix: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Email(CamelRecord):
    """An e-mail address."""

    value: str | None = None
    type: str | None = None
    primary: bool | None = None
    display: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Meta(CamelRecord):
    """When a resource was created and changed. ``version`` is the value for ``If-Match``.

    A date-time that is unreadable or has no zone is ``None`` here. Its original text is in ``extra``.
    """

    resource_type: str | None = None
    created: dt.datetime | None = None
    last_modified: dt.datetime | None = None
    location: str | None = None
    version: str | None = None


@frozen(kw_only=True, repr=False, slots=False)
class User(CamelRecord):
    """An account.

    ``id`` is the Magister user id, as in UWLR and in single sign-on. ``user_name`` is the login name (official, both).
    Other core attributes are likely (inferred). Attributes from a schema of the school, such as the stamnummer, are in
    ``extra`` under the URN of that schema.
    """

    id: str
    user_name: str | None = None
    external_id: str | None = None
    name: Name | None = None
    display_name: str | None = None
    active: bool | None = None
    user_type: str | None = None
    emails: tuple[Email, ...] = ()
    meta: Meta | None = None
    schemas: tuple[str, ...] = ()

    @property
    def version(self) -> str | None:
        """The version, for a change that must not overwrite another one."""
        return self.meta.version if self.meta else None


@frozen(kw_only=True, repr=False, slots=False)
class Attribute(CamelRecord):
    """An attribute of a schema (RFC 7643, 7). ``mutability`` is whether and when it can be written."""

    name: str
    type: str | None = None
    description: str | None = None
    multi_valued: bool | None = None
    required: bool | None = None
    case_exact: bool | None = None
    mutability: str | None = None
    returned: str | None = None
    uniqueness: str | None = None
    canonical_values: tuple[object, ...] | None = None
    reference_types: tuple[str, ...] | None = None
    sub_attributes: tuple[JsonObject, ...] | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Schema(CamelRecord):
    """A schema that the server uses."""

    id: str
    name: str | None = None
    description: str | None = None
    attributes: tuple[Attribute, ...] = ()


@frozen(kw_only=True, repr=False, slots=False)
class Supported(CamelRecord):
    """Whether a feature is supported, and its limits."""

    supported: bool = False
    max_results: int | None = None
    max_operations: int | None = None
    max_payload_size: int | None = None


@frozen(kw_only=True, repr=False, slots=False)
class Pagination(CamelRecord):
    """How the server pages lists (RFC 9865, 4). If ``cursor`` is true, ``users(paging="cursor")`` works."""

    cursor: bool = False
    index: bool = True
    default_pagination_method: str | None = None
    default_page_size: int | None = None
    max_page_size: int | None = None
    cursor_timeout: int | None = None


@frozen(kw_only=True, repr=False, slots=False)
class ServiceProviderConfig(CamelRecord):
    """What the server supports (RFC 7643, 5)."""

    patch: Supported = field(factory=Supported)
    bulk: Supported = field(factory=Supported)
    filter: Supported = field(factory=Supported)
    change_password: Supported = field(factory=Supported)
    sort: Supported = field(factory=Supported)
    etag: Supported = field(factory=Supported)
    authentication_schemes: tuple[JsonObject, ...] = ()
    pagination: Pagination = field(factory=Pagination)


CORE: Final = re.compile(r"urn:ietf:params:scim:", re.IGNORECASE)
WORDS: Final = re.compile(r"stam_?nummer|leerling_?nummer|student[ _]?(?:number|nr)", re.IGNORECASE)


@frozen
class AttributePath:
    """An attribute of a schema: its URN and its name. ``str()`` returns its text for a filter."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}:{self.name}"


def find_stamnummer(schemas: Iterable[Schema]) -> AttributePath:
    """Return the attribute with the stamnummer: by name, else by description, in schemas that are not core.

    Raises :class:`ContractMismatch` if there is none or more than one. Name it yourself then.
    """
    own = [(schema, each) for schema in schemas if not CORE.match(schema.id) for each in schema.attributes]
    by_name = [AttributePath(schema.id, each.name) for schema, each in own if WORDS.search(each.name)]
    described = [AttributePath(schema.id, each.name) for schema, each in own if WORDS.search(each.description or "")]
    found = by_name or described
    if len(found) == 1:
        return found[0]
    raise ContractMismatch(
        f"{len(found) or 'No'} attributes look like the stamnummer",
        where="Schemas",
        responsible=Responsible.YOU,
        advice="Pass its path: ScimClient(..., stamnummer=AttributePath(urn, name)).",
    )


def read_stamnummer(user: User, path: AttributePath) -> str | None:
    """Return the stamnummer of an account as text, even if the server sends a number. ``None`` if it has none."""
    extension = next((value for urn, value in user.extra.items() if urn.lower() == path.schema.lower()), None)
    if extension is None:
        return None
    if not isinstance(extension, Mapping):
        raise FieldInvalid("An object was expected", where=path.schema)
    value = next((each for name, each in extension.items() if name.lower() == path.name.lower()), None)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise FieldInvalid("A number was expected", where=str(path))
    return str(value)
