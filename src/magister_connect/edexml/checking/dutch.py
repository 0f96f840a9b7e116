"""The Dutch texts of findings and reports, by their English text.

``{}`` marks the part that varies, such as a number or the name of an element. A test checks that every message of the
package has a translation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from magister_connect.edexml.checking.advice import Language

DUTCH: Final[Mapping[str, str]] = {
    # the schema
    "An element is missing: {}": "Er ontbreekt een element: {}",
    "The attribute {} is missing": "Het attribuut {} ontbreekt",
    "This attribute is not allowed here": "Dit attribuut mag hier niet staan",
    "This element is not allowed here": "Dit element mag hier niet staan",
    "This element is in the wrong place, or occurs too often": (
        "Dit element staat op de verkeerde plaats, of komt te vaak voor"
    ),
    "There is text between the elements": "Er staat tekst tussen de elementen",
    "The elements are not in the expected namespace": "De elementen staan niet in de verwachte namespace",
    "The type of this block is not known": "Het type van dit blok is niet bekend",
    "This block belongs to the extension {}": "Dit blok hoort bij de uitbreiding {}",
    "The school year is not in the list of the schema": "Het schooljaar staat niet in de lijst van het schema",
    "A text was expected": "Verwacht werd: een tekst",
    "A text was expected, and it is empty": "Verwacht werd: een tekst, maar het is leeg",
    "A text of at most {} characters was expected": "Verwacht werd: een tekst van hoogstens {} tekens",
    "{} digits were expected": "Verwacht werd: {} cijfers",
    "{} digits and {} capitals were expected": "Verwacht werd: {} cijfers en {} hoofdletters",
    "One of the codes {} was expected": "Verwacht werd: een van de codes {}",
    "One of the {} codes of the list was expected": "Verwacht werd: een van de {} codes van de lijst",
    "True or false was expected": "Verwacht werd: true of false",
    "A date was expected": "Verwacht werd: een datum",
    "A date and time was expected": "Verwacht werd: een datum met tijd",
    "A date such as 2025-08-01 was expected": "Verwacht werd: een datum als 2025-08-01",
    "A date such as 2025-08-01 was expected, on an existing day": "Verwacht werd: een datum als 2025-08-01 die bestaat",
    "A date and time such as 2025-08-01T08:47:34 was expected": (
        "Verwacht werd: een datum met tijd als 2025-08-01T08:47:34"
    ),
    "A date and time such as 2025-08-01T08:47:34 was expected, on an existing day": (
        "Verwacht werd: een datum met tijd als 2025-08-01T08:47:34 die bestaat"
    ),
    "A time zone of whole minutes and at most fourteen hours was expected": (
        "Verwacht werd: een tijdzone van hele minuten en hoogstens veertien uur"
    ),
    "The date is outside the range that Python supports": "Deze datum ligt te ver weg om te verwerken",
    "Two consecutive years such as 2025-2026 were expected": ("Verwacht werd: twee jaren na elkaar, zoals 2025-2026"),
    "This key is used twice": "Deze sleutel komt twee keer voor",
    "This key is used by a group of the other kind as well": "Een groep van de andere soort heeft dezelfde sleutel",
    "This ECK iD is used twice": "Dit ECK iD komt twee keer voor",
    "This refers to a key that does not exist": "Dit verwijst naar een sleutel die niet bestaat",
    "This refers to undefined group {}, which is not in the file": (
        "Dit verwijst naar onbekende groep {}, die niet in het bestand staat"
    ),
    "This refers to undefined combined group {}, which is not in the file": (
        "Dit verwijst naar onbekende samengestelde groep {}, die niet in het bestand staat"
    ),
    "This refers to undefined location {}, which is not in the file": (
        "Dit verwijst naar onbekende vestiging {}, die niet in het bestand staat"
    ),
    # markup and files
    "The file has no school": "In het bestand staat geen school",
    "It is XML but not EDEXML: the first element has another name": (
        "Het is XML maar geen EDEXML: het eerste element heeft een andere naam"
    ),
    "It is a UWLR response, not an EDEXML file": "Het is een UWLR-antwoord en geen EDEXML-bestand",
    "It is a gzip file, not an EDEXML file": "Het is een gzip-bestand en geen EDEXML",
    "It is text in fixed-width columns, as in EDEX2000, not an EDEXML file": (
        "Het is tekst in kolommen van vaste breedte, zoals EDEX2000, en geen EDEXML"
    ),
    "It is a table of text, such as a CSV file, not an EDEXML file": (
        "Het is een tabel, zoals een CSV-bestand, en geen EDEXML"
    ),
    "The zip archive is broken or encrypted, or uses an unknown compression": (
        "Het zip-bestand is kapot, versleuteld of op een onbekende manier ingepakt"
    ),
    "The zip archive ends too early: it seems to be cut off": (
        "Het zip-bestand houdt te vroeg op: het lijkt afgebroken"
    ),
    "The compressed file ends too early: it seems to be cut off": (
        "Het ingepakte bestand houdt te vroeg op: het lijkt afgebroken"
    ),
    "The zip archive holds {} XML files; one was expected": (
        "In het zip-bestand zitten {} XML-bestanden; verwacht werd er één"
    ),
    "The zip archive is far too large, when unpacked, for the file of a school": (
        "Het zip-bestand is uitgepakt veel groter dan een bestand van een school kan zijn"
    ),
    "There are blanks or an empty line before the XML declaration, which XML does not allow": (
        "Er staan spaties of een lege regel vóór de XML-declaratie; XML staat daar niets toe"
    ),
    "The XML is not in the encoding that it declares": "Het bestand heeft een andere codering dan erin staat",
    "The XML is not in the encoding that you passed": "Het bestand heeft een andere codering dan opgegeven",
    "The text contains a control character, which XML does not allow": (
        "Er staat een stuurteken in, en dat mag niet in XML"
    ),
    "{} came instead of XML": "Het is geen XML: {}",
    "The XML has a document type declaration, which is refused": (
        "Er staat een documenttypedeclaratie in; die wordt geweigerd"
    ),
    "The first {} bytes contain no element": "In de eerste {} bytes begint geen element",
    "The XML is not well-formed": "Het is geen welgevormde XML",
    "The XML is empty, or does not begin like XML": "Het is leeg, of begint niet als XML",
    "The XML goes on after its end": "Het gaat na het einde verder",
    "The XML ends too early: it seems to be cut off": "Het houdt te vroeg op: het lijkt afgebroken",
    "The XML contains a bare & or <, which must be &amp; or &lt;": (
        "Er staat een losse & of < in, die in XML &amp; of &lt; moet zijn"
    ),
    "The XML contains a bare &, which must be &amp;": "Er staat een losse & in, die in XML &amp; moet zijn",
    "The XML contains a bare <, which must be &lt;": "Er staat een losse < in, die in XML &lt; moet zijn",
    "An attribute has no value in quotes": "Een attribuut heeft geen waarde tussen aanhalingstekens",
    "The XML uses a prefix that no namespace is declared for": (
        "Er staat een prefix in waarvoor geen namespace bekend is"
    ),
    "An element is closed that was not opened last": "Er wordt een element gesloten dat niet het laatst geopend is",
    "The XML contains a character that XML does not allow, or bytes of another encoding": (
        "Er staat een teken in dat XML niet toestaat, of bytes van een andere codering"
    ),
    "The XML declares an encoding that is not known": "De codering die erin staat is niet bekend",
    "The XML uses an entity that is not declared": "Er staat een entiteit in die niet bekend is",
    "An element has one attribute twice": "Een element heeft één attribuut twee keer",
    "The XML is nested too deep, or contains a text that is too large": (
        "Het is te diep genest, of er staat een te lange tekst in"
    ),
    "The XML contains a name that is too long": "Er staat een naam in die te lang is",
    # the rules of meaning
    "The stated xsdversie is unknown; the file was checked as the newest version": (
        "De genoemde xsdversie is niet bekend; er is getoetst als de nieuwste versie"
    ),
    "The record contains data that the stated version does not have": (
        "Het record bevat iets dat de genoemde versie niet heeft"
    ),
    "The key is a dummy key: it can be different in the next file": (
        "De sleutel is een noodsleutel: hij kan in het volgende bestand anders zijn"
    ),
    "There are blanks around the key": "Er staan spaties om de sleutel",
    "The key differs from another key only in blanks": "De sleutel verschilt alleen in spaties van een andere",
    "A pupil needs a jaargroep": "Een leerling heeft een jaargroep nodig",
    "A pupil of a combination group needs a jaargroep": "Een leerling in een combinatiegroep heeft een jaargroep nodig",
    "The jaargroep of the pupil is not that of the group": "De jaargroep van de leerling is niet die van de groep",
    "There is a blank at the beginning or end, or two blanks in a row": (
        "Er staat een spatie aan het begin of eind, of twee bij elkaar"
    ),
    "Parts of a name are joined by a hyphen without blanks": (
        "Delen van een naam worden verbonden met een koppelteken zonder spaties"
    ),
    "Initials are capitals without points": "Voorletters zijn hoofdletters zonder punten",
    "A whole personal number is discouraged: its last four digits (bsn_ondwnr-4) are usually enough": (
        "Een heel persoonsgebonden nummer wordt afgeraden: de laatste vier cijfers (bsn_ondwnr-4) volstaan meestal"
    ),
    "This field is discouraged for privacy reasons: leave it out": (
        "Dit veld wordt afgeraden vanwege de privacy: laat het weg"
    ),
    "This cannot be a BRIN": "Dit kan geen BRIN zijn",
    "This cannot be a BSN: its check digit is wrong": "Dit kan geen BSN zijn: het controlecijfer klopt niet",
    "This cannot be an onderwijsnummer": "Dit kan geen onderwijsnummer zijn",
    "This postcode is not in use": "Deze postcode bestaat niet",
    "This cannot be a rijksregisternummer": "Dit kan geen rijksregisternummer zijn",
    "This is not an e-mail address": "Dit is geen e-mailadres",
    "This does not have the form of an ECK iD": "Dit heeft niet de vorm van een ECK iD",
    "The peildatum is not in the school year {}": "De peildatum ligt niet in het schooljaar {}",
    "There is no peildatum, and the file was made outside the school year {}": (
        "Er is geen peildatum, en het bestand is buiten het schooljaar {} gemaakt"
    ),
    "The pupil has left": "De leerling is van school",
    "The date of leaving is before the date of arrival": "De datum van vertrek ligt vóór de datum van instroom",
    "The file does not identify the school: outside the school, a brincode or schoolkey is needed": (
        "Er staat niet in welke school dit is: buiten de school is een brincode of schoolkey nodig"
    ),
    "The number of the school has leading zeros": "Het nummer van de school heeft voorloopnullen",
    "A schoolkey without a brincode is known only to the two parties that agreed on it": (
        "Een schoolkey zonder brincode is alleen bekend bij de twee partijen die hem afspraken"
    ),
    "The date of birth is after the date of the document": "De geboortedatum ligt na de datum van het bestand",
    "The date of change is after the date of the document": "De mutatiedatum ligt na de datum van het bestand",
    "Another group has the same name, as parts of a combination group do": (
        "Een andere groep heeft dezelfde naam, zoals delen van een combinatiegroep"
    ),
    "The age does not fit the jaargroep": "De leeftijd past niet bij de jaargroep",
    "The jaargroep is of primary education, but the age is of secondary education": (
        "De jaargroep is van het basisonderwijs, maar de leeftijd van het voortgezet onderwijs"
    ),
    "No pupil can have this age": "Geen leerling kan deze leeftijd hebben",
    "The surname begins with a voorvoegsel": "De achternaam begint met een voorvoegsel",
    "The name is written in capitals": "De naam is in hoofdletters geschreven",
    "The text looks as if it was read in the wrong encoding": "De tekst lijkt in de verkeerde codering gelezen",
    "The stated xsdversie is unknown": "De genoemde xsdversie is niet bekend",
    # what a lenient reader lets pass
    "There is text before the XML declaration": "Vóór de XML-declaratie staat tekst",
    "The text contains a character that could not be read; it is shown as U+FFFD": (
        "Er staat een teken in dat niet te lezen is; het is vervangen door U+FFFD"
    ),
    "There are blanks or an empty line before the XML declaration": (
        "Er staan spaties of een lege regel vóór de XML-declaratie"
    ),
    "The elements are in another order than in the standard": (
        "De elementen staan in een andere volgorde dan de standaard"
    ),
    "The element has an old name and was read as {}": ("Het element heeft een oude naam en is gelezen als {}"),
    "The element is in another namespace": "Het element staat in een andere namespace",
    "The element is empty and was read as absent": "Het element is leeg en is gelezen als afwezig",
    "There are blanks around the value": "Er staan spaties om de waarde",
    "The value is written in another form than in the standard": "De waarde is anders geschreven dan in de standaard",
    "The value was not understood and was kept unchanged": "De waarde is niet begrepen en is ongewijzigd bewaard",
    "The stated xsdversie is unknown; the file was read as the newest version": (
        "De genoemde xsdversie is niet bekend; er is gelezen als de nieuwste versie"
    ),
    "The record has no usable key and was left out": ("Het record heeft geen bruikbare sleutel en is weggelaten"),
    "The record has no key; its ECK iD was used as its key": (
        "Het record heeft geen sleutel; het ECK iD is als sleutel gebruikt"
    ),
    # words of a report
    " or ": " of ",
    "A zip archive": "een zip-bestand",
    "An empty zip archive": "een leeg zip-bestand",
    "A gzip archive": "een gzip-bestand",
    "A PDF": "een PDF",
    "An old Office document": "een oud Office-document",
    "An HTML page": "een HTML-pagina",
    "Nothing": "niets",
    "Plain text": "gewone tekst",
    "error": "fout",
    "warning": "waarschuwing",
    "hint": "tip",
    "privacy": "privacy",
    "errors": "fouten",
    "warnings": "waarschuwingen",
    "hints": "tips",
    "about privacy": "over privacy",
    "no findings": "geen bevindingen",
    "school": "de school",
    "supplier": "de leverancier van de administratie",
    "receiver": "de ontvanger",
    "fine": "in orde",
    "valid, with errors": "geldig, met fouten",
    "valid with extensions": "geldig met uitbreidingen",
    "not valid": "niet geldig",
    "A receiver can read the file as it is.": "Een ontvanger kan het bestand zo inlezen.",
    "The file follows the schema, but some of its data contradict each other.": (
        "Het bestand volgt het schema, maar sommige gegevens spreken elkaar tegen."
    ),
    "The file follows the schema, with extensions that a strict receiver may refuse: {}.": (
        "Het bestand volgt het schema, met uitbreidingen die een strenge ontvanger kan weigeren: {}."
    ),
    "A receiver that follows the standard refuses the whole file.": (
        "Een ontvanger die zich aan de standaard houdt, weigert het hele bestand."
    ),
    "What is wrong, and who fixes it": "Wat er mis is, en wie het oplost",
    "Nothing was found.": "Er is niets gevonden.",
    "The file states another version than it is written in": (
        "Het bestand noemt een andere versie dan waarin het is geschreven"
    ),
    "The school year of the file does not match its dates": (
        "Het schooljaar van het bestand past niet bij de datums erin"
    ),
    "The text of the file is in the wrong encoding": "De tekst van het bestand heeft de verkeerde codering",
    "The export does this in every record": "De export doet dit in elk record",
    "{} findings have this cause": "{} bevindingen hebben deze oorzaak",
    "1 finding has this cause": "1 bevinding heeft deze oorzaak",
    "in all {} records": "in alle {} records",
    "{} times": "{} keer",
    "once": "1 keer",
    "and {} more": "en nog {}",
    "and {} more findings": "en nog {} bevindingen",
    "and 1 more finding": "en nog 1 bevinding",
    "line {}": "regel {}",
    "To do": "Te doen",
    "Who": "Wie",
    "Where": "Waar",
    "Findings": "Bevindingen",
    "All findings": "Alle bevindingen",
    "Completeness": "Volledigheid",
    "What each purpose needs, and for how many people the file has it.": (
        "Wat elk doel nodig heeft, en van hoeveel mensen het in het bestand staat."
    ),
    "The file has no people of this kind": "Er staan geen mensen van deze soort in het bestand",
    "{} of {}": "{} van de {}",
    "purpose": "doel",
    "kind": "soort",
    "field": "veld",
    "filled": "ingevuld",
    "full": "volledig",
    "simple": "eenvoudig",
    "limited": "beperkt",
    "accounts": "accounts",
    "test supplier": "toetsleverancier",
    "Show": "Toon",
    "all": "alles",
    "Sort by": "Sorteer op",
    "severity": "ernst",
    "element": "element",
    "number": "aantal",
    "school year {}": "schooljaar {}",
    "This report names people: keep it inside the school.": "Dit rapport noemt mensen: houd het binnen de school.",
}
_VALUES: Final = frozenset(
    {"A zip archive", "An empty zip archive", "A gzip archive", "A PDF", "An old Office document", "An HTML page"}
    | {"Nothing", "Plain text"}
)
"""The entries that are filled into other entries."""


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(re.escape(english).replace(r"\{\}", "(.+?)")), dutch)
        for english, dutch in DUTCH.items()
        if "{}" in english
    )


def is_translated(text: str) -> bool:
    """Return whether a text has a translation."""
    return text in DUTCH or any(pattern.fullmatch(text) for pattern, _ in _patterns())


def translated(text: str, language: Language) -> str:
    """Translate an English text of the package. A text without a translation stays English."""
    if language == "en":
        return text
    if (found := DUTCH.get(text)) is not None:
        return found
    for pattern, dutch in _patterns():
        if (match := pattern.fullmatch(text)) is not None:
            return dutch.format(*map(_value, match.groups()))
    return text


def _value(text: str) -> str:
    if text in _VALUES:
        return DUTCH[text]
    return text.replace(" or ", DUTCH[" or "])
