"""Functions and files stay short enough to be read."""

import ast
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "examples", "benchmarks", "stress")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
OWN_FILES = [path for path in FILES if path.is_relative_to(ROOT / "src")]
LONGEST_FUNCTION = 60
LONGEST_FILE = 1000  # one thought is one file; a file of more holds two
MEDIAN_FUNCTION = 7

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_with_code(source: str, tree: ast.AST) -> set[int]:
    """Lines that are neither blank nor a comment; a text over several lines counts whole."""
    lines = enumerate(source.splitlines(), start=1)
    code = {number for number, line in lines if (bare := line.strip()) and not bare.startswith("#")}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr))
    return code.union(*(range(text.lineno, (text.end_lineno or 0) + 1) for text in texts))


def body_span(function: Function) -> range:
    """Lines of the body, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return range(body[0].lineno, (body[-1].end_lineno or 0) + 1) if body else range(0)


def sizes_of(source: str) -> Iterator[tuple[int, str, int]]:
    """Line, name and lines of code of each function."""
    tree = ast.parse(source)
    code = lines_with_code(source, tree)
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node.lineno, node.name, len(code.intersection(body_span(node)))


@cache
def function_sizes(path: Path) -> list[tuple[str, int]]:
    place = path.relative_to(ROOT)
    return [(f"{place}:{line} {name}", size) for line, name, size in sizes_of(path.read_text(encoding="utf-8"))]


def test_no_function_is_long() -> None:
    sizes = (each for path in FILES for each in function_sizes(path))
    assert [f"{name}: {size} lines of code" for name, size in sizes if size > LONGEST_FUNCTION] == []


def test_no_file_is_long() -> None:
    sizes = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}


def test_the_median_function_is_short() -> None:
    assert statistics.median(size for path in OWN_FILES for _, size in function_sizes(path)) <= MEDIAN_FUNCTION


def test_what_counts_is_code() -> None:
    source = 'def one():\n    """Says what."""\n\n    # why\n    first = [\n        1,\n    ]\n\n    return first\n'
    assert list(sizes_of(source)) == [(1, "one", 4)]
