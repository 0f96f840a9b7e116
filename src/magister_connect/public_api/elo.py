"""Study guides, projects, assignments, materials and activities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from magister_connect.core.flow import Flow
from magister_connect.core.json import (
    CamelRecord,
    LastDay,
    Link,
    NumberOrText,
    OpenInteger,
    PascalRecord,
    named,
    read_record,
)
from magister_connect.errors import ReplyInvalid, Responsible, UsageError
from magister_connect.public_api.agenda import Bijlage, Docentverwijzing
from magister_connect.public_api.exchange.connection import Connection, path_part, show
from magister_connect.public_api.exchange.operations import (
    Change,
    Listing,
    Single,
    between,
    created_number,
    day,
    json_object,
    read_single,
    send_change,
    write_record,
)
from magister_connect.public_api.exchange.paging import read_list
from magister_connect.public_api.uploads import Upload


class OpdrachtStatus(OpenInteger):
    """The state of an assignment or of its version (0 to 5: one client; 6 and 7: one client of 2026, for a version)."""

    ALLE = 0
    INGELEVERD = 1
    OPEN = 2
    BEOORDEELD = 3
    GEEN = 4
    GESLOTEN = 5
    VERSIE_INGELEVERD = 6
    OPNIEUW_INLEVEREN = 7


@frozen(kw_only=True, repr=False, slots=False)
class Bron(PascalRecord):
    """A file or link in a study guide (several clients)."""

    id: int
    bron_soort: int | None = None
    content_type: str | None = None
    file_blob_id: int | None = None
    gemaakt_op: dt.datetime | None = None
    geplaatst_door: str | None = None
    gewijzigd_op: dt.datetime | None = None
    grootte: int | None = None
    module_soort: int | None = None
    naam: str | None = None
    parent_id: int | None = None
    privilege: int | None = None
    referentie: int | None = None
    type: int | None = None
    unique_id: str | None = None
    uri: str | None = None
    volgnr: int | None = None
    zichtbaar: bool | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Onderdeel(PascalRecord):
    """A part of a study guide (several clients)."""

    id: int
    bronnen: tuple[Bron, ...] = ()
    is_zichtbaar: bool | None = None
    kleur: int | None = None
    omschrijving: str | None = None
    titel: str | None = None
    tot_en_met: dt.date | None = None
    van: dt.date | None = None
    volgnummer: int | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Onderdelen(PascalRecord):
    """The parts of a study guide."""

    items: tuple[Onderdeel, ...] = ()
    total_count: int | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Studiewijzer(PascalRecord):
    """A study guide or project (several clients)."""

    id: int
    in_leerling_archief: bool | None = None
    is_zichtbaar: bool | None = None
    titel: str
    tot_en_met: dt.date | None = None
    vak_codes: tuple[str, ...] = ()
    van: dt.date | None = None
    onderdelen: Onderdelen | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class VersieNavigatie(PascalRecord):
    """A version of an assignment."""

    id: int
    omschrijving: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Opdracht(PascalRecord):
    """An assignment (several clients)."""

    id: int
    titel: str | None = None
    vak: str | None = None
    omschrijving: str | None = None
    afgesloten: bool | None = None
    beoordeeld_op: dt.datetime | None = None
    beoordeling: str | None = None
    bijlagen: tuple[Bijlage, ...] = ()
    docenten: tuple[Docentverwijzing, ...] = ()
    ingeleverd_op: dt.datetime | None = None
    inleveren_voor: dt.datetime | None = None
    laatste_opdracht_versienummer: int | None = None
    mag_inleveren: bool | None = None
    opnieuw_inleveren: bool | None = None
    status_laatste_opdracht_versie: OpdrachtStatus | None = None
    versie_navigatie_items: tuple[VersieNavigatie, ...] = ()
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Opdrachtversie(PascalRecord):
    """A submitted version of an assignment (several clients)."""

    id: int
    vak: str | None = None
    status: OpdrachtStatus | None = None
    opdracht_id: int | None = None
    versie_nummer: int | None = None
    leerling_opmerking: str | None = None
    docent_opmerking: str | None = None
    inleveren_voor: dt.datetime | None = None
    ingeleverd_op: dt.datetime | None = None
    gestart_op: dt.datetime | None = None
    beoordeling: str | None = None
    beoordeeld_op: dt.datetime | None = None
    is_te_laat: bool | None = None
    leerling_bijlagen: tuple[Bijlage, ...] = ()
    feedback_bijlagen: tuple[Bijlage, ...] = ()
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class NieuweVersie(PascalRecord):
    """A new version of an assignment, without an id (one client of 2026)."""

    opdracht_id: int
    versie_nummer: int
    vak: str | None = None
    status: OpdrachtStatus = OpdrachtStatus.OPNIEUW_INLEVEREN
    leerling_opmerking: str | None = None
    inleveren_voor: dt.datetime | None = None
    leerling_bijlagen: tuple[Bijlage, ...] = ()
    feedback_bijlagen: tuple[Bijlage, ...] = ()


@frozen(kw_only=True, repr=False, slots=False)
class Materiaalvak(PascalRecord):
    """The subject of a material."""

    id: int | None = None
    afkorting: str | None = None
    omschrijving: str | None = None
    volgnr: int | None = None
    licentie_url: str | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Lesmateriaal(PascalRecord):
    """A learning material (several clients)."""

    id: int | None = None
    ean: str | None = named("EAN", default=None)
    start: dt.date | None = None
    eind: LastDay | None = None
    materiaal_type: int | None = None
    preview_image_url: str | None = None
    status: int | None = None
    titel: str | None = None
    uitgeverij: str | None = None
    vak: Materiaalvak | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Activiteit(PascalRecord):
    """An activity with sign-up (shape: one client)."""

    id: int
    titel: str | None = None
    details: str | None = None
    zichtbaar_vanaf: dt.date | None = None
    zichtbaar_tot_en_met: dt.date | None = None
    minimum_aantal_inschrijvingen_per_activiteit: int | None = None
    maximum_aantal_inschrijvingen_per_activiteit: int | None = None
    status: NumberOrText | None = None
    start_inschrijfdatum: dt.datetime | None = None
    einde_inschrijfdatum: dt.datetime | None = None
    toegangstype: NumberOrText | None = None
    aantal_inschrijvingen: int | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Activiteitonderdeel(PascalRecord):
    """A part of an activity (one client)."""

    id: int
    activiteit_id: int | None = None
    titel: str | None = None
    volgnummer: int | None = None
    details: str | None = None
    start_inschrijfdatum: dt.datetime | None = None
    einde_inschrijfdatum: dt.datetime | None = None
    min_aantal_deelnemers: int | None = None
    max_aantal_deelnemers: int | None = None
    kleurstelling: int | None = None
    is_ingeschreven: bool | None = None
    is_verplicht_ingeschreven: bool | None = None
    aantal_plaatsen_beschikbaar: int | None = None
    is_op_in_te_schrijven: bool | None = None
    links: Mapping[str, Link] = field(factory=dict, eq=False)


@frozen(kw_only=True, repr=False, slots=False)
class Vindplaats(CamelRecord):
    """A temporary address of a file. The address is as secret as the file."""

    location: str


def studiewijzers(leerling: int, *, peildatum: dt.date | None = None) -> Listing[Studiewijzer]:
    """Study guides of a pupil (several clients)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/studiewijzers", kind=Studiewijzer, query={"peildatum": day(peildatum)}
    )


def projecten(leerling: int, *, peildatum: dt.date | None = None) -> Listing[Studiewijzer]:
    """Projects of a pupil (several clients)."""
    return Listing(
        path=f"leerlingen/{path_part(leerling)}/projecten", kind=Studiewijzer, query={"peildatum": day(peildatum)}
    )


def studiewijzer(leerling: int, studiewijzer: int) -> Single[Studiewijzer]:
    """A study guide with its parts (several clients)."""
    return Single(path=f"leerlingen/{path_part(leerling)}/studiewijzers/{path_part(studiewijzer)}", kind=Studiewijzer)


def project(leerling: int, project: int) -> Single[Studiewijzer]:
    """A project with its parts (several clients)."""
    return Single(path=f"leerlingen/{path_part(leerling)}/projecten/{path_part(project)}", kind=Studiewijzer)


def onderdeel(leerling: int, studiewijzer: int, onderdeel: int) -> Single[Onderdeel]:
    """A part of a study guide, or nothing if it is empty (several clients)."""
    return Single(
        path=f"leerlingen/{path_part(leerling)}/studiewijzers/{path_part(studiewijzer)}/onderdelen/{path_part(onderdeel)}",
        kind=Onderdeel,
        query={"gebruikMappenStructuur": True},
    )


def studiewijzerbijlage(leerling: int, studiewijzer: int, bijlage: int) -> Single[Vindplaats]:
    """The temporary address of a file in a study guide (several clients)."""
    return Single(
        path=f"leerlingen/{path_part(leerling)}/studiewijzers/{path_part(studiewijzer)}/bijlagen/{path_part(bijlage)}",
        kind=Vindplaats,
        query={"redirect_type": "body"},
    )


def opdrachten(
    persoon: int, *, begin: dt.date | None = None, einde: dt.date | None = None, status: str | None = None
) -> Listing[Opdracht]:
    """Assignments of a person, page by page (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/opdrachten",
        kind=Opdracht,
        query={**between(startdatum=begin, einddatum=einde), "status": status},
        paged=True,
    )


def opdracht(persoon: int, opdracht: int) -> Single[Opdracht]:
    """An assignment (several clients)."""
    return Single(path=f"personen/{path_part(persoon)}/opdrachten/{path_part(opdracht)}", kind=Opdracht)


def opdrachtversie(persoon: int, versie: int) -> Single[Opdrachtversie]:
    """A submitted version of an assignment (several clients)."""
    return Single(path=f"personen/{path_part(persoon)}/opdrachten/versie/{path_part(versie)}", kind=Opdrachtversie)


def lever_in(
    connection: Connection,
    persoon: int,
    opdracht: Opdracht,
    bijlagen: Sequence[Upload],
    *,
    opmerking: str | None = None,
) -> Flow[Opdrachtversie]:
    """Submit an assignment with files that you uploaded. Return the version as stored by the school.

    This works like one client of 2026. It creates a new version with the files (POST, status 7), and then submits it
    (PUT, status 2). An older client posts to the link of an existing version instead. Each request is sent once. If the
    second one fails, the version exists but is not submitted. Read the assignment again, and submit it in the web
    application.

    Raises :class:`UsageError` for an assignment that accepts no work, and for a value that is not an :class:`Opdracht`.
    """
    if not isinstance(opdracht, Opdracht):  # pyright: ignore[reportUnnecessaryIsInstance] - as in agenda
        raise UsageError("An Opdracht is expected", advice="Read it with opdrachten() or opdracht().")
    if opdracht.afgesloten or not (opdracht.mag_inleveren or opdracht.opnieuw_inleveren):
        raise UsageError(
            "This assignment does not accept work now",
            advice="Read it again with opdracht(). It accepts work once its teacher has opened it.",
        )
    path = f"personen/{path_part(persoon)}/opdrachten"
    made = yield from _create_version(connection, persoon, opdracht, tuple(bijlagen), opmerking)
    ready = evolve(
        made,
        status=OpdrachtStatus.OPEN,
        leerling_opmerking=opmerking,
        leerling_bijlagen=made.leerling_bijlagen or tuple(each.for_assignment for each in bijlagen),
    )
    version = f"{path}/versie/{path_part(made.id)}"
    change = Change("PUT", version, write_record(ready), {"opdrachtId": opdracht.id})
    reply = yield from send_change(connection, change)
    if "Id" in (answered := json_object(reply)):
        return read_record(Opdrachtversie, answered, f"PUT {show(connection.address(version))}")
    return (yield from read_single(connection, opdrachtversie(persoon, made.id)))


def _create_version(
    connection: Connection, persoon: int, opdracht: Opdracht, bijlagen: tuple[Upload, ...], opmerking: str | None
) -> Flow[Opdrachtversie]:
    path = f"personen/{path_part(persoon)}/opdrachten/{path_part(opdracht.id)}/versie"
    version = NieuweVersie(
        opdracht_id=opdracht.id,
        versie_nummer=(opdracht.laatste_opdracht_versienummer or 0) + 1,
        vak=opdracht.vak,
        leerling_opmerking=opmerking,
        inleveren_voor=opdracht.inleveren_voor,
        leerling_bijlagen=tuple(each.for_assignment for each in bijlagen),
    )
    reply = yield from send_change(connection, Change("POST", path, write_record(version)))
    where = f"POST {show(connection.address(path))}"
    if "Id" in (answered := json_object(reply)):
        return read_record(Opdrachtversie, answered, where)
    number = created_number(reply)
    if number is None:
        raise ReplyInvalid(
            "The reply does not contain the version of the assignment that was created", where=where,
            responsible=Responsible.YOU,
            advice="Read the assignment again with opdracht(): its versie_navigatie_items hold the new version.",
        )  # fmt: skip
    return (yield from read_single(connection, opdrachtversie(persoon, number)))


def lesmateriaal(persoon: int) -> Listing[Lesmateriaal]:
    """Learning materials of a person (several clients)."""
    return Listing(path=f"personen/{path_part(persoon)}/lesmateriaal", kind=Lesmateriaal)


def digitaal_lesmateriaal(persoon: int, ean: str) -> Single[Vindplaats]:
    """The address that opens a material (several clients)."""
    return Single(
        path=f"personen/{path_part(persoon)}/digitaallesmateriaal/Ean/{path_part(ean)}",
        kind=Vindplaats,
        query={"redirect_type": "body"},
    )


def bronnen(persoon: int, *, soort: int = 0, parent: int | None = None) -> Listing[Bron]:
    """Files and folders of a person (several clients)."""
    return Listing(path=f"personen/{path_part(persoon)}/bronnen", kind=Bron, query={"soort": soort, "parentId": parent})


def activiteiten(persoon: int) -> Listing[Activiteit]:
    """Activities that a person can sign up for (shape: one client)."""
    return Listing(path=f"personen/{path_part(persoon)}/activiteiten", kind=Activiteit)


def activiteitonderdelen(persoon: int, activiteit: int) -> Listing[Activiteitonderdeel]:
    """Parts of an activity (one client)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/activiteiten/{path_part(activiteit)}/onderdelen", kind=Activiteitonderdeel
    )


def schrijf_in(connection: Connection, persoon: int, onderdeel: Activiteitonderdeel) -> Flow[Activiteitonderdeel]:
    """Sign up for a part of an activity (POST; one client). Return the part as stored. The request is sent once.

    Raises :class:`UsageError` for a part that is not open or has no link to sign up.
    """
    if onderdeel.is_op_in_te_schrijven is False:
        raise UsageError(
            "This part of the activity is not open for sign-up",
            advice="Read activiteitonderdelen() again: the period may be over, or all places may be taken.",
        )
    return (yield from _subscribe(connection, "POST", persoon, onderdeel))


def schrijf_uit(connection: Connection, persoon: int, onderdeel: Activiteitonderdeel) -> Flow[Activiteitonderdeel]:
    """Withdraw from a part of an activity (DELETE; one client). Return the part as stored. The request is sent once."""
    return (yield from _subscribe(connection, "DELETE", persoon, onderdeel))


def _subscribe(
    connection: Connection, method: str, persoon: int, onderdeel: Activiteitonderdeel
) -> Flow[Activiteitonderdeel]:
    activity, link = onderdeel.activiteit_id, onderdeel.links.get("Subscriptions")
    if link is None or link.href is None or activity is None:
        raise UsageError(
            "This part of an activity has no link to sign up",
            advice="Use a part from activiteitonderdelen(), which has the link Subscriptions.",
        )
    body = {"persoonId": persoon, "activiteitId": activity, "onderdeelId": onderdeel.id} if method == "POST" else None
    yield from send_change(connection, Change(method, link.href, body))
    parts = yield from read_list(connection, activiteitonderdelen(persoon, activity))
    return next((each for each in parts if each.id == onderdeel.id), onderdeel)
