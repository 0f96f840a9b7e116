"""The main job as a process of its own, against a simulated school in this one."""

import importlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import ClassVar

import attrs
import pytest

from magister_connect.sandbox import Sandbox, School

SCRIPT = Path(__file__).parents[2] / "examples" / "progress_to_platform.py"
sys.path.append(str(SCRIPT.parent))


@attrs.frozen
class Job:
    """The script, the school that it is pointed at, and the folder of what outlives it."""

    DATA: ClassVar = School.seeded(pupils=70, staff=20)
    school: Sandbox
    state: Path

    def environment(self, **changes: str) -> dict[str, str]:
        """The environment variables of a real school, with the addresses of the simulated one."""
        school = self.school
        return {
            **os.environ,
            "MEDIUS_URL": school.medius_url,
            "MEDIUS_USERNAME": school.medius_username,
            "MEDIUS_PASSWORD": school.medius_password,
            "JIJ_WSDL": school.results_wsdl,
            "JIJ_INSTELLINGSCODE": school.instellingscode,
            "JIJ_SOAP_KEY": school.results_key,
            "PLATFORM_URL": school.platform_url,
            "PLATFORM_TOKEN": school.platform_token,
            "EDEXML_FILE": str(school.edexml_path),
            "NUMBER_TABLE": str(school.number_table_path),
            "PROGRAMME_TABLE": str(school.programme_table_path),
            **changes,
        }

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        """Start it."""
        moment = self.school.clock.now().isoformat()
        command = [sys.executable, str(SCRIPT), "--state", str(self.state), "--moment", moment, *arguments]
        return subprocess.Popen(
            command, env=self.environment(**changes), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run_here(self, *arguments: str, **changes: str) -> int:
        """Run it in this process, which is quicker; gives the exit status."""
        moment = self.school.clock.now().isoformat()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment(**changes).items():
                patch.setenv(name, value)
            status = importlib.import_module(SCRIPT.stem).main(
                ["--state", str(self.state), "--moment", moment, *arguments]
            )
        return int(status)

    def run_well(self, *arguments: str) -> str:
        """Run it in this process to a good end; gives what it printed."""
        printed = io.StringIO()
        with redirect_stdout(printed):
            assert self.run_here(*arguments) == 0
        return printed.getvalue()


@pytest.fixture(scope="session")
def make_job() -> type[Job]:
    return Job


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with Sandbox(data=Job.DATA) as school:
        yield Job(school, tmp_path / "state")
