"""Who may import whom: the table of docs/architecture.md as data, held against every module of the package."""

import ast
import fnmatch
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import pytest

SOURCE = Path(__file__).parents[2] / "src"
PACKAGE = "magister_connect"
ANYTHING = "*"
# A package that needs more than every installation has says so, and loads its names when they are used.
EVERYBODY = frozenset({"core.extras", "core.records.safe_repr", "core.late"})
LATE = frozenset({"LateModule", "LateOperations"})
# No runtime of its own: threads, loops, processes and sockets belong to drivers and to the simulated school.
RUNTIME = frozenset(
    {"asyncio", "concurrent", "http", "multiprocessing", "pickle", "sched", "signal", "socket", "socketserver"}
    | {"subprocess", "threading", "xml"}
)


@attrs.frozen
class Rule:
    """What the modules that match a pattern may import; the first pattern that matches counts."""

    pattern: str
    ours: str = ""
    libraries: str = ""
    late: str = ""  # inside functions only
    runtime: str = ""


# `own` is the package itself: every module of the same top-level folder. `core` allows the modules of the core that
# business logic is written with; the drivers are for clients.
RECORDS = "core.boundary core.records core.snapshots core.tables core.secrets core.values errors"
CORE = (
    "core.addresses core.flow core.storage.leases core.lists core.xml core.json core.soap core.elfproef core.html"
    f" core.repairs {RECORDS}"
)
CLIENT = f"{CORE} core.drivers"

RULES = (
    Rule("errors"),
    Rule("version"),
    Rule("core"),
    Rule("core.records"),
    Rule("core.tables"),
    Rule("core.storage"),
    Rule("core.extras", ours="errors"),
    Rule("core.boundary", ours="errors"),
    # One door to SQLAlchemy: its errors and its log hold values.
    Rule(
        "core.storage.database",
        ours="core.boundary core.storage.sqlite_files errors",
        libraries="sqlalchemy",
        runtime="threading",
    ),
    Rule("core.storage.sqlite_files", ours="errors"),
    Rule("core.addresses", ours="errors"),
    Rule("core.elfproef"),
    Rule("core.html"),
    Rule("core.secrets", ours="errors core.elfproef", libraries="attrs"),
    Rule("core.storage.encryption", ours="errors core.secrets", libraries="cryptography"),
    Rule("core.flow", ours="errors core.secrets", libraries="attrs"),
    Rule("core.values", ours="errors", libraries="attrs", late="dateutil"),
    Rule("core.raw", ours="core.flow core.secrets errors"),
    Rule("core.records.frozen"),
    Rule("core.records.safe_repr"),
    Rule("core.late"),
    Rule("core.records.personal", ours="core.secrets"),
    Rule(
        "core.records.unreadable",
        ours="core.boundary core.records.frozen core.secrets core.records.serialization errors",
        libraries="attrs",
    ),
    Rule("core.snapshots", ours="core.records.frozen errors", libraries="attrs"),
    Rule("core.lists", ours="errors"),
    Rule("core.storage.leases", ours="core.flow"),
    Rule(
        "core.records.serialization",
        ours="core.boundary core.records.frozen core.records.personal core.secrets core.values errors",
        libraries="attrs",
        late="cattrs",
    ),
    Rule("core.records.reprs", ours="core.secrets core.records.serialization", libraries="attrs"),
    Rule(
        "core.json", ours="errors core.records.frozen core.records.reprs core.values", libraries="attrs", late="cattrs"
    ),
    Rule(
        "core.tables.text_tables",
        ours="core.boundary core.records.frozen core.records.reprs core.tables.workbooks errors",
        libraries="attrs",
    ),
    Rule("core.tables.workbooks", ours="errors", libraries="attrs", late="openpyxl"),
    Rule("core.repairs"),
    Rule("core.tables.spreadsheets"),
    Rule("core.xml", ours="errors core.repairs core.values", libraries="lxml attrs"),
    # The system's name look-up fails with an error of `socket`.
    Rule(
        "core.drivers.transport",
        ours="core.drivers core.boundary core.flow core.secrets errors version",
        libraries="attrs anyio",
        late="httpx httpx2",
        runtime="socket",
    ),
    # Locks and places: several threads share one pace.
    Rule(
        "core.drivers*",
        ours="core.drivers core.boundary core.flow core.raw core.secrets errors",
        libraries="attrs anyio",
        late="stamina",
        runtime="asyncio concurrent threading",
    ),
    Rule(
        "core.soap.contract",
        ours="core.soap core.flow core.repairs core.xml core.secrets core.values errors",
        libraries="lxml attrs",
        late="zeep",
    ),
    Rule(
        "core.soap*",
        ours="core.soap core.flow core.repairs core.xml core.secrets core.values errors",
        libraries="lxml attrs",
    ),
    Rule("identifiers.frames", ours=f"own core.elfproef {RECORDS}", libraries="attrs", late="polars"),
    Rule("identifiers*", ours=f"own core.elfproef {RECORDS}", libraries="attrs"),
    Rule("crosswalk.frames", ours=f"own identifiers {RECORDS}", libraries="attrs", late="polars"),
    Rule("crosswalk.matching", ours=f"own identifiers {RECORDS}", libraries="attrs", late="rapidfuzz"),
    Rule("crosswalk*", ours=f"own identifiers core.html core.storage.sqlite_files {RECORDS}", libraries="attrs"),
    Rule("edexml.formats.frames", ours=f"own identifiers {RECORDS}", libraries="attrs", late="polars"),
    Rule("edexml*", ours=f"own identifiers core.xml core.html {RECORDS}", libraries="lxml attrs"),
    Rule(
        "store.frames",
        ours="own core.boundary core.storage.database results.records",
        libraries="sqlalchemy",
        late="polars",
    ),
    Rule(
        "store*",
        ours="own results.records results.pulling.store_protocol results.levels results.scores crosswalk identifiers"
        f" core.storage core.flow {RECORDS}",
        libraries="attrs sqlalchemy",
    ),
    # They join the services: they may import any of them, and nothing imports them.
    Rule("warehouse*", ours="*", libraries="attrs dlt"),
    Rule("events*", ours="*", libraries="attrs"),
    Rule("codes*", ours="own crosswalk identifiers core errors", libraries="attrs", late="polars"),
    Rule("uwlr*", ours=f"own edexml identifiers crosswalk {CLIENT}", libraries="attrs lxml"),
    Rule("*.__main__", ours="*", libraries="*", runtime="*"),
    Rule("sandbox*", ours="*", libraries="*", runtime="*"),
    Rule("testing*", ours="*", libraries="*", runtime="*"),
    # One login serves two services. A lock is not a thread: it makes comparing and setting one step.
    Rule("login.token_stores.memory", ours=f"own {CORE}", libraries="attrs", runtime="threading"),
    Rule("login.token_stores.file", ours=f"own core.storage.encryption {CORE}", libraries="attrs filelock"),
    Rule("login.token_stores.protocol", ours=f"own core.storage.encryption {CORE}", libraries="attrs"),
    Rule(
        "login.token_stores.sql",
        ours="own core.boundary core.storage.database core.storage.encryption errors",
        libraries="sqlalchemy",
    ),
    # A pace that is kept in a store of tokens.
    Rule("login.token_stores.pace", ours="own core.drivers core.flow", libraries="attrs"),
    Rule("login.client", ours=f"own {CLIENT}", libraries="attrs"),
    Rule("login*", ours=f"own {CORE}", libraries="attrs oauthlib jwt"),
    # The services. They do not know each other; joining them is the user's work.
    Rule("*.client", ours=f"own identifiers login {CLIENT}", libraries="attrs"),
    Rule("public_api.politeness", ours=f"own {CLIENT}", libraries="attrs"),
    Rule("public_api.calendar", ours="own core.extras core.json", libraries="attrs", late="icalendar"),
    Rule("public_api*", ours=f"own identifiers login {CORE}", libraries="attrs cattrs oauthlib jwt"),
    Rule("scim.receiver", ours="own identifiers errors", libraries="attrs scim2_models scim2_server pydantic"),
    Rule("scim*", ours=f"own identifiers login {CORE}", libraries="attrs cattrs"),
    Rule("medius.tables.table", ours=f"own identifiers {CORE}", libraries="attrs lxml", late="polars"),
    Rule("medius*", ours=f"own identifiers {CORE}", libraries="attrs lxml cattrs"),
    Rule("results*", ours=f"own identifiers {CORE}", libraries="attrs lxml cattrs"),
    # scrypt takes 1.5 s a number and lets go of the interpreter lock: many numbers are computed in a pool.
    Rule("nummervoorziening.hashing", ours=f"own identifiers {CORE}", libraries="attrs lxml", runtime="concurrent"),
    Rule("nummervoorziening*", ours=f"own identifiers {CORE}", libraries="attrs lxml"),
)

JOINING = (
    "warehouse",
    "events",
    "codes",
    "uwlr",
    "sandbox",
    "testing",
)  # nothing imports these but themselves, and the two last


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
TREES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in MODULES.items()}


def targets_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        # `from magister_connect import errors` imports the module, not the package.
        yield from (f"{PACKAGE}.{name}" for name in modules_named(node)) if is_ours(node) else (node.module or "",)


def imports_of(node: ast.AST, *, late: bool = False) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        for target in targets_of(child):
            yield Import(target, child.lineno, late)  # type: ignore[attr-defined]  # statements have a line
        function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        types_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from imports_of(child, late=late or function or types_only)


def rule_of(module: str) -> Rule | None:
    return next((rule for rule in RULES if fnmatch.fnmatchcase(module, rule.pattern)), None)


def is_named(target: str, allowed: str) -> bool:
    """Tell whether a list of names holds the target or a package that it lies in."""
    return allowed == ANYTHING or any(target == name or target.startswith(f"{name}.") for name in allowed.split())


def is_ours_allowed(module: str, target: str, allowed: str) -> bool:
    if target in EVERYBODY:
        return True
    same_package = target.partition(".")[0] == module.partition(".")[0]
    return is_named(target, allowed) or (same_package and is_named("own", allowed))


def objection(module: str, rule: Rule, found: Import) -> str | None:
    """Say what is wrong with an import, if anything is."""
    top = found.target.split(".")[0]
    if top == PACKAGE:
        target = found.target.removeprefix(PACKAGE).lstrip(".")
        return None if is_ours_allowed(module, target, rule.ours) else f"may not import {found.target}"
    if top in sys.stdlib_module_names:
        return None if top not in RUNTIME or is_named(top, rule.runtime) else f"has no business with {top}"
    if is_named(top, rule.libraries) or top == "lazy_loader":
        return None
    if is_named(top, rule.late):
        return None if found.late else f"may import {top} inside functions only"
    return f"may not import {top}"


def objections(module: str) -> Iterator[str]:
    rule = rule_of(module)
    if rule is None:
        yield f"{module} has no row in RULES: give its package one, with what it may import"
        return
    for found in imports_of(TREES[module]):
        if text := objection(module, rule, found):
            yield f"{module}:{found.line} {text}"


def test_every_module_imports_only_what_it_may() -> None:
    assert [text for module in MODULES if module for text in objections(module)] == []


def graph() -> dict[str, set[str]]:
    """Which module names which, annotations and late imports included; a package counts as its `__init__`."""
    arrows = dict[str, set[str]]()
    for module, tree in TREES.items():
        names = {name for node in ast.walk(tree) for name in modules_named(node)}
        arrows[module] = names - {module}
    return arrows


def is_ours(node: ast.ImportFrom) -> bool:
    return (node.module or "").partition(".")[0] == PACKAGE


def modules_named(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.ImportFrom) or not is_ours(node):
        return
    package = (node.module or "").removeprefix(PACKAGE).lstrip(".")
    for alias in node.names:
        inner = f"{package}.{alias.name}".lstrip(".")
        yield inner if inner in MODULES else package


def circles(arrows: Mapping[str, set[str]]) -> list[str]:
    """Every circle as one line; modules that are in none are taken away until only circles are left."""
    left = {module: set(targets) for module, targets in arrows.items()}
    while True:
        ends = {module for module, targets in left.items() if not targets & left.keys()}
        ends |= left.keys() - {target for targets in left.values() for target in targets}
        if not ends:
            return [f"{module} -> {', '.join(sorted(targets & left.keys()))}" for module, targets in left.items()]
        left = {module: targets for module, targets in left.items() if module not in ends}


def test_no_file_imports_in_a_circle_for_types_neither() -> None:
    assert circles(graph()) == []


def test_the_search_for_circles_finds_one() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == ["b -> c", "c -> b"]
    assert circles({"a": {"b"}, "b": {"c"}, "c": set(), "d": {"a", "c"}}) == []


def late_names(tree: ast.AST) -> dict[str, str]:
    """What stands for a module until it is used: its name, and the module."""
    return {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if ast.unparse(node.value.func) in LATE
    }


def imported_names(tree: ast.AST) -> dict[str, str]:
    """The name that each import binds, and what it stands for."""
    bound = dict[str, str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            bound |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            bound |= {alias.asname or alias.name: alias.name for alias in node.names}
    return bound


def test_what_stands_for_a_module_is_that_module_to_type_checkers() -> None:
    late = {(module, name): target for module, tree in TREES.items() for name, target in late_names(tree).items()}
    assert len(late) > 20
    bound = {(module, name): imported_names(TREES[module]).get(name) for module, name in late}
    assert {place: bound[place] for place, target in late.items() if bound[place] != target} == {}


def test_nothing_in_the_core_imports_a_service_or_the_package_itself() -> None:
    wrong = [
        f"{module} -> {target or PACKAGE}"
        for module, targets in graph().items()
        for target in targets
        if module.startswith("core") and not target.startswith("core") and target not in {"errors", "version"}
    ]
    assert wrong == []


def test_nothing_imports_what_joins_the_services() -> None:
    tops = {module: {target.partition(".")[0] for target in targets} for module, targets in graph().items()}
    wrong = [
        f"{module} -> {name}"
        for module, targets in tops.items()
        for name in JOINING
        if name in targets and module.partition(".")[0] not in {name, "warehouse", "sandbox", "testing"}
    ]
    assert wrong == []


def test_the_names_of_a_package_load_nothing_before_they_are_used() -> None:
    """Packages that users import name their modules in `__init__.pyi` alone."""
    public = [
        name for name in MODULES if (MODULES[name].with_suffix(".pyi")).exists() and MODULES[name].stem == "__init__"
    ]
    assert public
    wrong = [f"{name}: {found.target}" for name in public for found in imports_of(TREES[name]) if is_early(found)]
    assert wrong == []


def is_early(found: Import) -> bool:
    allowed = {f"{PACKAGE}.core.extras", f"{PACKAGE}.version", "lazy_loader"}
    return not found.late and found.target not in allowed and found.target not in sys.stdlib_module_names


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("errors", "import attrs", True),
        ("core.flow", "from magister_connect.identifiers import Bsn", True),
        ("medius.operations", "from magister_connect import errors", False),
        ("medius.operations", "from magister_connect.results.records import Result", True),
        ("medius.operations", "import httpx", True),
        ("medius.operations", "import threading", True),
        ("core.soap.contract", "import zeep", True),
        ("core.soap.contract", "def f():\n    import zeep", False),
        ("core.soap.reply", "def f():\n    import zeep", True),
        ("core.drivers.driver", "import httpx", True),
        ("sandbox.school.school", "import starlette", False),
        ("store.tables", "from magister_connect.results.records import Result", False),
        ("store.tables", "from magister_connect.results.client import ResultsClient", True),
    ],
)
def test_the_table_tells_a_wrong_import(module: str, source: str, wrong: bool) -> None:
    rule = rule_of(module)
    assert rule is not None
    assert any(objection(module, rule, found) for found in imports_of(ast.parse(source))) is wrong
