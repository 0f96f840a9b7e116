"""The boundary of a call: only errors of this library leave it.

Lists of exceptions to translate always miss one, so the boundary does not ask which exception it is but whose code
raised it:

- An error of this library leaves with a short traceback. It says what happened and what to do; frames of the library
  add nothing, and their variables may hold what must not be printed.
- What was raised in code that the caller passed in (a hook, a converter, an iterable, a transport) leaves unchanged,
  and so does every exception that is no ``Exception``: a cancellation, ``KeyboardInterrupt``. So does a warning that
  the caller's filters made an exception. The library's own frames are left out of its traceback.
- Anything else is a bug of this library: :class:`InternalError`, which names the place in the library, and neither
  the text nor the variables of the exception.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterator
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from types import FunctionType, TracebackType
from typing import Any, Final, ParamSpec, TypeVar

from magister_connect.errors import InternalError, MagisterConnectError

P = ParamSpec("P")
T = TypeVar("T")
_PACKAGE: Final = "magister_connect"
_LIBRARIES: Final = frozenset(
    {_PACKAGE, "attr", "attrs", "cattrs", "httpx", "httpx2", "httpcore", "httpcore2", "h11", "h2", "hpack", "idna"}
    | {"hyperframe", "socksio", "anyio", "sniffio", "trio", "outcome", "stamina", "tenacity", "lxml", "zeep", "isodate"}
    | {"dateutil", "oauthlib", "jwt", "cryptography", "sqlalchemy", "psycopg", "psycopg_binary", "filelock", "polars"}
    | {"requests", "urllib3", "lazy_loader", "certifi", "rapidfuzz", "openpyxl", "et_xmlfile"}
)
_FOR_TESTS: Final = f"{_PACKAGE}.testing"  # scripted transports fail the test that wrote the script


class Boundary:
    """A context manager without state; ``with boundary:`` costs a fraction of a microsecond.

    ``passing`` are errors that leave as they are, beside warnings and a missing extra, whose text is the command that
    installs it.
    """

    __slots__ = ("_passing",)

    def __init__(self, *passing: type[Exception]) -> None:
        self._passing: tuple[type[Exception], ...] = (Warning, ModuleNotFoundError, *passing)

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        if error is None or (ours := self._ours(error)) is None:
            return
        error = None  # debuggers would show its text
        raise ours

    def around(self, function: Callable[P, T]) -> Callable[P, T]:
        """Decorate a function whose errors a user sees; what it was given stands in no frame of the traceback."""
        if iscoroutinefunction(function):
            return self._around_async(function)  # type: ignore[return-value]  # as the function itself is

        @wraps(function)
        def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
            __tracebackhide__ = True
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                args, kwargs = (), {}  # type: ignore[assignment]  # cgitb fails where an argument is gone
                if (ours := self._ours_of_call(error)) is None:
                    raise
            raise ours

        return bounded

    def _around_async(self, function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        @wraps(function)
        async def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
            __tracebackhide__ = True
            try:
                return await function(*args, **kwargs)
            except BaseException as error:
                args, kwargs = (), {}  # type: ignore[assignment]  # cgitb fails where an argument is gone
                if (ours := self._ours_of_call(error)) is None:
                    raise
            raise ours

        return bounded

    def around_methods(self, kind: type[T]) -> type[T]:
        """Decorate every public method of a class that is written in it, classmethods and properties left out."""
        for name, member in tuple(vars(kind).items()):
            if isinstance(member, FunctionType) and not name.startswith("_"):
                setattr(kind, name, self.around(member))
        return kind

    def _ours(self, error: BaseException) -> MagisterConnectError | None:
        """The error of this library that leaves in the place of ``error``; nothing where ``error`` itself leaves."""
        if isinstance(error, Exception) and not isinstance(error, self._passing) and not raised_by_caller(error):
            return as_ours(error)
        hide_frames(error)
        return None

    def _ours_of_call(self, error: BaseException) -> MagisterConnectError | None:
        """The same around a public function: arguments that do not fit its signature are Python's own error."""
        if not _is_of_the_call(error):
            return self._ours(error)
        hide_frames(error)
        return None


def _is_of_the_call(error: BaseException) -> bool:
    """Whether the arguments do not fit the signature of the public function: Python's own ``TypeError``.

    Then no frame of the function is in the traceback. Where the function passes its options on at once (``**options``),
    its own frame is the last.
    """
    if not isinstance(error, TypeError) or error.__traceback__ is None:
        return False
    inside = error.__traceback__.tb_next
    return inside is None or (inside.tb_next is None and "keyword argument" in str(error))


boundary: Final = Boundary()
"""Put around a call whose errors a user sees: ``with boundary: ...``."""

file_boundary: Final = Boundary(OSError)
"""Put around a reader of files: what the file system says leaves as it is."""


def as_ours(error: Exception) -> MagisterConnectError:
    """The error of this library that leaves the boundary in the place of ``error``, without its traceback."""
    ours = error if isinstance(error, MagisterConnectError) else explain_bug(error)
    if ours.__cause__ is None:
        ours.__suppress_context__ = True
    return ours.with_traceback(None)


def hide_frames(error: BaseException) -> None:
    """Leave the frames of the library, and of what it stands on, out of the tracebacks of an exception.

    What debuggers and error reports show of a frame are its variables: bodies, rows, headers. The first frame stays,
    which is the one that catches, and so does what the caller's own code called. The frames of scripted transports stay
    too: by them an outer boundary sees once more that it was the test that failed.
    """
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        if (one := waiting.pop()) is None or id(one) in seen:
            continue
        seen.add(id(one))
        waiting += (one.__cause__, one.__context__)
        shown: list[TracebackType] = []
        by_caller = False
        for each in _frames_of(one.__traceback__):
            if (top := _top(each)) not in sys.stdlib_module_names:  # one of Python is shown where its caller is
                by_caller = top not in _LIBRARIES or _is_for_tests(each)
            if by_caller or (each is one.__traceback__ and one is error):
                shown.append(each)
        kept: TracebackType | None = None
        for each in reversed(shown):
            kept = TracebackType(kept, each.tb_frame, each.tb_lasti, each.tb_lineno)
        one.__traceback__ = kept


def _frames_of(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _module(traceback: TracebackType) -> str:
    return str(traceback.tb_frame.f_globals.get("__name__", _PACKAGE))


def _top(traceback: TracebackType) -> str:
    return _module(traceback).partition(".")[0]


def _is_for_tests(traceback: TracebackType) -> bool:
    return _module(traceback).startswith(_FOR_TESTS)


def raised_by_caller(error: BaseException) -> bool:
    """Whether code outside of this library and of what it stands on took part in raising ``error``.

    The first frame is the one that caught it, and is left out.
    """
    traceback = error.__traceback__.tb_next if error.__traceback__ else None
    while traceback is not None:
        top = _top(traceback)
        if (top not in _LIBRARIES and top not in sys.stdlib_module_names) or _is_for_tests(traceback):
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
