"""Flows: the request of each function, and how its response is read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

import attrs

from magister_connect.core.flow import Flow
from magister_connect.core.records.unreadable import OnUnreadable
from magister_connect.errors import UsageError
from magister_connect.medius.answers import CallResult, read_answer, read_done, read_table_answer
from magister_connect.medius.calls import Argument, FunctionCall, Person, argument_texts, stamnummer_text
from magister_connect.medius.lesperiode import lesperiode_among, lesperiode_text, note_on_empty
from magister_connect.medius.records import StaffMember, Student
from magister_connect.medius.session import Session, authorised, question_of
from magister_connect.medius.tables.table import Records, Table

LIBRARY: Final = "ADFuncties"


def sign_in(session: Session) -> Flow[None]:
    """Log in now, even with a valid token. Does nothing for a stateless account."""
    session.forget()
    yield from session.ensure_token()


def call_function(
    session: Session, library: str, function: str, arguments: Mapping[str, Argument], timeout: float | None
) -> Flow[CallResult]:
    """Call any function. One whose name does not start with ``Get`` counts as a write and is sent once."""
    if not library.isidentifier() or not function.replace(".", "_").isidentifier():
        raise UsageError(
            "The names of a library and of a function must be single words",
            where="call",
            advice='Pass the two separately, as on the /doc page: call("ADFuncties", "GetLeerlingen").',
        )
    writes = not function.lower().startswith("get")
    call = FunctionCall(library, function, argument_texts(tuple(arguments.items())), writes=writes, timeout=timeout)
    result = yield from _answered(session, call)
    lesperiode = lesperiode_among(call.arguments)
    if result.table is None or lesperiode is None:
        return result
    return attrs.evolve(result, table=note_on_empty(result.table, lesperiode))


def students(
    session: Session,
    lesperiode: str,
    date_formats: tuple[str, ...],
    on_unreadable: OnUnreadable,
    timeout: float | None,
) -> Flow[Records[Student]]:
    """Call ``GetActiveStudents``."""
    call = FunctionCall(LIBRARY, "GetActiveStudents", (("LesPeriode", lesperiode_text(lesperiode)),), timeout=timeout)
    table = yield from _table(session, call, on_unreadable)
    return note_on_empty(table, lesperiode).to(Student, date_formats=date_formats, on_unreadable=on_unreadable)


def employees(
    session: Session, date_formats: tuple[str, ...], on_unreadable: OnUnreadable, timeout: float | None
) -> Flow[Records[StaffMember]]:
    """Call ``GetActiveEmpoyees``. The service misses a letter in this name (documented)."""
    table = yield from _table(session, FunctionCall(LIBRARY, "GetActiveEmpoyees", timeout=timeout), on_unreadable)
    return table.to(StaffMember, date_formats=date_formats, on_unreadable=on_unreadable)


def update_email(session: Session, function: str, person: Person, email: str, timeout: float | None) -> Flow[None]:
    """Call ``UpdateLeerEMail`` or ``UpdatePersEMail``. An empty text removes the address."""
    if email and ("@" not in email.strip("@") or any(each.isspace() for each in email)):
        raise UsageError("This is not an e-mail address", where="EMail")
    arguments = (("StamNr", stamnummer_text(person)), ("EMail", email))
    yield from _answered(session, FunctionCall(LIBRARY, function, arguments, writes=True, timeout=timeout))


def rename_user(session: Session, old: str, new: str, timeout: float | None) -> Flow[None]:
    """Call ``UpdateGebruiker``."""
    if not old or not new:
        raise UsageError("A login name is empty", where="LoginNaam" if not old else "NieuweLoginNaam")
    arguments = (("LoginNaam", old), ("NieuweLoginNaam", new))
    yield from _answered(session, FunctionCall(LIBRARY, "UpdateGebruiker", arguments, writes=True, timeout=timeout))


def _answered(session: Session, call: FunctionCall) -> Flow[CallResult]:
    question = question_of(call, session.account)
    read = read_done if call.writes else read_answer
    return (yield from authorised(session, call, partial(read, question=question)))


def _table(session: Session, call: FunctionCall, on_unreadable: OnUnreadable) -> Flow[Table]:
    read = partial(read_table_answer, question=question_of(call, session.account), on_unreadable=on_unreadable)
    return (yield from authorised(session, call, read))
