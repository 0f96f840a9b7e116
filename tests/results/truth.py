"""What a school's service holds, and what a store holds of it."""

from collections.abc import Callable
from typing import Any

from magister_connect.sandbox import Sandbox
from magister_connect.store import Store

Order = Callable[..., list[dict[str, Any]]]
"""Orders to a process that pulls and may be killed, one line each; what it answers."""


def truth(sandbox: Sandbox) -> dict[str, Any]:
    """What the service shows of candidates with a number."""
    return {
        str(each.submission_nr): each.gewijzigd
        for each in sandbox.results.current_results("JIJ")
        if each.username.isdigit()
    }


def stored(url: str, key: str) -> dict[str, Any]:
    """What stands in a store."""
    with Store(url, key=key) as store:
        return {each.submission_nr: each.modified_at for each in store.results()}
