"""The SCIM server of the simulated school: accounts can be read, searched and changed, not created or deleted.

scim2-server implements the protocol. The operations follow the official article. The URN of the stamnummer is a switch.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

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
    NotFoundException,
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

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.sandbox.login.server import Issuer, account_id
from magister_connect.sandbox.school.administration import School
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.sandbox.school.people import Leerling, Medewerker
from magister_connect.scim.receiver import BoundedService, encode_addresses

if TYPE_CHECKING:
    from scim2_server.requests import ScimRequest
    from scim2_server.responses import ScimResponse


@frozen(kw_only=True)
class ScimSwitches:
    """The properties that are not public.

    - ``stamnummer_schema`` and ``stamnummer_name``: where the stamnummer is, if anywhere.
    - ``answers_change_with_204``: a change is answered without the account.
    - ``status_as_text``: the status in the body of an error is text, as the standard requires, or a number.
    - ``bearer``: which tokens are accepted besides those of the login server.
    - ``largest_page``: the largest number of accounts in a page.
    """

    stamnummer_schema: str | None = "urn:zandbak:params:scim:schemas:Leerling"
    stamnummer_name: str = "stamnummer"
    answers_change_with_204: bool = False
    status_as_text: bool = True
    largest_page: int = 100
    bearer: frozenset[str] = field(factory=frozenset)


Person: TypeAlias = Leerling | Medewerker
_OF_THE_PERSON: Final = ("user_name", "name", "display_name")
_Shown: TypeAlias = tuple[str, str, str, str]


class _Storage(InMemoryStorage):
    """Accounts with the ids of the login server.

    An account begins when the record of its person was made, and follows a new name on its day. So it is always the
    same, however the clock got there. Changes by a client, and accounts that a test removed, stay as they are.
    """

    def __init__(self, clock: Callable[[], dt.datetime]) -> None:
        super().__init__(clock)
        self._now, self._next, self._version = clock, "", ""
        self._made: dict[str, tuple[_Shown, str]] = {}  # the values when the school wrote it last, and its version

    def fill(
        self, kind: ResourceType, school: School, people: Iterable[Person], draw: Callable[[Person], Resource[Any]]
    ) -> None:
        """Create missing accounts, follow new names, and remove people who are not there yet."""
        self.kind = kind
        with self.lock:
            known = {account_id(person): person for person in people}
            for one in self._made.keys() - known.keys():  # the clock went back
                del self._made[one]
                with suppress(NotFoundException):
                    self.delete(kind, one)
            for one, person in known.items():
                if one not in self._made or self._made[one][0] != _shown(person):
                    self._write(one, draw(person), _shown(person), school.recorded_on(person))

    def _write(self, one: str, account: Resource[Any], shown: _Shown, dates: tuple[dt.date, dt.date] | None) -> None:
        """Create an account, or write the name of the person, unless a client wrote another name."""
        made, self._next = self._made.get(one), one
        if made is None:
            with self._as_of(dates and dates[0]):
                account = self.create(self.kind, account)
        else:
            try:
                stored = self.get(self.kind, one)
            except NotFoundException:
                return
            if stored.meta is None or stored.meta.version != made[1]:
                return
            account = stored.model_copy(update={name: getattr(account, name) for name in _OF_THE_PERSON})
        if made is not None or (dates and dates[1] > dates[0]):
            with self._as_of(dates and dates[1]):
                account = self.update(self.kind, account)
        self._made[one] = shown, str(account.meta and account.meta.version)

    @contextmanager
    def _as_of(self, day: dt.date | None) -> Generator[None, None, None]:
        """Write as on a day, or now."""
        if day is not None:
            moment = dt.datetime.combine(day, dt.time(), AMSTERDAM).astimezone(dt.UTC)
            self.clock, self._version = (lambda: moment), f'W/"{day:%Y%m%d}"'
        try:
            yield
        finally:
            self.clock, self._version = self._now, ""

    def next_version(self) -> str:
        """Return the version of the day on which the school wrote, or the next number."""
        return self._version or super().next_version()

    def generate_id(self, resource_type: ResourceType, resource: Resource[Any]) -> str:
        """Return the id of the person's account."""
        del resource_type, resource
        return self._next


class ScimApplication(SafeRepr, ASGIApplication):
    """The SCIM server. ``accounts`` holds its data, for assertions and for faults."""

    def __init__(self, issuer: Issuer, switches: ScimSwitches) -> None:
        self.issuer, self.switches = issuer, switches
        extension = _extension(switches)
        model: Any = User if extension is None else User[extension]  # type: ignore[valid-type]  # made at run time
        kind = ResourceType.from_resource(model)
        clock = issuer.state.clock
        self.accounts = _Storage(lambda: clock().astimezone(dt.UTC))
        models: list[Any] = [User] if extension is None else [User, extension]
        provider = ScimProvider(models, [kind], config=_config(switches))
        super().__init__(AsyncInMemoryStorage(self.accounts), provider, BoundedService(provider))
        self._kind, self._model = kind, model
        self._fill()

    def __repr__(self) -> str:
        return f"<ScimApplication: {len(self.accounts.resources)} accounts>"

    def _fill(self) -> None:
        school = self.issuer.state.school
        self.accounts.fill(self._kind, school, self._people(), lambda one: _account(self._model, one, self.switches))

    def _people(self) -> list[Person]:
        school = self.issuer.state.school
        return [*school.leerlingen.values(), *school.medewerkers.values()]

    def _rename(self, one: str) -> None:
        """Give the person of an account its user name, so that every service of the school shows it."""
        name = getattr(self.accounts.get(self._kind, one), "user_name", None)
        person = next((each for each in self._people() if account_id(each) == one), None)
        if name and person is not None and name != person.loginnaam:
            self.issuer.state.school.replace(person, loginnaam=name)

    def check_auth(self, request: ScimRequest) -> None:
        """Accept the sandbox's own token and those of its login server."""
        kind, _, token = (request.header("authorization") or "").partition(" ")
        known = {self.issuer.state.accounts.scim_token, *self.switches.bearer}
        grant = self.issuer.grants.holder(f"{kind} {token}", self.issuer.state.clock())
        if kind.lower() != "bearer" or (token not in known and grant is None):
            raise UnauthorizedException

    async def dispatch_request(self, request: ScimRequest) -> ScimResponse:
        """Serve what the official article lists, and refuse anything else."""
        self._fill()  # adds accounts and new names since the last request
        if _makes_or_removes(request):
            self.check_auth(request)
            raise NotImplementedException
        response = await super().dispatch_request(request)
        if request.method == "PATCH" and response.status < 300:
            self._rename(request.path.rpartition("/")[2])
        if request.method == "PATCH" and self.switches.answers_change_with_204:
            response.status, response.body = type(response.status)(204), None
        return response

    def finalize_response(self, request: ScimRequest, response: ScimResponse) -> ScimResponse:
        """Add the headers of every response."""
        return encode_addresses(super().finalize_response(request, response))

    async def serve(self, request: ScimRequest) -> ScimResponse:
        """Serve, and write the status of an error as the switch requires."""
        response = await super().serve(request)
        if response.status >= 400 and response.body and not self.switches.status_as_text:
            response.body["status"] = int(response.status)
        return response


def _makes_or_removes(request: ScimRequest) -> bool:
    if not request.path.startswith("/Users"):
        return False
    return request.method in {"PUT", "DELETE"} or (request.method == "POST" and request.path == "/Users")


def application(issuer: Issuer, switches: ScimSwitches) -> ScimApplication:
    """Return the SCIM server as an application."""
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


def _account(model: Any, person: Person, switches: ScimSwitches) -> Resource[Any]:  # noqa: ANN401 - made at run time
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


def _shown(person: Person) -> _Shown:
    return person.loginnaam, person.roepnaam, person.tussenvoegsel, person.achternaam


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
