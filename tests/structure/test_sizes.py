"""Functions and files stay short enough to be read at once."""

import ast
import io
import statistics
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "examples", "benchmarks")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
OWN_FILES = [path for path in FILES if path.is_relative_to(ROOT / "src")]
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
LONGEST_FUNCTION = 60
LONGEST_FILE = 400
MEDIAN_FUNCTION = 7
MEDIAN_FILE = 150
ENOUGH_FILES_FOR_A_MEDIAN = 40

Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_with_code(source: str) -> set[int]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    spans = (range(token.start[0], token.end[0] + 1) for token in tokens if token.type not in NO_CODE)
    return {line for span in spans for line in span}


def body_span(function: Function) -> range:
    """Lines of the body, without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return range(body[0].lineno, (body[-1].end_lineno or 0) + 1) if body else range(0)


def function_sizes(path: Path) -> Iterator[tuple[str, int]]:
    source = path.read_text(encoding="utf-8")
    code = lines_with_code(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", len(code.intersection(body_span(node)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_function_and_no_file_is_long(path: Path) -> None:
    too_long = [f"{name}: {size} lines of code" for name, size in function_sizes(path) if size > LONGEST_FUNCTION]
    assert not too_long
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE, "split it by what it is about"


def test_the_median_function_and_file_are_short() -> None:
    if len(OWN_FILES) < ENOUGH_FILES_FOR_A_MEDIAN:
        pytest.skip("too few files for a median to mean anything")
    functions = [size for path in OWN_FILES for _, size in function_sizes(path)]
    assert statistics.median(functions) <= MEDIAN_FUNCTION
    assert statistics.median(len(path.read_text(encoding="utf-8").splitlines()) for path in OWN_FILES) < MEDIAN_FILE
