"""Who is at the simulated school: pupils, their parents, and staff."""

from __future__ import annotations

import datetime as dt

from attrs import field, frozen

from magister_connect.sandbox.school.programmes import Lesperiode, Locatie, Profiel, Studie, Vak


@frozen
class Adres:
    """Where somebody lives; the postcodes lie in a range that was never given out."""

    straat: str
    huisnummer: int
    toevoeging: str
    postcode: str
    woonplaats: str
    land: str = "Nederland"


@frozen(kw_only=True)
class Persoon:
    """What pupils, parents and staff have in common. ``geslacht`` is ``M`` or ``V``."""

    persoon_id: int
    externe_id: str
    roepnaam: str
    voornamen: str
    voorletters: str
    tussenvoegsel: str
    achternaam: str
    geslacht: str
    geboortedatum: dt.date
    adres: Adres
    telefoon: str
    email: str
    loginnaam: str

    @property
    def volledige_naam(self) -> str:
        """First name, prefix and last name."""
        return " ".join(filter(None, (self.roepnaam, self.tussenvoegsel, self.achternaam)))


@frozen(kw_only=True)
class Inschrijving:
    """One enrolment of a pupil in one lesson period. ``einde`` is the last day that counts.

    ``vertrek`` is the day on which a pupil left early. ``gebrek`` is empty but for the few enrolments that the
    administration has not finished: it names what those lack (``klas``, ``crebo``, ``begin``, ``leerweg``). The field
    itself is there; whoever shows such an enrolment leaves it out.
    """

    nummer: int
    stamnummer: int
    lesperiode: Lesperiode
    begin: dt.date
    einde: dt.date
    vertrek: dt.date | None
    studie: Studie
    leerjaar: int
    klas: str
    locatie: Locatie
    profiel: Profiel | None
    vakken: tuple[Vak, ...]
    mentor: str
    tweede_mentor: str
    gebrek: str = ""

    def holds_on(self, day: dt.date) -> bool:
        """Whether it has begun and not ended on this day."""
        return self.begin <= day <= (self.vertrek or self.einde)

    @property
    def groepen(self) -> tuple[str, ...]:
        """The codes of the teaching groups, such as ``4ha.wi1``: one for each subject of the class."""
        return tuple(teaching_group(self.klas, vak) for vak in self.vakken)


def teaching_group(klas: str, vak: Vak) -> str:
    """The code of the group in which a class has a subject: ``4ha.wi1``."""
    return f"{klas.lower()}.{vak.code}1"


@frozen(kw_only=True)
class Leerling(Persoon):
    """A pupil. ``nummer`` is the place in the list of pupils; ``pgn`` is a BSN, an onderwijsnummer, or absent."""

    nummer: int
    stamnummer: int
    pgn: str | None = field(default=None, repr=False)
    vorige_pgn: str | None = field(default=None, repr=False)
    inschrijvingen: tuple[Inschrijving, ...] = ()

    def enrolment_on(self, day: dt.date) -> Inschrijving | None:
        """The enrolment that holds on this day."""
        return next((each for each in self.inschrijvingen if each.holds_on(day)), None)

    def enrolment_in(self, lesperiode: str) -> Inschrijving | None:
        """The enrolment in the lesson period with this code, such as ``2526``."""
        return next((each for each in self.inschrijvingen if each.lesperiode.code == lesperiode), None)


@frozen(kw_only=True)
class Ouder(Persoon):
    """A parent, with the stamnummers of the children."""

    kinderen: tuple[int, ...]


@frozen(kw_only=True)
class Medewerker(Persoon):
    """A member of staff. The code of one who left begins with ``*``; each of ``functies`` gives a row in Medius."""

    stamnummer: int
    code: str
    oude_code: str
    functies: tuple[str, ...]
    vakken: tuple[Vak, ...]
    datum_in: dt.date
    datum_uit: dt.date | None = None
    pgn: str | None = field(default=None, repr=False)

    @property
    def is_docent(self) -> bool:
        """Whether one of the functions is teaching."""
        return "Docent" in self.functies
