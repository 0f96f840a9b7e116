"""The receiver for ECK iDs: Magister is the client here, and a vendor mounts the server.

``EckIdReceiver`` is an ASGI application; mount it in any framework that speaks ASGI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim2_models import Context, Resource, ResponseParameters
from scim2_server.service import ScimService

if TYPE_CHECKING:
    from scim2_server.responses import ScimResponse
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias, cast

from pydantic import field_validator
from scim2_models import (
    URN,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Mutability,
    Patch,
    Required,
    ResourceType,
    Returned,
    SCIMException,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    UnauthorizedException,
    Uniqueness,
)
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage

from magister_connect.identifiers import EckId

if TYPE_CHECKING:
    from scim2_server.requests import ScimRequest
    from scim2_server.responses import ScimResponse
    from scim2_server.storage import AsyncScimStorage
from magister_connect.core.extras import require_extra


class AnsweringService(ScimService):
    """A service that answers PATCH with 200 and the resource, where the standard would also allow 204 and nothing."""

    def patch_response(
        self, base_url: str, resource: Resource[Any], response_parameters: ResponseParameters[Any]
    ) -> ScimResponse:
        """The changed resource."""
        published = self.publish(base_url, resource)
        return self.resource_response(published, Context.RESOURCE_REPLACEMENT_RESPONSE, response_parameters)


EDU_USER_SCHEMA = "urn:magister-connect:schemas:2.0:EduUser"
"""A stand-in of ours: the URN of the real schema is not public. Give the one that your contract names."""


class EduUserName(ComplexAttribute):
    """The names that Magister sends (official)."""

    family_name: Annotated[str | None, Required.true] = None
    given_name: str | None = None


class EduUser(Resource[Any]):
    """What Magister sends (official attributes): ``externalId`` is at present nlEduPersonRealId."""

    __schema__ = URN(EDU_USER_SCHEMA)

    external_id: Annotated[str | None, Required.true, CaseExact.true, Uniqueness.server] = None
    eck_id: Annotated[str | None, CaseExact.true, Mutability.read_write, Returned.default] = None
    name: EduUserName | None = None


def edu_user_with(schema: str = EDU_USER_SCHEMA, *, check_eck_id: bool = True) -> type[EduUser]:
    """The resource under the URN of your contract; ``check_eck_id`` refuses what has not the form of an ECK iD."""
    parts: dict[str, Any] = {"__schema__": URN(schema), "__module__": __name__, "__doc__": EduUser.__doc__}
    if check_eck_id:
        parts["_check_eck_id"] = field_validator("eck_id")(_require_eck_id)
    return type("EduUser", (EduUser,), parts)


def _require_eck_id(value: str | None) -> str | None:
    if value is not None and not EckId.is_valid(value):
        raise ValueError("not an ECK iD")
    return value


Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
LOGGER: Final = logging.getLogger("magister_connect.scim.receiver")
CONFIG: Final = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=200),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
)


class EckIdReceiver(ASGIApplication):
    """Receives pupils and their ECK iDs from Magister: ``POST``, ``PUT``, ``PATCH``, ``DELETE`` on ``/EduUsers``.

    ``accepts`` is given the ``Authorization`` header of each request (``""`` where there is none, and never text that
    is not ASCII) and tells whether it is Magister; how Magister proves itself is not public. ``storage`` keeps the
    pupils: subclass ``scim2_server.storage.AsyncScimStorage`` for your database; without one they are kept in memory.
    ``schema`` and ``endpoint`` are stand-ins until your contract names the real ones. Every answer to a create or an
    update holds the ``id`` that the receiver gave, without which Magister could not delete an ECK iD later (official).
    Nothing of a pupil is logged.
    """

    def __init__(
        self,
        accepts: Callable[[str], bool],
        *,
        storage: AsyncScimStorage | None = None,
        schema: str = EDU_USER_SCHEMA,
        endpoint: str = "/EduUsers",
        check_eck_id: bool = True,
    ) -> None:
        model = edu_user_with(schema, check_eck_id=check_eck_id)
        kind = ResourceType.from_resource(model)
        kind.endpoint = endpoint  # type: ignore[assignment]  # made from text, which a reference is
        provider = ScimProvider([model], [kind], config=CONFIG)
        kept = AsyncInMemoryStorage() if storage is None else storage
        super().__init__(kept, provider, AnsweringService(provider))
        self._accepts = accepts

    async def __call__(  # type: ignore[override]  # frameworks mount by these types
        self, scope: Message, receive: Receive, send: Send
    ) -> None:
        """As ASGI has it."""
        # Whoever sends bytes that are no UTF-8 is refused like any stranger; as they are, they would break the reading.
        headers = [(name, value.decode("latin-1").encode()) for name, value in scope.get("headers", ())]
        await super().__call__({**scope, "headers": headers}, cast("Any", receive), cast("Any", send))

    def check_auth(self, request: ScimRequest) -> None:
        """Raise unless the request is Magister's."""
        header = request.header("authorization") or ""
        if not header.isascii() or not self._accepts(header):  # hmac.compare_digest breaks on any other text
            raise UnauthorizedException

    def handle_exception(self, request: ScimRequest, exception: Exception) -> ScimResponse:
        """The answer to an error; what is logged of it is its kind, never a value."""
        if not isinstance(exception, SCIMException):
            LOGGER.error("%s failed: %s", request.method, type(exception).__name__)
        return self.service.error_response(exception)


require_extra("scim", "scim2_models", "scim2_server")
