"""A load in which no value gets into a log, a trace or an error: what dlt writes about a failure may quote a row.

dlt keeps the text of what went wrong in three places: its log, the trace of the pipeline, and files beside the rows
that could not be loaded. A database quotes the row that it refuses in such texts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from magister_connect.core.boundary import as_ours
from magister_connect.errors import MagisterConnectError, Responsible, StoreFailed
from magister_connect.warehouse.quiet import dlt

if TYPE_CHECKING:
    from dlt.extract.source import DltSource

WITHHELD: Final = "withheld: what dlt says here may quote a row"
_TRACE: Final = "trace.pickle"
_SAID: Final = frozenset({"step", "job_id"})  # of dlt's errors: where it was


@frozen
class Loaded:
    """What was loaded: how many rows of each table came in, those that had not changed included."""

    pipeline: str
    rows: Mapping[str, int] = field(factory=dict)

    def __str__(self) -> str:
        told = ", ".join(f"{count} {table}" for table, count in self.rows.items() if not table.startswith("_dlt"))
        return f"{self.pipeline}: {told or 'nothing came'}"


def load(pipeline: dlt.Pipeline, source: DltSource) -> Loaded:
    """Run a pipeline, after what an earlier run left undone, and keep every value out of logs, traces and errors.

    It may end anywhere and be done again. Errors of this library that end the reading are raised as they are; nothing
    was loaded then. Raises :class:`StoreFailed` where dlt or the database could not do it: with the step, the table and
    the kind of the error, and without its text. The next call goes on with the same rows. What dlt says before
    anything is read, of settings and of the way to the database, passes unchanged.
    """
    pipeline.sync_destination()  # what dlt says of settings and of the way to the database may be read by anybody
    problem = _problem_of(lambda: _run(pipeline, source))
    if problem is not None:
        _clear(pipeline)
        raise problem
    trace = pipeline.last_trace
    counts = trace.last_normalize_info.row_counts if trace is not None and trace.last_normalize_info else {}
    return Loaded(pipeline.pipeline_name, dict(counts))


def _run(pipeline: dlt.Pipeline, source: DltSource) -> None:
    if pipeline.has_pending_data:
        pipeline.run()
    pipeline.run(source)


def _problem_of(work: Callable[[], None]) -> MagisterConnectError | None:
    """Do the work; the error of ours that stands for whatever dlt and the database raise."""
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
    """Keep place and level of what dlt logs, and nothing of the text, unless it is about settings."""
    if record.funcName in _ABOUT_SETTINGS:
        return True
    record.msg, record.args, record.exc_info, record.exc_text, record.stack_info = WITHHELD, (), None, None, None
    return record.levelno >= logging.WARNING


def _ours(error: BaseException) -> MagisterConnectError:
    """The error of this library that ended the load, or one that says what dlt could not do."""
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, MagisterConnectError):
            return as_ours(each)
    told = next((each for each in reversed(chain) if type(each).__module__.startswith("dlt.")), chain[-1])
    said = {name: str(value) for each in reversed(chain) for name, value in vars(each).items() if name in _SAID}
    step, table = said.get("step", "load"), said.get("job_id", "").partition(".")[0]
    return StoreFailed(
        f"The rows could not be loaded ({type(chain[-1]).__name__}, {type(told).__name__})",
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
    """Take away the texts of errors that dlt wrote to files and keeps in memory."""
    folder = Path(pipeline.working_dir)
    with suppress(OSError):
        (folder / _TRACE).unlink(missing_ok=True)
        for path in folder.rglob("*.exception"):
            path.write_text(WITHHELD, encoding="utf-8")
    pipeline._last_trace = None  # type: ignore[assignment]  # as dlt begins; it has no call for it  # noqa: SLF001
