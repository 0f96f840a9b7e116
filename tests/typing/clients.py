"""What a type checker knows about clients, flows and tables. Checked by mypy and pyright, never run."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import assert_type

from attrs import frozen

from magister_connect.core.drivers import AsyncDriver, SyncDriver
from magister_connect.core.flow import Flow, Reply, Request, StreamingFlow, exchange
from magister_connect.medius import (
    AsyncMediusClient,
    CallResult,
    MediusClient,
    Records,
    Row,
    StaffMember,
    Student,
    StudentGroup,
    Table,
)
from magister_connect.public_api import (
    AsyncPublicApiClient,
    AsyncResourceList,
    FileContent,
    PublicApiClient,
    ResourceList,
)
from magister_connect.public_api.account import Account
from magister_connect.public_api.cijfers import Cijfer, Kolominfo
from magister_connect.public_api.elo import Onderdeel
from magister_connect.testing import Script, Stepper, play


@frozen
class OwnAccount:
    """A record of the user's own."""

    stamnr: int


def of_medius(medius: MediusClient) -> None:
    students = medius.students(lesperiode="2425")
    assert_type(students, Records[Student])
    assert_type(students[0], Student)
    assert_type(students[:3], Records[Student])
    assert_type(students[0].stamnummer, str)
    assert_type(students[0].geb_datum, dt.date | None)
    assert_type(students.warnings, tuple[str, ...])
    assert_type([each.klas for each in students], list[str])
    assert_type(medius.employees(), Records[StaffMember])
    assert_type(medius.student_groups(10001), Records[StudentGroup])
    assert_type(medius.call("ADFuncties", "GetLeerlingen", LesPeriode="2425"), CallResult)


def of_lists(medius: MediusClient) -> None:
    table = medius.get_data("layout", {"lesperiode": "2425"})
    assert_type(table, Table)
    assert_type(table[0], Row)
    assert_type(table[0]["Stamnr"], str)
    assert_type(table.to(OwnAccount), Records[OwnAccount])


async def of_the_async_twin(medius: AsyncMediusClient) -> None:
    assert_type(await medius.students(), Records[Student])
    assert_type(await medius.get_data("layout"), Table)
    async with medius as same:
        assert_type(same, AsyncMediusClient)


def size(address: str) -> Flow[int]:
    """A flow of the user's own: its result is inferred through the driver."""
    reply = yield from exchange(Request("GET", address))
    assert_type(reply, Reply)
    return len(reply.body)


def pages(address: str) -> StreamingFlow[Reply]:
    """A series of the user's own."""
    yield Request("GET", address)


def of_flows(blocking: SyncDriver) -> None:
    assert_type(blocking.run(size("https://school.example")), int)
    items: Iterator[Reply] = blocking.iterate(pages("https://school.example"))
    assert_type(list(items), list[Reply])
    assert_type(play(size("https://school.example"), [Reply(200)]), int)
    assert_type(Stepper(size("https://school.example")).result, int)


async def of_async_flows(awaiting: AsyncDriver) -> None:
    assert_type(await awaiting.run(size("https://school.example")), int)
    items: AsyncIterator[Reply] = awaiting.iterate(pages("https://school.example"))
    assert_type([item async for item in items], list[Reply])


def of_scripts(script: Script) -> None:
    MediusClient("https://school.example", username="u", password="p", http=script.client())
    AsyncMediusClient("https://school.example", username="u", password="p", http=script.async_client("httpx2"))
    MediusClient("https://school.example", username="u", password="p", http=script.async_client())  # type: ignore[arg-type]  # the other kind of client is refused


def of_methods_that_are_declared_once(api: PublicApiClient) -> None:
    assert_type(api.account(), Account)
    assert_type(api.cijfers(1), ResourceList[Cijfer])
    assert_type(api.onderdeel(1, 2, 3), Onderdeel | None)
    assert_type(api.kolominfo_van(1, 2, [3]), Mapping[int, Kolominfo])
    assert_type(api.foto_van_persoon(1, breedte=90), FileContent | None)
    api.leerling("een")  # type: ignore[arg-type]  # wrong arguments are refused
    api.cijferperioden(1)  # type: ignore[call-arg]  # and missing ones
    api.aanmeldingen(1, peildatum=dt.date(2026, 1, 1))  # type: ignore[call-arg]  # and unknown ones
    api.sesie()  # type: ignore[attr-defined]  # and misspelt methods


async def of_their_async_twins(api: AsyncPublicApiClient) -> None:
    assert_type(await api.account(), Account)
    assert_type(api.cijfers(1), AsyncResourceList[Cijfer])
    assert_type([each.waarde async for each in api.cijfers(1)], list[str | None])
    assert_type(await api.kolominfo_van(1, 2, [3]), Mapping[int, Kolominfo])
    await api.leerling("een")  # type: ignore[arg-type]  # wrong arguments are refused
