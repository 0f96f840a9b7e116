"""Load the data of a school into its own database or warehouse, through a dlt source.

Keys are pseudonyms, and an error never closes a history. dlt does the loading. This package decides what is read, what
is left out and which keys are used. dlt reports its use over the network by default. Importing this package turns that
off, unless you have set it yourself.
"""

import os

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("warehouse", "dlt")
# dlt reads this when a pipeline is created, in workers too.
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")  # noqa: TID251 - its only setting that is_included in time

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
