"""Advice for each finding: what to do and who does it, in English and Dutch, for the person at the school.

Who can fix a finding follows from its rule. A formal error (most codes that begin with ``X``) comes from the export, so
the supplier of the administration system has to change it. The school itself corrects wrong or missing data. The
sentences are our own. The rules are documented (schema and handbook).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal, TypeAlias

import attrs

Language: TypeAlias = Literal["en", "nl"]


class Fixer(StrEnum):
    """Who can fix a finding."""

    SCHOOL = "school"
    SUPPLIER = "supplier"
    RECEIVER = "receiver"


@attrs.frozen
class Advice:
    """Who fixes a finding, and what to do, in both languages."""

    fixer: Fixer
    en: str
    nl: str

    def text(self, language: Language = "en") -> str:
        """Return the advice in one language."""
        return self.nl if language == "nl" else self.en


def _supplier(en: str, nl: str) -> Advice:
    return Advice(
        Fixer.SUPPLIER,
        f"Tell the supplier of the administration system: {en}",
        f"Meld het bij de leverancier van de administratie: {nl}",
    )


def _school(en: str, nl: str) -> Advice:
    return Advice(Fixer.SCHOOL, en, nl)


def _receiver(en: str, nl: str) -> Advice:
    return Advice(Fixer.RECEIVER, en, nl)


_CORRECT: Final = _school(
    "Look it up in the administration, and correct it there.", "Zoek het op in de administratie en verbeter het daar."
)
_STATED_VERSION: Final = _supplier(
    "the xsdversie must be the version of EDEXML that the file is written in.",
    "de xsdversie moet de versie van EDEXML zijn waarin het bestand geschreven is.",
)

ADVICE: Final[Mapping[str, Advice]] = {
    "X00": _school(
        "Export the file again, as EDEXML. If it comes out the same, tell the supplier.",
        "Exporteer het bestand opnieuw, als EDEXML. Blijft het hetzelfde, meld het dan bij de leverancier.",
    ),
    "X01": _supplier(
        "its export writes an element that this version of EDEXML does not have.",
        "de export schrijft een element dat deze versie van EDEXML niet heeft.",
    ),
    "X02": _supplier(
        "its export writes elements in another order, or more often than is allowed.",
        "de export schrijft elementen in een andere volgorde, of vaker dan mag.",
    ),
    "X03": _school(
        "Fill it in in the administration. If it is filled in there, tell the supplier.",
        "Vul het in in de administratie. Is het daar al ingevuld, meld het dan bij de leverancier.",
    ),
    "X04": _school(
        "Correct it in the administration. The receiver does not accept this value, and may refuse the whole file.",
        "Verbeter het in de administratie. De ontvanger accepteert deze waarde niet, en kan het hele bestand weigeren.",
    ),
    "X05": _school(
        "Fill it in in the administration. If it may be empty, tell the supplier that the export must leave it out.",
        "Vul het in in de administratie. Mag het leeg zijn, meld de leverancier dan dat de export het moet weglaten.",
    ),
    "X06": _supplier(
        "its export leaves out an attribute that is required.", "de export laat een verplicht attribuut weg."
    ),
    "X07": _supplier(
        "its export writes an attribute that this version of EDEXML does not have.",
        "de export schrijft een attribuut dat deze versie van EDEXML niet heeft.",
    ),
    "X08": _supplier(
        "its export writes text where only elements are allowed.",
        "de export schrijft tekst waar alleen elementen mogen staan.",
    ),
    "X10": _school(
        "Look for a record that is in the administration twice, and remove one. If there is none, tell the "
        "supplier that the export must not use a key twice.",
        "Zoek of iets dubbel in de administratie staat en verwijder er een. Is dat niet zo, meld de leverancier dan "
        "dat de export een sleutel niet twee keer mag gebruiken.",
    ),
    "X11": _school(
        "Include all groups and locations of pupils and staff in the export, or remove these people from them.",
        "Exporteer ook alle groepen en vestigingen van leerlingen en personeel, of haal deze mensen eruit.",
    ),
    "X12": _school(
        "Two people cannot have one ECK iD: find out which person it belongs to, and request a new one for the other.",
        "Twee mensen kunnen niet één ECK iD hebben: zoek uit van wie het is en laat het andere opnieuw aanvragen.",
    ),
    "X13": _receiver(
        "Ask the receiver whether it accepts this extension. If not, leave it out of the export.",
        "Vraag de ontvanger of die deze uitbreiding accepteert. Zo niet, laat die dan weg uit de export.",
    ),
    "X14": _supplier("EDEXML has no namespace.", "EDEXML heeft geen namespace."),
    "X16": _receiver(
        "The school year may be correct: the list of the schema is out of date. Ask if the receiver uses that list.",
        "Het schooljaar kan kloppen: de lijst van het schema is verouderd. Vraag of de ontvanger die lijst gebruikt.",
    ),
    "X17": _receiver(
        "Ask the receiver whether it accepts this extension. If not, leave it out of the export.",
        "Vraag de ontvanger of die deze uitbreiding accepteert. Zo niet, laat die dan weg uit de export.",
    ),
    "X20": _CORRECT,
    "S01": _supplier(
        "lasting keys are needed. Until then, match people by ECK iD and not by this key.",
        "er zijn blijvende sleutels nodig. Koppel tot die tijd op ECK iD en niet op deze sleutel.",
    ),
    "S02": _supplier(
        "its export must write keys without blanks, and two keys must not differ only in blanks.",
        "de export moet sleutels zonder spaties schrijven, en ze mogen niet alleen in spaties verschillen.",
    ),
    "S04": _school(
        "Fill in the jaargroep of the pupil in the administration.",
        "Vul de jaargroep van de leerling in in de administratie.",
    ),
    "S05": _school(
        "Fill in the jaargroep of the pupil in the administration: a combination group does not have one.",
        "Vul de jaargroep van de leerling in in de administratie: een combinatiegroep heeft er zelf geen.",
    ),
    "S06": _school(
        "Check whether the pupil is in the right group. It may be correct.",
        "Kijk of de leerling in de goede groep zit. Het kan ook kloppen.",
    ),
    "S10": _school(
        "Remove the extra blanks from the name in the administration.",
        "Haal de overbodige spaties uit de naam in de administratie.",
    ),
    "S11": _school(
        "Write the name in the administration with a hyphen and no blanks around it.",
        "Schrijf de naam in de administratie met een koppelteken zonder spaties eromheen.",
    ),
    "S12": _school(
        "Write the initials in the administration as capitals without points.",
        "Schrijf de voorletters in de administratie als hoofdletters zonder punten.",
    ),
    "S14": _school(
        "Leave it out of the export, unless the receiver needs it and the law allows it.",
        "Laat het weg uit de export, tenzij de ontvanger het nodig heeft en de wet het toestaat.",
    ),
    "S15": _CORRECT,
    "S16": _CORRECT,
    "S17": _CORRECT,
    "S18": _school(
        "Export again with a peildatum in the school year, or export the right school year.",
        "Exporteer opnieuw met een peildatum in het schooljaar, of exporteer het goede schooljaar.",
    ),
    "S19": _school(
        "Leave former pupils out of the export, unless the receiver wants to know who left.",
        "Laat oud-leerlingen weg uit de export, tenzij de ontvanger wil weten wie er weg is.",
    ),
    "S21": _school(
        "Fill in the BRIN of the school, and its location, in the administration or in the settings of the export.",
        "Vul het BRIN van de school en de vestiging in, in de administratie of bij de instellingen van de export.",
    ),
    "S22": _school(
        "Fill in the number of the school without leading zeros.",
        "Vul het nummer van de school in zonder voorloopnullen.",
    ),
    "S23": _receiver(
        "Ask whether the receiver knows this schoolkey. If not, fill in the BRIN of the school.",
        "Vraag of de ontvanger deze schoolkey kent. Zo niet, vul dan het BRIN van de school in.",
    ),
    "S24": _STATED_VERSION,
    "S27": _school(
        "Have the ECK iD requested again from Nummervoorziening.",
        "Laat het ECK iD opnieuw aanvragen bij Nummervoorziening.",
    ),
    "S29": _school(
        "Look it up in the administration, and correct it there. It may be correct.",
        "Zoek het op in de administratie en verbeter het daar. Het kan ook kloppen.",
    ),
    "S30": _receiver(
        "If they are the parts of a combination group, tell the receiver. If not, give each group its own name.",
        "Zijn het delen van een combinatiegroep, meld dat de ontvanger. Zo niet, geef elke groep een eigen naam.",
    ),
    "S32": _school(
        "Check the date of birth and the jaargroep in the administration. Both may be correct.",
        "Controleer de geboortedatum en de jaargroep in de administratie. Beide kunnen kloppen.",
    ),
    "S33": _supplier(
        "in EDEXML years 1 to 6 of secondary education are the codes 11 to 16.",
        "in EDEXML zijn leerjaar 1 tot en met 6 van het voortgezet onderwijs de codes 11 tot en met 16.",
    ),
    "S34": _CORRECT,
    "S35": _school(
        "Move the voorvoegsel to its own field in the administration. It may be part of the name.",
        "Zet het voorvoegsel in zijn eigen veld in de administratie. Het kan bij de naam horen.",
    ),
    "S36": _school(
        "Write the name in the administration as it is spelled. It may be correct.",
        "Schrijf de naam in de administratie zoals die gespeld wordt. Het kan ook kloppen.",
    ),
    "S37": _supplier(
        "its export, or a program in between, reads text in the wrong encoding.",
        "de export, of een programma ertussen, leest tekst in de verkeerde codering.",
    ),
    "L01": _supplier(
        "its export writes elements in another order than the standard.",
        "de export schrijft elementen in een andere volgorde dan de standaard.",
    ),
    "L02": _supplier(
        "its export uses a name from before EDEXML 1.0.", "de export gebruikt een naam van vóór EDEXML 1.0."
    ),
    "L03": _supplier("EDEXML has no namespace.", "EDEXML heeft geen namespace."),
    "L04": _supplier("its export must leave out what is empty.", "de export moet weglaten wat leeg is."),
    "L06": _supplier("its export writes blanks around values.", "de export schrijft spaties om waarden heen."),
    "L07": _supplier(
        "its export writes dates or school years in its own form.",
        "de export schrijft datums of schooljaren in een eigen vorm.",
    ),
    "L09": _school(
        "Look at it by hand: the value is in the field extra of the record.",
        "Bekijk het met de hand: de waarde staat in het veld extra van het record.",
    ),
    "L10": _STATED_VERSION,
    "L11": _supplier(
        "every record needs a key. This one was not read.", "elk record heeft een sleutel nodig. Dit is niet gelezen."
    ),
    "L12": _STATED_VERSION,
    "L13": _receiver(
        "Do nothing if people in this source are identified by their ECK iD.",
        "Doe niets als mensen uit deze bron aan hun ECK iD worden herkend.",
    ),
    "L14": _supplier(
        "its export must begin with the XML declaration.", "de export moet met de XML-declaratie beginnen."
    ),
    "L15": _school(
        "Look at the text in the administration, and remove the control character that was pasted into it.",
        "Bekijk de tekst in de administratie, en haal het stuurteken eruit dat erin geplakt is.",
    ),
}
"""The advice for each code of a finding."""
