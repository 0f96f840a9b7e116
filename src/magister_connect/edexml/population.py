"""What can be written, compared and put into tables: whole documents, and those whose persons come one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import attrs

from magister_connect.edexml import records

__all__ = ["Population", "StreamedDocument", "groups_in_order"]


class Population(Protocol):
    """What can be written: a :class:`Document`, a stream that is being read, or a :class:`StreamedDocument`."""

    @property
    def school(self) -> records.School:
        """The school."""
        ...

    @property
    def vestigingen(self) -> Iterable[records.Vestiging]:
        """Its locations."""
        ...

    @property
    def groepen(self) -> Iterable[records.Groep]:
        """Its groups."""
        ...

    @property
    def samengestelde_groepen(self) -> Iterable[records.SamengesteldeGroep]:
        """Its groups across groups."""
        ...

    @property
    def leerlingen(self) -> Iterable[records.Leerling]:
        """Its pupils, which may come one by one."""
        ...

    @property
    def leerkrachten(self) -> Iterable[records.Leerkracht]:
        """Its staff, which may come one by one, after the pupils."""
        ...


@attrs.frozen(repr=False)
class StreamedDocument:
    """A document whose pupils and staff come one by one, from iterables that are used once."""

    school: records.School
    leerlingen: Iterable[records.Leerling]
    leerkrachten: Iterable[records.Leerkracht] = ()
    vestigingen: Iterable[records.Vestiging] = ()
    groepen: Iterable[records.Groep] = ()
    samengestelde_groepen: Iterable[records.SamengesteldeGroep] = ()

    def __repr__(self) -> str:
        return f"<StreamedDocument of {self.school.schooljaar}>"


def groups_in_order(document: Population) -> Iterable[records.Groep | records.SamengesteldeGroep]:
    """Groups of both kinds, as they stood among each other where that is known."""
    groups: list[records.Groep | records.SamengesteldeGroep] = [*document.groepen, *document.samengestelde_groepen]
    order: tuple[str, ...] = getattr(document, "group_order", ())
    places = {key: place for place, key in enumerate(order)}
    return sorted(groups, key=lambda group: places.get(group.key, len(places)))
