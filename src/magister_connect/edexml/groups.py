"""Groups: the year group of a pupil, combination groups, class lists and dummy keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.edexml.model import records
from magister_connect.edexml.model.codes import Jaargroep, Rol
from magister_connect.edexml.writing.write import groups_in_order
from magister_connect.errors import UsageError


def effective_jaargroep(
    leerling: records.Leerling, groepen: Sequence[records.Groep] | Mapping[str, records.Groep]
) -> Jaargroep | None:
    """Return the year group of a pupil: the pupil's own (documented: it has priority), otherwise the group's.

    A combination group does not determine the year group of its pupils, so the result is then ``None``. Pass a mapping
    by key if you call this for many pupils.
    """
    if leerling.jaargroep is not None or leerling.groep is None:
        return leerling.jaargroep
    known = groepen if isinstance(groepen, Mapping) else _by_key(groepen)
    found = known.get(leerling.groep)
    return None if found is None or found.jaargroep is Jaargroep.COMBINATIE else found.jaargroep


def _by_key(groepen: Iterable[records.Groep]) -> Mapping[str, records.Groep]:
    return {groep.key: groep for groep in groepen}


def combine_groups(document: records.Document) -> tuple[records.Document, Mapping[str, str]]:
    """Merge the parts of combination groups. Returns the new document, and which old key became which new key.

    Some systems write the group "5/6" as two groups with one name and two years (observed by several receivers). Others
    write one group with year ``C``. The result has the second form: the key of the first part, year ``C``, and a year
    for each pupil. Groups with the same name and the same year stay separate, because they may be two groups.
    """
    by_name: dict[str, list[records.Groep]] = {}
    for group in document.groepen:
        by_name.setdefault(group.naam, []).append(group)
    parts = [found for found in by_name.values() if len({group.jaargroep for group in found}) == len(found) > 1]
    renamed = {group.key: found[0].key for found in parts for group in found}
    if not renamed:
        return document, {}
    years = {group.key: group for group in document.groepen}
    joined = attrs.evolve(
        document,
        groepen=tuple(
            _joined(group, renamed) for group in document.groepen if renamed.get(group.key) in {None, group.key}
        ),
        leerlingen=tuple(_moved(pupil, renamed, years) for pupil in document.leerlingen),
        leerkrachten=tuple(_reassigned(teacher, renamed) for teacher in document.leerkrachten),
    )
    return joined, renamed


def _joined(group: records.Groep, renamed: Mapping[str, str]) -> records.Groep:
    return attrs.evolve(group, jaargroep=Jaargroep.COMBINATIE) if group.key in renamed else group


def _moved(
    pupil: records.Leerling, renamed: Mapping[str, str], groups: Mapping[str, records.Groep]
) -> records.Leerling:
    if pupil.groep is None or pupil.groep not in renamed:
        return pupil
    return attrs.evolve(pupil, groep=renamed[pupil.groep], jaargroep=effective_jaargroep(pupil, groups))


def _reassigned(teacher: records.Leerkracht, renamed: Mapping[str, str]) -> records.Leerkracht:
    if not any(isinstance(one, records.GroepReferentie) and one.key in renamed for one in teacher.groepen):
        return teacher
    kept: dict[tuple[type, str], records.GroepReferentie | records.SamengesteldeGroepReferentie] = {}
    for one in teacher.groepen:
        key = renamed.get(one.key, one.key) if isinstance(one, records.GroepReferentie) else one.key
        before = kept.get((type(one), key))
        roles = dict.fromkeys((*(before.rollen if before else ()), *one.rollen))
        kept[type(one), key] = attrs.evolve(one, key=key, rollen=tuple(roles))
    return attrs.evolve(teacher, groepen=tuple(kept.values()))


@attrs.frozen(repr=False)
class ClassList(MaskedRepr):
    """One group of one member of staff, with the roles in it and its pupils."""

    leerkracht: records.Leerkracht
    groep: records.Groep | records.SamengesteldeGroep
    rollen: tuple[Rol | str, ...]
    leerlingen: tuple[records.Leerling, ...]

    def __repr__(self) -> str:
        return f"<ClassList of {len(self.leerlingen)} leerlingen>"


def class_lists(document: records.Document) -> tuple[ClassList, ...]:
    """Return who teaches whom: a list for each group of each member of staff, in document order.

    Roles are included if the document has them. Do not base access rights on them (documented).
    """
    groups = {group.key: group for group in groups_in_order(document)}
    members: dict[str, list[records.Leerling]] = {}
    for pupil in document.leerlingen:
        for key in (pupil.groep, *pupil.samengestelde_groepen):
            if key is not None:
                members.setdefault(key, []).append(pupil)
    return tuple(
        ClassList(teacher, groups[one.key], one.rollen or teacher.rollen, tuple(members.get(one.key, ())))
        for teacher in document.leerkrachten
        for one in teacher.groepen
        if one.key in groups
    )


def dummy_key(number: int) -> str:
    """Return a dummy key such as ``#001``, for a sender without lasting keys (documented).

    Raises :class:`~magister_connect.errors.UsageError` for a number below 0.
    """
    if number < 0:
        raise UsageError("A dummy key needs a number of 0 or more", advice="Count the records from 1.")
    return f"#{number:03}"
