"""A Sphinx extension for this documentation: pages that are made from the code and the notebooks.

- every notebook is put where Sphinx looks for pages;
- every room gets a page of reference, made from the docstrings of the names that it offers;
- a name in a docstring or a signature leads to the page of the room that offers it, wherever it is defined.
"""

from __future__ import annotations

import builtins
import importlib
import pkgutil
import pydoc
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import magister_connect

if TYPE_CHECKING:
    from docutils.nodes import Element, document
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

ROOT: Final = Path(__file__).parent.parent
GENERATED: Final = Path(__file__).parent / "generated"
MEMBERS: Final = ("members", "imported-members", "undoc-members", "show-inheritance")


def rooms() -> Iterator[ModuleType]:
    """What a user imports from."""
    for found in pkgutil.iter_modules(magister_connect.__path__):
        yield importlib.import_module(f"magister_connect.{found.name}")


def reference_page(room: ModuleType) -> str:
    """The page of one room, for autodoc to fill."""
    title = room.__name__.removeprefix("magister_connect.")
    options = "".join(f"   :{name}:\n" for name in MEMBERS)
    page = f"{title}\n{'=' * len(title)}\n\n.. automodule:: {room.__name__}\n{options}"
    borrowed = dict(borrowed_names(room))
    if not borrowed:
        return page
    also = ", ".join(f":class:`{home}.{name}`" for name, home in borrowed.items())
    return f"{page}   :exclude-members: {', '.join(borrowed)}\n\nOffers as well: {also}.\n"


def borrowed_names(room: ModuleType) -> Iterator[tuple[str, str]]:
    """Names that a room offers and another one defines and offers: they are described there."""
    for name in getattr(room, "__all__", ()):
        home = ".".join(str(getattr(getattr(room, name), "__module__", "")).split(".")[:2])
        if home not in {room.__name__, "magister_connect"} and home.startswith(
            "magister_connect"
        ):
            yield name, home


def write_reference() -> None:
    """A page for each room."""
    folder = emptied("reference")
    for room in rooms():
        page = folder / f"{room.__name__.rpartition('.')[2]}.rst"
        page.write_text(reference_page(room), encoding="utf-8")


def gather_notebooks() -> None:
    """The notebooks, as they are."""
    folder = emptied("notebooks")
    for notebook in sorted((ROOT / "notebooks").glob("*.py")):
        shutil.copy(notebook, folder)


def emptied(name: str) -> Path:
    """A folder for generated pages, empty."""
    folder = GENERATED / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def find_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: Element
) -> Element | None:
    """Resolve a name of ours by its last part, where only one room offers it or the room itself does."""
    if node.get("refdomain") != "py":
        return None
    target = str(node["reftarget"])
    last = target.rpartition(".")[2]
    objects: dict[str, Any] = env.get_domain("py").data["objects"]
    found = [
        name
        for name in objects
        if name.rpartition(".")[2] == last and name.startswith("magister_connect")
    ]
    same_room = [name for name in found if name.split(".")[:2] == _room_of(node, target)]
    chosen = same_room[:1] or found[:1]
    if not chosen:
        return content if exists(target) else None
    domain = env.get_domain("py")
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, "obj", chosen[0], node, content
    )


def leave_builtins(_app: Sphinx, doctree: document) -> None:
    """A name of the language itself, such as ``type``, is not the field of a record that is called the same."""
    from sphinx.addnodes import pending_xref

    for node in list(doctree.findall(pending_xref)):
        if node.get("refdomain") == "py" and hasattr(builtins, str(node["reftarget"])):
            node.replace_self(node.children)


def exists(target: str) -> bool:
    """Whether a name is one of the code that no room offers: it is printed, and leads nowhere."""
    if not target.startswith("magister_connect"):
        return False
    module, _, name = target.rpartition(".")
    found = sys.modules.get(module)
    return target in sys.modules or hasattr(found, name) or pydoc.locate(target) is not None


def _room_of(node: pending_xref, target: str) -> list[str]:
    return (
        target if target.startswith("magister_connect") else str(node.get("py:module", ""))
    ).split(".")[:2]


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    gather_notebooks()
    write_reference()
    app.connect("doctree-read", leave_builtins)
    app.connect("missing-reference", find_name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
