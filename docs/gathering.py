"""A Sphinx extension for this documentation: pages that are made from the code and the notebooks.

- Every notebook is put where Sphinx looks for pages. With ``-D executed_notebooks=FOLDER``, those executed
  before (``FOLDER/<name>.ipynb``) are taken, and nothing is executed.
- Every module that users import gets a page of reference: clients, classes, functions, errors and constants, each once.
  A class shows its fields in its signature, and below it what is documented of them.
- The records that calls take and return have pages of their own, one for each module, below the page of the package.
- A name in a docstring or a signature leads to the page that describes it, wherever it is defined.
- Signatures show no object of the running program, long names in code can break, charts have a text, and the pages in
  Dutch have Dutch buttons.
"""

from __future__ import annotations

import ast
import builtins
import collections.abc
import gettext
import html
import importlib
import inspect
import pkgutil
import pydoc
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    ForwardRef,
    ParamSpec,
    TypeVar,
    get_args,
    is_typeddict,
)

import attrs
import sphinx
from docutils import nodes
from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer

import magister_connect
from magister_connect.core import flow
from magister_connect.core.drivers import AsyncClient, SyncClient

if TYPE_CHECKING:
    from docutils.nodes import Element, document
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

ROOT: Final = Path(__file__).parent.parent
GENERATED: Final = Path(__file__).parent / "generated"
PACKAGE: Final = "magister_connect"
INTERNAL: Final = frozenset({"core", "version"})
FOR_OWN_CALLS: Final = ("core.drivers", "core.flow", "core.secrets")
"""The modules of the core that the documentation tells users to import from."""
RECORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "core.drivers.clients": (),
    "core.json": (),
    "core.records.unreadable": (),
    "core.snapshots": ("Guard",),
    "core.soap.reply": ("Fault",),
    "core.xml": ("Readable",),
    "edexml.checking.completeness": (),
    "edexml.model.codes": (),
    "edexml.model.kinds": ("Kind",),
    "edexml.model.particles": (
        "Attribute",
        "Element",
        "Sequence",
        "Choice",
        "ComplexType",
    ),
    "edexml.model.simple_types": (),
    "edexml.model.versions": ("Reference",),
    "events.event": (),
    "identifiers.identifier": (),
    "public_api.aanmeldingen": (),
    "public_api.absentie": (),
    "public_api.account": (),
    "public_api.agenda": (),
    "public_api.berichten": (),
    "public_api.cijfers": (),
    "public_api.elo": (),
    "public_api.exchange.connection": (),
    "public_api.personeel": (),
    "public_api.personen": (),
    "public_api.uploads": (),
    "results.operations": ("Hooks",),
    "results.pulling.report": (),
    "results.pulling.store_protocol": (),
    "sandbox.faults": (),
    "sandbox.school.absence": (),
    "sandbox.school.administration": (),
    "sandbox.school.marks": (),
    "sandbox.school.people": (),
    "sandbox.school.programmes": (),
    "sandbox.school.submissions": (),
    "sandbox.school.timetable": (),
    "scim.filters": (),
    "scim.records": (),
    "store.deliveries": (),
    "store.frames": (),
    "store.snapshots": (),
    "uwlr.fields": ("Departure",),
    "uwlr.nightly": (),
    "uwlr.operations": ("ConnectionSettings",),
}
"""The modules of which only the classes are for users, as what calls take and return: all classes, or these."""
GROUPS: Final = ("Clients", "Classes", "Functions", "Errors", "Constants")
LONGEST_VALUE: Final = 60  # characters of a constant's value
LONGEST_WORD: Final = 24  # characters of code that stay on one line of a phone
CODE: Final = re.compile(r'<span class="pre">([^<]*)</span>')
BREAK: Final = re.compile(r'(?<=[./=(])(?=[\w$"])')
DEFAULTS: Final = (
    (re.compile(r"(?<=[= ])NOTHING\b"), "..."),  # made anew for each record
    (re.compile(r"(?<== )<(?:built-in )?function (\w+)[^<>]*>"), r"\1"),
    (re.compile(r"(?<== )<class '(?:\w+\.)*(\w+)'>"), r"\1"),
    (re.compile(r"(?<== )<[^>]*>"), "..."),
)
"""How the default values are written that have no code of their own."""
_OURS: Final = r"~?(?:magister_connect\.core\.flow\.)?"
_STEPS: Final = r"~?(?:collections\.abc\.)?Generator\[" + r"\ \|\ ".join(
    re.sub(
        r"(?:\w+\\\.)*\b([A-Z])", rf"{_OURS}\1", re.escape(inspect.formatannotation(each))
    )
    for each in get_args(flow.Step)
)
FLOW: Final = re.compile(rf"{_STEPS}, object, ")
STREAMING_FLOW: Final = re.compile(rf"{_STEPS} \| {_OURS}Emit\[([\w.~]+)\], object, None\]")
"""The types of flows, which Python writes in full."""
CHART_TITLE: Final = re.compile(r"aria-label=\"Title text '([^']*)'\"")
DUTCH: Final = {
    "Next": "Volgende",
    "Previous": "Vorige",
    "Home": "Begin",
    "On this page": "Op deze pagina",
    "Back to top": "Terug naar boven",
    "Skip to content": "Naar de inhoud",
    "Made with ": "Gemaakt met ",
    '<a href="https://www.sphinx-doc.org/">Sphinx</a> and ': '<a href="https://www.sphinx-doc.org/">Sphinx</a> en ',
}
"""What the theme says around a page, where Sphinx itself has no Dutch for it."""


def modules() -> list[ModuleType]:
    """The modules that users import from, the package itself first."""
    found = (each.name for each in pkgutil.iter_modules(magister_connect.__path__))
    names = [name for name in (*found, *FOR_OWN_CALLS) if name not in INTERNAL]
    return [
        magister_connect,
        *(importlib.import_module(f"{PACKAGE}.{name}") for name in names),
    ]


def record_modules() -> list[ModuleType]:
    """The modules that get a page for their classes."""
    return [importlib.import_module(f"{PACKAGE}.{name}") for name in RECORDS]


def class_names(module: ModuleType) -> list[str]:
    """The classes of a module of records that are for users, in its order."""
    chosen = RECORDS[module.__name__.removeprefix(f"{PACKAGE}.")]
    return [
        name
        for name, value in vars(module).items()
        if inspect.isclass(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
        and (name in chosen or not chosen)
    ]


def public_names(module: ModuleType) -> list[str]:
    """The names that a module offers: those of ``__all__``, or else those that it defines; the sync client first."""
    offered = getattr(module, "__all__", None)
    if offered is None:
        own = vars(module).items()
        offered = [
            name
            for name, value in own
            if getattr(value, "__module__", None) == module.__name__
        ]
    values = ((name, getattr(module, name)) for name in offered if not name.startswith("_"))
    names = [
        name
        for name, value in values
        if not isinstance(value, ModuleType | TypeVar | ParamSpec)
    ]
    return sorted(names, key=lambda name: (name.removeprefix("Async").lower(), name))


@cache
def homes() -> dict[tuple[str, int], str]:
    """The one module whose page describes each name, by the name and the identity of its value."""
    offers = dict[tuple[str, int], list[str]]()
    for module in modules():
        for name in public_names(module):
            offers.setdefault((name, id(getattr(module, name))), []).append(module.__name__)
    for module in record_modules():
        for name in class_names(module):
            offers.setdefault((name, id(getattr(module, name))), []).append(module.__name__)
    return {key: _home(key[0], offering) for key, offering in offers.items()}


def _home(name: str, offering: list[str]) -> str:
    defined = str(
        getattr(getattr(importlib.import_module(offering[0]), name), "__module__", "")
    )
    if PACKAGE in offering and defined.startswith(f"{PACKAGE}.core."):
        return PACKAGE
    return max(
        offering,
        key=lambda module: (
            defined.startswith(f"{module}."),
            len(module),
            module != PACKAGE,
        ),
    )


def reference_page(module: ModuleType) -> str:
    """The page of one module, for autodoc to fill."""
    blocks = top_of_page(module)
    grouped: dict[str, list[str]] = {group: [] for group in GROUPS}
    elsewhere = []
    for name in public_names(module):
        home = homes()[name, id(getattr(module, name))]
        if home == module.__name__:
            grouped[group_of(getattr(module, name))].append(name)
        else:
            elsewhere.append(f":obj:`{name} <{home}.{name}>`")
    for group, names in grouped.items():
        if names:
            blocks += [
                f"{group}\n{'-' * len(group)}",
                *(directive(module, name) for name in names),
            ]
    if elsewhere:
        blocks.append(f"Described elsewhere: {', '.join(elsewhere)}.")
    if records := [name for name in RECORDS if page_above(name) == module.__name__]:
        blocks += [
            "Records\n-------",
            "The other classes that calls take and return, one page for each module:",
            ".. toctree::\n   :maxdepth: 1\n",
            "\n".join(f"   /generated/reference/records/{name}" for name in records),
        ]
    return "\n\n".join(blocks) + "\n"


def page_above(record_module: str) -> str:
    """The module with a page of its own to which a module of records belongs."""
    path = f"{PACKAGE}.{record_module}"
    above = (each.__name__ for each in modules() if path.startswith(f"{each.__name__}."))
    return max(above, key=len)


def records_page(module: ModuleType) -> str:
    """The page with the classes of one module, except those that another page describes."""
    names = [
        name
        for name in class_names(module)
        if homes()[name, id(getattr(module, name))] == module.__name__
    ]
    blocks = [
        *top_of_page(module),
        "Import the classes from this module, for example:",
        f".. code-block:: python\n\n   from {module.__name__} import {names[0]}",
        *(directive(module, name) for name in names),
    ]
    return "\n\n".join(blocks) + "\n"


def top_of_page(module: ModuleType) -> list[str]:
    """The title of a page, and what the module says of itself."""
    title = module.__name__.removeprefix(f"{PACKAGE}.")
    return [
        f"{title}\n{'=' * len(title)}",
        ".. highlight:: python",
        f".. automodule:: {module.__name__}",
    ]


def group_of(value: object) -> str:
    """The heading under which a name stands."""
    if inspect.isclass(value) and issubclass(value, BaseException):
        return "Errors"
    if inspect.isclass(value):
        return "Clients" if issubclass(value, SyncClient | AsyncClient) else "Classes"
    return "Functions" if inspect.isroutine(value) else "Constants"


def directive(module: ModuleType, name: str) -> str:
    """What autodoc, or Sphinx itself, needs to describe one name."""
    value, path = getattr(module, name), f"{module.__name__}.{name}"
    if inspect.isroutine(value):
        return f".. autofunction:: {path}"
    if not inspect.isclass(value):
        return constant(module, name)
    kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
    sync = name.removeprefix("Async")
    if name != sync and sync in public_names(module):
        same = f"The async form of :class:`{sync} <{module.__name__}.{sync}>`, with the same methods."
        return f".. {kind}:: {path}\n\n   {same}"
    lines = [f".. {kind}:: {path}"]
    if kind == "autoexception":
        lines.append("   :show-inheritance:")
    if members := list(public_members(value)):
        lines.append(f"   :members: {', '.join(members)}")
    return "\n".join(lines)


def public_members(kind: type) -> Iterator[str]:
    """Methods and properties that are described with a class: its own, and those of bases that no page describes."""
    described = {name for name, _ in homes()}
    bases = [
        base
        for base in kind.__mro__
        if base is kind
        or (
            base.__module__.startswith(f"{PACKAGE}.")
            and not base.__module__.startswith(f"{PACKAGE}.core.")
            and base.__name__ not in described
        )
    ]
    fields = {each.name for each in attrs.fields(kind)} if attrs.has(kind) else set[str]()
    fields |= set(kind.__members__) if issubclass(kind, Enum) else set()
    fields |= set(getattr(kind, "_fields", ()))  # of a named tuple
    for name in dict.fromkeys(name for base in bases for name in vars(base)):
        member = inspect.getattr_static(kind, name)
        described_itself = inspect.getdoc(getattr(member, "__func__", member))
        method = inspect.isroutine(getattr(member, "__func__", member)) or hasattr(
            member, "__get__"
        )
        if (
            not name.startswith("_")
            and name not in fields
            and method
            and described_itself
            and not isinstance(member, type)
        ):
            yield name


def constant(module: ModuleType, name: str) -> str:
    """A constant or a type alias: its value where that is short, and the words below its definition."""
    origin = defined_in(module).get(name, module.__name__)
    value = repr(getattr(module, name)).replace("typing.", "")
    lines = [f".. py:data:: {module.__name__}.{name}"]
    if len(value) <= LONGEST_VALUE and not value.startswith("<"):
        lines.append(f"   :value: {value}")
    return "\n".join(
        [*lines, "", *(f"   {line}" for line in attribute_docs(origin).get(("", name), ()))]
    )


@cache
def defined_in(module: ModuleType) -> dict[str, str]:
    """The module from which each name of a package comes, as its ``__init__.pyi`` says."""
    stub = Path(str(module.__file__)).with_suffix(".pyi")
    if not stub.exists():
        return {}
    found = (
        node
        for node in ast.parse(stub.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom)
    )
    return {
        alias.name: f"{module.__name__}.{node.module}"
        for node in found
        if node.module
        for alias in node.names
    }


@cache
def attribute_docs(module: str) -> dict[tuple[str, str], list[str]]:
    """What stands below, or in ``#:`` beside, each attribute and constant of a module."""
    try:
        return ModuleAnalyzer.for_module(module).find_attr_docs()
    except PycodeError:
        return {}


def describe_fields(
    _app: Sphinx, what: str, _name: str, value: object, _options: object, lines: list[str]
) -> None:
    """Add to the docstring of a class what is documented of its fields, or the values of an enumeration."""
    if what not in {"class", "exception"} or not inspect.isclass(value):
        return
    docs = {
        name: doc
        for base in reversed(value.__mro__)
        if base.__module__.startswith(f"{PACKAGE}.")
        for (owner, name), doc in attribute_docs(base.__module__).items()
        if owner == base.__qualname__
    }
    if issubclass(value, Enum):
        said = "\n".join(lines)
        listed = [f"``{each.name}``" for each in value if each.name not in docs]
        listed = [name for name in listed if name not in said]
        names = [each.name for each in value]
        lines += ["", f"Values: {', '.join(listed)}."] if listed else []
    else:
        names = (
            [each.name for each in attrs.fields(value)] if attrs.has(value) else list(docs)
        )
    if is_typeddict(value):
        kinds = value.__annotations__.items()
        docs |= {
            name: [f"``{_written(kind)}``"] for name, kind in kinds if name not in docs
        }
        names = list(value.__annotations__)
    described = [name for name in names if name in docs and not name.startswith("_")]
    lines += ["", *(line for name in described for line in _bullet(name, docs[name])), ""]


def _bullet(name: str, doc: Sequence[str]) -> Iterator[str]:
    first, *rest = (line for line in doc if line.strip())
    yield f"- ``{name}``: {first}"
    yield from (f"  {line}" for line in rest)


def _written(kind: Any) -> str:  # noqa: ANN401 - an annotation, or its text
    text = (
        kind.__forward_arg__
        if isinstance(kind, ForwardRef)
        else inspect.formatannotation(kind)
    )
    return re.sub(r"\b(?:NotRequired|Required)\[(.*)\]$", r"\1", text)


def describe_signature(
    _app: Sphinx,
    _what: str,
    _name: str,
    value: object,
    _options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """A signature without objects of the running program, and without one that says nothing."""
    if inspect.isclass(value) and (
        issubclass(value, Enum) or getattr(value, "_is_protocol", False)
    ):
        return "", None
    return readable(signature), readable(returns)


def readable(signature: str | None) -> str | None:
    """Defaults as code, and the types of flows by their names."""
    if signature is None:
        return None
    for pattern, text in DEFAULTS:
        signature = pattern.sub(text, signature)
    return FLOW.sub("Flow[", STREAMING_FLOW.sub(r"StreamingFlow[\1]", signature))


def write_reference() -> None:
    """A page for each module and each module of records, and the list of the first with their first lines."""
    folder = emptied("reference")
    (folder / "records").mkdir()
    for module in record_modules():
        name = module.__name__.removeprefix(f"{PACKAGE}.")
        page = folder / "records" / f"{name}.rst"
        page.write_text(records_page(module), encoding="utf-8")
    lines = ["| module | contents |", "| --- | --- |"]
    for module in modules():
        name = module.__name__.removeprefix(f"{PACKAGE}.")
        (folder / f"{name}.rst").write_text(reference_page(module), encoding="utf-8")
        first = str(module.__doc__).split("\n\n", 1)[0].replace("\n", " ")
        lines.append(f"| {{doc}}`{name} <generated/reference/{name}>` | {first.strip()} |")
    (folder / "modules.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def gather_notebooks(executed: str) -> None:
    """The notebooks, as they are or as they were executed."""
    folder = emptied("notebooks")
    for notebook in sorted((ROOT / "notebooks").glob("*.py")):
        before = Path(executed) / f"{notebook.stem}.ipynb"
        shutil.copy(before if executed and before.exists() else notebook, folder)


def emptied(name: str) -> Path:
    """A folder for generated pages, empty."""
    folder = GENERATED / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def generate(_app: Sphinx, config: Config) -> None:
    """Write the pages, once the settings are known."""
    gather_notebooks(config.executed_notebooks)
    write_reference()
    if config.executed_notebooks:
        config.nb_execution_mode = "off"


def find_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Element
) -> Element | None:
    """Resolve a name of ours to the page of what it means, or else by its last part.

    The last part counts where only one page describes such a name, or that of the same module does.
    """
    if node.get("refdomain") != "py":
        return None
    target = str(node["reftarget"])
    last = target.rpartition(".")[2]
    domain: Any = env.get_domain("py")
    objects: dict[str, Any] = domain.data["objects"]
    found = [
        name
        for name in objects
        if name.rpartition(".")[2] == last and name.startswith(PACKAGE)
    ]
    if (meant := _object_at(target)) is not None:
        found = [name for name in found if _object_at(name) == meant]
    same_module = [
        name for name in found if name.split(".")[:2] == _module_of(node, target)
    ]
    of_python = hasattr(collections.abc, target)  # a `Sequence` of ours is rare
    chosen = same_module[:1] or ([] if of_python else found[:1])
    if not chosen:
        return content if exists(target) else None
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, "obj", chosen[0], node, content
    )


@cache
def _object_at(path: str) -> Any:  # noqa: ANN401 - any class or function, or None
    """The class or function with this path. A name without a module has none."""
    module, _, name = path.rpartition(".")
    if (
        module in sys.modules
    ):  # also where the package has a function that is called like this module
        found = getattr(sys.modules[module], name, None)
    else:
        found = pydoc.locate(path) if module else None
    return found if inspect.isclass(found) or inspect.isroutine(found) else None


def leave_builtins(_app: Sphinx, doctree: document) -> None:
    """A name of the language itself, such as ``type``, is not the field of a record that is called the same."""
    from sphinx.addnodes import pending_xref

    for node in list(doctree.findall(pending_xref)):
        if node.get("refdomain") == "py" and hasattr(builtins, str(node["reftarget"])):
            node.replace_self(node.children)


def name_in_full(app: Sphinx, doctree: document) -> None:
    """A name alone means what it means in its module, and not a class of another module that is called the same."""
    from sphinx.addnodes import pending_xref

    objects = app.env.domains.python_domain.objects
    for node in doctree.findall(pending_xref):
        path = f"{node.get('py:module')}.{node.get('reftarget')}"
        if node.get("refdomain") == "py" and path not in objects:
            meant = _object_at(path)
            if meant is not None and "." not in str(node["reftarget"]):
                node["reftarget"] = f"{meant.__module__}.{meant.__qualname__}"


def describe_charts(_app: Sphinx, doctree: document) -> None:
    """The title of a chart is what somebody hears who cannot see it."""
    for image in doctree.findall(nodes.image):
        drawn = Path(image["uri"])
        if not image.get("alt") and drawn.suffix == ".svg" and drawn.is_file():
            titles = CHART_TITLE.findall(drawn.read_text(encoding="utf-8"))
            image["alt"] = html.unescape(f"Chart: {', '.join(titles)}")


def finish_page(
    _app: Sphinx, name: str, _template: str, context: dict[str, Any], _doctree: object
) -> None:
    """What is the same on all pages, and does not come from their text."""
    if context.get("body"):
        context["body"] = CODE.sub(breakable, context["body"])
    if "genindexentries" in context:
        context["genindexentries"] = shortened(context["genindexentries"])
    if name.startswith("nl/"):
        context |= {"language": "nl", "_": in_dutch, "gettext": in_dutch}


def breakable(code: re.Match[str]) -> str:
    """A word of code; a long one can break where its parts begin."""
    text = code[1]
    end = "<wbr>" if text.endswith(".") else ""  # before the name of a class
    if len(html.unescape(text)) <= LONGEST_WORD:
        return f"{code[0]}{end}"
    return f'<span class="pre long">{BREAK.sub("<wbr>", text)}</span>{end}'


def shortened(entries: Any) -> Any:  # noqa: ANN401 - nested as the index of Sphinx is
    """The entries of the index without the name of the package, which is the same in all of them."""
    if isinstance(entries, str):
        return entries.replace(f"{PACKAGE}.", "")
    if isinstance(entries, list | tuple):
        return type(entries)(
            each if _is_links(each) else shortened(each) for each in entries
        )
    return entries


def _is_links(entry: object) -> bool:
    return isinstance(entry, list) and all(
        isinstance(each, tuple) and len(each) == 2 and isinstance(each[1], str)
        for each in entry
    )


def in_dutch(text: str) -> str:
    """What a button or a label says on a page in Dutch."""
    return DUTCH.get(text) or _dutch_catalogue().gettext(text)


@cache
def _dutch_catalogue() -> gettext.NullTranslations:
    folder = Path(str(sphinx.__file__)).parent / "locale"
    return gettext.translation("sphinx", folder, languages=["nl"])


def exists(target: str) -> bool:
    """Whether a name is one of the code that no page describes: it is printed, and leads nowhere."""
    if not target.startswith(PACKAGE):
        return False
    module, _, name = target.rpartition(".")
    found = sys.modules.get(module)
    return target in sys.modules or hasattr(found, name) or pydoc.locate(target) is not None


def _module_of(node: pending_xref, target: str) -> list[str]:
    return (target if target.startswith(PACKAGE) else str(node.get("py:module", ""))).split(
        "."
    )[:2]


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_config_value("executed_notebooks", "", "env", types=(str,))
    app.connect("config-inited", generate)
    app.connect("doctree-read", leave_builtins)
    app.connect("doctree-read", name_in_full)
    app.connect("doctree-read", describe_charts)
    app.connect("html-page-context", finish_page)
    app.connect("missing-reference", find_name)
    app.connect("autodoc-process-docstring", describe_fields)
    app.connect("autodoc-process-signature", describe_signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
