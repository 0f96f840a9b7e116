"""The package names its rooms and loads them when they are named."""

import subprocess
import sys
from importlib import import_module

import pytest

import magister_connect


def test_a_room_is_loaded_when_it_is_named() -> None:
    code = (
        "import sys, magister_connect as m; assert 'magister_connect.errors' not in sys.modules; m.errors.Responsible"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_rooms_can_be_listed() -> None:
    assert set(import_module(magister_connect.__name__).__all__) <= set(dir(magister_connect))


def test_what_is_no_room_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="magister_connect attribute magic"):
        _ = magister_connect.magic  # type: ignore[attr-defined]  # asked for to fail
