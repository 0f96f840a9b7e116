"""Declare a method once for the sync and the async client: :class:`ClientMethod`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeVar, cast, overload

from magister_connect.core.boundary import boundary
from magister_connect.core.drivers.clients import AsyncClient, SyncClient
from magister_connect.core.late import AnnotatedFunction, find_operation, globals_of

P = ParamSpec("P")
SyncT_co = TypeVar("SyncT_co", covariant=True)
AsyncT_co = TypeVar("AsyncT_co", covariant=True)
SELF: Final = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)


class ClientMethod(Generic[P, SyncT_co, AsyncT_co]):
    """One method for both the sync and the async client, with the signature and docstring of an operation.

    An *operation* is a function that takes the arguments of the method and returns a value or a flow. Write one small
    function for your service that makes methods from operations. It defines what each client does with the operation::

        def per_person(
            operation: Callable[Concatenate[Session, P], Flow[T]],
        ) -> ClientMethod[P, T, Coroutine[Any, Any, T]]:
            def ask(self: MediusClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
                return self._run(operation(self._session, *args, **kwargs))

            async def ask_async(
                self: AsyncMediusClient,
                /,
                *args: P.args,
                **kwargs: P.kwargs,
            ) -> T:
                return await self._run(operation(self._session, *args, **kwargs))

            return ClientMethod(operation, ask, ask_async, hidden=1)

    Then declare the methods in a class that both clients inherit from::

        class PersonMethods:
            student_groups = per_person(people.student_groups)


        class MediusClient(PersonMethods, SyncClient): ...


        class AsyncMediusClient(PersonMethods, AsyncClient): ...

    Type checkers see ``client.student_groups`` as a function with the parameters of the operation and the return type
    of the client. The first ``hidden`` parameters are left out. ``help()``, ``inspect.signature()`` and
    ``inspect.iscoroutinefunction()`` show the same at run time.

    ``returns`` are the return annotations that ``help()`` shows for the sync and the async method. ``{}`` is replaced
    by the argument of the operation's own annotation (``Student`` of ``Flow[Student]``).
    """

    def __init__(
        self,
        operation: Callable[..., object],
        sync: Callable[Concatenate[Any, P], SyncT_co],
        asynchronous: Callable[Concatenate[Any, P], AsyncT_co],
        *,
        hidden: int = 0,
        returns: tuple[str, str] = ("{}", "{}"),
    ) -> None:
        self._operation = operation
        self._functions = (sync, asynchronous)
        self._hidden = hidden
        self._returns = returns
        self._named = ("", "", "")
        self._made: tuple[FunctionType, FunctionType] | None = None

    def __set_name__(self, owner: type, name: str) -> None:
        self._named = (name, f"{owner.__qualname__}.{name}", owner.__module__)

    @property
    def __wrapped__(self) -> Callable[..., object]:
        """The operation."""
        return find_operation(self._operation)

    def _make(self) -> tuple[FunctionType, FunctionType]:
        """Make both functions on first use: a client has many methods, and a program uses a few."""
        operation = self.__wrapped__
        shown = inspect.signature(operation)
        parameters = [SELF, *list(shown.parameters.values())[self._hidden :]]
        inner = str(shown.return_annotation).partition("[")[2].removesuffix("]")
        sync, asynchronous = (
            _with_signature(
                operation, function, inspect.Signature(parameters, return_annotation=returns.format(inner)), returns
            )
            for function, returns in zip(self._functions, self._returns, strict=True)
        )
        for made in (sync, asynchronous):
            made.__name__, made.__qualname__, made.__module__ = self._named
        return sync, asynchronous

    @overload
    def __get__(self, instance: SyncClient, owner: type | None = None) -> Callable[P, SyncT_co]: ...
    @overload
    def __get__(self, instance: AsyncClient, owner: type | None = None) -> Callable[P, AsyncT_co]: ...
    @overload
    def __get__(self, instance: None, owner: type[SyncClient]) -> Callable[Concatenate[SyncClient, P], SyncT_co]: ...
    @overload
    def __get__(self, instance: None, owner: type[AsyncClient]) -> Callable[Concatenate[AsyncClient, P], AsyncT_co]: ...
    def __get__(self, instance: object, owner: type | None = None) -> object:
        if self._made is None:
            self._made = self._make()
        function = self._made[issubclass(owner or type(instance), AsyncClient)]
        return function if instance is None else MethodType(function, instance)


def _with_signature(
    operation: Callable[..., object], function: Callable[..., object], shown: inspect.Signature, returns: str
) -> FunctionType:
    """Return ``function`` inside a boundary, with the docstring of ``operation`` and the signature ``shown``.

    The class in ``returns`` comes from the module of the function, all other names from that of the operation.
    """
    also = {name: value for name, value in globals_of(function).items() if returns.startswith(f"{name}[")}
    made = cast("FunctionType", boundary.around(function, shown))
    made.__doc__ = operation.__doc__
    made.__annotations__ = {
        each.name: each.annotation for each in shown.parameters.values() if each.annotation is not each.empty
    } | {"return": shown.return_annotation}
    made.__signature__ = shown  # type: ignore[attr-defined]  # inspect reads this first
    made.__wrapped__ = AnnotatedFunction(operation, also)  # type: ignore[attr-defined]  # used to resolve annotations and find the source
    return made
