"""The SCIM server of the simulated school: accounts are read, searched and changed, and not made or removed.

scim2-server speaks the protocol; which operations there are follows the official article, and the URN under which the
stamnummer stands is a switch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

from attrs import field, frozen
from scim2_models import (
    URN,
    Bulk,
    ChangePassword,
    ETag,
    Extension,
    Filter,
    Mutability,
    Name,
    NotImplementedException,
    Patch,
    Resource,
    ResourceType,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    UnauthorizedException,
    User,
)
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage, InMemoryStorage

from magister_connect.sandbox.login.server import Issuer, account_id
from magister_connect.sandbox.school.people import Leerling, Persoon
from magister_connect.scim.receiver import BoundedService

if TYPE_CHECKING:
    from scim2_server.requests import ScimRequest
    from scim2_server.responses import ScimResponse


@frozen(kw_only=True)
class ScimSwitches:
    """What is not public. ``stamnummer_schema`` and ``stamnummer_name``: where the stamnummer stands, if it does.

    ``answers_change_with_204``: a change is answered without the account. ``status_as_text``: the status in the body of
    an error is text, as the standard wants, or a number. ``bearer``: which tokens are taken besides the login server's.
    """

    stamnummer_schema: str | None = "urn:zandbak:params:scim:schemas:Leerling"
    stamnummer_name: str = "stamnummer"
    answers_change_with_204: bool = False
    status_as_text: bool = True
    largest_page: int = 100
    bearer: frozenset[str] = field(factory=frozenset)


class _Storage(InMemoryStorage):
    """Accounts whose ids are those of the login server."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - those of the storage
        super().__init__(**options)
        self._made: set[str] = set()
        self._next = ""

    def fill(
        self, kind: ResourceType, model: type[Resource[Any]], people: Iterable[Persoon], switches: ScimSwitches
    ) -> None:
        """Make accounts for the people of the school who never had one."""
        self.kind = kind
        for person in people:
            self._next = account_id(person)
            if self._next not in self._made:
                self._made.add(self._next)
                self.create(kind, _account(model, person, switches))

    def generate_id(self, resource_type: ResourceType, resource: Resource[Any]) -> str:
        """The id of the person's account."""
        del resource_type, resource
        return self._next


class ScimApplication(ASGIApplication):
    """The SCIM server; ``accounts`` holds what it serves, for assertions and for faults."""

    def __init__(self, issuer: Issuer, switches: ScimSwitches) -> None:
        self.issuer, self.switches = issuer, switches
        extension = _extension(switches)
        model: Any = User if extension is None else User[extension]  # type: ignore[valid-type]  # made at run time
        kind = ResourceType.from_resource(model)
        clock = issuer.state.clock
        self.accounts = _Storage(clock=lambda: clock().astimezone(dt.UTC))
        models: list[Any] = [User] if extension is None else [User, extension]
        provider = ScimProvider(models, [kind], config=_config(switches))
        super().__init__(AsyncInMemoryStorage(self.accounts), provider, BoundedService(provider))
        self._kind, self._model = kind, model
        self._fill()

    def _fill(self) -> None:
        school = self.issuer.state.school
        people: list[Persoon] = [*school.leerlingen.values(), *school.medewerkers.values()]
        self.accounts.fill(self._kind, self._model, people, self.switches)

    def check_auth(self, request: ScimRequest) -> None:
        """Take the sandbox's own token and those of its login server."""
        kind, _, token = (request.header("authorization") or "").partition(" ")
        known = {self.issuer.state.accounts.scim_token, *self.switches.bearer}
        grant = self.issuer.grants.holder(f"{kind} {token}", self.issuer.state.clock())
        if kind.lower() != "bearer" or (token not in known and grant is None):
            raise UnauthorizedException

    async def dispatch_request(self, request: ScimRequest) -> ScimResponse:
        """Serve what the official article lists; anything else cannot be done."""
        self._fill()  # who came since the last request has an account by now
        if _makes_or_removes(request):
            self.check_auth(request)
            raise NotImplementedException
        response = await super().dispatch_request(request)
        if request.method == "PATCH" and self.switches.answers_change_with_204:
            response.status, response.body = type(response.status)(204), None
        return response

    async def serve(self, request: ScimRequest) -> ScimResponse:
        """Serve, and spell the status of an error as switched."""
        response = await super().serve(request)
        if response.status >= 400 and response.body and not self.switches.status_as_text:
            response.body["status"] = int(response.status)
        return response


def _makes_or_removes(request: ScimRequest) -> bool:
    if not request.path.startswith("/Users"):
        return False
    return request.method in {"PUT", "DELETE"} or (request.method == "POST" and request.path == "/Users")


def application(issuer: Issuer, switches: ScimSwitches) -> ScimApplication:
    """The SCIM server as an application."""
    return ScimApplication(issuer, switches)


def _extension(switches: ScimSwitches) -> type[Extension] | None:
    if switches.stamnummer_schema is None:
        return None
    annotation = Annotated[str | None, Mutability.read_only]
    return type(
        "Leerling",
        (Extension,),
        {
            "__schema__": URN(switches.stamnummer_schema),
            "__module__": __name__,
            "__doc__": "Leerlinggegevens.",
            "__annotations__": {switches.stamnummer_name: annotation},
            switches.stamnummer_name: None,
        },
    )


def _account(model: Any, person: Persoon, switches: ScimSwitches) -> Resource[Any]:  # noqa: ANN401 - made at run time
    account: Resource[Any] = model(
        user_name=person.loginnaam,
        name=Name(given_name=person.roepnaam, middle_name=person.tussenvoegsel or None, family_name=person.achternaam),
        display_name=person.volledige_naam,
        active=True,
        user_type="leerling" if isinstance(person, Leerling) else "medewerker",
    )
    extension = _extension_of(model)
    if extension is not None and isinstance(person, Leerling):
        account[extension] = extension(**{switches.stamnummer_name: str(person.stamnummer)})
    return account


def _extension_of(model: Any) -> Any:  # noqa: ANN401 - made at run time
    return next(iter(model.get_extension_models().values()), None)


def _config(switches: ScimSwitches) -> ServiceProviderConfig:
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=switches.largest_page),
        change_password=ChangePassword(supported=True),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
    )
