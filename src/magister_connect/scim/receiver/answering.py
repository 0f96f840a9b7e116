"""Changes are answered with the whole resource: the sender needs its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scim2_models import Context, Resource, ResponseParameters
from scim2_server.service import ScimService

if TYPE_CHECKING:
    from scim2_server.responses import ScimResponse

__all__ = ["AnsweringService"]


class AnsweringService(ScimService):
    """A service that answers PATCH with 200 and the resource, where the standard would also allow 204 and nothing."""

    def patch_response(
        self, base_url: str, resource: Resource[Any], response_parameters: ResponseParameters[Any]
    ) -> ScimResponse:
        """The changed resource."""
        published = self.publish(base_url, resource)
        return self.resource_response(published, Context.RESOURCE_REPLACEMENT_RESPONSE, response_parameters)
