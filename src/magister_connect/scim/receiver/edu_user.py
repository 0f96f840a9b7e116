"""``EduUser``: a pupil with an ECK iD and deliberately no account name (official)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import field_validator
from scim2_models import URN, CaseExact, ComplexAttribute, Mutability, Required, Resource, Returned, Uniqueness

from magister_connect.identifiers import EckId

__all__ = ["EDU_USER_SCHEMA", "EduUser", "EduUserName", "edu_user_with"]

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
