"""Requests to the library/function interface.

Every argument stands in the query, also of a POST: the body of a call is not used (documented). Names are compared
without case by the service, and an answer comes as a web page unless a ``Type`` is asked for (documented).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeAlias

from attrs import field, frozen

from magister_connect.core.flow import Request
from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
from magister_connect.identifiers import Stamnummer, canonical_stamnummer
from magister_connect.medius.account import Account
from magister_connect.medius.settings import Form, FormName

Argument: TypeAlias = str | int | bool | Decimal | dt.date | dt.datetime | None
"""What can be passed to a function or a list: texts, numbers, truth values, dates; ``None`` is an empty text."""

Person: TypeAlias = int | str | Stamnummer
"""A stamnummer: a number, its digits, or the identifier."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_RESERVED: Final = frozenset({"library", "function", "sessiontoken", "type"})
_LARGEST_NUMBER: Final = 2_147_483_647  # StamNr is an Int32 (documented)


@frozen
class FunctionCall:
    """One call of a function, without the account that makes it.

    ``writes`` sends it as POST and never twice; ``place`` names it in errors and may hold the name of a list, but no
    argument.
    """

    library: str
    function: str
    arguments: tuple[tuple[str, str | Secret], ...] = field(default=(), repr=False)
    form: FormName = Form.XML
    writes: bool = False
    timeout: float | None = None
    limit: int | None = None
    stream: bool = False
    layout: str | None = None

    @property
    def place(self) -> str:
        """The name of the function, and of the list if there is one."""
        name = f"{self.library}.{self.function}"
        return name if self.layout is None else f"{name}, list {self.layout}"

    def request(self, account: Account, token: Secret | None) -> Request:
        """The request that makes the call; ``token`` is left out of a login only."""
        held: tuple[tuple[str, str | Secret], ...] = () if token is None else (("SessionToken", token),)
        return Request(
            "POST" if self.writes else "GET",
            account.address,
            query=(("Library", self.library), ("Function", self.function), *held, *self.arguments, ("Type", self.form)),
            timeout=self.timeout,
            limit=self.limit,
            stream=self.stream,
            safe_to_repeat=not self.writes,
            allow_list=True,
        )


def argument_text(name: str, value: object) -> str:
    """An argument as text: dates in ISO form, truth values as 1 and 0 (client code), ``None`` as nothing.

    Raises :class:`UsageError` for a value of another kind.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str | int):
        return str(value)
    raise UsageError(
        f"An argument cannot be of the class {type(value).__name__}",
        where=name,
        advice="Pass a text, a whole number, a Decimal, a truth value, a date, or None for nothing.",
    )


def argument_texts(arguments: Sequence[tuple[str, Argument]]) -> tuple[tuple[str, str], ...]:
    """The arguments of a call of any function, after their names have been looked at."""
    seen: set[str] = set()
    for name, _ in arguments:
        if name.lower() in _RESERVED or name.lower() in seen:
            raise UsageError("The client sets this argument itself", where=name)
        if not _NAME.fullmatch(name):
            raise UsageError("This cannot be the name of an argument", where=name)
        seen.add(name.lower())
    return tuple((name, argument_text(name, value)) for name, value in arguments)


def stamnummer_text(stamnummer: Person, where: str = "StamNr") -> str:
    """A stamnummer as the service takes it. Raises :class:`UsageError` for what is no Int32 above zero."""
    try:
        text = canonical_stamnummer(stamnummer)
    except UsageError:
        text = ""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:11]) <= _LARGEST_NUMBER):
        raise UsageError(
            "A stamnummer is a whole number above zero, of at most 2147483647",
            where=where,
            advice="Pass its digits; a login name, a code or a personal number is not a stamnummer.",
        )
    return text
