"""Every text of an error can be read alone: what happened, then an order or a question to the one who can act on it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from magister_connect import errors
from magister_connect.errors import MagisterConnectError, Responsible

SOURCE = Path(__file__).parents[2] / "src" / "magister_connect"
GAP = "…"  # where an f-string has a value
MOST_WORDS = 30
AVOIDED = re.compile(
    r"\b(?:anew|brings|comes of|in which no|is had|nobody's|of its own accord|says of|tells|told|whatever|whoever)\b"
    r"|\b(?:by itself|whose move|without a word|(?:this|it) is no)\b",
    re.IGNORECASE,
)
ADVICE_NAMES = frozenset({"advice", "default_advice"})
ORDERS = frozenset(
    re.findall(
        r"\S+",
        """
        Add Allow Approve Ask Call Change Check Choose Close Compare Complete Configure Continue Convert Copy
        Correct Count Create Delete Do Double Download End Enter Extract Fetch Fill Format Free Give Grant
        Have If Install Keep Leave Let Load Look Make Move Name Open Parse Pass Percent-encode Place Propose
        Pull Put Read Remove Repeat Report Request Resolve Reverse Run Save Search Send Set Split Start Store
        Submit Swap Take Unpack Use Wait Write
        """,
    )
)


class Text:
    """One text with its place; ``label`` is the words that come before it, where the code shows them."""

    def __init__(self, place: str, text: str, label: str = "") -> None:
        self.place, self.text, self.label = place, text, label

    def __repr__(self) -> str:
        return f"{self.place}: {self.label}{': ' if self.label else ''}{self.text}"


def _texts(node: ast.expr | None) -> list[str]:
    """The texts that an expression can be; a value that the code does not show is a gap."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in parts)]
        case ast.IfExp(body=first, orelse=second):
            return _texts(first) + _texts(second)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return [a + b for a in _texts(left) or [GAP] for b in _texts(right) or [GAP]]
        case _:
            return []


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _responsible(node: ast.expr | None) -> Responsible | None:
    return Responsible[node.attr] if isinstance(node, ast.Attribute) and _name(node.value) == "Responsible" else None


def _label(call: ast.Call, keywords: dict[str | None, ast.expr]) -> str:
    kind = getattr(errors, _name(call.func), None)
    default = kind.default_responsible if isinstance(kind, type) and issubclass(kind, MagisterConnectError) else None
    found = _responsible(keywords["responsible"]) if "responsible" in keywords else default
    return found.label if found else ""


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield str(path.relative_to(SOURCE)), ast.parse(path.read_text(encoding="utf-8"))


def _drawn() -> tuple[list[Text], list[Text]]:
    """What happened, and what to do, in all errors of the package."""
    trees = list(_trees())
    calls = [(name, node) for name, tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    constants = {(name, word) for name, _ in trees for word in ADVICE_NAMES}
    for name, call in calls:
        used = {_name(part) for each in call.keywords if each.arg == "advice" for part in ast.walk(each.value)}
        constants |= {(name, word) for word in used if word.isupper()}
    happened: list[Text] = []
    advice: list[Text] = []
    for name, call in calls:
        keywords = {each.arg: each.value for each in call.keywords}
        place, label = f"{name}:{call.lineno}", _label(call, keywords)
        if label or "advice" in keywords:
            happened += [Text(place, text) for text in _texts(call.args[0] if call.args else None)]
        advice += [Text(place, text, label) for text in _texts(keywords.get("advice"))]
    for name, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any((name, _name(each)) in constants for each in targets):
                    written = [text for text in _texts(node.value) if text.count(" ") > 1]
                    advice += [Text(f"{name}:{node.lineno}", text) for text in written]
            elif isinstance(node, ast.Call | ast.Tuple):
                parts = node.args if isinstance(node, ast.Call) else node.elts
                responsible = next((found for each in parts if (found := _responsible(each))), None)
                if responsible is not None and len(parts) > 1:
                    advice += [Text(f"{name}:{node.lineno}", text, responsible.label) for text in _texts(parts[-1])]
    return happened, [each for each in advice if re.search(r"\w\w", each.text)]


HAPPENED, ADVICE = _drawn()


def test_the_texts_of_the_package_are_found() -> None:
    assert len(HAPPENED) > 500
    assert len(ADVICE) > 400


def test_an_advice_is_an_order_or_a_question_to_its_reader() -> None:
    def is_fit(text: str) -> bool:
        return text.startswith(GAP) or text.partition(" ")[0] in ORDERS or "?" in text

    assert [each for each in ADVICE if not is_fit(each.text)] == []


def test_an_advice_ends_as_a_sentence_does() -> None:
    assert [each for each in ADVICE if not each.text.endswith((".", "?", GAP))] == []


def test_an_advice_can_be_read_at_once() -> None:
    assert [each for each in ADVICE if len(each.text.split()) > MOST_WORDS] == []


def test_an_advice_does_not_repeat_the_words_before_it() -> None:
    def repeats(each: Text) -> bool:
        return each.text.startswith(("Ask the ", "Try again")) or (each.label or GAP * 2).lower() in each.text.lower()

    assert [each for each in ADVICE if repeats(each)] == []


def test_what_happened_leaves_its_full_stop_to_the_error() -> None:
    assert [each for each in HAPPENED if each.text.endswith(".")] == []


def test_no_error_uses_a_word_that_readers_stumble_over() -> None:
    assert [each for each in HAPPENED + ADVICE if AVOIDED.search(each.text)] == []
