"""The Dutch words of findings and reports: a plain catalogue from the English text.

``{}`` stands for what differs from case to case, such as a number or the name of an element. A test holds every message
of the package against it.
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
    "This attribute may not stand here": "Dit attribuut mag hier niet staan",
    "This element may not stand here": "Dit element mag hier niet staan",
    "This element is not in its place, or once too often": "Dit element staat niet op zijn plaats, of een keer te veel",
    "Text stands between the elements": "Er staat tekst tussen de elementen",
    "The elements are not in the namespace where they belong": "De elementen staan niet in de namespace waar ze horen",
    "The type of this block is not known": "Het type van dit blok is niet bekend",
    "This block belongs to the extension {}": "Dit blok hoort bij de uitbreiding {}",
    "The list of school years in the schema has ended": "De lijst van schooljaren in het schema houdt op",
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
    "A date as 2025-08-01 was expected": "Verwacht werd: een datum als 2025-08-01",
    "A date as 2025-08-01 was expected, on a day that exists": "Verwacht werd: een datum als 2025-08-01 die bestaat",
    "A date and time as 2025-08-01T08:47:34 was expected": "Verwacht werd: een datum met tijd als 2025-08-01T08:47:34",
    "A date and time as 2025-08-01T08:47:34 was expected, on a day that exists": (
        "Verwacht werd: een datum met tijd als 2025-08-01T08:47:34 die bestaat"
    ),
    "A zone of whole minutes, and of fourteen hours at most, was expected": (
        "Verwacht werd: een tijdzone van hele minuten en hoogstens veertien uur"
    ),
    "It is a date that Python cannot hold": "Deze datum ligt te ver weg om te verwerken",
    "Two years that follow each other were expected, as 2025-2026": (
        "Verwacht werd: twee jaren na elkaar, zoals 2025-2026"
    ),
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
    "The file has no school": "Er staat geen school in",
    "It is XML, and not EDEXML: its first element has another name": (
        "Het is XML maar geen EDEXML: het eerste element heeft een andere naam"
    ),
    "It is an answer of UWLR, and no EDEXML file": "Het is een UWLR-antwoord en geen EDEXML-bestand",
    "It is a gzip file, and no EDEXML": "Het is een gzip-bestand en geen EDEXML",
    "It is text in columns of fixed width, as EDEX2000 has, and no EDEXML": (
        "Het is tekst in kolommen van vaste breedte, zoals EDEX2000, en geen EDEXML"
    ),
    "It is a table of text, such as a CSV file, and no EDEXML": (
        "Het is een tabel, zoals een CSV-bestand, en geen EDEXML"
    ),
    "The zip archive is broken, encrypted or packed in a way that is not known": (
        "Het zip-bestand is kapot, versleuteld of op een onbekende manier ingepakt"
    ),
    "The zip archive holds {} XML files, where one was expected": (
        "In het zip-bestand zitten {} XML-bestanden; verwacht werd er één"
    ),
    "The zip archive unpacks to far more than a school's file can hold": (
        "Het zip-bestand is uitgepakt veel groter dan een bestand van een school kan zijn"
    ),
    "Blanks or an empty line stand before the XML declaration, where XML allows nothing": (
        "Er staan spaties of een lege regel vóór de XML-declaratie; XML staat daar niets toe"
    ),
    "Its bytes are not in the encoding that it declares": "Het bestand heeft een andere codering dan erin staat",
    "Its bytes are not in the encoding that you gave": "Het bestand heeft een andere codering dan opgegeven",
    "It holds a control character, which XML does not allow": "Er staat een stuurteken in, en dat mag niet in XML",
    "{} came instead of XML": "Het is geen XML: {}",
    "The XML has a document type declaration, which is refused": (
        "Er staat een documenttypedeclaratie in; die wordt geweigerd"
    ),
    "The first {} bytes contain no element": "In de eerste {} bytes begint geen element",
    "It is not well-formed XML": "Het is geen welgevormde XML",
    "It is empty, or does not begin like XML": "Het is leeg, of begint niet als XML",
    "It ends too early, or goes on after its end": "Het houdt te vroeg op, of gaat na het einde verder",
    "It ends too early: it seems to be cut off": "Het houdt te vroeg op: het lijkt afgebroken",
    "It holds a bare & or <, which XML wants as &amp; or &lt;, or is cut off behind one": (
        "Er staat een losse & of < in, die in XML &amp; of &lt; moet zijn, of het is daarna afgebroken"
    ),
    "It holds a bare &, which XML wants as &amp;": "Er staat een losse & in, die in XML &amp; moet zijn",
    "It holds a bare <, which XML wants as &lt;": "Er staat een losse < in, die in XML &lt; moet zijn",
    "An attribute has no value in quotes": "Een attribuut heeft geen waarde tussen aanhalingstekens",
    "It uses a prefix that no namespace is declared for": "Er staat een prefix in waarvoor geen namespace bekend is",
    "An element is closed that was not opened last": "Er wordt een element gesloten dat niet het laatst geopend is",
    "It holds a character that XML does not allow, or bytes of another encoding": (
        "Er staat een teken in dat XML niet toestaat, of bytes van een andere codering"
    ),
    "It declares an encoding that is not known": "De codering die erin staat is niet bekend",
    "It uses an entity that is not declared": "Er staat een entiteit in die niet bekend is",
    "An element has one attribute twice": "Een element heeft één attribuut twee keer",
    "It is nested too deep, or holds a text that is too large": (
        "Het is te diep genest, of er staat een te lange tekst in"
    ),
    "It holds a name that is too long": "Er staat een naam in die te lang is",
    # the rules of meaning
    "The stated xsdversie is not known; it is checked as the newest version": (
        "De genoemde xsdversie is niet bekend; er is getoetst als de nieuwste versie"
    ),
    "It holds what the version that it states does not have": "Er staat iets in dat de genoemde versie niet heeft",
    "The key is a dummy: it says nothing about the next file": (
        "De sleutel is een noodsleutel: hij zegt niets over het volgende bestand"
    ),
    "Blanks stand around the key, where they mean nothing": "Er staan spaties om de sleutel, waar ze niets betekenen",
    "The key differs from another one in blanks only": "De sleutel verschilt alleen in spaties van een andere",
    "A pupil needs a jaargroep": "Een leerling heeft een jaargroep nodig",
    "A pupil of a combination group needs a jaargroep": "Een leerling in een combinatiegroep heeft een jaargroep nodig",
    "The jaargroep of the pupil is not that of the group": "De jaargroep van de leerling is niet die van de groep",
    "Blanks stand at an end, or two together": "Er staat een spatie aan het begin of eind, of twee bij elkaar",
    "Parts of a name are joined by a hyphen without blanks": (
        "Delen van een naam worden verbonden met een koppelteken zonder spaties"
    ),
    "Initials are capitals without points": "Voorletters zijn hoofdletters zonder punten",
    "A whole personal number is discouraged: its last four digits (bsn_ondwnr-4) do in most cases": (
        "Een heel persoonsgebonden nummer wordt afgeraden: de laatste vier cijfers (bsn_ondwnr-4) volstaan meestal"
    ),
    "This field is discouraged, for the sake of privacy: leave it out": (
        "Dit veld wordt afgeraden vanwege de privacy: laat het weg"
    ),
    "This cannot be a BRIN": "Dit kan geen BRIN zijn",
    "This cannot be a BSN: its check digit is wrong": "Dit kan geen BSN zijn: het controlecijfer klopt niet",
    "This cannot be an onderwijsnummer": "Dit kan geen onderwijsnummer zijn",
    "This postcode is not in use": "Deze postcode bestaat niet",
    "This cannot be a rijksregisternummer": "Dit kan geen rijksregisternummer zijn",
    "This is not an address for e-mail": "Dit is geen e-mailadres",
    "This has not the form of an ECK iD": "Dit heeft niet de vorm van een ECK iD",
    "The peildatum does not lie in the school year {}": "De peildatum ligt niet in het schooljaar {}",
    "There is no peildatum, and the file was made outside the school year {}": (
        "Er is geen peildatum, en het bestand is buiten het schooljaar {} gemaakt"
    ),
    "The pupil has left": "De leerling is van school",
    "The pupil left before coming": "De leerling ging van school vóór de komst",
    "Nothing says which school this is: use beyond one school needs a brincode or a schoolkey": (
        "Nergens staat welke school dit is: voor gebruik buiten één school is een brincode of schoolkey nodig"
    ),
    "The number of the school is written with zeros in front": "Het nummer van de school heeft voorloopnullen",
    "A schoolkey without a brincode means something between two parties only": (
        "Een schoolkey zonder brincode betekent alleen iets tussen twee partijen"
    ),
    "The date of birth lies behind the date of the document": "De geboortedatum ligt na de datum van het bestand",
    "It was changed after the document was made": "Het is gewijzigd nadat het bestand gemaakt is",
    "Another one has the same name, as the parts of a combination group do": (
        "Een andere groep heeft dezelfde naam, zoals delen van een combinatiegroep"
    ),
    "The age does not fit the jaargroep": "De leeftijd past niet bij de jaargroep",
    "The jaargroep is one of primary education, and the age is one of secondary education": (
        "De jaargroep is van het basisonderwijs, en de leeftijd van het voortgezet onderwijs"
    ),
    "Nobody at school is that old, or is born yet": "Zo oud is niemand op school, of nog niet geboren",
    "The surname begins with a voorvoegsel": "De achternaam begint met een voorvoegsel",
    "The name is written in capitals": "De naam is in hoofdletters geschreven",
    "The text looks as if it was read in the wrong encoding": "De tekst lijkt in de verkeerde codering gelezen",
    "It states an xsdversie that is not known": "Er staat een xsdversie in die niet bekend is",
    # what a lenient reader lets pass
    "Text stands before the XML declaration": "Vóór de XML-declaratie staat tekst",
    "It holds a character that could not be read, which is shown as U+FFFD": (
        "Er staat een teken in dat niet te lezen is; het is vervangen door U+FFFD"
    ),
    "Blanks or an empty line stand before the XML declaration": (
        "Er staan spaties of een lege regel vóór de XML-declaratie"
    ),
    "The elements are in another order than the standard's": (
        "De elementen staan in een andere volgorde dan de standaard"
    ),
    "The element is written under an old name, and is read as {}": (
        "Het element heeft een oude naam en is gelezen als {}"
    ),
    "The element is in another namespace": "Het element staat in een andere namespace",
    "The element is empty, and is read as absent": "Het element is leeg en is gelezen als afwezig",
    "Blanks stand around the value": "Er staan spaties om de waarde",
    "The value has another form than the standard's": "De waarde heeft een andere vorm dan de standaard",
    "The value is not understood, and is kept as it is": "De waarde is niet begrepen en is bewaard zoals ze is",
    "It states an xsdversie that is not known, and is read as the newest version": (
        "De genoemde xsdversie is niet bekend; er is gelezen als de nieuwste versie"
    ),
    "The record has no key that can be used, and is left out": (
        "Het record heeft geen bruikbare sleutel en is weggelaten"
    ),
    "The record has no key, and its ECK iD stands in for it": "Het record heeft geen sleutel; het ECK iD vervangt die",
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
    "A receiver can take it as it is.": "Een ontvanger kan het zo inlezen.",
    "It has the form of the standard, but something in it contradicts itself.": (
        "Het heeft de vorm van de standaard, maar er staat iets in dat elkaar tegenspreekt."
    ),
    "It has the form of the standard with extensions, which a strict receiver may refuse: {}.": (
        "Het heeft de vorm van de standaard met uitbreidingen, die een strenge ontvanger kan weigeren: {}."
    ),
    "A receiver that holds to the standard refuses the whole file.": (
        "Een ontvanger die zich aan de standaard houdt, weigert het hele bestand."
    ),
    "What is wrong, and who fixes it": "Wat er mis is, en wie het oplost",
    "Nothing was found.": "Er is niets gevonden.",
    "The file states another version than it is written in": (
        "Het bestand noemt een andere versie dan waarin het is geschreven"
    ),
    "The file and its dates are about different school years": (
        "Het bestand en zijn datums gaan over verschillende schooljaren"
    ),
    "The text of the file is in the wrong encoding": "De tekst van het bestand heeft de verkeerde codering",
    "The export does this in every record": "De export doet dit in elk record",
    "{} findings follow from this": "hier volgen {} bevindingen uit",
    "1 finding follows from this": "hier volgt 1 bevinding uit",
    "in all {} records": "in alle {} records",
    "{} times": "{} keer",
    "once": "1 keer",
    "and {} more": "en nog {}",
    "and {} findings more": "en nog {} bevindingen",
    "and 1 finding more": "en nog 1 bevinding",
    "line {}": "regel {}",
    "To do": "Te doen",
    "Who": "Wie",
    "Where": "Waar",
    "Findings": "Bevindingen",
    "All findings": "Alle bevindingen",
    "Completeness": "Volledigheid",
    "What each purpose needs, and of how many people the file holds it.": (
        "Wat elk doel nodig heeft, en van hoeveel mensen het in het bestand staat."
    ),
    "Nobody of this kind is in the file": "Niemand van deze soort staat in het bestand",
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
"""The entries that stand inside of others."""


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(re.escape(english).replace(r"\{\}", "(.+?)")), dutch)
        for english, dutch in DUTCH.items()
        if "{}" in english
    )


def is_translated(text: str) -> bool:
    """Whether the catalogue has a text."""
    return text in DUTCH or any(pattern.fullmatch(text) for pattern, _ in _patterns())


def translated(text: str, language: Language) -> str:
    """An English text of the package in a language; what the catalogue does not have stays English."""
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
