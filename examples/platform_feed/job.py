"""The job, step by step."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from magister_connect.medius import MediusClient
from platform_feed.changes import Changes, deliver_changes
from platform_feed.delivering import Delivery, Platform, deliver, in_order
from platform_feed.gathering import Gathered, gather
from platform_feed.ledger import Ledger
from platform_feed.matching import IN_THE_FILE, Matched, match_file
from platform_feed.only_one import only_one
from platform_feed.page import write_page
from platform_feed.preparing import Prepared, asked_for, prepare
from platform_feed.report import Report
from platform_feed.results import Pulled, pull
from platform_feed.settings import AMSTERDAM, Settings
from platform_feed.tables import (
    ProgrammeCheck,
    check_programmes,
    read_numbers,
    read_programmes,
)

SCOPE: Final = "school"


@frozen
class Taken:
    """The data of a run, from each source."""

    matched: Matched
    gathered: Gathered
    prepared: Prepared
    pulled: Pulled
    programmes: ProgrammeCheck


def run(settings: Settings) -> Report:
    """Read, deliver, report. Raises the errors of :mod:`magister_connect.errors`."""
    with only_one(settings.state):
        taken = _take_in(settings)
        delivery, changes = _deliver(settings, taken)
        report = _report(settings, taken, delivery, changes)
        write_page(
            report,
            settings.state / "report.html",
            settings.language,
            show_keys=settings.show_keys,
        )
        return report


def _take_in(settings: Settings) -> Taken:
    """Read the files first: then their mistakes appear before the first request to a server."""
    numbers = read_numbers(settings.number_table, scope=SCOPE)
    programmes = read_programmes(settings.programme_table)
    matched = match_file(settings.edexml_file, numbers, settings.today)
    with MediusClient(
        settings.medius_url,
        username=settings.medius_username,
        password=settings.medius_password,
        allow_http=settings.on_this_machine,
    ) as medius:
        gathered = gather(medius, settings.lesperiode)
    prepared = prepare(gathered, programmes, matched.births, settings.today)
    pulled = pull(settings, gathered, prepared)
    return Taken(matched, gathered, prepared, pulled, _check(settings, gathered))


def _check(settings: Settings, gathered: Gathered) -> ProgrammeCheck:
    """Check the table of programmes with the register of crebos, if there is a file of it."""
    if settings.crebo_register is None:
        return ProgrammeCheck()
    asked = map(asked_for, gathered.enrolments)
    return check_programmes(
        settings.programme_table,
        settings.crebo_register,
        asked,
        settings.today,
        settings.language,
    )


def _deliver(settings: Settings, taken: Taken) -> tuple[Delivery, Changes]:
    documents = in_order([*taken.prepared.documents, *taken.pulled.documents])
    platform = Platform(settings.platform_url, settings.platform_token.reveal())
    try:
        with Ledger(settings.database) as ledger:
            at_the_school = {
                *taken.prepared.at_the_school,
                *((each.kind, each.key) for each in taken.pulled.held_back if each.key),
            }
            known = {
                key for kind, key in ledger.known if kind == "participants"
            }  # also those who leave in this run
            delivery = deliver(
                documents,
                platform,
                ledger,
                settings.now,
                at_the_school,
                many_left=settings.many_left,
            )
            known |= {key for kind, key in ledger.known if kind == "participants"}
        return delivery, deliver_changes(
            settings, taken.gathered.enrolments, known, platform
        )
    finally:
        platform.close()


def _report(
    settings: Settings, taken: Taken, delivery: Delivery, changes: Changes
) -> Report:
    gathered, matched, pulled = taken.gathered, taken.matched, taken.pulled
    gone = ", ".join(f"{number} {kind}" for kind, number in sorted(delivery.gone.items()))
    remarks = [*gathered.warnings, *pulled.report.alarms, *changes.remarks]
    if matched.schooljaar != settings.schooljaar:
        remarks.append(
            f"The EDEXML file is of {matched.schooljaar}, but this is {settings.schooljaar}: ask for a new export."
        )
    if gone:
        remarks.append(f"No longer at the school, but still on the platform: {gone}.")
    if matched.held_back:
        remarks.append(
            f"{len(matched.held_back)} {IN_THE_FILE} have no stamnummer here: their birth date is not delivered."
        )
    if pulled.elsewhere:
        remarks.append(
            f"{pulled.elsewhere} test results belong to pupils in other studies, and are not for this platform."
        )
    return Report(
        school=matched.school,
        finished=settings.now().astimezone(AMSTERDAM),
        read=(
            ("active students (Medius)", len(gathered.students)),
            ("enrolments (Medius)", len(gathered.enrolments)),
            ("hours of absence (Medius)", len(gathered.absence)),
            ("subjects with marks (Medius)", len(gathered.progress)),
            ("pupils (EDEXML)", matched.pupils),
            ("test results, new or changed (JIJ!)", pulled.report.stored),
            ("changes of enrolments, sent to the platform", changes.sent),
        ),
        delivery=delivery,
        held_back=(
            *taken.prepared.held_back,
            *matched.held_back,
            *pulled.held_back,
            *delivery.refused,
            *changes.refused,
        ),
        remarks=tuple(remarks),
        files=(str(settings.state / "report.html"),),
        programmes=taken.programmes,
    )
