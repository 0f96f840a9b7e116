"""Study guides, projects, assignments, materials and activities: what can be asked."""

from __future__ import annotations

import datetime as dt

from magister_connect.public_api.asking import Listing, Single, day, path_part
from magister_connect.public_api.elo.records import (
    Activiteit,
    Activiteitonderdeel,
    Bron,
    Lesmateriaal,
    Onderdeel,
    Opdracht,
    Opdrachtversie,
    Studiewijzer,
    Vindplaats,
)

__all__ = [
    "activiteiten",
    "activiteitonderdelen",
    "bronnen",
    "digitaal_lesmateriaal",
    "lesmateriaal",
    "onderdeel",
    "opdracht",
    "opdrachten",
    "opdrachtversie",
    "project",
    "projecten",
    "studiewijzer",
    "studiewijzerbijlage",
    "studiewijzers",
]


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
    """A part of a study guide, or nothing where it is empty (several clients)."""
    return Single(
        path=f"leerlingen/{path_part(leerling)}/studiewijzers/{path_part(studiewijzer)}/onderdelen/{path_part(onderdeel)}",
        kind=Onderdeel,
        query={"gebruikMappenStructuur": True},
    )


def studiewijzerbijlage(leerling: int, studiewijzer: int, bijlage: int) -> Single[Vindplaats]:
    """Where a file of a study guide can be fetched for a while (several clients)."""
    return Single(
        path=f"leerlingen/{path_part(leerling)}/studiewijzers/{path_part(studiewijzer)}/bijlagen/{path_part(bijlage)}",
        kind=Vindplaats,
        query={"redirect_type": "body"},
    )


def opdrachten(
    persoon: int, *, begin: dt.date | None = None, einde: dt.date | None = None, status: str | None = None
) -> Listing[Opdracht]:
    """Assignments of a person, page after page (several clients)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/opdrachten",
        kind=Opdracht,
        query={"startdatum": day(begin), "einddatum": day(einde), "status": status},
        paged=True,
    )


def opdracht(persoon: int, opdracht: int) -> Single[Opdracht]:
    """An assignment (several clients)."""
    return Single(path=f"personen/{path_part(persoon)}/opdrachten/{path_part(opdracht)}", kind=Opdracht)


def opdrachtversie(persoon: int, versie: int) -> Single[Opdrachtversie]:
    """A version of an assignment that was handed in (several clients)."""
    return Single(path=f"personen/{path_part(persoon)}/opdrachten/versie/{path_part(versie)}", kind=Opdrachtversie)


def lesmateriaal(persoon: int) -> Listing[Lesmateriaal]:
    """Learning materials of a person (several clients)."""
    return Listing(path=f"personen/{path_part(persoon)}/lesmateriaal", kind=Lesmateriaal)


def digitaal_lesmateriaal(persoon: int, ean: str) -> Single[Vindplaats]:
    """Where a material opens (several clients)."""
    return Single(
        path=f"personen/{path_part(persoon)}/digitaallesmateriaal/Ean/{path_part(ean)}",
        kind=Vindplaats,
        query={"redirect_type": "body"},
    )


def bronnen(persoon: int, *, soort: int = 0, parent: int | None = None) -> Listing[Bron]:
    """Files and folders of a person (several clients)."""
    return Listing(path=f"personen/{path_part(persoon)}/bronnen", kind=Bron, query={"soort": soort, "parentId": parent})


def activiteiten(persoon: int) -> Listing[Activiteit]:
    """Activities that a person can subscribe to (shape: one client)."""
    return Listing(path=f"personen/{path_part(persoon)}/activiteiten", kind=Activiteit)


def activiteitonderdelen(persoon: int, activiteit: int) -> Listing[Activiteitonderdeel]:
    """Parts of an activity (one client)."""
    return Listing(
        path=f"personen/{path_part(persoon)}/activiteiten/{path_part(activiteit)}/onderdelen", kind=Activiteitonderdeel
    )
