"""Names that nobody bears: made up, and obviously so."""

from __future__ import annotations

from typing import Final

GIRLS: Final = (
    *("Alfamie", "Betsinne", "Caroos", "Deltje", "Echolien", "Fietske", "Golfien", "Hotelke", "Indine", "Juliëne"),
    *("Kilotje", "Limake", "Mikeline", "Novembra", "Oscarien", "Papaline", "Quebecca", "Romeline", "Sierrat"),
    "Tangolien",
)
BOYS: Final = (
    *("Alfons-Test", "Bravis", "Charliewijn", "Delthuis", "Echobert", "Foxtrotus", "Golfert", "Hoteljan"),
    *("Indiaan-Piet", "Juliëtus", "Kilobert", "Limaart", "Mikebert", "Novembert", "Oscarius", "Papajan", "Quebert"),
    *("Romeus", "Sierrabert", "Tangobert"),
)
SURNAMES: Final = (
    *("Voorbeeld", "Testman", "Proefstra", "Verzinsel", "Fictema", "Bedachtzaam", "Modelsma", "Monsterboer"),
    *("Schijnhuis", "Nepveld", "Oefenaar", "Demostra", "Sjabloon", "Namaaksel", "Dummyhoven", "Zandbakker"),
    *("Invulsma", "Probeersel", "Café-Proef", "Háček-Test", "Vooralsnog", "Denkbeeld", "Spiegelaar", "Papierstad"),
    *("Speeltuin", "Droomkamp"),
)
TUSSENVOEGSELS: Final = ("", "", "", "", "", "", "van", "de", "van der", "van den", "in 't", "ten")
STREETS: Final = ("Voorbeeldlaan", "Teststraat", "Proefplein", "Verzonnenweg", "Zandbakpad", "Modelhof", "Oefenkade")
PLACES: Final = ("Voorbeelddam", "Testerveen", "Proefstad", "Verzinsloot", "Zandbakhuizen")


def login_name(first: str, last: str, number: int) -> str:
    """An account name of ASCII letters and the number that makes it unique."""
    letters = "".join(letter for letter in f"{first[0]}{last}".lower() if letter.isascii() and letter.isalpha())
    return f"{letters[:12]}{number}"
