"""Where tokens are kept and how they stay fresh."""

from magister_connect.login.keeping.file import FileTokenStore
from magister_connect.login.keeping.memory import MemoryTokenStore
from magister_connect.login.keeping.sources import ApplicationTokens, KeptTokens, StaticToken, TokenSource
from magister_connect.login.keeping.store import StoredTokens, TokenStore

__all__ = [
    "ApplicationTokens",
    "FileTokenStore",
    "KeptTokens",
    "MemoryTokenStore",
    "StaticToken",
    "StoredTokens",
    "TokenSource",
    "TokenStore",
]
