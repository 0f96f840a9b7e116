"""The pull of many schools: a cluster of which one process is killed on the way, and what the page says of queues."""

import datetime as dt
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import magister_connect
from magister_connect.core.storage.leases import LEASE_SECONDS
from magister_connect.errors import LeaseHeld, NotAuthenticated
from magister_connect.results import Connection
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store

ROOT = Path(__file__).parents[2]
SOURCE = Path(str(magister_connect.__file__)).parents[1]


@pytest.mark.slow
@pytest.mark.postgres
def test_a_killed_worker_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "examples" / "many_schools.py"), "--schools", "8", "--workers", "2"]
    done = subprocess.run(
        [*command, "--kill-a-worker"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "killed the worker that was pulling S0005" in done.stdout
    assert "round 2: 1 of 1 schools" in done.stderr, (
        "the lease of the dead worker should have held its school for one round"
    )
    assert "nothing lost, nothing doubled" in done.stdout


@pytest.fixture
def many_schools(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example, imported as it stands."""
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    import many_schools

    return many_schools


def connected(code: str, school: Sandbox, **changed: Any) -> Any:
    """A school as a worker needs to know it."""
    from nightly_pull import Connected

    key = changed.get("key", school.results_key)
    return Connected(code, changed.get("wsdl", school.results_wsdl), key, frozenset(school.school.leerlingen))


@pytest.fixture(scope="module")
def school() -> Iterator[Sandbox]:
    with Sandbox(pupils=8, staff=3) as sandbox:
        yield sandbox


def test_what_will_do_later_comes_once_more_and_what_a_person_has_to_do_does_not(
    many_schools: Any, school: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome, asked = many_schools.Outcome, []
    first = [outcome("A", 1), outcome("B", trouble="busy", again=True), outcome("C", trouble="wrong key")]
    rounds = iter([first, [outcome("B", 2)]])

    def pull_all(_client: object, schools: Sequence[Any], _database: str, moment: dt.datetime) -> list[Any]:
        asked.append(([each.code for each in schools], moment))
        return next(rounds)

    monkeypatch.setattr(many_schools, "pull_all", pull_all)
    now = school.clock()
    outcomes = many_schools.night(None, [connected(code, school) for code in "ABC"], "sqlite://", now)
    assert asked == [(["A", "B", "C"], now), (["B"], now + many_schools.LEASE)]
    assert [(each.code, each.stored, each.trouble) for each in outcomes] == [
        ("A", 1, ""),
        ("B", 2, ""),
        ("C", 0, "wrong key"),
    ]


def test_trouble_is_told_by_its_reason_with_what_to_do_and_the_schools_that_have_it(many_schools: Any) -> None:
    outcome = many_schools.Outcome
    outcomes = [
        outcome("A", 3, waiting=1),
        outcome("B", trouble="The key is refused", to_do="Check it."),
        outcome("C", trouble="No connection", to_do="Wait."),
        outcome("D", trouble="No connection", to_do="Wait."),
        many_schools.unfinished("E", ValueError("what may hold anything")),
    ]
    assert many_schools.report(outcomes, 61.2) == [
        "5 schools in 61 s, 3 results stored, 1 waiting with a reason",
        "failed: 4",
        *("     2  No connection", "        Wait.", "        C, D"),
        *("     1  The key is refused", "        Check it.", "        B"),
        *("     1  The worker failed (ValueError)", "        Read the log of the worker.", "        E"),
    ]


@pytest.mark.parametrize(
    ("code", "changed", "told", "to_do", "again"),
    [
        ("ZAND", {"key": "another"}, "refuses the key", "Fix this in your code: ", False),
        ("19XH", {}, "BRIN", "Fix this in your code: ", False),
        ("ZAND", {}, "Another run works on this connection", "Wait until that run ends", True),
    ],
)
def test_the_trouble_of_a_school_is_an_outcome(
    many_schools: Any, school: Sandbox, tmp_path: Path, code: str, changed: Any, told: str, to_do: str, again: bool
) -> None:
    database = f"sqlite:///{tmp_path / 'schools.db'}"
    if again:
        with Store(database) as store:
            store.take_lease(Connection("JIJ", code), school.clock())
    outcome = many_schools.outcome_of(connected(code, school, **changed), database, school.clock())
    assert told in outcome.trouble
    assert to_do in outcome.to_do
    assert outcome.again is again


# -- the blocks of the page, against stand-ins for what they import ---------------------------------------------------


def block(beginning: str) -> str:
    """The code block of the page that begins like this."""
    blocks = re.split(r"```(?:py)?\n", (ROOT / "docs" / "many-schools.md").read_text(encoding="utf-8"))
    (found,) = (each for each in blocks if each.startswith(beginning))
    return found


def run_block(beginning: str, school: Sandbox, tmp_path: Path, stand_ins: Mapping[str, Mapping[str, object]]) -> Any:
    """Run a block, as it stands, in a module; what it imports and is not here comes from the stand-ins."""
    table = SimpleNamespace(load=lambda code: connected(code, school), codes=lambda: [school.instellingscode])
    own = {"BROKER": "memory://", "DATABASE": f"sqlite:///{tmp_path / 'queue.db'}", "table_of_schools": table}
    modules = {"your_platform": own, **stand_ins}
    with pytest.MonkeyPatch.context() as patch:
        for name, content in modules.items():
            stand_in = ModuleType(name)
            vars(stand_in).update(content)
            patch.setitem(sys.modules, name, stand_in)
        made = ModuleType("block")
        exec(compile(block(beginning), "docs/many-schools.md", "exec"), vars(made))  # noqa: S102 - what readers copy
    return made


@pytest.fixture
def pulled_as_of(many_schools: Any, school: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the blocks pull as of the simulated school's time."""
    import nightly_pull

    monkeypatch.setattr(nightly_pull, "utc_now", school.clock)
    nightly_pull.store_at.cache_clear()


def hold(school: Sandbox, tmp_path: Path) -> None:
    """Another run is at this school."""
    with Store(f"sqlite:///{tmp_path / 'queue.db'}") as store:
        store.take_lease(Connection("JIJ", school.instellingscode), school.clock())


class Celery:
    """As much of Celery as the block uses: what an application is told, and tasks with what they were told."""

    def __init__(self, name: str, *, broker: str) -> None:
        self.conf = {"name": name, "broker": broker}

    def task(self, *plain: Any, **options: Any) -> Any:
        """Make a task, with or without options."""

        def make(function: Any) -> Any:
            function.options, function.sent = options, []
            function.delay = function.sent.append
            return function

        return make(*plain) if plain else make


@pytest.mark.usefixtures("pulled_as_of")
def test_the_block_for_celery_pulls_and_tries_again_what_passes(school: Sandbox, tmp_path: Path) -> None:
    tasks = run_block("from celery", school, tmp_path, {"celery": {"Celery": Celery}})
    tasks.night()
    assert tasks.pull.sent == [school.instellingscode]
    assert json.loads(json.dumps(tasks.pull(school.instellingscode)))["stored"] > 0
    again = tasks.pull.options["autoretry_for"]
    hold(school, tmp_path)
    with pytest.raises(again):
        tasks.pull(school.instellingscode)
    assert not issubclass(NotAuthenticated, again)
    assert tasks.pull.options["retry_kwargs"]["countdown"] > LEASE_SECONDS


class AirflowFailException(Exception):
    """The word of Airflow for a task that is not tried again."""


def dag(**_options: Any) -> Callable[[Any], Any]:
    """Airflow's decorator: calling what it decorates makes the tasks, which come back for the test to call."""
    return lambda function: function


def task(*plain: Any, **options: Any) -> Any:
    """Airflow's decorator, with or without options."""

    def make(function: Any) -> Any:
        TASKS[function.__name__] = function
        function.options = options
        function.expand = lambda *, code: [function(each) for each in code]
        return function

    return make(*plain) if plain else make


TASKS: dict[str, Any] = {}


@pytest.mark.usefixtures("pulled_as_of")
def test_the_block_for_airflow_pulls_and_fails_at_once_where_a_person_has_to_act(
    school: Sandbox, tmp_path: Path
) -> None:
    stand_ins: dict[str, dict[str, object]] = {
        "airflow": {},
        "airflow.sdk": {"dag": dag, "task": task},
        "airflow.exceptions": {"AirflowFailException": AirflowFailException},
    }
    run_block("import datetime as dt\nfrom zoneinfo", school, tmp_path, stand_ins)
    pull = TASKS["pull"]
    assert pull.options["retry_delay"].total_seconds() > LEASE_SECONDS
    with Store(f"sqlite:///{tmp_path / 'queue.db'}") as store:
        assert store.count() > 0
    hold(school, tmp_path)
    with pytest.raises(LeaseHeld):
        pull(school.instellingscode)
    with pytest.raises(AirflowFailException, match="BRIN"):
        pull("19XH")
