"""Login with Magister, offered by this package too: its clients are opened with it."""

from magister_connect.login import AsyncMagisterLogin as AsyncMagisterLogin
from magister_connect.login import MagisterLogin as MagisterLogin
