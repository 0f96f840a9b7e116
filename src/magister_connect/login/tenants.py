"""A school at the login server: by its host, its tenant id, or a result of the search."""

from __future__ import annotations

import re
from typing import Final

from attrs import field, frozen
from attrs.converters import optional

from magister_connect.core.json import CamelRecord
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import UsageError

HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
LONGEST_HOST: Final = 253
TENANT_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")


def normalize_host(school: str) -> str:
    """Return the host of a school, such as ``voorbeeld.magister.net``, from a host in any case or a web address.

    Raises :class:`UsageError` for a text that is not a host name of a school. The value becomes one word in
    ``acr_values``, a list separated by spaces.
    """
    text = school.strip().lower()
    text = text.removeprefix("https://").removesuffix("/").removesuffix(".")
    if len(text) <= LONGEST_HOST and HOST.fullmatch(text):
        return text
    raise UsageError(
        "This is not the host of a school",
        where="school",
        advice="Pass the host of the school, such as voorbeeld.magister.net, or the result of find_school().",
    )


@frozen(kw_only=True)
class Tenant(SafeRepr):
    """A school at the login server. Host, tenant id and BRIN are three different identifiers.

    - ``host``: the value in ``acr_values`` and in the tenant claim (``voorbeeld.magister.net``).
    - ``id``: the tenant id in the search for schools (32 hexadecimal digits).
    - ``brin``: the identifier at UWLR and DUO.

    All three are documented by several clients. None can be derived from another. Raises :class:`UsageError` for an
    invalid host.
    """

    host: str | None = field(default=None, converter=optional(normalize_host))
    id: str | None = None
    brin: str | None = None


@frozen(kw_only=True, slots=False, repr=False)
class School(CamelRecord):
    """A school in the search. ``id`` is the tenant id; several names may share one (documented by several clients)."""

    display_name: str
    id: str

    @property
    def tenant(self) -> Tenant:
        """The school as a tenant with only its id."""
        return Tenant(id=self.id)

    def __repr__(self) -> str:
        return f"<School {self.display_name!r}>"


def as_tenant(school: School | Tenant | str | None) -> Tenant:
    """Convert the argument of a login to a tenant. Raises :class:`UsageError` for a value that cannot be sent."""
    if school is None:
        return Tenant()
    if isinstance(school, str):
        return Tenant(host=school)
    tenant = school.tenant if isinstance(school, School) else school
    if tenant.id is not None and not TENANT_ID.fullmatch(tenant.id):
        raise UsageError("This is not the id of a tenant", where="school", advice="Pass the result of find_school().")
    return tenant
