"""The user who is logged in: the account, with its children or enrolments."""

from __future__ import annotations

import datetime as dt

from attrs import frozen

from magister_connect.core.flow import Flow
from magister_connect.errors import NotFound, NotPermitted
from magister_connect.public_api.aanmeldingen import PersoonAanmelding, aanmeldingen_van_persoon
from magister_connect.public_api.account import Account, account
from magister_connect.public_api.exchange.connection import Connection
from magister_connect.public_api.exchange.operations import read_single
from magister_connect.public_api.exchange.paging import read_list
from magister_connect.public_api.personen import Kind, kinderen


@frozen(kw_only=True)
class Me:
    """The user who is logged in. A parent has ``children``, a pupil has ``enrolments``, an employee has neither."""

    account: Account
    children: tuple[Kind, ...] = ()
    enrolments: tuple[PersoonAanmelding, ...] = ()

    @property
    def id(self) -> int:
        """The person id. Other methods take it as ``persoon`` or ``leerling``."""
        return self.account.persoon.id

    @property
    def is_parent(self) -> bool:
        """Whether this is a parent's account."""
        return self.account.is_ouder

    def enrolment_on(self, day: dt.date) -> PersoonAanmelding | None:
        """Return the enrolment that includes a date, or ``None``."""
        return next((each for each in self.enrolments if each.covers(day)), None)


def me(connection: Connection) -> Flow[Me]:
    """Return the user, with the children of a parent or the enrolments of a pupil. Sends two requests."""
    found = yield from read_single(connection, account())
    if found.is_ouder:
        children = yield from read_list(connection, kinderen(found.persoon.id))
        return Me(account=found, children=tuple(children))
    try:
        enrolments = yield from read_list(connection, aanmeldingen_van_persoon(found.persoon.id))
    except (NotFound, NotPermitted):  # an employee
        return Me(account=found)
    return Me(account=found, enrolments=tuple(enrolments))
