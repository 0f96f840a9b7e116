"""Where the stamnummer is: a custom attribute since 9 August 2024 (official), under a name that is not public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from attrs import frozen

from magister_connect.errors import ContractChanged, FieldInvalid
from magister_connect.scim.records import Schema, User

__all__ = ["AttributePath", "find_stamnummer", "read_stamnummer"]

CORE: Final = re.compile(r"urn:ietf:params:scim:", re.IGNORECASE)
WORDS: Final = re.compile(r"stam_?nummer|leerling_?nummer|student[ _]?(?:number|nr)", re.IGNORECASE)


@frozen
class AttributePath:
    """An attribute of a schema: its URN and its name. ``str()`` is what a filter wants."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}:{self.name}"


def find_stamnummer(schemas: Iterable[Schema]) -> AttributePath:
    """The attribute that holds the stamnummer: by its name, else by its description, in schemas that are not core.

    Raises :class:`ContractChanged` when there is none or more than one; then name it yourself.
    """
    own = [(schema, each) for schema in schemas if not CORE.match(schema.id) for each in schema.attributes]
    by_name = [AttributePath(schema.id, each.name) for schema, each in own if WORDS.search(each.name)]
    described = [AttributePath(schema.id, each.name) for schema, each in own if WORDS.search(each.description or "")]
    found = by_name or described
    if len(found) == 1:
        return found[0]
    raise ContractChanged(
        f"{len(found) or 'No'} attributes look like the stamnummer",
        where="Schemas",
        advice="Name it: ScimClient(..., stamnummer=AttributePath(urn, name)).",
    )


def read_stamnummer(user: User, path: AttributePath) -> str | None:
    """The stamnummer of an account, as text whatever the server writes; ``None`` where it has none."""
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
