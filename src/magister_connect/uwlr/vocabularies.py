"""Vocabularies for fields of results: files in the format IMS VDEX 1.0 (documented).

The lists are not part of this library. Get the file from the party that maintains the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.core.boundary import boundary
from magister_connect.core.records.frozen import FrozenDict
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.serialization import PlainData
from magister_connect.core.xml import Element, document_complaint, local_name, parse
from magister_connect.errors import DocumentInvalid, Responsible
from magister_connect.uwlr.fields import TEXT, URI, maybe, one, records_in


def _captions_of(given: Mapping[str, str]) -> Mapping[str, str]:
    return FrozenDict(given)


def _terms_of(given: Mapping[str, Term]) -> Mapping[str, Term]:
    return FrozenDict(given)


_LANGUAGE: Final = "{*}langstring"
_ANOTHER_FILE: Final = "Request the vocabulary as a file in IMS VDEX 1.0."


@frozen(repr=False)
class VocabulaireTerm(MaskedRepr):
    """A term of a vocabulary, with the identifier of the vocabulary and where it is published."""

    term: str = one(TEXT, name=".")
    vocabulaire: str | None = maybe(URI, name="@vocabulaire", may_be_empty=True)
    vocabulairelocatie: str | None = maybe(URI, name="@vocabulairelocatie", may_be_empty=True)


@frozen
class Term(PlainData):
    """One term: the text to send, and its captions by language."""

    identifier: str
    captions: Mapping[str, str] = field(converter=_captions_of)
    parent: str | None = None

    def caption(self, language: str = "nl") -> str:
        """Return the caption in a language, or the first caption if the file does not have that language."""
        return self.captions.get(language) or next(iter(self.captions.values()), self.identifier)


@frozen
class Vocabulary(PlainData):
    """A vocabulary with its identifier, and its terms in file order."""

    identifier: str
    name: str
    terms: Mapping[str, Term] = field(converter=_terms_of, repr=lambda terms: f"<{len(terms)} terms>")

    def __contains__(self, term: str) -> bool:
        return term in self.terms

    def term(self, identifier: str) -> VocabulaireTerm:
        """Return the term as a field of a result.

        Raises :class:`DocumentInvalid` if the vocabulary does not have it.
        """
        if identifier not in self.terms:
            advice = "Use one of terms, or load the newest file of the vocabulary."
            raise DocumentInvalid(
                "The vocabulary has no such term", where=self.identifier, responsible=Responsible.YOU, advice=advice
            )
        return VocabulaireTerm(identifier, vocabulaire=self.identifier)


@boundary.around
def read_vocabulary(document: bytes) -> Vocabulary:
    """Read a VDEX file. Raises :class:`DocumentInvalid` if it is not one, or if a term occurs twice."""
    root = parse(document, document_complaint())
    if local_name(root) != "vdex":
        raise DocumentInvalid("This is not a VDEX vocabulary", where=local_name(root), advice=_ANOTHER_FILE)
    identifier = _text(root, "vocabIdentifier")
    if not identifier:
        raise DocumentInvalid("The vocabulary has no identifier", where="vocabIdentifier", advice=_ANOTHER_FILE)
    terms: dict[str, Term] = {}
    for term in _terms(root, None):
        if term.identifier in terms:
            raise DocumentInvalid("A term occurs twice", where="term", advice=_ANOTHER_FILE)
        terms[term.identifier] = term
    names = _captions(root, "vocabName")
    return Vocabulary(identifier, names.get("nl") or next(iter(names.values()), ""), terms)


def unknown_terms(record: object, vocabularies: Iterable[Vocabulary]) -> Iterator[str]:
    """Yield the paths in a record, such as a :class:`ResultsMessage`, with a term that its vocabulary does not have.

    A field is skipped if it names no vocabulary, or one that you did not pass. The terms of norms use the vocabulary of
    their ``Normering``.
    """
    given = {each.identifier: each for each in vocabularies}
    if given:
        yield from _unknown(record, given, "")


def _unknown(record: object, given: Mapping[str, Vocabulary], path: str) -> Iterator[str]:
    vocabulary = given.get(getattr(record, "vocabulaire", None) or "")
    if vocabulary is not None:
        term: str | None = getattr(record, "term", None)
        if term is not None and term not in vocabulary:
            yield path
        for place, norm in enumerate(getattr(record, "norm", ()), 1):
            if norm.term is not None and norm.term not in vocabulary:
                yield f"{path}/norm[{place}]/term"
    for step, each in records_in(record):
        yield from _unknown(each, given, f"{path}/{step}".lstrip("/"))


def _terms(element: Element, parent: str | None) -> Iterator[Term]:
    for child in element.iterchildren("{*}term"):
        identifier = _text(child, "termIdentifier")
        if not identifier:
            raise DocumentInvalid("A term has no identifier", where="term", line=child.sourceline, advice=_ANOTHER_FILE)
        yield Term(identifier, _captions(child, "caption"), parent)
        yield from _terms(child, identifier)


def _text(element: Element, name: str) -> str:
    found = next(element.iterchildren(f"{{*}}{name}"), None)
    return "" if found is None else (found.text or "").strip()


def _captions(element: Element, name: str) -> dict[str, str]:
    found = next(element.iterchildren(f"{{*}}{name}"), None)
    strings = () if found is None else found.iterchildren(_LANGUAGE)
    return {each.get("language") or "": (each.text or "").strip() for each in strings}
