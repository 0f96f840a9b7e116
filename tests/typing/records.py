"""What a type checker knows about documents, identifiers and answers. Checked by mypy and pyright, never run."""

import datetime as dt
from pathlib import Path
from typing import assert_never, assert_type

from magister_connect import edexml
from magister_connect.core.secrets import Secret
from magister_connect.crosswalk import Ambiguous, Crosswalk, Match, NoMatch, ResolutionReport
from magister_connect.errors import AllowListSuspected, MagisterConnectError, Reason, Refused, Responsible
from magister_connect.identifiers import Brin, Bsn, Crebo, Pgn, Stamnummer


def of_documents(path: Path) -> None:
    document = edexml.read(path)
    assert_type(document, edexml.Document)
    assert_type(document.leerlingen, tuple[edexml.Leerling, ...])
    leerling = document.leerlingen[0]
    assert_type(leerling.geboortedatum, dt.date | None)
    assert_type(leerling.jaargroep, edexml.Jaargroep | None)
    assert_type(edexml.check(path), edexml.Report)
    assert_type(edexml.check(path).findings, tuple[edexml.Finding, ...])


def of_streams(path: Path) -> None:
    with edexml.open(path) as stream:
        assert_type(stream.school, edexml.School)
        for leerling in stream.leerlingen:
            assert_type(leerling, edexml.Leerling)


def of_identifiers(text: str) -> None:
    assert_type(Bsn.parse(text), Bsn)
    assert_type(Pgn.parse(text), Pgn)
    assert_type(Brin.parse(text), Brin)
    assert_type(Crebo.parse(text), Crebo)
    assert_type(Stamnummer.parse(text, scope="99XX"), Stamnummer)
    assert_type(Bsn.is_valid(text), bool)
    assert_type(Bsn.parse(text).reveal(), str)


def of_answers(crosswalk: Crosswalk, number: Pgn, day: dt.date) -> str:
    """The three answers are all that there are."""
    answer = crosswalk.resolve(number, to=Stamnummer, as_of=day)
    match answer:
        case Match():
            return "matched"
        case NoMatch():
            assert_type(answer.reason, Reason)
            return answer.advice
        case Ambiguous():
            return "ambiguous"
        case _:
            assert_never(answer)


def of_reports(crosswalk: Crosswalk, number: Pgn, day: dt.date) -> None:
    resolved = crosswalk.resolve_many([number], to=Stamnummer, as_of=day)
    assert_type(resolved.matches, tuple[Match, ...])
    assert_type(resolved.unmatched, tuple[NoMatch | Ambiguous, ...])
    assert_type(resolved.report, ResolutionReport)


def of_errors(error: MagisterConnectError) -> None:
    assert_type(error.responsible, Responsible)
    assert_type(error.where, str | None)
    if isinstance(error, Refused):
        assert_type(error.status, int | None)
    if isinstance(error, AllowListSuspected):
        assert_type(error.attempts, int)


def of_secrets(secret: Secret) -> None:
    assert_type(secret.reveal(), str)
    assert_type(str(secret), str)
