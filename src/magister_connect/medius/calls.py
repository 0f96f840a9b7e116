"""Requests to the library/function interface.

Every argument is in the query, also for a POST, because the service does not use the body (documented). The service
ignores case in names. Without a ``Type`` it returns a web page (documented).
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
"""A value that you can pass to a function or a list. ``None`` becomes an empty text."""

Person: TypeAlias = int | str | Stamnummer
"""A stamnummer: a number, its digits, or the identifier."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_RESERVED: Final = frozenset({"library", "function", "sessiontoken", "type"})
_LARGEST_NUMBER: Final = 2_147_483_647  # StamNr is an Int32 (documented)


@frozen
class FunctionCall:
    """One call of a function, without an account.

    ``writes`` sends it as POST and never retries it. ``place`` is its name in errors. It may contain the name of a
    list, but no argument.
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
        """Build the request. Only a login has no ``token``."""
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
    """Return an argument as text: dates in ISO form, booleans as 1 and 0 (client code), ``None`` as empty.

    Raises :class:`UsageError` for a value of another type.
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
        f"An argument of the class {type(value).__name__} cannot be sent",
        where=name,
        advice="Pass a text, a whole number, a Decimal, a truth value, a date, or None for nothing.",
    )


def argument_texts(arguments: Sequence[tuple[str, Argument]]) -> tuple[tuple[str, str], ...]:
    """Check the names of the arguments of a call, and return the arguments as text."""
    seen: set[str] = set()
    for name, _ in arguments:
        if name.lower() in _RESERVED or name.lower() in seen:
            raise UsageError("The client sets this argument itself", where=name)
        if not _NAME.fullmatch(name):
            raise UsageError("This cannot be the name of an argument", where=name)
        seen.add(name.lower())
    return tuple((name, argument_text(name, value)) for name, value in arguments)


def stamnummer_text(stamnummer: Person, where: str = "StamNr") -> str:
    """Return a stamnummer as text. Raises :class:`UsageError` if it is not an Int32 above zero."""
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
