"""The accredited interface of Magister: login, consent, and a school's data as typed records.

The partner contract is not public. What public clients have shown of the interface behind a school's own web pages is
modelled here, with its grade of evidence at each operation: several clients, or one. Base address, client id and scopes
are yours.
"""

from magister_connect.login import (
    AsyncMagisterLogin,
    FileTokenStore,
    LoginSettings,
    MagisterLogin,
    MemoryTokenStore,
    PendingLogin,
    ResponseType,
    StaticToken,
    Tenant,
    Tokens,
    TokenSource,
    TokenStore,
)
from magister_connect.public_api.calls.client import AsyncListed, Listed
from magister_connect.public_api.client import AsyncPublicApiClient, PublicApiClient
from magister_connect.public_api.connection import Connection
from magister_connect.public_api.paging import Page

__all__ = [
    "AsyncListed",
    "AsyncMagisterLogin",
    "AsyncPublicApiClient",
    "Connection",
    "FileTokenStore",
    "Listed",
    "LoginSettings",
    "MagisterLogin",
    "MemoryTokenStore",
    "Page",
    "PendingLogin",
    "PublicApiClient",
    "ResponseType",
    "StaticToken",
    "Tenant",
    "TokenSource",
    "TokenStore",
    "Tokens",
]
