from magister_connect.core.encryption import generate_key as generate_key

from .file import FileTokenStore as FileTokenStore
from .memory import MemoryTokenStore as MemoryTokenStore
from .protocol import StoredTokens as StoredTokens
from .protocol import TokenStore as TokenStore
from .sources import ApplicationTokens as ApplicationTokens
from .sources import KeptTokens as KeptTokens
from .sources import StaticToken as StaticToken
from .sources import TokenSource as TokenSource
