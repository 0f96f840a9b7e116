"""The state that all services of the simulated school share."""

from __future__ import annotations

from typing import Final

from attrs import Factory, field, frozen

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.clock import VirtualClock

INSTELLINGSCODE: Final = "ZAND"


@frozen(kw_only=True)
class Accounts:
    """The accounts of all services.

    ``python -m magister_connect.sandbox`` prints the defaults: they are not secrets.
    """

    medius_username: str = "platform"
    medius_password: str = field(default="zandbak-wachtwoord", repr=False)
    instellingscode: str = INSTELLINGSCODE
    results_key: str = field(default="zandbak-jij-sleutel", repr=False)
    toa_key: str = field(default="zandbak-toa-sleutel", repr=False)
    platform_token: str = field(default="zandbak-platform-token", repr=False)
    client_id: str = "zandbak-client"
    client_secret: str = field(default="zandbak-client-geheim", repr=False)
    uwlr_klantnaam: str = "zandbak-leverancier"
    uwlr_klantcode: str = field(default="zandbak-uwlr-code", repr=False)
    uwlr_key: str = field(default="zandbak-uwlr-sleutel", repr=False)
    uwlr_primary_key: str = field(default="zandbak-uwlr-sleutel-basisschool", repr=False)
    scim_token: str = field(default="zandbak-scim-token", repr=False)


@frozen(repr=False)
class SandboxState(SafeRepr):
    """The school, its clock and its accounts: the argument of ``application(state, switches)`` of each service.

    ``school`` is the school of ``data`` at the time of the clock.
    """

    data: School = field(factory=School.seeded, repr=False)
    clock: VirtualClock = Factory(VirtualClock)
    accounts: Accounts = Factory(Accounts)
    school: School = field(init=False, default=Factory(lambda state: state.data.at(state.clock), takes_self=True))

    def __repr__(self) -> str:
        return f"<SandboxState: {self.school!r} at {self.clock.local():%Y-%m-%d %H:%M}>"
