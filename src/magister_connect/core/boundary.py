"""The boundary of a call: only errors of this library leave it.

Lists of exceptions to translate always miss one, so the boundary does not ask which exception it is but whose code
raised it:

- An error of this library leaves with a short traceback. It says what happened and what to do; frames of the library
  add nothing, and their variables may hold what must not be printed.
- What was raised in code that the caller passed in (a hook, a converter, an iterable, a transport) leaves unchanged,
  and so does every exception that is no ``Exception``: a cancellation, ``KeyboardInterrupt``. So does a warning that
  the caller's filters made an exception.
- Anything else is a bug of this library: :class:`InternalError`, which names the place in the library, and neither
  the text nor the variables of the exception.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from types import TracebackType
from typing import Final, ParamSpec, TypeVar, cast

from magister_connect.errors import InternalError, MagisterConnectError

P = ParamSpec("P")
T = TypeVar("T")
_PACKAGE: Final = "magister_connect"
_LIBRARIES: Final = frozenset(
    {_PACKAGE, "attr", "attrs", "cattrs", "httpx", "httpx2", "httpcore", "httpcore2", "h11", "h2", "hpack", "idna"}
    | {"hyperframe", "socksio", "anyio", "sniffio", "trio", "outcome", "stamina", "tenacity", "lxml", "zeep", "isodate"}
    | {"dateutil", "oauthlib", "jwt", "cryptography", "sqlalchemy", "psycopg", "psycopg_binary", "filelock", "polars"}
    | {"requests", "urllib3", "lazy_loader", "certifi", "rapidfuzz"}
)
_FOR_TESTS: Final = f"{_PACKAGE}.testing"  # scripted transports fail the test that wrote the script


class _Boundary:
    """A context manager without state; ``with boundary:`` costs a fraction of a microsecond."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        if isinstance(error, Exception) and not isinstance(error, Warning) and not raised_by_caller(error):
            raise as_ours(error)


boundary: Final = _Boundary()
"""Put around a call whose errors a user sees: ``with boundary: ...``."""


def hiding_variables(function: Callable[P, T]) -> Callable[P, T]:
    """A reader whose errors hold no frame of the library, and so no variable with what it read; sync or async.

    What the caller gave is no variable of the one frame that is left either: debugging tools print those.
    """
    if iscoroutinefunction(function):
        return cast("Callable[P, T]", _hiding_async(function))

    @wraps(function)
    def call(*given: P.args, **named: P.kwargs) -> T:
        __tracebackhide__ = True
        try:
            return function(*given, **named)
        except MagisterConnectError as error:
            if raised_by_caller(error):
                raise
            problem = as_ours(error)
        del given, named
        raise problem

    return call


def _hiding_async(function: Callable[P, Coroutine[object, object, T]]) -> Callable[P, Coroutine[object, object, T]]:
    @wraps(function)
    async def call(*given: P.args, **named: P.kwargs) -> T:
        __tracebackhide__ = True
        try:
            return await function(*given, **named)
        except MagisterConnectError as error:
            if raised_by_caller(error):
                raise
            problem = as_ours(error)
        del given, named
        raise problem

    return call


def as_ours(error: Exception) -> MagisterConnectError:
    """The error of this library that leaves the boundary in the place of ``error``, without its traceback."""
    ours = error if isinstance(error, MagisterConnectError) else explain_bug(error)
    if ours.__cause__ is None:
        ours.__suppress_context__ = True
    return ours.with_traceback(None)


def raised_by_caller(error: BaseException) -> bool:
    """Whether code outside of this library and of what it stands on took part in raising ``error``.

    The first frame is the one that caught it, and is left out.
    """
    traceback = error.__traceback__.tb_next if error.__traceback__ else None
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", _PACKAGE))
        top = module.partition(".")[0]
        if (top not in _LIBRARIES and top not in sys.stdlib_module_names) or module.startswith(_FOR_TESTS):
            return True
        traceback = traceback.tb_next
    return isinstance(error, BaseExceptionGroup) and any(raised_by_caller(each) for each in error.exceptions)


def explain_bug(error: BaseException) -> InternalError:
    """The error that stands for an exception nobody expected: its kind and its place, not its text."""
    return InternalError(f"Unexpected {type(error).__name__} inside the library", where=_place_of(error.__traceback__))


def _place_of(traceback: TracebackType | None) -> str | None:
    """File, line and function of the innermost frame of this package."""
    place = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE:
            parts = Path(code.co_filename).parts
            inside = parts[parts.index(_PACKAGE) :] if _PACKAGE in parts else parts[-1:]
            place = f"{'/'.join(inside)}:{traceback.tb_lineno} in {code.co_name}"
        traceback = traceback.tb_next
    return place
