"""Into a school's own data layer: a source of dlt, with pseudonyms for keys and histories that no mistake closes.

dlt does the loading; what is read, what stays behind and under which keys is decided here. dlt reports its use over the
network unless it is told not to: importing this package tells it not to, unless a setting of yours says otherwise.
"""

import os

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("warehouse", "dlt")
# dlt reads it when a pipeline is made, in workers too.
os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")  # noqa: TID251 - its only setting that comes in time

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
