"""Attach the raw response to an error of reading, if the caller asks for it.

Errors normally contain no body, because bodies contain pupil data and errors are logged. A client made with
``keep_raw=True`` is the only exception. An error of reading then has the body of the last response as ``error.raw``, a
:class:`~magister_connect.core.secrets.Secret`. The body is not in the arguments or the ``__dict__`` of the error, so
pickles and debugging tools do not copy it.
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
    """Wrap a flow, so that its errors of reading contain the body of the last response."""
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
        except BaseException as error:  # noqa: BLE001 - every exception goes to the flow, also the one that ends it
            go_on = partial(flow.throw, error)
        else:
            last = _reply_in(answer) or last
            go_on = partial(flow.send, answer)


def _reply_in(answer: object) -> Reply | None:
    """Return the last response in the answer of a driver."""
    if isinstance(answer, Reply):
        return answer
    answers: tuple[object, ...] = answer if isinstance(answer, tuple) else ()
    return next((each for each in reversed(answers) if isinstance(each, Reply)), None)
