"""Turn documents into polars tables: leerlingen, groepen, leerkrachten, and who is in which group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from magister_connect.core.extras import require_extra
from magister_connect.edexml.model import records
from magister_connect.edexml.model.codes import CodeList
from magister_connect.edexml.writing.write import Population, groups_in_order

if TYPE_CHECKING:
    from polars import DataFrame, DataType

require_extra("frames", "polars")


_NUMBERS: Final = frozenset({"sofinummer", "bsn", "onderwijsnummer", "bsn_ondwnr_4", "rijksregisternummer", "eckid"})
_NESTED: Final = frozenset({"samengestelde_groepen", "groepen", "rollen", "toevoegingen", "extra"})
_DATES: Final = frozenset({"geboortedatum", "start_ondw_jgr3", "instroomdatum", "uitstroomdatum"})
_HERE: Final = ZoneInfo("Europe/Amsterdam")


class Tables(NamedTuple):
    """The four tables of a document.

    ``lidmaatschappen`` has the columns ``soort`` (leerling, leerkracht), ``key``, ``groep`` and ``groepsoort`` (groep,
    samengestelde_groep).
    """

    leerlingen: DataFrame
    groepen: DataFrame
    leerkrachten: DataFrame
    lidmaatschappen: DataFrame

    def __repr__(self) -> str:
        return f"<Tables of {self.leerlingen.height} leerlingen, {self.groepen.height} groepen>"


def to_polars(document: Population, *, numbers: bool = False) -> Tables:
    """Turn a document into tables with the columns of the records. Lists become rows of ``lidmaatschappen``.

    Codes are text, dates are dates. Moments have no time zone: those with a zone are converted to Amsterdam time.
    Personal numbers and ECK iDs are left out unless ``numbers`` is true, because tables get printed.
    """
    import polars as pl

    memberships: list[tuple[str, str, str, str]] = []

    def noting(persons: Iterable[records.Leerling | records.Leerkracht]) -> Iterator[object]:
        for person in persons:
            memberships.extend(_memberships(person))
            yield person

    def table(kind: type, rows: Iterable[object]) -> DataFrame:
        names = [name for name in kind.__slots__ if name not in _NESTED and (numbers or name not in _NUMBERS)]  # type: ignore[attr-defined] # every record has slots
        found = [[_plain(getattr(row, name)) for name in names] for row in rows]
        schema = {name: _type_of(name) for name in names}
        return pl.DataFrame(found, schema=schema, orient="row")

    groups = (
        (*_group_row(group), "groep" if isinstance(group, records.Groep) else "samengestelde_groep")
        for group in groups_in_order(document)
    )
    group_columns = {name: pl.String() for name in ("key", "naam", "jaargroep", "omschrijving", "soort")}
    member_columns = {name: pl.String() for name in ("soort", "key", "groep", "groepsoort")}
    return Tables(
        leerlingen=table(records.Leerling, noting(document.leerlingen)),
        groepen=pl.DataFrame(list(groups), schema=group_columns, orient="row"),
        leerkrachten=table(records.Leerkracht, noting(document.leerkrachten)),
        lidmaatschappen=pl.DataFrame(memberships, schema=member_columns, orient="row"),
    )


def _type_of(name: str) -> DataType:
    import polars as pl

    if name in _DATES:
        return pl.Date()
    return pl.Datetime("us") if name == "mutatiedatum" else pl.String()


def _group_row(group: records.Groep | records.SamengesteldeGroep) -> tuple[str | None, ...]:
    year = group.jaargroep.value if isinstance(group, records.Groep) and group.jaargroep else None
    return (group.key, group.naam, year, group.omschrijving)


def _memberships(person: records.Leerling | records.Leerkracht) -> Iterator[tuple[str, str, str, str]]:
    if isinstance(person, records.Leerling):
        if person.groep is not None:
            yield ("leerling", person.key, person.groep, "groep")
        for key in person.samengestelde_groepen:
            yield ("leerling", person.key, key, "samengestelde_groep")
        return
    for one in person.groepen:
        kind = "groep" if isinstance(one, records.GroepReferentie) else "samengestelde_groep"
        yield ("leerkracht", person.key, one.key, kind)


def _plain(value: object) -> object:
    if isinstance(value, CodeList):
        return value.value
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(_HERE).replace(tzinfo=None)
    return value
