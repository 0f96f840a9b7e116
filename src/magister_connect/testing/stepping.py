"""Run a flow step by step, with answers from the test: no client, no event loop, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from magister_connect.core.flow import Emit, Flow, Outcome, Request, RunBlocking, Sleep, Step, StreamingFlow
from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import ConnectionFailed

if TYPE_CHECKING:
    from magister_connect.core.drivers.driver import RunningFlow

__tracebackhide__ = True  # a pytest convention: a failing test shows its own lines, and the message

T = TypeVar("T")


class Stepper(SafeRepr, Generic[T]):
    """Runs a flow or a streaming flow, one step at a time.

    ::

        stepper = Stepper(login(account))
        assert stepper.request.address == "https://school.example"
        stepper.answer(medius_session("token"))
        assert stepper.result.reveal() == "token"

    ``items`` collects what a streaming flow emits; you do not answer those steps.
    """

    def __init__(self, flow: Flow[T] | StreamingFlow[T]) -> None:
        from magister_connect.core.drivers.driver import RunningFlow

        self.items: list[T] = []
        self._walk: RunningFlow[T] = RunningFlow(flow)
        self._gather()

    def __repr__(self) -> str:
        return f"<Stepper: the flow asks for {_kind(self.step)}>"

    @property
    def step(self) -> Step | None:
        """The current step of the flow; ``None`` at its end."""
        return cast("Step | None", self._walk.step)

    @property
    def request(self) -> Request:
        """The request that the flow wants to send now. Raises ``AssertionError`` if the step is something else."""
        if isinstance(self.step, Request):
            return self.step
        raise AssertionError(f"the flow asks for {_kind(self.step)}, not for a request")

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests that the flow wants to send together now.

        Raises ``AssertionError`` if the step is something else.
        """
        if isinstance(self.step, tuple):
            return self.step
        raise AssertionError(f"the flow asks for {_kind(self.step)}, not for several requests")

    @property
    def done(self) -> bool:
        """Whether the flow has ended."""
        return self.step is None

    @property
    def result(self) -> T:
        """The return value of the flow. Raises ``AssertionError`` before its end."""
        if not self.done:
            raise AssertionError(f"the flow has not ended: it asks for {_kind(self.step)}")
        return cast("T", self._walk.result)

    def answer(self, answer: object = None) -> None:
        """Answer the step; ``answer()`` ends a pause. Raises what the flow raises."""
        self._refuse_end()
        self._walk.answer(answer)
        self._gather()

    def fail(self, failure: Exception) -> None:
        """Raise ``failure`` in the flow as the result of the step.

        Raises what the flow raises, which may be this failure.
        """
        self._refuse_end()
        self._walk.fail(failure)
        self._gather()

    def _refuse_end(self) -> None:
        if self.done:
            raise AssertionError("the flow has ended")

    def _gather(self) -> None:
        while isinstance(item := self._walk.step, Emit):
            self.items.append(item.value)
            self._walk.answer(None)


def play(flow: Flow[T], answers: Iterable[Outcome]) -> T:
    """Run a flow with these answers to its requests, in order, and return its result.

    Pauses end at once, and local work is done. A :class:`ConnectionFailed` among the answers is raised in the flow.
    Raises ``AssertionError`` if answers are missing or left over, and if the flow asks for the time or for pieces of a
    stream. Use :class:`Stepper` for such a flow.
    """
    stepper, waiting = Stepper(flow), iter(answers)
    while not stepper.done:
        _take(stepper, waiting)
    left = list(waiting)
    if left:
        raise AssertionError(f"{len(left)} answers were not used")
    return stepper.result


def _take(stepper: Stepper[Any], answers: Iterator[Outcome]) -> None:
    step = stepper.step
    if isinstance(step, Request):
        outcome = _next(answers, step)
        stepper.fail(outcome) if isinstance(outcome, ConnectionFailed) else stepper.answer(outcome)
    elif isinstance(step, tuple):
        stepper.answer(tuple(_next(answers, each) for each in step))
    elif isinstance(step, RunBlocking):
        _perform(stepper, step)
    elif isinstance(step, Sleep):
        stepper.answer()
    else:
        raise AssertionError(f"the flow asks for {_kind(step)}: step it by hand")


def _perform(stepper: Stepper[Any], step: RunBlocking) -> None:
    try:
        done = step.action()
    except Exception as failure:  # noqa: BLE001 - whatever a step raises belongs to the flow
        stepper.fail(failure)
    else:
        stepper.answer(done)


def _next(answers: Iterator[Outcome], request: Request) -> Outcome:
    answer = next(answers, None)
    if answer is None:
        raise AssertionError(f"no answer is left for {request.line}")
    return answer


def _kind(step: Step | None) -> str:
    return "nothing more" if step is None else "several requests" if isinstance(step, tuple) else type(step).__name__
