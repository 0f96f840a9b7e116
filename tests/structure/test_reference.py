"""The generated reference: one page a module, and each name described once."""

import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from types import SimpleNamespace
from typing import Protocol, Required, TypedDict, cast, get_args, get_origin, get_type_hints

import attrs
import pytest
from docutils.utils import new_document
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from docs.gathering import (
    PACKAGE,
    breakable,
    describe_fields,
    describe_signature,
    in_dutch,
    modules,
    name_in_full,
    public_names,
    readable,
    record_modules,
    records_page,
    reference_page,
    shortened,
)

MODULES = modules()
PAGES = {module.__name__: reference_page(module) for module in MODULES}
RECORD_PAGES = {module.__name__: records_page(module) for module in record_modules()}
DESCRIBED = re.compile(r"^\.\. (?:autoclass|autoexception|autofunction|py:data):: (\S+)$", re.MULTILINE)
ASYNC = "   The async form of :class:`MediusClient <magister_connect.medius.MediusClient>`, with the same methods.\n\n"


def test_every_module_that_users_import_has_a_page() -> None:
    wanted = {
        *("codes", "crosswalk", "edexml", "errors", "identifiers", "login", "medius", "nummervoorziening"),
        *("public_api", "results", "sandbox", "scim", "store", "testing"),
        *("core.drivers", "core.flow", "core.secrets"),
    }
    assert {PACKAGE, *(f"{PACKAGE}.{name}" for name in wanted)} <= set(PAGES)


def test_every_public_name_is_described_once() -> None:
    pages = (*PAGES.values(), *RECORD_PAGES.values())
    described = [path for page in pages for path in DESCRIBED.findall(page)]
    assert sorted(set(described)) == sorted(described)
    values = {id(getattr(module, name)) for module in MODULES for name in public_names(module)}
    missing = values - {id(value_of(path)) for path in described}
    assert [name for module in MODULES for name in public_names(module) if id(getattr(module, name)) in missing] == []


@pytest.mark.parametrize("name", ["Timeouts", "RetryPolicy", "Pace", "Secret"])
def test_settings_are_described_where_users_import_them(name: str) -> None:
    assert f"{PACKAGE}.{name}" in DESCRIBED.findall(PAGES[PACKAGE])


def test_the_async_client_refers_to_the_sync_one() -> None:
    (block,) = (each for each in PAGES[f"{PACKAGE}.medius"].split(".. auto") if each.endswith(ASYNC))
    assert block == f"class:: magister_connect.medius.AsyncMediusClient\n\n{ASYNC}"


STEPS = "Request | tuple[Request, ...] | Sleep | NextChunk | Now | RunBlocking | Uninterrupted[object]"


@pytest.mark.parametrize(
    ("signature", "shown"),
    [
        ("(rows: Mapping[str, int] = NOTHING)", "(rows: Mapping[str, int] = ...)"),
        ("(rows=NOTHING)", "(rows=...)"),
        ("(clock: Callable[[], float] = <built-in function monotonic>)", "(clock: Callable[[], float] = monotonic)"),
        ("(asked: F = <function asked_by_header>, n: int = 4)", "(asked: F = asked_by_header, n: int = 4)"),
        ("(person: type[Scoped] = <class 'a.b.Stamnummer'>)", "(person: type[Scoped] = Stamnummer)"),
        ("(blocks: BlockTypes = <BlockTypes: 2 types>)", "(blocks: BlockTypes = ...)"),
        ("(text: str = '<a>')", "(text: str = '<a>')"),
        (f"collections.abc.Generator[{STEPS}, object, tuple[Reply, ...]]", "Flow[tuple[Reply, ...]]"),
        (f"(series: Generator[{STEPS} | Emit[T], object, None])", "(series: StreamingFlow[T])"),
        (
            f"~collections.abc.Generator[{STEPS}, object, None]".replace("S", "~magister_connect.core.flow.S"),
            "Flow[None]",
        ),
    ],
)
def test_a_signature_shows_no_object_of_the_program(signature: str, shown: str) -> None:
    assert readable(signature) == shown


class Kind(StrEnum):
    """``ONE``: the first."""

    ONE = "1"
    TWO = "2"


class Talks(Protocol):
    """Says something."""


@pytest.mark.parametrize("value", [Kind, Talks])
def test_what_nobody_calls_has_no_signature(value: type) -> None:
    assert describe_signature(Sphinx, "class", "x", value, None, "(*args, **kwargs)", None) == ("", None)  # type: ignore[arg-type]  # not used


def test_an_enumeration_names_the_values_that_its_docstring_does_not() -> None:
    lines = [str(Kind.__doc__)]
    describe_fields(Sphinx, "class", "x", Kind, None, lines)  # type: ignore[arg-type]  # not used
    assert [line for line in lines if line.startswith("Values")] == ["Values: ``TWO``."]


class Options(TypedDict, total=False):
    """What a call accepts."""

    most: "int | None"
    name: Required[str]


def test_a_dict_of_settings_lists_its_keys() -> None:
    lines = [str(Options.__doc__)]
    describe_fields(Sphinx, "class", "x", Options, None, lines)  # type: ignore[arg-type]  # not used
    assert [line for line in lines if line.startswith("-")] == ["- ``most``: ``int | None``", "- ``name``: ``str``"]


def test_members_of_python_itself_are_not_described() -> None:
    members = {
        name for page in PAGES.values() for line in re.findall(r":members: (.*)", page) for name in line.split(", ")
    }
    assert "parse_lenient" in members
    assert members & {"casefold", "encode", "add_note", "with_traceback", "rindex"} == set()
    assert ":inherited-members:" not in "".join(PAGES.values())


CODE = re.compile(r'<span class="pre">([^<]*)</span>')


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("medius.students()", '<span class="pre">medius.students()</span>'),
        ("magister_connect.errors.", '<span class="pre">magister_connect.errors.</span><wbr>'),
        (
            "medius.students().to_polars()",
            '<span class="pre long">medius.<wbr>students().<wbr>to_polars()</span>',
        ),
        (
            "Function=GetData&amp;Layout=list",
            '<span class="pre long">Function=<wbr>GetData&amp;Layout=<wbr>list</span>',
        ),
    ],
)
def test_long_code_breaks_where_its_parts_begin(text: str, shown: str) -> None:
    assert CODE.sub(breakable, f'<span class="pre">{text}</span>') == shown


def test_the_index_leaves_out_the_name_of_the_package() -> None:
    links = [("", "page.html#magister_connect.codes.Manifest.check")]
    subitem = ("(magister_connect.codes.Manifest method)", links)
    entries = [("C", [("check() (in module magister_connect.edexml)", (links, [subitem], None))])]
    assert shortened(entries) == [
        ("C", [("check() (in module edexml)", (links, [("(codes.Manifest method)", links)], None))])
    ]


@pytest.mark.parametrize(("english", "dutch"), [("Search", "Zoeken"), ("Next", "Volgende"), ("Kluis", "Kluis")])
def test_pages_in_dutch_have_dutch_buttons(english: str, dutch: str) -> None:
    assert in_dutch(english) == dutch


def value_of(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize(
    ("module", "name", "meant"),
    [
        ("public_api.berichten", "Link", "magister_connect.core.json.Link"),  # and not that of a crosswalk
        ("edexml.model.particles", "Sequence", "magister_connect.edexml.model.particles.Sequence"),
        ("results.pulling.store_protocol", "Sequence", "collections.abc.Sequence"),
        ("public_api.berichten", "nowhere", "nowhere"),
    ],
)
def test_a_name_means_what_it_means_in_its_module(module: str, name: str, meant: str) -> None:
    domains = SimpleNamespace(python_domain=SimpleNamespace(objects={}))
    app, page = SimpleNamespace(env=SimpleNamespace(domains=domains)), new_document("page")
    options = {"refdomain": "py", "py:module": f"{PACKAGE}.{module}", "reftarget": name}
    page += pending_xref("", **options)
    name_in_full(cast("Sphinx", app), page)
    assert [node["reftarget"] for node in page.findall(pending_xref)] == [meant]


INTERNAL = {
    "codes.institutions._History": "Institutions makes it",
    "codes.institutions._Index": "Institutions makes it",
    "core.storage.database.Database": "Store makes it",
    "edexml.model.particles.Automaton": "ComplexType makes it",
    "edexml.reading.feed.Reading": "open() makes it",
    "errors.ErrorOptions": "the library passes it when it raises an error",
    "errors.Revealing": "it only hides the bytes of error.raw",
    "login.operations.LoginServer": "MagisterLogin makes it",
    "public_api.exchange.operations.Listing": "the method of the client makes it",
    "sandbox.login.grants.Code": "Issuer makes it",
    "sandbox.school.administration._Written": "School makes it",
    "store.encryption.Seal": "Store makes it",
}
"""Classes in annotations of public members that no user makes or reads, and what does instead."""


@pytest.mark.parametrize("name", ["agenda", "cijfers", "personen", "berichten"])
def test_records_of_the_public_api_stand_in_the_order_of_their_module(name: str) -> None:
    path = f"{PACKAGE}.public_api.{name}"
    described = [each.rpartition(".")[2] for each in DESCRIBED.findall(RECORD_PAGES[path])]
    assert described == [each for each in vars(importlib.import_module(path)) if each in described]
    assert f"   from {path} import {described[0]}\n" in RECORD_PAGES[path]
    assert f"   /generated/reference/records/public_api.{name}\n" in PAGES[f"{PACKAGE}.public_api"]


def test_every_class_that_a_public_member_takes_or_returns_has_a_page() -> None:
    public = [getattr(module, name) for module in MODULES for name in public_names(module)]
    described = {
        id(value_of(path)) for page in (*PAGES.values(), *RECORD_PAGES.values()) for path in DESCRIBED.findall(page)
    }
    found = classes_of_members(each for each in public if inspect.isclass(each) or inspect.isroutine(each))
    assert len(found) > 400
    missing = {
        f"{each.__module__}.{each.__qualname__}".removeprefix(f"{PACKAGE}.")
        for each in found
        if id(each) not in described
    }
    assert missing == set(INTERNAL)


def classes_of_members(members: Iterable[object]) -> set[type]:
    """All classes of the package in the annotations of these classes and functions, and of the classes found so."""
    found, waiting = set[type](), list(members)
    while waiting:
        for each in annotated(waiting.pop()):
            for kind in classes_in(each):
                if kind not in found and kind.__module__.startswith(f"{PACKAGE}."):
                    found.add(kind)
                    waiting.append(kind)
    return found


def annotated(value: object) -> Iterator[object]:
    """The annotations of a function, or those of a class and its public members."""
    members = [value]
    if inspect.isclass(value):
        constructor = [] if attrs.has(value) else ["__init__"]  # that of attrs has the types of the fields
        for name in [*constructor, *(name for name in dir(value) if not name.startswith("_"))]:
            static = inspect.getattr_static(value, name)
            computed = static.fget if isinstance(static, property) else getattr(static, "func", None)
            members.append(computed or getattr(value, name))
    for member in members:
        if inspect.isclass(member) and member is not value:
            continue
        with suppress(NameError, TypeError):  # names of extras, see test_annotations.py; what has no annotations
            yield from (kind for name, kind in get_type_hints(member).items() if not name.startswith("_"))


def classes_in(annotation: object) -> Iterator[type]:
    """The classes in an annotation, also inside generics."""
    for each in (get_origin(annotation) or annotation, *get_args(annotation)):
        if inspect.isclass(each):
            yield each
        elif isinstance(each, list):
            yield from (kind for part in each for kind in classes_in(part))
        elif each is not annotation:
            yield from classes_in(each)
