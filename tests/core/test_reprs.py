"""Printing a record shows which fields are filled, and never a value, whatever prints it."""

from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from copy import deepcopy
from io import StringIO
from pathlib import Path

import pytest
from attrs import asdict, evolve, field, fields, frozen
from IPython.lib.pretty import pretty

from magister_connect.core.records.reprs import MaskedRepr, count, is_filled

NAME = "Zwanenburg"


@frozen(repr=False)
class Leerling(MaskedRepr):
    key: str
    achternaam: str | None = None
    geboren: dt.date | None = None
    telefoon: tuple[str, ...] = ()
    aantal: int = 0
    hidden: str = field(default="", repr=False)
    extra: Mapping[str, str] = field(factory=dict, repr=count)


@frozen(repr=False)
class Zus(Leerling):
    klas: str = ""


def of(kind: type[Leerling] = Leerling) -> Leerling:
    return kind("77", NAME, None, (NAME,), 0, NAME, {NAME: NAME})


def with_rich(value: object) -> str:
    from rich.console import Console
    from rich.pretty import Pretty

    out = StringIO()
    Console(file=out, width=200).print(Pretty(value))
    return out.getvalue().strip()


def with_devtools(value: object) -> str:
    from devtools import pformat

    return str(pformat(value))


def with_sentry(value: object) -> str:
    from sentry_sdk.serializer import serialize

    return str(serialize({"value": [value]}, is_vars=True))


def with_traceback(value: object) -> str:
    try:
        raise ValueError
    except ValueError as error:
        return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()) + str(value)


PRINTERS = [repr, str, "{}".format, pretty, with_rich, with_devtools, with_sentry, with_traceback]


@pytest.mark.parametrize("printer", PRINTERS, ids=lambda each: getattr(each, "__name__", "printer"))
@pytest.mark.parametrize("kind", [Leerling, Zus])
def test_no_printer_shows_a_value(printer: Callable[[object], str], kind: type[Leerling]) -> None:
    text = printer(of(kind))
    assert kind.__name__ in text
    assert "77" not in text
    assert NAME not in text


def test_the_repr_names_the_filled_fields() -> None:
    assert repr(of()) == "<Leerling: key, achternaam, telefoon, aantal, hidden, extra>"
    assert repr(Leerling("")) == "<Leerling: aantal>"
    assert with_rich(Leerling("1")) == "<Leerling key=*** aantal=***>"


def test_each_field_masks_itself_for_tools_that_read_the_fields() -> None:
    settings = {each.name: each.repr for each in fields(Zus)}
    assert settings["hidden"] is False
    assert settings["extra"] is count
    shown = {name: setting(getattr(of(Zus), name)) for name, setting in settings.items() if callable(setting)}
    assert shown == {
        "key": "***",
        "achternaam": "***",
        "geboren": "None",
        "telefoon": "***",
        "aantal": "***",
        "extra": "<1>",
        "klas": "''",
    }


def test_a_half_built_record_has_a_repr() -> None:
    assert repr(Leerling.__new__(Leerling)) == "<Leerling>"


FAILING = """
from attrs import frozen
from magister_connect.core.records.reprs import MaskedRepr

@frozen(repr=False)
class Leerling(MaskedRepr):
    achternaam: str

def test_same():
    left, right = [Leerling(chr(90) + each) for each in ("wanenburg", "onnemaire")]
    assert left == right
"""


def test_pytest_explains_no_value_of_a_failed_comparison(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(FAILING)
    command = [sys.executable, "-m", "pytest", "-vv", "-l", "-p", "no:cacheprovider", "-c", "/dev/null", "test_it.py"]
    output = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout
    assert "<Leerling: achternaam> == <Leerling: achternaam>" in output
    assert "Zwanenburg" not in output
    assert "Zonnemaire" not in output


def test_a_masked_record_works_like_any_other() -> None:
    one = of(Zus)
    assert one == deepcopy(one) == pickle.loads(pickle.dumps(one)) == evolve(one)  # noqa: S301 - of this test
    assert one != evolve(one, key="78")
    assert asdict(one)["achternaam"] == NAME


@pytest.mark.parametrize(
    ("value", "filled"), [(None, False), ("", False), ((), False), ({}, False), (0, True), (False, True), ("x", True)]
)
def test_what_counts_as_filled(value: object, filled: bool) -> None:
    assert is_filled(value) is filled
