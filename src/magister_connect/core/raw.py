"""The raw answer behind an error of reading, for the caller that asked for it.

No error holds a body, because bodies hold pupils and errors are logged. The one exception is a client that was made
with ``keep_raw=True``: an error of reading then has the body of the last reply as ``error.raw``, a
:class:`~magister_connect.core.secrets.Secret`. It stands outside of the arguments and the ``__dict__`` of the error, so
that neither a pickle nor a debugging tool takes it along.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any, TypeVar

from magister_connect.core.flow import Reply
from magister_connect.core.secrets import Secret
from magister_connect.errors import ReplyInvalid

StepT = TypeVar("StepT")
T = TypeVar("T")


def keeping_raw(flow: Generator[StepT, Any, T]) -> Generator[StepT, Any, T]:
    """The same flow, whose errors of reading carry the body of the last reply."""
    last: Reply | None = None
    go_on: Callable[[], StepT] = partial(next, flow)
    while True:
        try:
            step = go_on()
        except StopIteration as stop:
            result: T = stop.value
            return result
        except ReplyInvalid as error:
            if last is not None and error.raw is None:
                error.keep_raw(Secret(last.body.decode("utf-8", "replace")))
            raise
        try:
            answer = yield step
        except BaseException as error:  # noqa: BLE001 - whatever is thrown in belongs to the flow, its end as well
            go_on = partial(flow.throw, error)
        else:
            last = _reply_in(answer) or last
            go_on = partial(flow.send, answer)


def _reply_in(answer: object) -> Reply | None:
    """The last reply among what a driver sent back."""
    if isinstance(answer, Reply):
        return answer
    answers: tuple[object, ...] = answer if isinstance(answer, tuple) else ()
    return next((each for each in reversed(answers) if isinstance(each, Reply)), None)
