"""Turn off dlt's report over the network, also for a pipeline that was created before this package was imported."""

from __future__ import annotations

import os

import dlt as dlt

if os.environ["RUNTIME__DLTHUB_TELEMETRY"].lower() == "false":  # noqa: TID251 - set by this package
    from dlt.common.runtime.anon_tracker import disable_anon_tracker

    disable_anon_tracker()
