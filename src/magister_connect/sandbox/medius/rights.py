"""Accounts, session tokens, and who may do what."""

from __future__ import annotations

import datetime as dt
from hmac import compare_digest
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from magister_connect.sandbox.medius.answer import Answer, Broken, refused
from magister_connect.sandbox.medius.switches import MediusAccount, MediusSwitches
from magister_connect.sandbox.state import SandboxState

ENDED: Final = "Ongeldige of verlopen sessie"
WRONG: Final = "Ongeldige gebruikersnaam of wachtwoord"


class SessionEnded(Exception):
    """The token is not known, or not any more: what is answered then is unknown, and so a switch."""


class Rights:
    """Who holds which token, until when."""

    def __init__(self, state: SandboxState, switches: MediusSwitches) -> None:
        self._state = state
        self._switches = switches
        self._tokens: dict[str, tuple[MediusAccount, dt.datetime]] = {}
        self.logins = 0

    def log_in(self, username: str, password: str) -> Answer:
        """A token like a GUID in capitals, or a refusal. Over SOAP too, the token has no text on refusal."""
        account = self._account(username, password)
        if account is None:
            return refused(WRONG)
        self.logins += 1
        token = str(uuid5(NAMESPACE_URL, f"{username}/{self.logins}")).upper()
        self._tokens[token] = (account, self._state.clock.now() + self._switches.token_lifetime)
        return Answer((("SessionToken", token),))

    def forget_tokens(self) -> None:
        """Let every session end now."""
        self._tokens.clear()

    def holder(self, token: str) -> MediusAccount:
        """The account behind a token, or behind ``user;password``. Raises :class:`SessionEnded`."""
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
        """The refusal of a function that the account was not given, if it is refused with a result."""
        if account.functions is None or name in account.functions:
            return None
        text = f"Gebruikersaccount heeft geen recht op functie {name}"
        if self._switches.refused_function == "result":
            return refused(text)
        raise Broken("EMGeneralFailure", text)

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
