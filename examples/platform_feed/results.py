"""The test results of JIJ!: stores new results, and prepares those of our participants for delivery."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from magister_connect.results import PullReport, Result, ResultsClient, pull_results
from magister_connect.store import Store
from platform_feed.documents import Document, HeldBack
from platform_feed.gathering import Gathered
from platform_feed.preparing import Prepared
from platform_feed.settings import Settings


@frozen
class Pulled:
    """Documents and records that are held back; ``elsewhere`` counts results of pupils of other platforms."""

    report: PullReport
    elsewhere: int
    documents: tuple[Document, ...]
    held_back: tuple[HeldBack, ...]


def pull(settings: Settings, gathered: Gathered, prepared: Prepared) -> Pulled:
    """Pull new results, and read the results of the accepted enrolments from the store."""
    with (
        Store(settings.database, key=settings.store_key) as store,
        ResultsClient(
            settings.jij_wsdl,
            product="JIJ",
            instellingscode=settings.jij_instellingscode,
            soap_key=settings.jij_soap_key,
            clock=settings.now,
        ) as service,
    ):
        store.break_lease(
            service.connection
        )  # its run has ended: this run has the lock of the folder
        report = pull_results(
            service, store, stamnummers=[each.stamnummer for each in gathered.students]
        )
        results = list(
            store.results(product="JIJ", instellingscode=settings.jij_instellingscode)
        )
        waiting = [*_waiting(store, service)]
    ours = set(prepared.accepted.values())
    listed = {each.stamnr for each in gathered.enrolments}
    held_back = [
        _with_its_enrolment(each) for each in results if each.stamnummer in listed - ours
    ]
    return Pulled(
        report,
        elsewhere=sum(each.stamnummer not in listed for each in results),
        documents=tuple(_document(each) for each in results if each.stamnummer in ours),
        held_back=(*held_back, *waiting),
    )


def _document(result: Result) -> Document:
    body = {
        "participant": result.stamnummer,
        "test": result.test_name or result.test_code or result.test_nr,
        "subject": result.subject,
        "taken": result.taken_at.date().isoformat() if result.taken_at else None,
        "level": result.level_raw,
        "development_score": _text(result.development_score),
        "percentage": _text(result.percentage),
        "status": result.status,
    }
    return Document("results", _key(result), body, _origin(result.submission_nr))


def _with_its_enrolment(result: Result) -> HeldBack:
    action = "Nothing: it is delivered with the enrolment of its pupil."
    return HeldBack(
        "results",
        _origin(result.submission_nr),
        "the enrolment of its pupil is held back",
        action,
        follows=True,
        key=_key(result),
        found_by=f"stamnummer {result.stamnummer}, submission {result.submission_nr}",
    )


def _waiting(store: Store, service: ResultsClient) -> Iterator[HeldBack]:
    """Results in quarantine: of unknown candidates, and unreadable records."""
    actions = {
        "unknown": "Nothing, for a guest. Otherwise, change the name on the test platform to the stamnummer.",
        "unreadable": "Report it to the supplier of the tests; every run reads it again.",
        "reply": "Report it to the supplier of the tests; the response is kept.",
        "unanswered": "Report it to the supplier of the tests; every run requests it again.",
    }
    for each in store.waiting(service.connection):
        found_by = "" if each.submission_nr is None else f"submission {each.submission_nr}"
        yield HeldBack(
            "results",
            _origin(each.submission_nr),
            each.reason,
            actions[each.kind],
            found_by=found_by,
        )


def _key(result: Result) -> str:
    return f"{result.product}-{result.submission_nr}"


def _origin(submission_nr: str | None) -> str:
    """The last digits are enough to find it, and they do not look like a personal number."""
    return (
        "a range of JIJ!"
        if submission_nr is None
        else f"submission ...{submission_nr[-4:]} of JIJ!"
    )


def _text(number: object) -> str | None:
    return None if number is None else str(number)
