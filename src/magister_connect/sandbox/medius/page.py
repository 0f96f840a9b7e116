"""The page at ``/doc``: every function with its parameters, its two syntaxes and a test form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from magister_connect.sandbox.medius.functions import Function

# On a phone and in the dark too: the page is read by people who try the service.
_FIT: Final = (
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    "<style>body { overflow-wrap: anywhere; }</style>"
)
_DELPHI: Final = {"String": "string", "Int32": "integer", "Boolean": "boolean", "TTable": "TTable"}


def documentation(functions: Mapping[str, Function]) -> str:
    """Return the page, with the anchors ``Service_<Library>`` and ``Operation_<Library>_<Function>``."""
    services = groupby(sorted(functions), key=lambda name: name.partition(".")[0])
    body = "\n".join(_service(library, list(names), functions) for library, names in services)
    head = f"<title>Medius webservices</title>{_FIT}"
    return f"<!DOCTYPE html>\n<html><head>{head}</head><body>\n{body}\n</body></html>\n"


def _service(library: str, names: list[str], functions: Mapping[str, Function]) -> str:
    operations = "\n".join(_operation(name, functions[name]) for name in names)
    return f'<h2 id="Service_{library}">{library}</h2>\n{operations}'


def _operation(name: str, function: Function) -> str:
    library, _, short = name.partition(".")
    ins = [f"<li>In {each} ({kind})</li>" for each, kind in function.ins]
    outs = [f"<li>Out {each} ({kind})</li>" for each, kind in function.outs]
    fields = "".join(f'<input name="{each}" placeholder="{each}">' for each, _ in function.ins)
    return (
        f'<h3 id="Operation_{library}_{short}">{short}</h3><p>{function.about}</p>\n'
        f"<ul>{''.join(ins + outs)}</ul>\n"
        f"<p>URL Syntax: /?library={library}&amp;function={short}{''.join(_query(function))}"
        "&amp;Type=[HTML/XML/CSV/TAB]</p>\n"
        f"<p>C# Syntax: <code>{_csharp(name, function)}</code></p>\n"
        f"<p>Delphi Syntax: <code>{_delphi(name, function)}</code></p>\n"
        f'<form action="/doc"><input type="hidden" name="Library" value="{library}">'
        f'<input type="hidden" name="Function" value="{short}">{fields}<button>Test</button></form>'
    )


def _query(function: Function) -> Iterator[str]:
    yield from (f"&amp;{name}=[{name}]" for name, _ in function.ins)


def _csharp(name: str, function: Function) -> str:
    ins = [f"{kind} {each}" for each, kind in function.ins]
    outs = [f"out {kind} {each}" for each, kind in function.outs if each != "Result"]
    return f"public Boolean {name}({', '.join(ins + outs)});"


def _delphi(name: str, function: Function) -> str:
    ins = [f"const {each}: {_DELPHI[kind]}" for each, kind in function.ins]
    outs = [f"out {each}: {_DELPHI[kind]}" for each, kind in function.outs if each != "Result"]
    return f"function {name}({'; '.join(ins + outs)}): boolean;"
