"""No way of failing, showing or logging tells a personal number, whichever library failed below."""

import datetime as dt
import logging
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pandas as pd
import polars as pl
import pydantic
import pytest

from magister_connect.core.secrets import redact_logging
from magister_connect.crosswalk import (
    Audience,
    Column,
    Crosswalk,
    Enrolment,
    Link,
    ParameterTable,
    Pseudonymiser,
    build_links,
    diff,
    read_csv,
    read_sqlite,
    read_text_table,
    write_csv,
)
from magister_connect.crosswalk.files import crosswalk_from_rows, rows_of
from magister_connect.crosswalk.frames import read_parquet, resolve_many
from magister_connect.errors import MagisterConnectError
from magister_connect.identifiers import (
    AmnDeelnemersnummer,
    Bsn,
    Hpgn,
    Onderwijsnummer,
    Pgn,
    Stamnummer,
    ToaGebruikersnaam,
    restore,
)
from magister_connect.identifiers.frames import inspect, kinds_of, repair
from magister_connect.nummervoorziening import hpgn, hpgn_many, teacher_hpgn
from magister_connect.sandbox.school.identities import PUPIL_NUMBERS

NUMBER = "111222333"  # a published example
WRONG = "111222334"
DAY = dt.date(2025, 10, 1)
LINKS = [Link(Bsn(NUMBER), Stamnummer("51155", scope="99ZZ")), Link(Bsn(NUMBER), Stamnummer("51156", scope="99ZZ"))]
AMBIGUOUS = Crosswalk(LINKS)

FAILING: dict[str, Callable[[], object]] = {
    "parse": lambda: Bsn.parse(WRONG),
    "parse of the other kind": lambda: Onderwijsnummer.parse(NUMBER),
    "parse of either kind": lambda: Pgn.parse(f"{NUMBER}.0"),
    "lenient": lambda: Pgn.parse_lenient(WRONG),
    "from_number": lambda: Bsn.from_number(int(WRONG)),
    "restore": lambda: restore("bsn", "", WRONG),
    "restore of an unknown kind": lambda: restore("sofinummer", "", NUMBER),
    "candidate": lambda: AmnDeelnemersnummer.parse(NUMBER, scope="klant"),
    "user name": lambda: ToaGebruikersnaam.parse_lenient(NUMBER, scope="klant"),
    "hpgn": lambda: Hpgn.parse(NUMBER),
    "hash": lambda: hpgn(WRONG, salt=NUMBER),
    "salt": lambda: hpgn(NUMBER, salt=NUMBER),
    "hashes": lambda: hpgn_many([NUMBER, WRONG], salt=NUMBER),
    "teacher": lambda: teacher_hpgn("99ZZ", NUMBER, salt=NUMBER),
    "number as scope": lambda: Stamnummer.parse("1", scope=f"{NUMBER} "),
    "or_raise": lambda: AMBIGUOUS.resolve(Bsn(NUMBER), to=Stamnummer, as_of=DAY).or_raise(),
    "strict crosswalk": lambda: Crosswalk(LINKS, cardinality="n:1", on_conflict="raise"),
    "other side": lambda: LINKS[0].other_side(PUPIL_NUMBERS[0]),
    "audience": lambda: Audience("x").check([Bsn(NUMBER)]),
    "audience of texts": lambda: Audience("x").check_texts([{"a": NUMBER}]),
    "weak key": lambda: Pseudonymiser(NUMBER.encode(), key_id="k", audience=Audience("x")),
    "re-keyed": lambda: diff(Crosswalk(LINKS[:1]), Crosswalk([Link(PUPIL_NUMBERS[0], LINKS[0].right)])).check(),
    "rows": lambda: crosswalk_from_rows([*rows_of(AMBIGUOUS)][:1] + [*rows_of(AMBIGUOUS)][2:]),
    "frame of numbers": lambda: resolve_many(
        pl.DataFrame({"pgn": [int(NUMBER)]}), AMBIGUOUS, of=Column("pgn", Pgn), to=Stamnummer, as_of=DAY
    ),
    "frame without days": lambda: resolve_many(
        pl.DataFrame({"pgn": [NUMBER], "day": [NUMBER]}), AMBIGUOUS, of=Column("pgn", Pgn), to=Stamnummer, as_of="day"
    ),
    "broken table": lambda: read_text_table(f'pgn,b\n"{NUMBER}"x,1\n'.encode()),
    "short row": lambda: read_text_table(f"pgn,b\n{NUMBER}\n".encode()),
    "parameters": lambda: ParameterTable.read(f"crebo,x\n{NUMBER},1\n".encode()),
    "dates of parameters": lambda: ParameterTable.read(f"crebo,valid_from\n25187,{NUMBER}\n".encode()),
    "missing column": lambda: build_links([{NUMBER: NUMBER}], Column("a", Pgn), Column("b", Pgn), source="x"),
    "text as a side": lambda: Link(LINKS[0].left, NUMBER),  # type: ignore[arg-type]  # the point of the test
    "text as a number": lambda: AMBIGUOUS.resolve(NUMBER, to=Stamnummer, as_of=DAY),  # type: ignore[arg-type]  # as above
    "cardinality": lambda: Crosswalk(cardinality=NUMBER),
    "priority": lambda: ParameterTable.read(f"crebo,priority\n25187,{NUMBER}x\n".encode()),
}


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def assert_discreet(error: BaseException) -> None:
    shown = "".join(traceback.format_exception(error))
    shown += "".join(f"{one!r} {one} {vars(one)}" for one in chain(error))
    assert NUMBER not in shown
    assert WRONG not in shown


@pytest.mark.parametrize("action", FAILING.values(), ids=FAILING.keys())
def test_no_error_tells_a_number_in_any_of_its_parts(action: Callable[[], object]) -> None:
    with pytest.raises(MagisterConnectError) as caught:
        action()
    assert_discreet(caught.value)


OF_ANOTHER_ROOM = {"hash", "hashes", "salt", "teacher"}  # Nummervoorziening


@pytest.mark.parametrize("name", sorted(FAILING.keys() - OF_ANOTHER_ROOM))
def test_every_error_says_where_and_what_to_do(name: str) -> None:
    with pytest.raises(MagisterConnectError) as caught:
        FAILING[name]()
    assert caught.value.where or getattr(caught.value, "line", None)
    assert caught.value.advice


@pytest.mark.parametrize("read", [read_csv, read_sqlite, read_parquet])
def test_no_error_about_a_file_tells_what_stands_in_it(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = tmp_path / "file"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE crosswalk (relation TEXT)")
        database.execute("INSERT INTO crosswalk VALUES (?)", [NUMBER])
    database.close()
    if read is not read_sqlite:
        path.write_text(f"pgn\n{NUMBER}\n")
    with pytest.raises(MagisterConnectError) as caught:
        read(path)
    assert_discreet(caught.value)


def test_no_error_about_a_row_of_a_file_tells_the_row(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    write_csv(AMBIGUOUS, path)
    path.write_text(path.read_text(encoding="utf-8").replace("51155", "51157"), encoding="utf-8")
    with pytest.raises(MagisterConnectError) as caught:
        read_csv(path)
    assert_discreet(caught.value)


def test_other_libraries_that_hold_our_values_do_not_tell_them() -> None:
    class Model(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
        number: Stamnummer

    with pytest.raises(pydantic.ValidationError) as caught:
        Model(number=Bsn(NUMBER))  # type: ignore[arg-type]  # the point of the test
    assert_discreet(caught.value)
    with pytest.raises(KeyError) as missing:
        dict[Bsn, int]()[Bsn(NUMBER)]
    assert_discreet(missing.value)
    frame = pd.DataFrame({"pgn": [Bsn(NUMBER), Bsn(NUMBER)], "x": [1, 2]})
    with pytest.raises(pd.errors.MergeError) as doubled:
        frame.merge(frame, on="pgn", validate="1:1")
    assert_discreet(doubled.value)
    with pytest.raises(ValueError, match="duplicate") as index:
        frame.set_index("pgn").reindex([Bsn(NUMBER)])
    assert_discreet(index.value)


def test_no_way_of_showing_a_value_tells_it() -> None:
    resolved = AMBIGUOUS.resolve_many([Bsn(NUMBER)], to=Stamnummer, as_of=DAY)
    frame = pl.DataFrame({"pgn": [NUMBER, WRONG]})
    _, report = resolve_many(frame, AMBIGUOUS, of=Column("pgn", Pgn), to=Stamnummer, as_of=DAY)
    shown = [
        *LINKS,
        AMBIGUOUS,
        *resolved,
        resolved.report,
        report,
        report.to_csv(),
        report.to_html(),
        report.to_json(),
        Crosswalk(LINKS, cardinality="n:1").conflicts,
        diff(AMBIGUOUS, Crosswalk()),
        inspect(frame),
        kinds_of([NUMBER]),
        repair([f"{NUMBER}.0"]),
        attrs.asdict(LINKS[0]),
        ParameterTable.read(b"crebo,x\n25187,1\n").explain(Enrolment("25187"), as_of=DAY),
    ]
    assert NUMBER not in "".join(f"{one!r} {one}" for one in shown)


def test_one_line_keeps_numbers_out_of_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("a.school")
    handler = logging.StreamHandler()
    logger.addHandler(handler)
    logger.propagate = False
    redact_logging(logger=logger)
    logger.warning("result for %s", Bsn(NUMBER).reveal())
    logger.removeHandler(handler)
    assert "result for ***" in capfd.readouterr().err
