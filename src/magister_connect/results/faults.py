"""What the service's faults mean, by words in their text: they carry no code that a machine could read (measured).

The real texts are unknown; the words below are Dutch and English ones that such texts are likely to hold (inferred),
and a contract may bring its own.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from magister_connect.core.soap import Fault
from magister_connect.errors import Move, NotAuthenticated, NotPermitted, Refused, UsageError

PRODUCTS: Final = {"JIJ": "JIJ!", "TOA": "TOA"}
_WORD: Final = re.compile(r"[^\W\d_]+")


def display_name(product: str) -> str:
    """A product as its vendor writes it."""
    return PRODUCTS.get(product, product)


@frozen(kw_only=True)
class FaultTexts:
    """Beginnings of words that tell what a fault is about, in lower case."""

    no_results: tuple[str, ...] = ("geen resultaten", "no results", "no more results")
    key: tuple[str, ...] = ("sleutel", "key", "authent", "credential", "login")
    institution: tuple[str, ...] = ("instelling", "institution")
    denied: tuple[str, ...] = ("toegang", "denied", "not allowed", "niet toegestaan", "permission", "licen")
    window: tuple[str, ...] = ("schooljaar", "school year", "period", "periode")

    def means_no_results(self, fault: Fault) -> bool:
        """Whether a fault only says that there is nothing."""
        return self._holds(fault, self.no_results)

    def means_poison(self, fault: Fault) -> bool:
        """Whether a fault may come from one record: the service blames itself, and says nothing about the account."""
        explained = self.means_no_results(fault) or self._is_about_account(fault)
        return not fault.blames_request and not explained

    def error(self, fault: Fault, product: str, where: str, status: int) -> Refused | UsageError:
        """The error that a fault stands for."""
        if self._is_about_account(fault) and (other := _other_product(fault, product)):
            return _key_of_other(product, other, where, status)
        if self._holds(fault, self.key):
            return _key_refused(product, where, status)
        if self._holds(fault, self.institution):
            return NotAuthenticated(
                "The service does not know this instellingscode",
                where=where,
                status=status,
                advice="Check it with the supplier of the tests: it is not the BRIN code of the school.",
            )
        if self._holds(fault, self.denied):
            return NotPermitted(
                "The service does not allow this",
                where=where,
                status=status,
                advice="Ask the school whether it has taken this product, and the supplier what the key may do.",
            )
        if fault.blames_request and self._holds(fault, self.window):
            return UsageError(
                "The service refuses this period",
                where=where,
                advice="Ask for one school year, or less, at a time.",
            )
        return fault.error(where, status)

    def _is_about_account(self, fault: Fault) -> bool:
        return any(self._holds(fault, words) for words in (self.key, self.institution, self.denied))

    def _holds(self, fault: Fault, words: tuple[str, ...]) -> bool:
        text = fault.text.lower()
        return any(re.search(rf"\b{re.escape(word)}", text) for word in words)


def _other_product(fault: Fault, product: str) -> str | None:
    named = {word.upper() for word in _WORD.findall(fault.text)} & set(PRODUCTS)
    others = named - {product}
    return min(others) if others else None


def _key_of_other(product: str, other: str, where: str, status: int) -> NotAuthenticated:
    mine, theirs = display_name(product), display_name(other)
    return NotAuthenticated(
        f"This is a key of {theirs}, and the connection is one to {mine}",
        where=where,
        status=status,
        move=Move.YOURS,
        advice=f"The two have keys of their own: use the key that was given out for {mine}.",
    )


def _key_refused(product: str, where: str, status: int) -> NotAuthenticated:
    mine = display_name(product)
    return NotAuthenticated(
        f"The service refuses the key for {mine}",
        where=where,
        status=status,
        advice=f"Check instellingscode and SOAP-key; keys of JIJ! and TOA differ, so it must be that of {mine}.",
    )
