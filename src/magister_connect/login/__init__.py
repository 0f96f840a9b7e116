"""Login with Magister: from the first click to tokens that stay fresh, for every service that asks for a token.

The login server is the one behind ``accounts.magister.net``; client id, redirect address and scopes are those of your
accreditation.
"""

from magister_connect.extras import require_extra

require_extra("public-api", "oauthlib", "jwt", "cryptography")

from magister_connect.login.authorizing import StartedLogin
from magister_connect.login.client import AsyncMagisterLogin, MagisterLogin
from magister_connect.login.discovery import Endpoints
from magister_connect.login.identity import Identity
from magister_connect.login.keeping import (
    ApplicationTokens,
    FileTokenStore,
    KeptTokens,
    MemoryTokenStore,
    StaticToken,
    StoredTokens,
    TokenSource,
    TokenStore,
)
from magister_connect.login.pending import PendingLogin
from magister_connect.login.schools import School
from magister_connect.login.settings import ClientAuthentication, ClientKey, LoginSettings, ResponseType, Tenant
from magister_connect.login.tokens import Tokens

__all__ = [
    "ApplicationTokens",
    "AsyncMagisterLogin",
    "ClientAuthentication",
    "ClientKey",
    "Endpoints",
    "FileTokenStore",
    "Identity",
    "KeptTokens",
    "LoginSettings",
    "MagisterLogin",
    "MemoryTokenStore",
    "PendingLogin",
    "ResponseType",
    "School",
    "StartedLogin",
    "StaticToken",
    "StoredTokens",
    "Tenant",
    "TokenSource",
    "TokenStore",
    "Tokens",
]
