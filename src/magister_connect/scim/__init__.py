"""Accounts over SCIM 2.0, which replaces the account functions of Medius; and the receiver for ECK iDs.

The receiver lives in :mod:`magister_connect.scim.receiver` and is imported from there.
"""

from magister_connect.extras import require_extra

require_extra("scim", "oauthlib", "jwt", "cryptography")

from magister_connect.scim.client import AsyncScimClient, ScimClient
from magister_connect.scim.filters import Filter, where
from magister_connect.scim.patching import Changes
from magister_connect.scim.records import Email, Name, Schema, ServiceProviderConfig, User
from magister_connect.scim.stamnummer import AttributePath

__all__ = [
    "AsyncScimClient",
    "AttributePath",
    "Changes",
    "Email",
    "Filter",
    "Name",
    "Schema",
    "ScimClient",
    "ServiceProviderConfig",
    "User",
    "where",
]
