"""Killed at any moment, the job loses nothing and doubles nothing."""

import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

from magister_connect.sandbox import Sandbox
from magister_connect.sandbox.faults import Call
from magister_connect.sandbox.serving import ABORT

if TYPE_CHECKING:
    from tests.demo.conftest import Job

# The last request that the process sends, and whether the service still sees it.
MOMENTS = [
    pytest.param("medius", 1, False, id="logging in"),
    pytest.param("medius", 4, True, id="reading lists"),
    pytest.param("results", 2, False, id="asking for the first batch"),
    pytest.param("results", 4, True, id="between batches"),
    pytest.param("platform", 1, False, id="before the first document"),
    pytest.param("platform", 2, True, id="the second document kept and its answer lost"),
    pytest.param("platform", 60, True, id="among enrolments"),
    pytest.param("platform", 150, False, id="among results"),
]


@attrs.mutable
class Kill:
    """Kills the process that asks, before or after the service has seen what it asks."""

    seen: bool
    process: subprocess.Popen[str] | None = None

    async def answer(self, call: Call) -> None:
        if self.seen:
            await call.kept()
        assert self.process is not None
        self.process.kill()
        call.scope["extensions"][ABORT]()


@pytest.fixture(scope="module")
def truth(make_job: "type[Job]", tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], object]:
    """What the platform holds after a run that nothing disturbs."""
    with Sandbox(data=make_job.DATA) as school:
        make_job(school, tmp_path_factory.mktemp("undisturbed")).run_well()
        return dict(school.platform.documents)


@pytest.mark.slow
@pytest.mark.parametrize(("service", "request_number", "seen"), MOMENTS)
def test_nothing_is_lost_and_nothing_doubled(
    job: "Job", truth: dict[tuple[str, str], object], service: str, request_number: int, seen: bool
) -> None:
    kill = Kill(seen)
    job.school.faults.on("/", kill, service=service, requests={request_number})
    with job.start() as process:
        kill.process = process
        process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert not list(job.state.glob("*.html"))
    job.run_well()
    assert job.school.platform.documents == truth
    assert job.school.platform.outcomes["created"] == len(truth)
    assert job.school.platform.outcomes["changed"] == 0
    assert not list(job.state.glob("*.unfinished"))


@pytest.mark.slow
def test_killed_again_and_again_it_comes_to_its_end(job: "Job", truth: dict[tuple[str, str], object]) -> None:
    for _ in range(3):
        job.school.faults.clear()
        kill = Kill(seen=True)
        job.school.faults.on("/", kill, service="platform", requests={40})
        with job.start() as process:
            kill.process = process
            process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL
    job.school.faults.clear()
    job.run_well()
    assert job.school.platform.documents == truth
    assert job.school.platform.writes == len(truth)
    assert Path(job.state / "report.html").exists()
