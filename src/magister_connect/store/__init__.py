"""Keep data between runs: checkpoints, results, quarantine and links, in SQLite or PostgreSQL."""

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("store", "sqlalchemy", "cryptography")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
