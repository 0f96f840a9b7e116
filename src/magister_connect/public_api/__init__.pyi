from .client import AsyncPublicApiClient as AsyncPublicApiClient
from .client import AsyncResourceList as AsyncResourceList
from .client import PublicApiClient as PublicApiClient
from .client import ResourceList as ResourceList
from .connection import Connection as Connection
from .login import AsyncMagisterLogin as AsyncMagisterLogin
from .login import MagisterLogin as MagisterLogin
from .paging import Page as Page
