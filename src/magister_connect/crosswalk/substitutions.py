"""When a BSN replaces an onderwijsnummer: keep the ECK iD of the pupil, or find that it was not kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from magister_connect.crosswalk.links import Succession
from magister_connect.crosswalk.table import Crosswalk
from magister_connect.identifiers import EckId, Identifier, Pgn, Stampseudoniem


def pending_substitutions(crosswalk: Crosswalk) -> tuple[Succession, ...]:
    """Return the successions of personal numbers to report to Nummervoorziening (``replace_stampseudonym``).

    In these, the old number has a stampseudoniem or an ECK iD, and the new one does not. If you do not report them, the
    pupil gets a second ECK iD, and the results at suppliers are split (documented).
    """
    return tuple(
        one
        for one in crosswalk.successors.successions
        if isinstance(one.old, Pgn) and _pseudonyms(crosswalk, one.old) - _pseudonyms(crosswalk, one.new)
    )


def doubled_eck_ids(crosswalk: Crosswalk) -> Mapping[Identifier, tuple[EckId, ...]]:
    """Return persons with more than one ECK iD, by their current number. One for each sector is correct."""
    found: defaultdict[Identifier, set[EckId]] = defaultdict(set)
    for one in crosswalk.identifiers:
        if isinstance(one, Pgn):
            found[crosswalk.successors.current(one)] |= {
                other for other in _linked(crosswalk, one) if isinstance(other, EckId)
            }
    return {person: tuple(sorted(eck_ids)) for person, eck_ids in sorted(found.items()) if len(eck_ids) > 1}


def _linked(crosswalk: Crosswalk, identifier: Identifier) -> set[Identifier]:
    """Return what a number is linked to, directly or through a number of an administration."""
    direct = {link.other_side(identifier) for link in crosswalk.links_of(identifier)}
    return direct | {link.other_side(one) for one in direct for link in crosswalk.links_of(one) if one.personal}


def _pseudonyms(crosswalk: Crosswalk, identifier: Identifier) -> set[Identifier]:
    direct = {link.other_side(identifier) for link in crosswalk.links_of(identifier)}
    return {one for one in direct if isinstance(one, EckId | Stampseudoniem)}
