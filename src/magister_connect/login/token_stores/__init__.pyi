from .sources import ApplicationTokens as ApplicationTokens
from .sources import KeptTokens as KeptTokens
from .sources import StaticToken as StaticToken
from .sources import TokenSource as TokenSource
from .stores import FileTokenStore as FileTokenStore
from .stores import MemoryTokenStore as MemoryTokenStore
from .stores import StoredTokens as StoredTokens
from .stores import TokenStore as TokenStore
