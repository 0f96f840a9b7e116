"""The words of the report in Dutch, for the school that reads it."""

from __future__ import annotations

import re
from typing import Final

from magister_connect.crosswalk import LintFinding

NUMBER: Final = re.compile(r"[0-9]+")
PLACES: Final = {
    "row": "regel",
    "pupil": "leerling",
    "submission": "inzending",
    "a range": "een deel",
    "of": "van",
}
PLACE: Final = re.compile(r"\b(?:a range|row|pupil|submission|of)\b(?= )")
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
    "the number is not in the table of numbers": "het nummer staat niet in de nummertabel",
    "the number is no longer valid in the table of numbers": "het nummer is volgens de nummertabel vervallen",
    "the number is not valid yet in the table of numbers": "het nummer geldt volgens de nummertabel nog niet",
    "one personal number for several pupils": "een persoonsgebonden nummer van meer leerlingen",
    "no personal number in the file": "geen persoonsgebonden nummer in het bestand",
    "the personal number is not valid": "het persoonsgebonden nummer is onjuist",
    "the platform refuses it (status {})": "het platform weigert het (status {})",
    "the platform does not know the participant": "het platform kent de deelnemer niet",
    # what to do
    "Nothing, if the pupil left or has not begun. Otherwise, correct the enrolment in Magister.": (
        "Niets, als de leerling weg is of nog moet beginnen; laat anders de inschrijving in Magister herstellen."
    ),
    "Add the crebo to the table of programmes, or tell the school that the platform does not offer it.": (
        "Zet de crebo in de opleidingentabel, of meld de school dat het platform de opleiding niet heeft."
    ),
    "Ask the school to correct the list: each enrolment should occur once.": (
        "Laat de lijst herstellen: elke inschrijving moet er één keer in staan."
    ),
    "Complete the enrolment in Magister; the next run delivers it.": (
        "Vul de inschrijving aan in Magister; de volgende keer wordt zij geleverd."
    ),
    "Nothing: it is delivered with the enrolment of its pupil.": (
        "Niets: dit volgt zodra de inschrijving van de leerling is geleverd."
    ),
    "Nothing, for a guest. Otherwise, change the name on the test platform to the stamnummer.": (
        "Niets, voor een gast; laat anders op het toetsplatform de naam in het stamnummer veranderen."
    ),
    "Report it to the supplier of the tests; every run reads it again.": (
        "Meld het aan de toetsleverancier; het wordt elke keer opnieuw gelezen."
    ),
    "Report it to the supplier of the tests; the response is kept.": (
        "Meld het aan de toetsleverancier; het antwoord is bewaard."
    ),
    "Report it to the supplier of the tests; every run requests it again.": (
        "Meld het aan de toetsleverancier; het wordt elke keer opnieuw opgevraagd."
    ),
    "Add the number to the table of numbers.": "Zet het nummer in de nummertabel.",
    "Ask the school for a new file.": "Laat het bestand opnieuw maken.",
    "Nothing, until that day.": "Niets, tot die dag.",
    "Ask the school to correct the table of numbers.": "Laat de nummertabel herstellen.",
    "Ask the school to fill in the number, or match the pupil by hand.": (
        "Laat het nummer invullen, of koppel de leerling met de hand."
    ),
    "Ask the school to correct the number at its source.": "Laat het nummer bij de bron herstellen.",
    "Deliver the participant first.": "Lever eerst de deelnemer.",
    "Ask the platform which data are missing.": "Vraag het platform wat er ontbreekt.",
    "Nothing: all data of the school are delivered.": "Niets: alles wat de school heeft is geleverd.",
    # what was read
    "active students (Medius)": "actieve leerlingen (Medius)",
    "enrolments (Medius)": "inschrijvingen (Medius)",
    "hours of absence (Medius)": "lesuren verzuim (Medius)",
    "subjects with marks (Medius)": "vakken met cijfers (Medius)",
    "pupils (EDEXML)": "leerlingen (EDEXML)",
    "test results, new or changed (JIJ!)": "toetsresultaten, nieuw of gewijzigd (JIJ!)",
    "changes of enrolments, sent to the platform": "wijzigingen van inschrijvingen, gemeld aan het platform",
    # notes
    "Changes of enrolments are not sent: this needs a key for encryption, and STORE_KEY is not set.": (
        "Wijzigingen van inschrijvingen zijn niet gemeld: daarvoor is een sleutel nodig, en STORE_KEY ontbreekt."
    ),
    "{} pupils of the EDEXML file have no stamnummer here: their birth date is not delivered.": (
        "Van {} leerlingen van het EDEXML-bestand is het stamnummer onbekend: hun geboortedatum wordt niet geleverd."
    ),
    "{} test results belong to pupils in other studies, and are not for this platform.": (
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
    "Where they are": "Waar ze staan",
    "Notes": "Opmerkingen",
    "kind": "soort",
    "source": "bron",
    "records": "aantal",
    "reason": "reden",
    "what to do": "wat te doen",
    "where": "waar",
    "The table of programmes: which crebo is valid until when": "De opleidingentabel: welke crebo geldt tot wanneer",
    "table of programmes, line": "opleidingentabel, regel",
    "line": "regel",
    "finding": "bevinding",
    "find it by": "te vinden met",
}


def translated(text: str, language: str) -> str:
    """The text in the language, ``en`` or ``nl``; a text without a Dutch translation stays the same."""
    if language != "nl":
        return text
    pattern = DUTCH.get(NUMBER.sub("{}", text))
    return text if pattern is None else pattern.format(*NUMBER.findall(text))


def place(origin: str, language: str) -> str:
    """The place of a record, such as ``row 17 of platform-inschrijvingen``, in the language."""
    if language != "nl":
        return origin
    return PLACE.sub(lambda found: PLACES[found[0]], origin)


def in_words(finding: LintFinding, language: str) -> tuple[str, str]:
    """What is wrong in the table of programmes, and what to do, in the language."""
    return finding.words("nl" if language == "nl" else "en")
