"""Accounts, session tokens, and rights."""

from __future__ import annotations

import datetime as dt
from hmac import compare_digest
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from magister_connect.sandbox.medius.answer import Answer, DelphiError, refused
from magister_connect.sandbox.medius.switches import MediusAccount, MediusSwitches
from magister_connect.sandbox.state import SandboxState

ENDED: Final = "Ongeldige of verlopen sessie"
WRONG: Final = "Ongeldige gebruikersnaam of wachtwoord"


class SessionEnded(Exception):
    """The token is unknown or has ended. What the real service answers is unknown, so it is a switch."""


class Rights:
    """The tokens, their accounts and their end."""

    def __init__(self, state: SandboxState, switches: MediusSwitches) -> None:
        self._state = state
        self._switches = switches
        self._tokens: dict[str, tuple[MediusAccount, dt.datetime]] = {}
        self.logins = 0

    def log_in(self, username: str, password: str) -> Answer:
        """Return a token (a GUID in capitals) or a refusal. In a refusal the token is empty, over SOAP too."""
        account = self._account(username, password)
        if account is None:
            return refused(WRONG)
        self.logins += 1
        token = str(uuid5(NAMESPACE_URL, f"{username}/{self.logins}")).upper()
        self._tokens[token] = (account, self._state.clock.now() + self._switches.token_lifetime)
        return Answer((("SessionToken", token),))

    def forget_tokens(self) -> None:
        """End every session."""
        self._tokens.clear()

    def holder(self, token: str) -> MediusAccount:
        """Return the account of a token, or of ``user;password``. Raises :class:`SessionEnded`."""
        account, until = self._tokens.get(token, (None, None))
        if account is not None and until is not None and self._state.clock.now() < until:
            return account
        if ";" in token:
            first = self._switches.password_split == "first"
            username, _, password = token.partition(";") if first else token.rpartition(";")
            if (account := self._account(username, password)) is not None:
                return account
        raise SessionEnded

    def check_function(self, account: MediusAccount, name: str) -> Answer | None:
        """Return the refusal of a function without a right to it, if it is refused with a result."""
        if account.functions is None or name in account.functions:
            return None
        text = f"Gebruikersaccount heeft geen recht op functie {name}"
        if self._switches.refused_function == "result":
            return refused(text)
        raise DelphiError("EMGeneralFailure", text)

    def _account(self, username: str, password: str) -> MediusAccount | None:
        own = self._state.accounts
        every = (MediusAccount(own.medius_username, own.medius_password), *self._switches.accounts)
        return next(
            (
                each
                for each in every
                if each.username == username and compare_digest(each.password.encode(), password.encode())
            ),
            None,
        )
