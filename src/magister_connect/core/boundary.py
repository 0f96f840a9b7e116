"""The boundary of a call: only errors of this library may leave it.

A list of exceptions to translate is never complete. So the boundary does not look at the type of an exception, but at
the code that raised it:

- An error of this library leaves with a short traceback. Its text says enough. The frames of the library are removed,
  because their variables may hold data that must not be printed.
- An exception from code that the caller passed in (a hook, a converter, an iterable, a transport) leaves unchanged. So
  does every exception that is not an ``Exception``, such as a cancellation or ``KeyboardInterrupt``, and a warning that
  the caller's filters turned into an exception. The frames of the library are removed from the traceback.
- Anything else is a bug in this library and becomes :class:`InternalError`. That error names the place in the library,
  and shows neither the text nor the variables of the exception.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from functools import wraps
from inspect import Signature, iscoroutinefunction
from pathlib import Path
from types import FunctionType, TracebackType
from typing import Any, Final, ParamSpec, TypeVar

from magister_connect.core.late import AnnotatedFunction
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
_FOR_TESTS: Final = f"{_PACKAGE}.testing"  # scripted transports raise the test failure of their user


class Boundary:
    """A context manager without state. ``with boundary:`` costs a fraction of a microsecond.

    ``passing`` lists exception classes that leave unchanged. Warnings and missing extras always do: the text of the
    latter is the command that installs the extra.
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

    def around(self, function: Callable[P, T], shown: Signature | None = None) -> Callable[P, T]:
        """Decorate a public function. Its arguments stay out of the frames of the traceback.

        ``shown`` is its signature if the function itself takes any arguments and passes them on.
        """
        if iscoroutinefunction(function):
            return self._around_async(function, shown)  # type: ignore[return-value]  # as the function itself is

        @wraps(function)
        def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
            __tracebackhide__ = True
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                replaced = _misfit(error, bounded, shown, args, kwargs) or self._ours_of_call(error)
                args, kwargs = (), {}  # type: ignore[assignment]  # cgitb fails where an argument is gone
                if replaced is None:
                    raise
            raise replaced

        bounded.__wrapped__ = AnnotatedFunction(function)  # type: ignore[assignment]  # it leads to the function
        return bounded

    def _around_async(
        self, function: Callable[P, Coroutine[Any, Any, T]], shown: Signature | None
    ) -> Callable[P, Coroutine[Any, Any, T]]:
        @wraps(function)
        async def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
            __tracebackhide__ = True
            try:
                return await function(*args, **kwargs)
            except BaseException as error:
                replaced = _misfit(error, bounded, shown, args, kwargs) or self._ours_of_call(error)
                args, kwargs = (), {}  # type: ignore[assignment]  # cgitb fails where an argument is gone
                if replaced is None:
                    raise
            raise replaced

        bounded.__wrapped__ = AnnotatedFunction(function)  # type: ignore[assignment]  # it leads to the function
        return bounded

    def around_methods(self, kind: type[T]) -> type[T]:
        """Decorate the constructor and the public methods that a class defines itself, except properties."""
        for name, member in tuple(vars(kind).items()):
            if name.startswith("_") and name != "__init__":
                continue
            if isinstance(member, FunctionType):
                setattr(kind, name, self.around(member))
            elif isinstance(member, (staticmethod, classmethod)):
                setattr(kind, name, type(member)(self.around(member.__func__)))
        return kind

    def _ours(self, error: BaseException) -> MagisterConnectError | None:
        """Return the error of this library that replaces ``error``, or ``None`` if ``error`` leaves unchanged."""
        if isinstance(error, Exception) and not isinstance(error, self._passing) and not raised_by_caller(error):
            return as_ours(error)
        hide_frames(error)
        return None

    def _ours_of_call(self, error: BaseException) -> MagisterConnectError | None:
        """Do the same for a decorated function: arguments that do not fit its signature raise Python's own error."""
        if not _is_of_the_call(error):
            return self._ours(error)
        hide_frames(error)
        return None


def _misfit(
    error: BaseException,
    function: Callable[..., object],
    shown: Signature | None,
    args: Sequence[object],
    kwargs: Mapping[str, object],
) -> TypeError | None:
    """Return a ``TypeError`` for arguments that do not fit the signature that the caller sees."""
    if shown is None or not isinstance(error, TypeError):
        return None
    try:
        shown.bind(*args, **kwargs)
    except TypeError as misfit:
        return TypeError(f"{function.__name__}() {misfit}".replace("() too", "() got too"))
    return None


def _is_of_the_call(error: BaseException) -> bool:
    """Whether this is Python's own ``TypeError`` for arguments that do not fit the signature of the public function.

    In that case no frame of the function is in the traceback. If the function passes its options on (``**options``),
    its own frame is the last one.
    """
    if not isinstance(error, TypeError) or error.__traceback__ is None:
        return False
    inside = error.__traceback__.tb_next
    return inside is None or (inside.tb_next is None and "keyword argument" in str(error))


boundary: Final = Boundary()
"""Wrap a call of a public interface: ``with boundary: ...``."""

file_boundary: Final = Boundary(OSError)
"""Wrap a reader of files: an ``OSError`` leaves unchanged."""


def as_ours(error: Exception) -> MagisterConnectError:
    """Return the error that replaces ``error`` outside the boundary, without its traceback."""
    ours = error if isinstance(error, MagisterConnectError) else explain_bug(error)
    if ours.__cause__ is None:
        ours.__suppress_context__ = True
    return ours.with_traceback(None)


def hide_frames(error: BaseException) -> None:
    """Remove the frames of this library and its dependencies from the tracebacks of an exception.

    Debuggers and error reports show the variables of each frame: bodies, rows, headers. The first frame stays, because
    it caught the exception. Frames of the caller's code stay too, and so do those of a scripted transport: an outer
    boundary must see that the test failed, not the library.
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
    """Whether code outside this library and its dependencies took part in raising ``error``.

    The first frame does not count, because it caught the exception.
    """
    traceback = error.__traceback__.tb_next if error.__traceback__ else None
    while traceback is not None:
        top = _top(traceback)
        if (top not in _LIBRARIES and top not in sys.stdlib_module_names) or _is_for_tests(traceback):
            return True
        traceback = traceback.tb_next
    return isinstance(error, BaseExceptionGroup) and any(raised_by_caller(each) for each in error.exceptions)


def explain_bug(error: BaseException) -> InternalError:
    """Return an :class:`InternalError` with the kind and place of an unexpected exception, without its text."""
    return InternalError(f"Unexpected {type(error).__name__} inside the library", where=_place_of(error.__traceback__))


def _place_of(traceback: TracebackType | None) -> str | None:
    """Return file, line and function of the innermost frame of this package."""
    place = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0] == _PACKAGE:
            parts = Path(code.co_filename).parts
            inside = parts[parts.index(_PACKAGE) :] if _PACKAGE in parts else parts[-1:]
            place = f"{'/'.join(inside)}:{traceback.tb_lineno} in {code.co_name}"
        traceback = traceback.tb_next
    return place
