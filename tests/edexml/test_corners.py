"""Corners of reading and writing that no ordinary document reaches."""

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator
from typing import Any

import attrs
import pytest

from magister_connect import edexml
from magister_connect.edexml import (
    Groep,
    GroepReferentie,
    Jaargroep,
    Land,
    Leerkracht,
    Leerling,
    LvsGegevens,
    Opmerking,
    Rol,
    SamengesteldeGroep,
    SamengesteldeGroepReferentie,
    School,
    Vestiging,
)
from magister_connect.errors import DocumentInvalid, UsageError
from tests.edexml.synthetic import document, minimal
from tests.edexml.vectors import NAME, pupils, staffed, teacher

SCHOOL = School("2025-2026", peildatum=dt.date(2025, 10, 1), brincode="99XX")
FULL = edexml.Document(
    SCHOOL,
    vestigingen=(Vestiging("v", "Noord"),),
    groepen=(Groep("g", "5a", Jaargroep.GROEP_5, omschrijving="groep vijf"),),
    samengestelde_groepen=(SamengesteldeGroep("s", "rekenen"),),
    leerlingen=(
        Leerling(
            "1", roepnaam="F", groep="g", samengestelde_groepen=("s",), vestiging="v", land=Land.ME, postnummerbe="9000"
        ),
        Leerling("2", roepnaam="G", jaargroep=Jaargroep.BABY),
    ),
    leerkrachten=(
        Leerkracht(
            "1",
            roepnaam="M",
            groepen=(GroepReferentie("g", (Rol.LEERKRACHT,)), SamengesteldeGroepReferentie("s")),
            toevoegingen=(Opmerking("A", opmerking="x"),),
        ),
    ),
)


def test_all_that_1_03_lacks_is_left_out_and_told() -> None:
    file = io.BytesIO()
    written = edexml.write(FULL, file, version="1.03", loss="report")
    assert {loss.field: loss.count for loss in written.losses} == {
        "school.peildatum": 1,
        "vestiging": 1,
        "groep.omschrijving": 1,
        "samengestelde_groep": 1,
        "leerling.samengestelde_groepen": 1,
        "leerling.vestiging": 1,
        "leerling.land": 1,
        "leerling.jaargroep": 1,
        "leerkracht.groepen": 1,
        "leerkracht.groepen.rollen": 1,
        "leerkracht.toevoegingen": 1,
    }
    read = edexml.read(file.getvalue(), version="1.03")
    assert (read.leerlingen[0].postcodeoverig, read.leerlingen[1].jaargroep) == ("9000", None)
    assert read.leerkrachten[0].groepen == (GroepReferentie("g"),)


PUPIL = Leerling("1", roepnaam="F")
MOMENT = dt.datetime(2025, 10, 1, 8, 30)


def one(**fields: object) -> edexml.Document:
    return edexml.Document(SCHOOL, leerlingen=(attrs.evolve(PUPIL, **fields),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields",
    [
        {"roepnaam": 7},
        {"geslacht": "5"},
        {"geslacht": "nee"},
        {"key": None},
        {"mutatiedatum": dt.date(2025, 10, 1)},
        {"geboortedatum": MOMENT},
        {"mutatiedatum": MOMENT.replace(tzinfo=dt.timezone(dt.timedelta(hours=15)))},
        {"toevoegingen": (LvsGegevens("L", rugzakleerling="ja"),)},  # type: ignore[arg-type]  # that is the point
        {"toevoegingen": (edexml.Blok("A"),)},
        {"toevoegingen": ("geen blok",)},
    ],
)
def test_values_of_a_wrong_kind_are_not_written(fields: dict[str, object]) -> None:
    with pytest.raises(DocumentInvalid):
        edexml.to_bytes(one(**fields))


@pytest.mark.parametrize(
    "moment",
    [
        MOMENT,
        MOMENT.replace(microsecond=120_000),
        MOMENT.replace(tzinfo=dt.UTC),
        MOMENT.replace(tzinfo=dt.timezone(dt.timedelta(hours=-3, minutes=-30))),
    ],
)
def test_moments_come_back_as_they_were(moment: dt.datetime) -> None:
    assert edexml.read(edexml.to_bytes(one(mutatiedatum=moment))).leerlingen[0].mutatiedatum == moment


def test_items_of_another_kind_are_not_written() -> None:
    staff = Leerkracht("1", roepnaam="M", groepen=("g",))  # type: ignore[arg-type]  # that is the point
    with pytest.raises(DocumentInvalid):
        edexml.to_bytes(edexml.Document(SCHOOL, leerlingen=(PUPIL,), leerkrachten=(staff,)))
    with pytest.raises(UsageError):
        edexml.to_bytes(edexml.Document(SCHOOL, leerlingen=("F",)))  # type: ignore[arg-type]  # that is the point


def test_orders_of_children_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magister_connect.edexml.writing.render._MOST_ORDERS", 1)
    assert edexml.read(edexml.to_bytes(FULL)) == FULL


def test_a_large_document_is_written_in_batches() -> None:
    whole = edexml.Document(SCHOOL, leerlingen=tuple(Leerling(str(n), roepnaam="F" * 60) for n in range(4_000)))
    assert edexml.read(edexml.to_bytes(whole)) == whole


@pytest.mark.parametrize(
    "content",
    [
        minimal(rest="<groepen><onzin/></groepen>"),
        minimal(rest="<vestigingen><vestiging key='v'><naam>N</naam></vestiging></vestigingen>"),
        minimal().replace(b"<leerling ", b"<x:leerling xmlns:x='urn:x' ").replace(b"</leerling>", b"</x:leerling>"),
        staffed(teacher("<groepen><groep key='g'><onzin/></groep></groepen>")),
        pupils("key='1'") + b"<!-- behind -->",
    ],
)
def test_strangers_in_lists_are_found(content: bytes) -> None:
    version = "1.03" if b"vestiging" in content else "2.1"
    valid = b"behind" in content
    assert edexml.check(content, version=version).schema_valid is valid


def test_a_document_without_a_school_is_an_error_in_every_way() -> None:
    content = minimal().replace(b"<school><schooljaar>2014-2015</schooljaar></school>", b"")
    assert not edexml.check(content).schema_valid
    for lenient in (False, True):
        with pytest.raises(DocumentInvalid):
            edexml.read(content, lenient=lenient)


def test_staff_with_roles_and_groups_is_read_the_fast_way_too() -> None:
    roles = "<rol>LRK</rol><rolomschrijving>x</rolomschrijving>"
    groups = "<groepen><groep key='g'><naam>b1a</naam><jaargroep>1</jaargroep></groep></groepen>"
    both = f"<groepen><groep key='g'>{roles}</groep><groep key='g'/></groepen>"
    staff = "".join(teacher(roles + both, f"key='{n}'") for n in range(4)).replace("'", '"')
    read = edexml.read(staffed(staff, groups))
    assert {teacher.rollen for teacher in read.leerkrachten} == {(Rol.LEERKRACHT, "x")}
    assert {teacher.groepen for teacher in read.leerkrachten} == {
        (GroepReferentie("g", (Rol.LEERKRACHT, "x")), GroepReferentie("g"))
    }
    wrong = staffed(staff.replace("LRK", "ONB", 2), groups)
    assert not edexml.check(wrong).schema_valid


def test_findings_of_a_lenient_stream_grow_as_it_is_read() -> None:
    with edexml.open(minimal(pupil=NAME + "<emailadres/>"), lenient=True) as stream:
        list(stream.leerlingen)
        assert [finding.code for finding in stream.findings] == ["L04"]


def test_asking_an_awaiting_stream_for_staff_passes_over_the_pupils() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for byte in document("2.0"):
            yield bytes([byte])

    async def staff() -> list[Leerkracht]:
        async with edexml.open_async(pieces()) as stream:
            return [one async for one in stream.leerkrachten]

    assert tuple(asyncio.run(staff())) == edexml.read(document("2.0")).leerkrachten


def test_an_awaiting_stream_that_is_not_whole_is_an_error() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"PK"

    async def school() -> School:
        async with edexml.open_async(pieces()) as stream:
            return stream.school

    with pytest.raises(DocumentInvalid):
        asyncio.run(school())


@pytest.mark.parametrize("source", [FULL, 7, None, io.StringIO("<EDEX/>"), bytearray(b"<EDEX/>"), ["<EDEX/>", 7]])
def test_what_is_no_source_is_refused(source: Any) -> None:
    for way in (edexml.read, edexml.check):
        with pytest.raises(UsageError, match="cannot be read from this"):
            way(source)


def test_misspelt_options_are_refused() -> None:
    with pytest.raises(UsageError):
        edexml.read(minimal(), unknown_blocks="drop")  # type: ignore[arg-type]  # that is the point
    with pytest.raises(UsageError):
        edexml.block_type("X", int)  # type: ignore[arg-type]  # that is the point


def test_a_brin_is_checked_on_request() -> None:
    report = edexml.check(minimal(school="<brincode>11\u00c4A</brincode>"), numbers=True)
    assert report.schema_valid
    assert ("S15", edexml.Severity.WARNING) in report.counts


def test_records_say_nothing_when_they_are_shown() -> None:
    shown = repr([Opmerking("A", opmerking="geheim"), edexml.KeyChange("leerling", "1", "2", certain=False)])
    assert shown == "[<Opmerking: code, opmerking>, <KeyChange leerling?>]"
    assert Leerkracht(edexml.dummy_key(1)).is_dummy_key


def test_staff_is_recognised_by_its_address_and_twins_are_not() -> None:
    old = attrs.evolve(FULL, leerkrachten=(Leerkracht("1", roepnaam="M", emailadres="M@x.nl"),))
    new = attrs.evolve(FULL, leerkrachten=(Leerkracht("2", roepnaam="M", emailadres="m@x.nl"),))
    assert [(one.kind, one.new_key) for one in edexml.diff(old, new).rekeyed] == [("leerkracht", "2")]


def test_what_extra_holds_is_no_proposal() -> None:
    changed = attrs.evolve(PUPIL, extra=(("a", "b"),), emailadres="x@x.nl")
    difference = edexml.diff(one(), edexml.Document(SCHOOL, leerlingen=(changed,)))
    assert [proposal.field for proposal in difference.proposals] == ["emailadres"]


def test_combination_groups_leave_others_alone() -> None:
    parts = (
        Groep("a", "5/6", Jaargroep.GROEP_5),
        Groep("b", "5/6", Jaargroep.GROEP_6),
        Groep("c", "7", Jaargroep.GROEP_7),
    )
    whole = edexml.Document(
        SCHOOL,
        groepen=parts,
        leerlingen=(Leerling("1", roepnaam="F", groep="a"), Leerling("2", roepnaam="G", groep="c"), PUPIL),
        leerkrachten=(Leerkracht("1", roepnaam="M", groepen=(GroepReferentie("c"),)), Leerkracht("2", roepnaam="N")),
    )
    joined, _ = edexml.combine_groups(whole)
    assert joined.leerkrachten == whole.leerkrachten
    assert joined.leerlingen[1:] == whole.leerlingen[1:]
    assert len(edexml.class_lists(whole)) == 1


@pytest.mark.parametrize(("made", "changed", "told"), [("Z", "+02:00", False), ("", "", True), ("Z", "", True)])
def test_dates_of_change_are_compared_with_care_for_zones(made: str, changed: str, told: bool) -> None:
    school = f"<aanmaakdatum>2014-10-01T08:00:00{made}</aanmaakdatum>"
    content = minimal(school=school, pupil=f"{NAME}<mutatiedatum>2014-10-01T09:30:00{changed}</mutatiedatum>")
    assert (("S29", edexml.Severity.HINT) in edexml.check(content).counts) is told
