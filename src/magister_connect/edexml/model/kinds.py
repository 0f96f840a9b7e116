"""The kinds of record: the element of each, the list element around it, and the field of a document that holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from magister_connect.edexml.model import records


@attrs.frozen
class Kind:
    """One kind of record: its class, its element, the list element (none for the school), and its document field."""

    record: type[object]
    name: str
    container: str | None
    field: str


KINDS: Final = (
    Kind(records.School, "school", None, "school"),
    Kind(records.Vestiging, "vestiging", "vestigingen", "vestigingen"),
    Kind(records.Groep, "groep", "groepen", "groepen"),
    Kind(records.SamengesteldeGroep, "samengestelde_groep", "groepen", "samengestelde_groepen"),
    Kind(records.Leerling, "leerling", "leerlingen", "leerlingen"),
    Kind(records.Leerkracht, "leerkracht", "leerkrachten", "leerkrachten"),
)
"""All kinds, in the order of the standard."""
KIND_OF: Final[Mapping[type[object], Kind]] = {kind.record: kind for kind in KINDS}
LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    container: tuple(kind.name for kind in KINDS if kind.container == container)
    for container in dict.fromkeys(kind.container for kind in KINDS if kind.container is not None)
}
"""The list elements, and the names of the elements that each may contain."""
