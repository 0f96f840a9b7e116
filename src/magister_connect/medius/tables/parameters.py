"""Parameters of lists: ``naam=waarde;naam2=waarde2``.

The service replaces ``#naam#`` in the SQL of the list by the value, as text (observed). There is no way to escape a
``;`` or a ``=``, a ``#`` begins the next parameter, and a ``'`` ends the SQL text in which the value stands: these
four are refused unless they are allowed explicitly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from magister_connect.errors import UsageError
from magister_connect.medius.calls import Argument, argument_text

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNSAFE: Final = re.compile(r"[;=#'\x00-\x1f\x7f]")


def encode_parameters(parameters: Mapping[str, Argument], *, allow_unsafe: bool = False) -> str:
    """The parameters as one text.

    Dates become ISO text (observed), truth values ``1`` and ``0``, ``None`` the empty text that list authors take for
    "no filter" (client code). ``allow_unsafe`` sends ``;``, ``=``, ``#``, ``'`` and control characters as they are:
    the caller then answers for what the SQL of the list makes of them. Raises :class:`UsageError` that names the
    parameter, not its value.
    """
    if not isinstance(parameters, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers have texts
        raise UsageError(
            "The parameters of a list are a mapping", where="parameters", advice='Give them as {"lesperiode": "2526"}.'
        )
    return ";".join(
        f"{_checked_name(name)}={_checked(name, value, allow_unsafe)}" for name, value in parameters.items()
    )


def decode_parameters(text: str) -> dict[str, str]:
    """What the service makes of the text: names and values, the last one of a name counting (inferred)."""
    pairs = (part.partition("=") for part in text.split(";") if part)
    return {name.strip(): value for name, _, value in pairs}


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError("The name of a parameter holds letters, digits and underscores", where=name[:40])
    return name


def _checked(name: str, value: Argument, allow_unsafe: bool) -> str:  # noqa: FBT001 - passed on as it came
    text = argument_text(name, value)
    if not allow_unsafe and _UNSAFE.search(text):
        raise UsageError(
            "The value holds one of ; = # ' or a control character, which the service pastes into the SQL of the list",
            where=f"parameter {name}",
            advice="Leave it out, or pass allow_unsafe=True if you know what the list makes of it.",
        )
    return text
