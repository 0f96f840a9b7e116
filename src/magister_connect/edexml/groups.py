"""Groups: the year that counts for a pupil, combination groups, class lists, dummy keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from magister_connect.core.reprs import MaskedRepr
from magister_connect.edexml.model import records
from magister_connect.edexml.model.codes import Jaargroep, Rol
from magister_connect.edexml.writing.write import groups_in_order
from magister_connect.errors import UsageError


def effective_jaargroep(
    leerling: records.Leerling, groepen: Sequence[records.Groep] | Mapping[str, records.Groep]
) -> Jaargroep | None:
    """The year group that counts for a pupil: the pupil's own (documented: it is not overruled), else the group's.

    A combination group tells nothing about its pupils, so that ``None`` is the answer there. Hand over a mapping by key
    when you ask for many pupils.
    """
    if leerling.jaargroep is not None or leerling.groep is None:
        return leerling.jaargroep
    known = groepen if isinstance(groepen, Mapping) else _by_key(groepen)
    found = known.get(leerling.groep)
    return None if found is None or found.jaargroep is Jaargroep.COMBINATIE else found.jaargroep


def _by_key(groepen: Iterable[records.Groep]) -> Mapping[str, records.Groep]:
    return {groep.key: groep for groep in groepen}


def combine_groups(document: records.Document) -> tuple[records.Document, Mapping[str, str]]:
    """Join the parts of combination groups, and tell which key became which.

    Systems write the group "5/6" as two groups of one name with two years (observed by several receivers), others as
    one group with the year ``C``. What comes back has the second form: the first part's key, the year ``C``, and pupils
    with years of their own. Groups of one name and one year are left alone: they may be two.
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
    """One group of one member of staff, with the roles there and its pupils."""

    leerkracht: records.Leerkracht
    groep: records.Groep | records.SamengesteldeGroep
    rollen: tuple[Rol | str, ...]
    leerlingen: tuple[records.Leerling, ...]

    def __repr__(self) -> str:
        return f"<ClassList of {len(self.leerlingen)} leerlingen>"


def class_lists(document: records.Document) -> tuple[ClassList, ...]:
    """Who teaches whom: a list for each group of each member of staff, in the order of the document.

    Roles are told where the document tells them; none of them is a ground for rights (documented).
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
    """A key that promises nothing, as a sender writes that has no lasting ones (documented): ``#001``.

    Raises :class:`~magister_connect.errors.UsageError` for a number below 0.
    """
    if number < 0:
        raise UsageError("A dummy key needs a number of 0 or more", advice="Count the records from 1 on.")
    return f"#{number:03}"
