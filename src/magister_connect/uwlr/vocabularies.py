"""Vocabularies that fields of results are bound to: files in the form IMS VDEX 1.0 (documented).

The lists themselves are not part of this library: read the file of the party that keeps the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from attrs import field, frozen

from magister_connect.core.boundary import boundary
from magister_connect.core.frozen import FrozenDict
from magister_connect.core.reprs import MaskedRepr
from magister_connect.core.serialization import PlainData
from magister_connect.core.xml import Element, document_complaint, local_name, parse
from magister_connect.errors import DocumentInvalid, Responsible
from magister_connect.uwlr.fields import TEXT, maybe, one, records_in


def _captions_of(given: Mapping[str, str]) -> Mapping[str, str]:
    return FrozenDict(given)


def _terms_of(given: Mapping[str, Term]) -> Mapping[str, Term]:
    return FrozenDict(given)


_LANGUAGE: Final = "{*}langstring"
_ANOTHER_FILE: Final = "Request the vocabulary as a file in IMS VDEX 1.0."


@frozen(repr=False)
class VocabulaireTerm(MaskedRepr):
    """A text that a vocabulary binds: the term, and which vocabulary it is of and where that can be read."""

    term: str = one(TEXT, name=".")
    vocabulaire: str | None = maybe(TEXT, name="@vocabulaire")
    vocabulairelocatie: str | None = maybe(TEXT, name="@vocabulairelocatie")


@frozen
class Term(PlainData):
    """One term: what is sent, and what it is called in each language of the file."""

    identifier: str
    captions: Mapping[str, str] = field(converter=_captions_of)
    parent: str | None = None

    def caption(self, language: str = "nl") -> str:
        """What it is called in a language; the first caption there is, where the file lacks that language."""
        return self.captions.get(language) or next(iter(self.captions.values()), self.identifier)


@frozen
class Vocabulary(PlainData):
    """A vocabulary by its identifier, with its terms in the order of the file."""

    identifier: str
    name: str
    terms: Mapping[str, Term] = field(converter=_terms_of, repr=lambda terms: f"<{len(terms)} terms>")

    def __contains__(self, term: str) -> bool:
        return term in self.terms

    def term(self, identifier: str) -> VocabulaireTerm:
        """The term as a field of a result. Raises :class:`DocumentInvalid` for one that the vocabulary lacks."""
        if identifier not in self.terms:
            advice = "Use one of terms, or load the newest file of the vocabulary."
            raise DocumentInvalid(
                "The vocabulary has no such term", where=self.identifier, responsible=Responsible.YOU, advice=advice
            )
        return VocabulaireTerm(identifier, vocabulaire=self.identifier)


@boundary.around
def read_vocabulary(document: bytes) -> Vocabulary:
    """A VDEX file. Raises :class:`DocumentInvalid` for what is none, and where a term stands twice."""
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
    """The paths in a record, such as a :class:`ResultsMessage`, whose vocabulary is given and lacks their term.

    A field that names no vocabulary, or one that is not given, is not looked at. The terms of norms are bound by the
    vocabulary of their ``Normering``.
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
