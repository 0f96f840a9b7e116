"""Who may import whom: the table of docs/architecture.md as data, held against every module of the package."""

import ast
import fnmatch
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

SOURCE = Path(__file__).parents[2] / "src"
PACKAGE = "magister_connect"
ANYTHING = "*"
# No runtime of its own: threads, loops, processes and sockets belong to drivers and to the simulated school.
RUNTIME = frozenset(
    {"asyncio", "concurrent", "http", "multiprocessing", "pickle", "sched", "signal", "socket", "socketserver"}
    | {"subprocess", "threading", "xml"}
)


@attrs.frozen
class Room:
    """What the modules that match a pattern may import; the first pattern that matches counts."""

    pattern: str
    ours: str = ""
    libraries: str = ""
    late: str = ""  # inside functions only
    runtime: str = ""


# `own` is the room itself: every module of the same top-level folder.
FLOWS = "own soap markup exchange values secrets errors identifiers json_records login"

ROOMS = (
    Room("errors"),
    Room("extras"),
    Room("secrets", ours="errors identifiers.elfproef", libraries="attrs"),
    Room("exchange", ours="errors secrets", libraries="attrs"),
    Room("values", ours="errors", libraries="attrs", late="dateutil"),
    # JSON of two services (and of the login server) becomes records in one place.
    Room("json_records*", ours="own errors values", libraries="attrs cattrs"),
    Room("pages"),
    Room("markup", ours="errors values", libraries="lxml attrs"),
    # The version goes into the user agent.
    Room(
        "drivers.transport",
        ours="own exchange errors secrets __version__",
        libraries="attrs anyio",
        late="httpx httpx2",
    ),
    # The system's name look-up fails with an error of `socket`.
    Room("drivers.failures", ours="own exchange errors", runtime="socket"),
    # Locks and places: several threads share one pace.
    Room(
        "drivers.*",
        ours="own exchange errors secrets",
        libraries="attrs stamina anyio",
        runtime="concurrent threading",
    ),
    Room("drivers", ours="own exchange errors secrets"),
    Room("soap.contract", ours="own exchange markup errors secrets values", libraries="lxml attrs", late="zeep"),
    Room("soap*", ours="own exchange markup errors secrets values", libraries="lxml attrs"),
    Room("identifiers.frames", ours="own errors values", libraries="attrs", late="polars"),
    Room("identifiers*", ours="own errors values", libraries="attrs"),
    Room("crosswalk.frames", ours="own identifiers errors values", libraries="attrs", late="polars"),
    Room("crosswalk.matching", ours="own identifiers errors values", libraries="attrs", late="rapidfuzz"),
    Room("crosswalk*", ours="own identifiers errors values pages", libraries="attrs"),
    Room("edexml.frames", ours="own identifiers errors values", libraries="attrs", late="polars"),
    Room("edexml*", ours="own markup values identifiers errors pages", libraries="lxml attrs"),
    Room(
        "store*",
        ours="own results.records results.checkpoints results.keeping results.levels results.scores "
        "crosswalk identifiers errors secrets",
        libraries="attrs sqlalchemy cryptography",
    ),
    Room("*.__main__", ours="*", libraries="*", runtime="*"),
    Room("sandbox*", ours="*", libraries="*", runtime="*"),
    Room("testing*", ours="*", libraries="*", runtime="*"),
    # One login serves two services. A lock is not a thread: it makes comparing and setting one step.
    Room("login.keeping.memory", ours="own exchange secrets errors json_records", runtime="threading"),
    Room("login.keeping.sql", ours="own errors", libraries="sqlalchemy"),
    Room("login.client", ours="own drivers exchange errors secrets json_records", libraries="attrs"),
    Room("login*", ours="own exchange secrets errors json_records", libraries="attrs oauthlib jwt"),
    # The services. They do not know each other; joining them is the user's work.
    Room("*.records", ours="own identifiers values errors secrets json_records", libraries="attrs"),
    Room("medius.people_clients", ours="own drivers", libraries="attrs"),
    Room("*.client", ours="own drivers exchange errors secrets identifiers json_records login", libraries="attrs"),
    Room("*.frames", ours="own values errors", libraries="attrs", late="polars"),
    Room("public_api*", ours=FLOWS, libraries="attrs cattrs oauthlib jwt"),
    Room("scim.receiver*", ours="own identifiers errors", libraries="attrs scim2_models scim2_server pydantic"),
    Room("scim*", ours=FLOWS, libraries="attrs cattrs"),
    Room("medius.table", ours=FLOWS, libraries="attrs", late="polars"),  # names the type of its frames
    Room("medius*", ours=FLOWS, libraries="attrs lxml cattrs"),
    Room("results*", ours=FLOWS, libraries="attrs lxml cattrs"),
    # scrypt takes 1.5 s a number and lets go of the interpreter lock: many numbers are computed in a pool.
    Room("nummervoorziening.many", ours="own identifiers secrets errors", runtime="concurrent"),
    Room("nummervoorziening*", ours=FLOWS, libraries="attrs lxml"),
)


@attrs.frozen
class Import:
    """One import: of what, on which line, and whether only when a function runs."""

    target: str
    line: int
    late: bool


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE / PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted((SOURCE / PACKAGE).rglob("*.py"))}


def targets_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        # `from magister_connect import errors` imports the room, not the package.
        yield from (f"{PACKAGE}.{alias.name}" for alias in node.names) if module == PACKAGE else (module,)


def imports_of(node: ast.AST, *, late: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for target in targets_of(child):
            yield Import(target, child.lineno, late)  # type: ignore[attr-defined]  # statements have a line
        function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        types_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from imports_of(child, late=late or function or types_only)


def room_of(module: str) -> Room | None:
    return next((room for room in ROOMS if fnmatch.fnmatchcase(module, room.pattern)), None)


def is_named(target: str, allowed: str) -> bool:
    """Tell whether a list of names holds the target or a package that it lies in."""
    return allowed == ANYTHING or any(target == name or target.startswith(f"{name}.") for name in allowed.split())


def is_ours_allowed(module: str, target: str, allowed: str) -> bool:
    if target == "extras":  # any room that needs more than every installation has says so
        return True
    same_room = target.partition(".")[0] == module.partition(".")[0]
    return is_named(target, allowed) or (same_room and is_named("own", allowed))


def objection(module: str, room: Room, found: Import) -> str | None:
    """Say what is wrong with an import, if anything is."""
    top = found.target.split(".")[0]
    if top == PACKAGE:
        target = found.target.removeprefix(PACKAGE).lstrip(".")
        return None if is_ours_allowed(module, target, room.ours) else f"may not import {found.target}"
    if top in sys.stdlib_module_names:
        return None if top not in RUNTIME or is_named(top, room.runtime) else f"has no business with {top}"
    if is_named(top, room.libraries):
        return None
    if is_named(top, room.late):
        return None if found.late else f"may import {top} inside functions only"
    return f"may not import {top}"


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_a_module_imports_only_what_its_room_may(module: str) -> None:
    room = room_of(module)
    assert room is not None, f"{module} has no row in ROOMS: give its room one, with what it may import"
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    objections = [
        f"{MODULES[module].name}:{found.line} {text}"
        for found in imports_of(tree)
        if (text := objection(module, room, found))
    ]
    assert not objections


def test_the_package_itself_imports_its_rooms_late() -> None:
    if "" not in MODULES:
        pytest.skip("the package has no code yet")
    tree = ast.parse(MODULES[""].read_text(encoding="utf-8"))
    early = [found.target for found in imports_of(tree) if not found.late]
    assert [target for target in early if target.split(".")[0] not in sys.stdlib_module_names] == []


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("errors", "import attrs", True),
        ("medius.operations", "from magister_connect import errors", False),
        ("medius.operations", "from magister_connect.results.records import Result", True),
        ("medius.operations", "import httpx", True),
        ("medius.operations", "import threading", True),
        ("soap.contract", "import zeep", True),
        ("soap.contract", "def f():\n    import zeep", False),
        ("soap.reply", "def f():\n    import zeep", True),
        ("drivers.blocking", "import httpx", True),
        ("sandbox.school", "import starlette", False),
        ("store.tables", "from magister_connect.results.records import Result", False),
        ("store.tables", "from magister_connect.results.client import ResultsClient", True),
    ],
)
def test_the_table_tells_a_wrong_import(module: str, source: str, wrong: bool) -> None:
    room = room_of(module)
    assert room is not None
    assert any(objection(module, room, found) for found in imports_of(ast.parse(source))) is wrong
