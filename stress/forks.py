"""A process that forks pulls and kills them. It does a complete pull first, so that a fork starts quickly.

The first line on standard input is JSON: the service, the database, its key and the way of paging. Each further line is
one pull: after how many steps or seconds to kill it, if at all, and how late it is.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from functools import partial
from typing import Any

from magister_connect.store import Store
from tests.results.puller import Countdown, in_process_of_its_own, pull


def killed_after(child: int, reading: int, seconds: float | None) -> dict[str, Any]:
    """Wait for a process, and kill it if it takes longer."""
    started = time.monotonic()
    if seconds is not None and not select.select([reading], [], [], seconds)[0]:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        moments = pipe.read()
    return {
        "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
        "moments": int(moments) if moments else None,
        "seconds": time.monotonic() - started,
        "status": status,
    }


def main() -> None:
    """Read orders until there are none."""
    plain = json.loads(sys.stdin.readline())
    with Store(plain["database"], key=plain["key"], patience=10) as store:
        pull({**plain, "hours": 0}, Countdown(None), store)
    for line in sys.stdin:
        order = {**plain, **json.loads(line)}
        store._database._ready = not order.pop("without_tables")  # else the fork would take them for made
        answer = killed_after(*in_process_of_its_own(order, partial(pull, store=store)), order.get("seconds"))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
