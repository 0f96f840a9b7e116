"""What outlives the process: checkpoints, results, quarantine and links, in SQLite or PostgreSQL."""

from magister_connect.extras import require_extra

require_extra("store", "sqlalchemy", "cryptography")

from magister_connect.store.store import Store

__all__ = ["Store"]
