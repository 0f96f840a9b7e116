"""A class whose own repr hides a value also hides it from tools that read the fields, such as rich."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import attrs
import pytest
from rich.pretty import pretty_repr

import magister_connect
from magister_connect.core.records.reprs import MaskedRepr
from magister_connect.core.records.unreadable import Unreadable
from magister_connect.core.secrets import Secret
from magister_connect.login.authorization import StartedLogin
from magister_connect.public_api.files import FileContent
from magister_connect.scim.filters import Filter

SHOWN = {
    "core.records.unreadable.Unreadable": {"place", "path", "reason", "raw"},  # raw is a secret
    "crosswalk.audiences.Audience": {"name", "external"},
    "edexml.model.blocks.BlockTypes": {"types"},
    "edexml.writing.write.StreamedDocument": {"school", "leerlingen", "leerkrachten", "vestigingen"}
    | {"groepen", "samengestelde_groepen"},  # iterators, or records that mask themselves
    "login.authorization.StartedLogin": {"pending"},  # its values are secrets
    "medius.tables.table.Table": {"name", "columns", "rows", "warnings", "unreadable", "repaired"},  # rows mask
    "results.contracts.contract.Contract": None,  # all: it holds no data of a school
    "results.pulling.report.PullReport": None,  # all: counts and moments
    "results.pulling.window_reader.Batch": None,  # all: its records mask themselves
    "scim.filters.Filter": {"precedence"},
    "store.snapshots.Snapshot": {"name", "type", "taken_at", "number"},
    "store.snapshots.Comparison": {"name", "before", "diff", "objections", "age"},  # a diff masks itself
    "uwlr.nightly.Pulled": {"name", "answer", "diff", "beyond"},
}


def with_own_repr() -> Iterator[tuple[str, type]]:
    for found in pkgutil.walk_packages(magister_connect.__path__, f"{magister_connect.__name__}."):
        if found.name.split(".")[1] in {"sandbox", "testing"} or found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        for name, kind in vars(module).items():
            if inspect.isclass(kind) and kind.__module__ == found.name and attrs.has(kind):
                written = inspect.unwrap(kind.__repr__).__code__.co_filename  # attrs writes its own under another name
                if not issubclass(kind, MaskedRepr) and not written.startswith("<attrs"):
                    yield f"{found.name.partition('.')[2]}.{name}", kind


def test_each_field_of_a_class_with_its_own_repr_is_hidden_or_harmless() -> None:
    shown = {name: {each.name for each in attrs.fields(kind) if each.repr} for name, kind in with_own_repr()}
    harmless = {name: SHOWN.get(name, set()) for name in shown}
    assert {name: shown[name] for name, few in harmless.items() if few is not None and not shown[name] <= few} == {}


@pytest.mark.parametrize(
    "record",
    [
        Unreadable("row 1", "naam", "Text was expected", Secret("Zwanenburg"), {"naam": "Zwanenburg"}),
        StartedLogin("https://login.example/?login_hint=Zwanenburg", None),  # type: ignore[arg-type]  # not looked at
        Filter('userName eq "Zwanenburg"'),
        FileContent(name="Zwanenburg.pdf", content_type="application/pdf", content=b"Zwanenburg"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_rich_shows_no_value_of_these(record: object) -> None:
    assert "Zwanenburg" not in pretty_repr(record)
