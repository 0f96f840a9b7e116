"""The documentation follows from the model, and the simulated school's file survives every way."""

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from docs.model_page import PAGE, model_page
from magister_connect import edexml
from magister_connect.edexml.model.versions import VERSIONS
from magister_connect.sandbox import Sandbox

GUIDE = Path(__file__).parents[2] / "docs" / "edexml.md"


def test_the_page_of_elements_is_the_one_that_the_model_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == model_page()


def test_the_docstring_of_the_package_names_each_of_its_parts() -> None:
    told = set(re.findall(r"``(\w+)``:", edexml.__doc__ or ""))
    folder = Path(str(edexml.__file__)).parent
    assert told >= {path.name for path in folder.iterdir() if (path / "__init__.py").is_file()}
    assert told <= {path.stem for path in folder.iterdir()}


def test_no_default_of_a_signature_is_longer_than_a_short_name() -> None:
    functions = [getattr(edexml, name) for name in dir(edexml)]
    defaults = [
        parameter.default
        for function in functions
        if callable(function)
        for parameter in inspect.signature(function).parameters.values()
    ]
    assert max(len(repr(default)) for default in defaults) <= 30


def test_every_public_function_is_told_of() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    functions = [
        name for name in import_module(edexml.__name__).__all__ if name.islower() and callable(getattr(edexml, name))
    ]
    assert [name for name in functions if name not in text and name not in {"model", "propose_changes"}] == []


def test_every_name_that_is_offered_exists() -> None:
    assert [name for name in import_module(edexml.__name__).__all__ if not hasattr(edexml, name)] == []
    assert set(import_module(edexml.__name__).__all__) <= set(dir(edexml))
    with pytest.raises(AttributeError):
        _ = edexml.onzin  # type: ignore[attr-defined]  # asking for it is the point


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_the_file_of_the_simulated_school_survives_every_way(version: str) -> None:
    with Sandbox() as school:
        content = school.edexml(version=version)
    read = edexml.read(content)
    assert len(read.leerlingen) > 300
    assert edexml.check(content).ok
    assert edexml.to_bytes(read) == content
    assert edexml.from_uwlr_body(edexml.to_uwlr_body(read, loss="report")).leerlingen == read.leerlingen
    with edexml.open(content) as stream:
        assert tuple(stream.leerlingen) == read.leerlingen
    assert edexml.diff(read, edexml.read(content, lenient=True)).proposals == ()
