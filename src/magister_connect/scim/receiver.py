"""The receiver for ECK iDs: a SCIM service provider that you host and Magister calls (official).

Magister sends pupils with their ECK iDs as resources of the type ``EduUser``. Three things are not public: the URN of
its schema, the path, and how Magister authenticates. Each is a parameter. scim2-server implements the protocol (RFC
7644). This module defines the pupil resource and the authentication, and limits how much of a request is read before
authentication.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from string import punctuation
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, cast
from urllib.parse import quote

from magister_connect.core.extras import require_extra
from magister_connect.core.records.safe_repr import SafeRepr

require_extra("scim-receiver", "scim2_models", "scim2_server")

from pydantic import ValidationError, field_validator
from pydantic.alias_generators import to_camel
from scim2_models import (
    URN,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    Context,
    Error,
    ETag,
    Filter,
    Mutability,
    Patch,
    PayloadTooLargeException,
    Required,
    Resource,
    ResourceType,
    ResponseParameters,
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
from scim2_server.service import ScimService

from magister_connect.errors import UsageError
from magister_connect.identifiers import EckId

if TYPE_CHECKING:
    from scim2_server.requests import ScimRequest
    from scim2_server.responses import ScimResponse
    from scim2_server.storage import AsyncScimStorage

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

LOGGER: Final = logging.getLogger("magister_connect.scim.receiver")
EDU_USER_SCHEMA: Final = "urn:magister-connect:schemas:2.0:EduUser"
"""Our placeholder, because the URN of the real schema is not public. Pass the one in your contract."""
LARGEST_BODY: Final = 1_048_576  # a pupil takes some 600 bytes
LARGEST_PAGE: Final = 200


# -- the resource ---------------------------------------------------------------------------------------------------


class EduUserName(ComplexAttribute):
    """The names that Magister sends (official)."""

    family_name: Annotated[str | None, Required.true] = None
    given_name: str | None = None


class EduUser(Resource[Any]):
    """A pupil as Magister sends it (official attributes). ``externalId`` is currently nlEduPersonRealId."""

    __schema__ = URN(EDU_USER_SCHEMA)

    external_id: Annotated[str | None, Required.true, CaseExact.true, Uniqueness.server] = None
    eck_id: Annotated[str | None, CaseExact.true, Mutability.read_write, Returned.default] = None
    name: EduUserName | None = None


def edu_user_with(schema: str = EDU_USER_SCHEMA, *, check_eck_id: bool = True) -> type[EduUser]:
    """Return the resource class for the URN of your contract. ``check_eck_id`` refuses invalid ECK iDs."""
    parts: dict[str, Any] = {"__schema__": URN(schema), "__module__": __name__, "__doc__": EduUser.__doc__}
    if check_eck_id:
        parts["_check_eck_id"] = field_validator("eck_id")(_require_eck_id)
    return type("EduUser", (EduUser,), parts)


def _require_eck_id(value: str | None) -> str | None:
    if value is not None and not EckId.is_valid(value):
        raise ValueError("not an ECK iD")
    return value


# -- the protocol, where the standard leaves a choice ---------------------------------------------------------------


class BoundedService(ScimService):
    """The protocol with limited bodies, and with the resource in the response to each change.

    The standard allows a server to respond to a PATCH with 204 and no body (RFC 7644, 3.5.2). Magister needs the ``id``
    of the response to delete an ECK iD later (official). So the response to a PATCH is 200 with the resource.
    """

    def __init__(self, provider: ScimProvider, *, largest_body: int = LARGEST_BODY) -> None:
        super().__init__(provider)
        self._largest_body = largest_body

    def max_body_size(self, request: ScimRequest) -> int | None:
        """Return the largest body to read. The response to a larger one is 413 (RFC 7644, 3.12)."""
        limit = super().max_body_size(request)
        return self._largest_body if limit is None else min(limit, self._largest_body)

    def patch_response(
        self, base_url: str, resource: Resource[Any], response_parameters: ResponseParameters[Any]
    ) -> ScimResponse:
        """Return 200 with the changed resource."""
        published = self.publish(base_url, resource)
        return self.resource_response(published, Context.RESOURCE_REPLACEMENT_RESPONSE, response_parameters)

    @staticmethod
    def error_of(exception: Exception) -> Error:
        """Return the error for the response body. A wrong value gives the same error for POST, PUT and PATCH."""
        cause = exception.__cause__ or exception.__context__
        if isinstance(exception, SCIMException) and isinstance(cause, ValidationError):
            return _describe_first(cause)
        return ScimService.error_of(exception)


def _describe_first(invalid: ValidationError) -> Error:
    """Describe the first error with the SCIM name of the attribute, without pydantic's own advice."""
    first = invalid.errors(include_url=False, include_input=False)[0]
    spelled = tuple(to_camel(part) if isinstance(part, str) and "_" in part else part for part in first["loc"])
    return Error.from_validation_error({**first, "loc": spelled})


# -- the application ------------------------------------------------------------------------------------------------


class EckIdReceiver(ASGIApplication, SafeRepr):
    """An ASGI application that receives pupils and their ECK iDs: POST, PUT, PATCH and DELETE on ``/EduUsers``.

    Mount it in any ASGI framework.

    - ``authenticate``: receives the ``Authorization`` header of each request, and returns whether it is Magister's. A
      missing header is ``""``; a header that is not ASCII is refused without a call. It is called before the body is
      read, so the body of a stranger is never read.
    - ``storage``: stores the pupils. Subclass ``scim2_server.storage.AsyncScimStorage`` for your database. By default
      they are kept in memory.
    - ``schema`` and ``endpoint``: placeholders, until your contract names the real ones.
    - ``check_eck_id``: refuse invalid ECK iDs.
    - ``largest_body`` and ``largest_page``: limits in bytes and in resources.

    No pupil data are logged.
    """

    def __init__(
        self,
        authenticate: Callable[[str], bool],
        *,
        storage: AsyncScimStorage | None = None,
        schema: str = EDU_USER_SCHEMA,
        endpoint: str = "/EduUsers",
        check_eck_id: bool = True,
        largest_body: int = LARGEST_BODY,
        largest_page: int = LARGEST_PAGE,
    ) -> None:
        if largest_body < 1 or largest_page < 1:
            raise UsageError("largest_body and largest_page are at least 1", where="EckIdReceiver")
        model = edu_user_with(schema, check_eck_id=check_eck_id)
        kind = ResourceType.from_resource(model)
        kind.endpoint = endpoint  # type: ignore[assignment]  # made from text, which a reference is
        provider = ScimProvider([model], [kind], config=describe_receiver(largest_page))
        stored = AsyncInMemoryStorage() if storage is None else storage
        super().__init__(stored, provider, BoundedService(provider, largest_body=largest_body))
        self._authenticate = authenticate

    def __repr__(self) -> str:
        return f"<EckIdReceiver, storage {type(self.storage).__name__}>"

    async def __call__(  # type: ignore[override]  # frameworks mount by these types
        self, scope: Message, receive: Receive, send: Send
    ) -> None:
        """Serve an ASGI request. A websocket is refused."""
        if scope["type"] == "websocket":
            await receive()  # the handshake; a close without an accept refuses it
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            await self.send_response(await self._respond(_readable(scope), receive), cast("Any", send))
        else:
            await super().__call__(cast("Any", scope), cast("Any", receive), cast("Any", send))

    async def _respond(self, scope: Message, receive: Receive) -> ScimResponse:
        request = await self.read_request(cast("Any", scope), cast("Any", _receive_nothing))
        try:
            if self.needs_auth(request):
                self.check_auth(request)
        except Exception as error:  # noqa: BLE001 - the caller's own function may raise anything
            return self.finalize_response(request, self.handle_exception(request, error))
        request.body = await _receive_body(receive, self.service.max_body_size(request) or 0)
        return await self.serve(request)

    def check_auth(self, request: ScimRequest) -> None:
        """Raise an error unless the request is Magister's."""
        header = request.header("authorization") or ""
        if not header.isascii() or not self._authenticate(header):  # hmac.compare_digest breaks on any other text
            raise UnauthorizedException

    async def dispatch_request(self, request: ScimRequest) -> ScimResponse:
        """Serve a request after authentication."""
        limit = self.service.max_body_size(request)
        if limit and len(request.body) > limit:
            raise PayloadTooLargeException(detail=f"The body is larger than {limit} bytes")
        return await self.handler.handle(request)

    def finalize_response(self, request: ScimRequest, response: ScimResponse) -> ScimResponse:
        """Add the headers of every response."""
        return encode_addresses(super().finalize_response(request, response))

    def handle_exception(self, request: ScimRequest, exception: Exception) -> ScimResponse:
        """Return the response to an error. The log contains its kind, never a value."""
        if not isinstance(exception, SCIMException):
            LOGGER.error("%s failed: %s", request.method, type(exception).__name__)
        return self.service.error_response(exception)


def encode_addresses(response: ScimResponse) -> ScimResponse:
    """Encode the addresses in the headers, because scim2-server writes the decoded path of the request there.

    A control character in a header would end the connection, or begin another header.
    """
    for name in {"Location", "Content-Location"} & response.headers.keys():
        response.headers[name] = quote(response.headers[name], safe=punctuation, errors="replace")
    return response


def _readable(scope: Message) -> Message:
    """Return the scope with UTF-8 headers and query, because scim2-server breaks on other bytes."""
    headers = [(name, value.decode("latin-1").encode()) for name, value in scope.get("headers", ())]
    query = scope.get("query_string", b"").decode("latin-1").encode()
    return {**scope, "headers": headers, "query_string": query}


async def _receive_nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _receive_body(receive: Receive, limit: int) -> bytes:
    """Return the body, up to one byte more than the limit. The rest is not read."""
    pieces: list[bytes] = []
    size, more = 0, True
    while more and size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        more = message.get("more_body", False)
    return b"".join(pieces)[: limit + 1]


def describe_receiver(largest_page: int = LARGEST_PAGE) -> ServiceProviderConfig:
    """Return the features of the receiver (RFC 7643, 5)."""
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=largest_page),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
    )
