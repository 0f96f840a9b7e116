"""A model of the service and its candidates: whatever happens, in whatever order, a run makes the store equal to it."""

import datetime as dt
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.results.world import NOW, PAGINGS, World

NAMES = ("1001", "1002", "00012345", "12345", "gast01")
CLOSED = "2024-2025"


HISTORIES = settings(
    max_examples=10,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    phases=[Phase.generate],
)


class Crash(RuntimeError):
    """The process ends here."""


class ServiceAndStore(RuleBasedStateMachine):
    """Results appear, change, show late and vanish; candidates become known; runs are cut off; time goes by."""

    paging = "offset"

    def __init__(self) -> None:
        super().__init__()
        self.world = World(paging=self.paging, page_size=3)
        self.known = {"1001"}
        self.number = 100

    @initialize(count=st.integers(0, 8))
    def begin(self, count: int) -> None:
        """Some results to begin with."""
        for _ in range(count):
            self.appear("1001", 24, 0)

    @rule(name=st.sampled_from(NAMES), hours=st.integers(0, 800), late=st.integers(0, 48))
    def appear(self, name: str, hours: int, late: int) -> None:
        """A new result, of now or of a while ago, that shows at once or later."""
        self.number += 1
        moment = self.world.clock.local() - dt.timedelta(hours=hours, seconds=self.number)  # never two at one moment
        visible = max(moment, self.world.clock.local()) + dt.timedelta(hours=late)
        self.world.add(self.number, moment, username=name, zichtbaar_vanaf=visible)

    @precondition(lambda self: self.paging != "once")
    @rule(name=st.sampled_from(NAMES), hours=st.integers(0, 800))
    def appear_in_a_closed_year(self, name: str, hours: int) -> None:
        """A result of a year that is over: nobody asks for it unless the year was never read, or is reopened."""
        self.number += 1
        moment = dt.datetime(2025, 3, 1) - dt.timedelta(hours=hours, seconds=self.number)
        self.world.add(self.number, moment, username=name)

    @precondition(lambda self: self.world.states)
    @rule(data=st.data(), score=st.sampled_from(["10", "55,5", "Niet meer beoordelen"]))
    def change(self, data: Any, score: str) -> None:
        """A result is graded again."""
        number = data.draw(st.sampled_from(sorted(self.world.states)))
        self.world.change(number, self._later(), score=score)

    @precondition(lambda self: self.paging != "once" and self.world.states)
    @rule(data=st.data())
    def vanish(self, data: Any) -> None:
        """A result is withdrawn."""
        self._later()
        self.world.withdraw(data.draw(st.sampled_from(sorted(self.world.states))))

    @precondition(lambda self: self.paging != "once" and self.world.states)
    @rule(data=st.data())
    def spoil(self, data: Any) -> None:
        """A record over which the service breaks down, until it is repaired."""
        self.world.service.poison = {data.draw(st.sampled_from(sorted(self.world.states)))}

    @precondition(lambda self: self.world.states)
    @rule(data=st.data())
    def damage(self, data: Any) -> None:
        """A field that cannot be read, until it is repaired."""
        number = data.draw(st.sampled_from(sorted(self.world.states)))
        self.world.service.damaged[number] = {"development_score": "8O"}

    @rule(name=st.sampled_from(NAMES[:4]))
    def learn(self, name: str) -> None:
        """A candidate becomes known."""
        self.known.add(name)

    @rule(hours=st.integers(1, 400))
    def wait(self, hours: int) -> None:
        """Time goes by."""
        self.world.clock.advance(hours=hours)

    @rule(place=st.integers(0, 6), reopen=st.booleans())
    def pull_and_crash(self, place: int, reopen: bool) -> None:
        """A run that ends in the middle."""
        keep, left = self.world.store.commit, place

        def crash(*arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Crash
            return keep(*arguments)

        self.world.store.commit = crash  # type: ignore[method-assign, assignment]  # to be cut off
        try:
            self.world.pull(stamnummers=self.known, reopen=self._closed() if reopen else ())
        except Crash:
            pass
        finally:
            self.world.store.commit = keep  # type: ignore[method-assign]  # as above

    @rule()
    def pull(self) -> None:
        """An ordinary run."""
        self.world.pull(stamnummers=self.known)

    @rule()
    def compare(self) -> None:
        """When all is repaired, one whole run makes both equal, and the next one changes nothing."""
        self.world.service.poison = set()
        self._repair()
        options: dict[str, Any] = {"reread": dt.timedelta(), "accept_withdrawals": True}
        if self.paging == "once":
            options = {}
        self.world.pull(stamnummers=self.known, reopen=self._closed(), **options)
        self.world.assert_complete(self.known)
        again = self.world.pull(stamnummers=self.known, reopen=self._closed(), **options)
        assert (again.stored, again.withdrawn) == (0, 0)
        shown = {str(each.submission_nr) for each in self.world.service.current_results("JIJ")}
        # What was withdrawn before it could be read stays in quarantine: nobody can tell what it was.
        assert not [
            each for each in self.world.store.waiting() if each.kind != "unknown" and each.submission_nr in shown
        ]
        assert not self.world.store.waiting(kind="unanswered")

    def _closed(self) -> tuple[str, ...]:
        """The years to reopen: none where nothing comes twice."""
        return () if self.paging == "once" else (CLOSED,)

    def _later(self) -> dt.datetime:
        """A moment at which nothing else happens: ties that fill a batch end a run, and have tests of their own."""
        self.world.clock.advance(seconds=1)
        return self.world.clock.local()

    def _repair(self) -> None:
        """A damaged record that was delivered once comes again only when it changes."""
        damaged, self.world.service.damaged = self.world.service.damaged, {}
        for number in damaged:
            if self.paging == "once":
                self.world.change(number, self._later())

    def teardown(self) -> None:
        """Compare at the end of every history."""
        self.compare()
        self.world.store.close()


@pytest.mark.slow
@pytest.mark.parametrize("paging", PAGINGS)
def test_the_store_equals_the_service_after_any_history(paging: str) -> None:
    machine = type(f"Paged{paging.title()}", (ServiceAndStore,), {"paging": paging})
    assert issubclass(machine, RuleBasedStateMachine)
    run_state_machine_as_test(machine, settings=HISTORIES)


def test_the_model_would_notice_a_loss() -> None:
    world = World(paging="offset")
    world.fill(5)
    world.pull()
    world.add(999, NOW)
    with pytest.raises(AssertionError):
        world.assert_complete()
