"""The meaning of the service's faults, by their codes and by words in their text.

Faults of PHP have no machine-readable code (measured). Those of WS-Security and of services similar to UWLR have one
(documented). The real texts are unknown. The Dutch and English words below are likely in such texts (inferred). A
contract may contain its own words.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import field, frozen

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.soap import Fault
from magister_connect.errors import NotAuthenticated, NotPermitted, Refused, Responsible, UsageError

PRODUCTS: Final = {"JIJ": "JIJ!", "TOA": "TOA"}
_WORD: Final = re.compile(r"[^\W\d_]+")


def display_name(product: str) -> str:
    """Return the name of a product in the supplier's spelling."""
    return PRODUCTS.get(product, product)


def _words(*words: str) -> tuple[str, ...]:
    """A field with many default words, which stay out of the signature."""
    made: tuple[str, ...] = field(factory=lambda: words, converter=tuple)
    return made


@frozen(kw_only=True)
class FaultTexts(SafeRepr):
    """Word beginnings that show the cause of a fault, and codes for a refused account, in lower case."""

    no_results: tuple[str, ...] = _words("geen resultaten", "no results", "no more results")
    key: tuple[str, ...] = _words(
        *("sleutel", "key", "authent", "credential", "login", "password", "wachtwoord", "unauthor")
    )
    institution: tuple[str, ...] = _words("instelling", "institution")
    denied: tuple[str, ...] = _words("toegang", "denied", "not allowed", "niet toegestaan", "permission", "licen")
    window: tuple[str, ...] = _words("schooljaar", "school year", "period", "periode")
    account_codes: tuple[str, ...] = _words(
        *("invalidsecurity", "invalidsecuritytoken", "failedauthentication", "failedcheck", "securitytokenunavailable"),
        *("unsupportedsecuritytoken", "messageexpired", "autorisatieongeldig", "ongeldigeklantidentificatie"),
        *("unauthorized", "authenticationfailed", "authenticationfailure", "accessdenied"),
    )

    def means_no_results(self, fault: Fault) -> bool:
        """Whether a fault only means that there are no results."""
        return self._holds(fault, self.no_results)

    def may_be_one_record(self, fault: Fault) -> bool:
        """Whether one record may be the cause: the service blames itself, and does not mention the account."""
        if "encoding:" in fault.text.lower():
            return True  # ext-soap cannot write one object, and the property in its text may be called key (measured)
        return not (fault.blames_request or self.means_no_results(fault) or self._is_about_account(fault))

    def error(self, fault: Fault, product: str, where: str, status: int) -> Refused | UsageError:
        """Return the error for a fault."""
        if self._is_about_account(fault) and (other := _other_product(fault, product)):
            return _key_of_other(fault, product, other, where, status)
        if self._holds(fault, self.key) or self._has_account_code(fault):
            return _key_refused(fault, product, where, status)
        if self._holds(fault, self.institution):
            return NotAuthenticated(
                "The service does not know this instellingscode",
                where=where,
                status=status,
                advice="Use the instellingscode of the supplier of the tests; it is not the BRIN code of the school.",
            )
        if self._holds(fault, self.denied):
            return NotPermitted(
                "The service does not allow this",
                where=where,
                status=status,
                advice="Does the school have a licence for this? If so, ask the supplier what the key permits.",
            )
        if fault.blames_request and self._holds(fault, self.window):
            return UsageError(
                "The service refuses this period",
                where=where,
                advice="Request at most one school year at a time.",
            )
        return fault.error(where, status)

    def _is_about_account(self, fault: Fault) -> bool:
        words = (self.key, self.institution, self.denied)
        return self._has_account_code(fault) or any(self._holds(fault, each) for each in words)

    def _has_account_code(self, fault: Fault) -> bool:
        return not _codes(fault).isdisjoint(self.account_codes)

    def _holds(self, fault: Fault, words: tuple[str, ...]) -> bool:
        text = fault.text.lower()
        return any(re.search(rf"\b{re.escape(word)}", text) for word in words)


def _codes(fault: Fault) -> frozenset[str]:
    in_detail = (text for path, text in fault.detail if path.lower().endswith("code"))
    return frozenset(code.rpartition(".")[2].lower() for code in (fault.code, fault.subcode, *in_detail))


def _other_product(fault: Fault, product: str) -> str | None:
    named = {word.upper() for word in _WORD.findall(fault.text)} & set(PRODUCTS)
    others = named - {product}
    return min(others) if others else None


def _key_of_other(fault: Fault, product: str, other: str, where: str, status: int) -> NotAuthenticated:
    """Return the error for a fault that names two products.

    The key or the address may be wrong; the error mentions both.
    """
    mine, theirs = display_name(product), display_name(other)
    return NotAuthenticated(
        f"The service for {mine} or {theirs} refuses the key, and says: {fault.printable}",
        where=where,
        status=status,
        responsible=Responsible.YOU,
        advice=f"Use the key and the address of {mine}. Each product has its own keys and its own address.",
    )


def _key_refused(fault: Fault, product: str, where: str, status: int) -> NotAuthenticated:
    if "messageexpired" in _codes(fault):
        return NotAuthenticated(
            "The service says that the request has expired",
            where=where,
            status=status,
            responsible=Responsible.YOU,
            advice="Correct the clock of this machine: a digest and a timestamp of WS-Security name the moment.",
        )
    mine = display_name(product)
    said = f", and says: {fault.printable}" if fault.printable else f" (fault {fault.subcode or fault.code})"
    return NotAuthenticated(
        f"The service refuses the key for {mine}{said}",
        where=where,
        status=status,
        advice=f"Check the instellingscode and the SOAP-key. Keys of JIJ! and TOA differ: use the key for {mine}.",
    )
