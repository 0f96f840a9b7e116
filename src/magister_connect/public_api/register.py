"""The processing register of each party: which data, for which purpose, with which scopes.

Schools keep such a register of their accredited parties (official; its form is not public). Keep yours in a TOML file,
and take the scopes of the login from it. If a token has more scopes, the login warns with :class:`ExcessScopesWarning`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Self

from attrs import frozen

from magister_connect.core.json import Record, read_record
from magister_connect.errors import DocumentInvalid, FieldInvalid, Responsible, UsageError

OF_THE_LOGIN: Final = ("openid", "profile", "email", "offline_access")
"""Scopes that give no access to data of the school (OpenID Connect)."""


@frozen(kw_only=True, repr=False, slots=False)
class Purpose(Record):
    """One purpose: its name, the data that it needs, and the scopes for these data."""

    name: str
    data: tuple[str, ...]
    scopes: tuple[str, ...]


@frozen(kw_only=True, repr=False, slots=False)
class Party(Record):
    """A party with its client id, and one ``purpose`` for each use of data."""

    name: str
    client_id: str
    purpose: tuple[Purpose, ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes to request at login: ``LoginSettings(scopes=("openid", *party.scopes))``."""
        return tuple(dict.fromkeys(scope for each in self.purpose for scope in each.scopes))

    def excess(
        self, granted: Iterable[str], *, beside: Iterable[str] = ("openid", "profile", "offline_access")
    ) -> set[str]:
        """Return granted scopes without a purpose of this party. ``beside`` are the scopes of the login itself."""
        return {*granted} - {*self.scopes} - {*beside}

    def purposes_of(self, data: str) -> tuple[Purpose, ...]:
        """Return the purposes for some data, or an empty result if the register has none."""
        return tuple(each for each in self.purpose if data in each.data)


@frozen(kw_only=True, repr=False, slots=False)
class Register(Record):
    """The register: every ``party``, in order."""

    party: tuple[Party, ...]

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a TOML file. Raises :class:`DocumentInvalid` with the path of the fault if it is not a register."""
        try:
            found = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            found = None
        if found is None:
            raise DocumentInvalid(
                "The register is not a valid TOML file",
                where=Path(path).name,
                responsible=Responsible.YOU,
                advice="Check its brackets and quotes.",
            )
        try:
            return read_record(cls, found)
        except FieldInvalid as error:
            fault = error
        raise DocumentInvalid(
            f"The register cannot be read: {fault.what[:1].lower()}{fault.what[1:]}",
            where=f"{Path(path).name}, {fault.where}",
            responsible=Responsible.YOU,
            advice="Give each [[party]] a name and a client_id, each [[party.purpose]] a name, data and scopes.",
        )

    def of(self, client_id: str) -> Party:
        """Return the party with a client id. Raises :class:`UsageError` if the register has none."""
        for each in self.party:
            if each.client_id == client_id:
                return each
        raise UsageError("The register has no party with this client id", advice="Add a [[party]] with this client_id.")

    def to_markdown(self) -> str:
        """Return a table for the privacy officer of a school: party, purpose, data, scopes."""
        rows = [
            f"| {party.name} | {each.name} | {', '.join(each.data)} | {', '.join(each.scopes)} |"
            for party in self.party
            for each in party.purpose
        ]
        return "\n".join(["| party | purpose | data | scopes |", "| --- | --- | --- | --- |", *rows, ""])
