"""Run a load without values in logs, traces or errors: what dlt writes about a failure may quote a row.

dlt keeps error texts in three places: its log, the trace of the pipeline, and files beside the rows that could not be
loaded. A database quotes the refused row in such a text.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import field, frozen
from dlt.common.exceptions import TerminalException
from dlt.extract.source import DltSource  # noqa: TC002 - so that tools can read the annotations
from dlt.pipeline.exceptions import PipelineStepFailed

from magister_connect.core.boundary import as_ours
from magister_connect.errors import MagisterConnectError, Responsible, StoreFailed
from magister_connect.warehouse.quiet import dlt

WITHHELD: Final = "withheld: what dlt says here may quote a row"
_TRACE: Final = "trace.pickle"
_SAID: Final = frozenset({"step", "job_id"})  # the attributes of dlt's errors with the place


@frozen
class Loaded:
    """The result of a load: the number of rows of each table, unchanged ones included."""

    pipeline: str
    rows: Mapping[str, int] = field(factory=dict)

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {table}" for table, count in self.rows.items() if not table.startswith("_dlt"))
        return f"{self.pipeline}: {counts or 'nothing was loaded'}"


def load(pipeline: dlt.Pipeline, source: DltSource) -> Loaded:
    """Run a pipeline, after unfinished work of an earlier run, and keep every value out of logs, traces and errors.

    A load can stop at any point and be run again. An error of this library while reading is raised as it is, and
    nothing was loaded. Raises :class:`StoreFailed` if dlt or the database failed, with the step, the table and the kind
    of error, but without its text. The next call continues with the same rows. Errors of dlt before reading, about
    settings or the connection to the database, are raised unchanged.
    """
    _synchronise(pipeline)  # errors about settings and the connection contain no pupil data
    problem = _problem_of(lambda: _run(pipeline, source))
    if problem is not None:
        _clear(pipeline)
        raise problem
    trace = pipeline.last_trace
    counts = trace.last_normalize_info.row_counts if trace is not None and trace.last_normalize_info else {}
    return Loaded(pipeline.pipeline_name, dict(counts))


def _run(pipeline: dlt.Pipeline, source: DltSource) -> None:
    if pipeline.has_pending_data:
        _complete(pipeline)
    pipeline.run(source)


def _complete(pipeline: dlt.Pipeline) -> None:
    """Load what an earlier run left. What the database refuses for good would be refused in every run.

    It is dropped then, and read again from the state that the database has, as on another machine.
    """
    try:
        pipeline.run()
    except PipelineStepFailed as error:
        if not any(isinstance(each, TerminalException) for each in _chain(error)):
            raise
    else:
        return
    pipeline.drop()
    _synchronise(pipeline)


def _synchronise(pipeline: dlt.Pipeline) -> None:
    """Fetch the state that the database has, once: otherwise each run of dlt would fetch it again."""
    pipeline.sync_destination()
    pipeline._state_restored = True  # noqa: SLF001 - dlt has no argument for it


def _problem_of(work: Callable[[], None]) -> MagisterConnectError | None:
    """Do the work. Returns an error of this library for what dlt or the database raised, or ``None``."""
    log = logging.getLogger("dlt")
    log.addFilter(_withhold)
    try:
        work()
    except Exception as error:  # noqa: BLE001 - any database raises what it likes
        return _ours(error)
    finally:
        log.removeFilter(_withhold)
    return None


_ABOUT_SETTINGS: Final = frozenset({"warn_if_catalog_equals_dataset_name", "verify_schema_capabilities"})


def _withhold(record: logging.LogRecord) -> bool:
    """Keep the place and level of a dlt log record but not its text, unless it is about settings."""
    if record.funcName in _ABOUT_SETTINGS:
        return True
    record.msg, record.args, record.exc_info, record.exc_text, record.stack_info = WITHHELD, (), None, None, None
    return record.levelno >= logging.WARNING


def _ours(error: BaseException) -> MagisterConnectError:
    """Return the error of this library that ended the load, or an error that states what dlt could not do."""
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, MagisterConnectError):
            return as_ours(each)
    cause = next((each for each in reversed(chain) if type(each).__module__.startswith("dlt.")), chain[-1])
    said = {name: str(value) for each in reversed(chain) for name, value in vars(each).items() if name in _SAID}
    step, table = said.get("step", "load"), said.get("job_id", "").partition(".")[0]
    return StoreFailed(
        f"The rows could not be loaded ({type(chain[-1]).__name__}, {type(cause).__name__})",
        where=f"{step}, table {table}" if table else step,
        responsible=Responsible.YOU,
        advice="Check that the database is reachable, writable and has space, then load again: nothing is lost.",
    )


def _chain(error: BaseException | None) -> Generator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _clear(pipeline: dlt.Pipeline) -> None:
    """Remove the error texts that dlt wrote to files and keeps in memory."""
    folder = Path(pipeline.working_dir)
    with suppress(OSError):
        (folder / _TRACE).unlink(missing_ok=True)
        for path in folder.rglob("*.exception"):
            path.write_text(WITHHELD, encoding="utf-8")
    pipeline._last_trace = None  # type: ignore[assignment]  # as dlt begins; it has no call for it  # noqa: SLF001
