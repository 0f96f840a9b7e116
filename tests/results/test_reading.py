"""What single texts and records mean: moments, levels, who is known, and records of every form."""

import datetime as dt
import json
from importlib import import_module
from typing import Any

import pytest
from attrs import evolve
from lxml import etree

from magister_connect import results
from magister_connect.core.soap import Fault
from magister_connect.errors import SoapFault
from magister_connect.identifiers import ToaGebruikersnaam
from magister_connect.results import (
    HAND_WRITTEN,
    Connection,
    Contract,
    DateForm,
    FaultTexts,
    Level,
    LevelFamily,
    PullReport,
    Result,
    Unreadable,
)
from magister_connect.results.contracts import reading
from magister_connect.results.contracts.reading import RecordReader
from magister_connect.results.levels import parse_level
from magister_connect.results.moments import read_moment, to_local, write_moment
from magister_connect.results.pulling.store_protocol import RowCounts
from magister_connect.results.records import stamnummer_filter

JIJ = Connection("JIJ", "ZAND")
RECORD = {"submission_nr": "1", "username": "1001", "modified": "2025-10-01 08:30:00"}


def element(texts: dict[str, Any]) -> Any:
    """A record: a text, several of them, or what stands within."""
    record = etree.Element("result")
    for name, content in texts.items():
        for each in content if isinstance(content, list) else [content]:
            child = etree.SubElement(record, name)
            if isinstance(each, dict):
                child.extend(list(element(each)))
            else:
                child.text = each
    return record


def read(texts: dict[str, Any], contract: Contract = HAND_WRITTEN) -> Result | Unreadable:
    body = etree.Element("response")
    etree.SubElement(body, "results").append(element({**RECORD, **texts}))
    [record] = RecordReader(contract, JIJ).read(body)
    return record


def result(texts: dict[str, Any], contract: Contract = HAND_WRITTEN) -> Result:
    record = read(texts, contract)
    assert isinstance(record, Result)
    return record


def unreadable(texts: dict[str, Any]) -> Unreadable:
    record = read(texts)
    assert isinstance(record, Unreadable)
    return record


# -- records ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("test_nr", "toetsnummer"), ("toetsnummer", "test_nr")])
def test_of_two_elements_for_one_field_the_likelier_name_wins_and_the_other_stays(order: tuple[str, str]) -> None:
    texts = {"test_nr": "7", "toetsnummer": "8"}
    record = result({name: texts[name] for name in order})
    assert (record.test_nr, record.extra) == ("7", {"toetsnummer": "8"})
    assert record.connection == JIJ


def test_an_element_that_stands_twice_sets_its_record_apart_under_its_number() -> None:
    record = unreadable({"test_nr": ["7", "8"]})
    assert (record.path, record.submission_nr) == ("result[0]/test_nr", "1")


def test_a_number_that_stands_twice_is_no_number_to_know_a_record_by() -> None:
    record = unreadable({"submission_nr": ["1", "2"]})
    assert (record.path, record.submission_nr, record.stamnummer) == ("result[0]/submission_nr", None, "1001")


def test_the_likelier_number_is_that_of_a_record_that_cannot_be_read() -> None:
    record = unreadable({"afnamenummer": "99", "colour": "blue", "score": "8l,5"})
    assert (record.submission_nr, record.cursor) == ("1", RECORD["modified"])


def test_a_part_that_cannot_be_read_leaves_the_number_of_its_record() -> None:
    record = unreadable({"parts": {"part": {"code": "1", "score": "1O"}}})
    assert (record.path, record.submission_nr) == ("result[0]/parts[0]/score", "1")


def test_parts_and_what_nobody_named_keep_their_place() -> None:
    record = result(
        {
            "parts": {"part": [{"code": "1", "score": "12", "level": "2F", "weight": "2", "empty": ""}, {"name": "x"}]},
            "school": {"location": {"name": "Noord", "empty": ""}},
            "colour": "blue",
        }
    )
    first, second = record.parts
    assert (first.code, first.level, first.extra) == ("1", Level.F2, {"weight": "2"})
    assert (second.name, second.score) == ("x", None)
    assert record.extra == {"school[0]/location[0]/name": "Noord", "colour": "blue"}


def test_parts_that_are_a_text_stay_as_they_are() -> None:
    assert result({"parts": "none"}).extra == {"parts": "none"}


def test_a_record_of_nothing_but_a_report_has_no_number() -> None:
    record = unreadable({**dict.fromkeys(RECORD), "download_report": "https://tap.example/report"})
    assert (record.path, record.submission_nr) == ("result[0]/submission_nr", None)


def test_what_is_remembered_has_a_bound_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"score": "81,5", "level": "2F", "colour": "blue"}
    before = result(texts)
    monkeypatch.setattr(reading, "MOST_REMEMBERED", 0)
    assert result(texts) == before


# -- single texts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day_first", "moment"),
    [
        ("2025-10-01 08:30:00", False, dt.datetime(2025, 10, 1, 8, 30)),
        ("2025-10-01T06:30:00Z", False, dt.datetime(2025, 10, 1, 8, 30)),
        ("2025-10-01", False, dt.datetime(2025, 10, 1)),
        ("0000-00-00 00:00:00", False, None),
        ("01-10-2025 08:30", True, dt.datetime(2025, 10, 1, 8, 30)),
        ("01-10-2025T06:30:00Z", True, dt.datetime(2025, 10, 1, 8, 30)),
        ("01-10-2025", True, dt.datetime(2025, 10, 1)),
    ],
)
def test_a_moment_is_local_time_in_whatever_form(text: str, day_first: bool, moment: dt.datetime | None) -> None:
    assert read_moment(text, "taken_at", day_first=day_first) == moment


@pytest.mark.parametrize("form", DateForm)
def test_a_moment_is_written_in_the_form_that_shows_it(form: DateForm) -> None:

    assert write_moment(dt.datetime(2024, 10, 1, 8, 30), form) == form.value


@pytest.mark.parametrize(
    "given",
    [
        dt.datetime(2025, 8, 1),
        dt.datetime(2025, 7, 31, 22, tzinfo=dt.UTC),
        dt.date(2025, 8, 1),
        "2025-08-01",
        "2025-08-01T00:00:00+02:00",
    ],
)
def test_a_caller_may_give_a_moment_in_any_form(given: Any) -> None:
    assert to_local(given, "since") == dt.datetime(2025, 8, 1)


@pytest.mark.parametrize(
    ("text", "level", "family"),
    [
        ("2F", Level.F2, LevelFamily.REFERENTIE),
        (" 2 f ", Level.F2, LevelFamily.REFERENTIE),
        ("<1F", Level.BELOW_1F, LevelFamily.REFERENTIE),
        ("0F", Level.BELOW_1F, LevelFamily.REFERENTIE),
        ("1s", Level.S1, LevelFamily.REFERENTIE),
        ("B2", Level.B2, LevelFamily.ERK),
        ("< a1", Level.BELOW_A1, LevelFamily.ERK),
        ("1F-2F", Level.OTHER, LevelFamily.NONE),
        ("", Level.OTHER, LevelFamily.NONE),
    ],
)
def test_a_level_belongs_to_one_scale(text: str, level: Level, family: LevelFamily) -> None:
    assert (parse_level(text), parse_level(text).family) == (level, family)


@pytest.mark.parametrize(
    "known", [["1001"], [" 01001"], [1001], [ToaGebruikersnaam("1001", scope="ZAND")], {"1001": 1}, "1001".__eq__]
)
def test_candidates_may_be_known_in_any_form(known: Any) -> None:
    is_wanted = stamnummer_filter(known)()
    assert [is_wanted(text) for text in ("1001", "1002")] == [True, False]


def test_zeros_count_where_a_school_has_numbers_that_begin_with_them() -> None:
    is_wanted = stamnummer_filter(["01001"])(numeric=False)
    assert [is_wanted(text) for text in ("01001", "1001")] == [True, False]


def test_a_fault_that_says_nothing_that_is_known_is_told_as_it_is() -> None:
    error = FaultTexts().error(Fault("Server", "Er is iets misgegaan"), "JIJ", "POST https://tap.example", 500)
    assert isinstance(error, SoapFault)


# -- reports, and the face of the room -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "begin"),
    [
        ({}, "Nothing to do: run it again"),
        ({"unknown": 2}, "Nothing to do: run it again"),
        ({"unknown": 2, "kept": RowCounts(waiting=1)}, "Add the unknown candidates"),
        (
            {"kept": RowCounts(waiting=1), "left_out_by_year": {"2023-2024": 1}},
            "Results of unknown candidates were",
        ),
        ({"left_out_by_year": {"2023-2024": 1}, "quarantined": 1}, "Report what is in quarantine"),
        ({"unknown": 2, "quarantined": 1}, "Report what is in quarantine"),
        ({"unknown": 2, "quarantined": 1, "alarms": ("30 of 100 are gone",)}, "Look into this: 30 of 100 are gone."),
    ],
)
def test_a_report_says_what_to_do_next_the_worst_first(changes: dict[str, Any], begin: str) -> None:
    now = dt.datetime(2025, 11, 20, tzinfo=dt.UTC)
    report = evolve(PullReport(connection=JIJ, started_at=now, ended_at=now), **changes)
    assert report.next_action.startswith(begin)
    assert report.next_action in str(report)
    assert json.loads(report.to_json())["next_action"] == report.next_action


def test_every_public_name_is_there_and_no_other() -> None:
    assert all(getattr(results, name) is not None for name in import_module(results.__name__).__all__)
    assert set(import_module(results.__name__).__all__) <= set(dir(results))
    with pytest.raises(AttributeError, match="Reslut"):
        _ = results.Reslut  # type: ignore[attr-defined]  # asking for it is the point
