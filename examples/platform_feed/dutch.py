"""The Dutch texts of the report, for the school."""

from __future__ import annotations

import re
from typing import Final

NUMBER: Final = re.compile(r"[0-9]+")
DUTCH: Final = {
    # kinds
    "participants": "deelnemers",
    "enrolments": "inschrijvingen",
    "absence": "verzuim",
    "progress": "voortgang",
    "results": "toetsresultaten",
    "pupils of the EDEXML file": "leerlingen van het EDEXML-bestand",
    # reasons
    "not an active student": "geen actieve leerling",
    "no programme of the platform for this crebo": "het platform heeft geen opleiding voor deze crebo",
    "a second row for the same enrolment": "een tweede regel voor dezelfde inschrijving",
    "the enrolment is incomplete: no crebo": "de inschrijving is onvolledig: geen crebo",
    "the enrolment is incomplete: no leerweg": "de inschrijving is onvolledig: geen leerweg",
    "the enrolment is incomplete: no class": "de inschrijving is onvolledig: geen klas",
    "the enrolment is incomplete: no first day": "de inschrijving is onvolledig: geen begindatum",
    "the enrolment of its pupil is held back": "de inschrijving van de leerling wacht",
    "the stamnummer is not known": "het stamnummer is onbekend",
    "the table of numbers does not have the number": "het nummer staat niet in de nummertabel",
    "the number is no longer in use, says the table of numbers": "het nummer is volgens de nummertabel vervallen",
    "the number is not yet in use, says the table of numbers": "het nummer geldt volgens de nummertabel nog niet",
    "one personal number for several pupils": "een persoonsgebonden nummer van meer leerlingen",
    "no personal number in the file": "geen persoonsgebonden nummer in het bestand",
    "the personal number is not one": "het persoonsgebonden nummer is onjuist",
    "the platform refuses it (status {})": "het platform weigert het (status {})",
    "the platform does not know the participant": "het platform kent de deelnemer niet",
    # what to do
    "Nothing, if the pupil left or has not begun; else have the enrolment corrected in Magister.": (
        "Niets, als de leerling weg is of nog moet beginnen; laat anders de inschrijving in Magister herstellen."
    ),
    "Add the crebo to the table of programmes, or tell the school that the platform does not offer it.": (
        "Zet de crebo in de opleidingentabel, of meld de school dat het platform de opleiding niet heeft."
    ),
    "Have the list corrected: it should give each enrolment once.": (
        "Laat de lijst herstellen: elke inschrijving hoort er een keer in."
    ),
    "Complete the enrolment in Magister; it is delivered by the next run.": (
        "Vul de inschrijving aan in Magister; de volgende keer gaat zij mee."
    ),
    "Nothing more: it follows when the enrolment of its pupil is delivered.": (
        "Niets: dit volgt zodra de inschrijving van de leerling is geleverd."
    ),
    "Nothing, for a guest; else have the name on the test platform changed to the stamnummer.": (
        "Niets, voor een gast; laat anders op het toetsplatform de naam in het stamnummer veranderen."
    ),
    "Report it to the supplier of the tests; it is read again by every run.": (
        "Meld het de toetsleverancier; elke volgende keer wordt het opnieuw gelezen."
    ),
    "Report it to the supplier of the tests; it is kept as it came.": (
        "Meld het de toetsleverancier; het is bewaard zoals het kwam."
    ),
    "Report it to the supplier of the tests; it is asked for again by every run.": (
        "Meld het de toetsleverancier; elke volgende keer wordt er opnieuw om gevraagd."
    ),
    "Add the number to the table of numbers.": "Zet het nummer in de nummertabel.",
    "Have the file made again.": "Laat het bestand opnieuw maken.",
    "Nothing, until it is.": "Niets, tot die dag.",
    "Have the table of numbers corrected.": "Laat de nummertabel herstellen.",
    "Have the number filled in, or the pupil matched by hand.": (
        "Laat het nummer invullen, of koppel de leerling met de hand."
    ),
    "Have the number corrected at its source.": "Laat het nummer bij de bron herstellen.",
    "Have the participant delivered first.": "Laat eerst de deelnemer leveren.",
    "Ask the platform what it misses.": "Vraag het platform wat er ontbreekt.",
    "Nothing: everything that the school has was delivered.": "Niets: alles wat de school heeft is geleverd.",
    # what was read
    "active students (Medius)": "actieve leerlingen (Medius)",
    "enrolments (Medius)": "inschrijvingen (Medius)",
    "hours of absence (Medius)": "lesuren verzuim (Medius)",
    "subjects with marks (Medius)": "vakken met cijfers (Medius)",
    "pupils (EDEXML)": "leerlingen (EDEXML)",
    "test results, new or changed (JIJ!)": "toetsresultaten, nieuw of gewijzigd (JIJ!)",
    "changes of enrolments, sent to the platform": "wijzigingen van inschrijvingen, gemeld aan het platform",
    # notes
    "Changes of enrolments are not announced: snapshots are kept encrypted, and STORE_KEY is not set.": (
        "Wijzigingen van inschrijvingen zijn niet gemeld: de vorige stand wordt versleuteld bewaard, en STORE_KEY "
        "ontbreekt."
    ),
    "{} pupils of the EDEXML file have no stamnummer here: their birth date is not delivered.": (
        "Van {} leerlingen van het EDEXML-bestand is het stamnummer onbekend: hun geboortedatum wordt niet geleverd."
    ),
    "{} test results are of pupils in other studies, and not for this platform.": (
        "{} toetsresultaten zijn van leerlingen met een andere studie, en niet voor dit platform."
    ),
    # the page itself
    "Delivery of": "Levering van",
    "delivered": "geleverd",
    "unchanged": "ongewijzigd",
    "held back": "wacht",
    "created": "nieuw",
    "changed": "gewijzigd",
    "Next": "Eerst te doen",
    "next": "eerst te doen",
    "see": "zie",
    "note": "let op",
    "What was delivered": "Wat is geleverd",
    "What was read": "Wat is gelezen",
    "Why records were held back": "Waarom gegevens wachten",
    "Where they stand": "Waar ze staan",
    "Notes": "Opmerkingen",
    "kind": "soort",
    "source": "bron",
    "records": "aantal",
    "reason": "reden",
    "what to do": "wat te doen",
    "where": "waar",
    "The table of programmes: which crebo holds until when": "De opleidingentabel: welke crebo geldt tot wanneer",
    "table of programmes, line": "opleidingentabel, regel",
    "line": "regel",
    "what is doubtful": "wat twijfelachtig is",
    "find it by": "te vinden met",
}


def translated(text: str, language: str) -> str:
    """Return the text in a language, ``en`` or ``nl``. A text without a translation stays English."""
    if language != "nl":
        return text
    pattern = DUTCH.get(NUMBER.sub("{}", text))
    return text if pattern is None else pattern.format(*NUMBER.findall(text))
