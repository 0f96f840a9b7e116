"""Vocabularies that fields of results are bound to: files in the form IMS VDEX 1.0 (documented).

The lists themselves are not part of this library: read the file of the party that keeps the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from magister_connect.core.boundary import boundary
from magister_connect.core.xml import Element, document_complaint, local_name, parse
from magister_connect.errors import DocumentInvalid
from magister_connect.uwlr.results import ResultsMessage, VocabulaireTerm

_LANGUAGE: Final = "{*}langstring"


def _frozen_mapping(captions: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(captions))


@frozen
class Term:
    """One term: what is sent, and what it is called in each language of the file."""

    identifier: str
    captions: Mapping[str, str] = field(converter=_frozen_mapping)
    parent: str | None = None

    def caption(self, language: str = "nl") -> str:
        """What it is called in a language; the first caption there is, where the file lacks that language."""
        return self.captions.get(language) or next(iter(self.captions.values()), self.identifier)


@frozen
class Vocabulary:
    """A vocabulary by its identifier, with its terms in the order of the file."""

    identifier: str
    name: str
    terms: Mapping[str, Term] = field(repr=lambda terms: f"<{len(terms)} terms>")

    def __contains__(self, term: str) -> bool:
        return term in self.terms

    def term(self, identifier: str) -> VocabulaireTerm:
        """The term as a field of a result. Raises :class:`DocumentInvalid` for one that the vocabulary lacks."""
        if identifier not in self.terms:
            raise DocumentInvalid("The vocabulary has no such term", where=self.identifier)
        return VocabulaireTerm(identifier, vocabulaire=self.identifier)


@boundary.around
def read_vocabulary(document: bytes) -> Vocabulary:
    """A VDEX file. Raises :class:`DocumentInvalid` for what is none, and where a term stands twice."""
    root = parse(document, document_complaint())
    if local_name(root) != "vdex":
        raise DocumentInvalid("It is no VDEX vocabulary", where=local_name(root))
    identifier = _text(root, "vocabIdentifier")
    if not identifier:
        raise DocumentInvalid("The vocabulary has no identifier", where="vocabIdentifier")
    terms: dict[str, Term] = {}
    for term in _terms(root, None):
        if term.identifier in terms:
            raise DocumentInvalid("A term stands twice", where="term")
        terms[term.identifier] = term
    names = _captions(root, "vocabName")
    return Vocabulary(identifier, names.get("nl") or next(iter(names.values()), ""), MappingProxyType(terms))


def unknown_terms(message: ResultsMessage, vocabularies: Mapping[str, Vocabulary]) -> Iterator[str]:
    """The paths of fields whose vocabulary is among ``vocabularies`` (by identifier) and lacks their term."""
    for place, test in enumerate(message.toetsen, 1):
        for name in ("toetscode", "versie", "leerjaar", "vakgebied"):
            bound: VocabulaireTerm | None = getattr(test, name)
            if bound is None or bound.vocabulaire is None:
                continue
            vocabulary = vocabularies.get(bound.vocabulaire)
            if vocabulary is not None and bound.term not in vocabulary:
                yield f"toetsen/toets[{place}]/{name}"


def _terms(element: Element, parent: str | None) -> Iterator[Term]:
    for child in element.iterchildren("{*}term"):
        identifier = _text(child, "termIdentifier")
        if not identifier:
            raise DocumentInvalid("A term has no identifier", where="term", line=child.sourceline)
        yield Term(identifier, _captions(child, "caption"), parent)
        yield from _terms(child, identifier)


def _text(element: Element, name: str) -> str:
    found = next(element.iterchildren(f"{{*}}{name}"), None)
    return "" if found is None else (found.text or "").strip()


def _captions(element: Element, name: str) -> dict[str, str]:
    found = next(element.iterchildren(f"{{*}}{name}"), None)
    strings = () if found is None else found.iterchildren(_LANGUAGE)
    return {each.get("language") or "": (each.text or "").strip() for each in strings}
