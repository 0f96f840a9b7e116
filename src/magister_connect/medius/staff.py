"""Staff as people rather than rows: ``GetActiveEmpoyees`` gives one row for each role of a person (observed)."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
from attrs import field, frozen

from magister_connect.medius.records import StaffMember

__all__ = ["Colleague", "merge_employees"]


@frozen
class Colleague:
    """One person of the staff. ``member`` is the first of the ``rows``; ``functies`` are the roles of all of them.

    ``differing`` names the other fields in which the rows do not agree.
    """

    member: StaffMember
    functies: tuple[str, ...]
    rows: tuple[StaffMember, ...] = field(repr=lambda rows: f"<{len(rows)} rows>")
    differing: tuple[str, ...] = ()

    @property
    def stamnummer(self) -> int | None:
        """The number of the person; ``None`` for an account that is nobody's."""
        return self.member.stamnummer

    @property
    def has_left(self) -> bool:
        """Whether the person has left."""
        return self.member.has_left


def merge_employees(staff: Iterable[StaffMember]) -> tuple[Colleague, ...]:
    """One :class:`Colleague` for each stamnummer, in the order of the first row of each.

    Rows without a stamnummer (accounts that are nobody's) stay apart, each for itself.
    """
    grouped: dict[object, list[StaffMember]] = {}
    for row in staff:
        grouped.setdefault(row.stamnummer if row.stamnummer is not None else object(), []).append(row)
    return tuple(_merged(rows) for rows in grouped.values())


def _merged(rows: list[StaffMember]) -> Colleague:
    roles = tuple(dict.fromkeys(row.functie_omschr for row in rows if row.functie_omschr))
    names = (each.name for each in attrs.fields(StaffMember) if each.name != "functie_omschr")
    differing = tuple(name for name in names if any(getattr(row, name) != getattr(rows[0], name) for row in rows))
    return Colleague(rows[0], roles, tuple(rows), differing)
