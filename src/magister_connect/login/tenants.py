"""A school at the login server: by its host, by its tenant id, or as the search for schools shows it."""

from __future__ import annotations

import re
from typing import Final

from attrs import field, frozen
from attrs.converters import optional

from magister_connect.core.half_made import HalfMade
from magister_connect.core.json import CamelRecord
from magister_connect.errors import UsageError

HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
LONGEST_HOST: Final = 253
TENANT_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")


def normalize_host(school: str) -> str:
    """The host of a school, such as ``voorbeeld.magister.net``: from the host in any case, or from its web address.

    Raises :class:`UsageError` for a text that is no host name of a school. The value becomes one word of
    ``acr_values``, a list that blanks separate.
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
class Tenant(HalfMade):
    """A school at the login server. Host, tenant id and BRIN are three different things, and all three are kept.

    ``host`` is what ``acr_values`` and the tenant claim hold (``voorbeeld.magister.net``), ``id`` what the search for
    schools gives (32 hexadecimal digits), ``brin`` what UWLR and DUO know the school by. Documented by several
    clients, all three; nothing turns one into another. Raises :class:`UsageError` for a host that is none.
    """

    host: str | None = field(default=None, converter=optional(normalize_host))
    id: str | None = None
    brin: str | None = None


@frozen(kw_only=True, slots=False, repr=False)
class School(CamelRecord):
    """A school in the search: ``id`` is the tenant id; several names can share one (documented by several clients)."""

    display_name: str
    id: str

    @property
    def tenant(self) -> Tenant:
        """The school as a tenant of which only the id is known."""
        return Tenant(id=self.id)

    def __repr__(self) -> str:
        return f"<School {self.display_name!r}>"


def as_tenant(school: School | Tenant | str | None) -> Tenant:
    """What a login is started with, as a tenant. Raises :class:`UsageError` for what cannot be sent."""
    if school is None:
        return Tenant()
    if isinstance(school, str):
        return Tenant(host=school)
    tenant = school.tenant if isinstance(school, School) else school
    if tenant.id is not None and not TENANT_ID.fullmatch(tenant.id):
        raise UsageError("This is not the id of a tenant", where="school", advice="Pass the result of find_school().")
    return tenant
