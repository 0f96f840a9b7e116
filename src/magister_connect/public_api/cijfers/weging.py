"""Weights of many columns: one request for each, which is how the school's limit is usually reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from magister_connect.exchange import Flow
from magister_connect.json_records import parse_json, read_record
from magister_connect.public_api.cijfers.operations import kolominfo
from magister_connect.public_api.cijfers.records import Kolominfo
from magister_connect.public_api.connection import Connection, show

__all__ = ["read_kolominfo"]


def read_kolominfo(
    connection: Connection, persoon: int, aanmelding: int, kolommen: Sequence[int]
) -> Flow[Mapping[int, Kolominfo]]:
    """What the overview does not tell of many columns, by the number of the column, in the order asked for."""
    numbers = tuple(dict.fromkeys(kolommen))
    addresses = [connection.address(kolominfo(persoon, aanmelding, each).path) for each in numbers]
    replies = yield from connection.ask_all(addresses)
    return {
        number: read_record(Kolominfo, parse_json(reply.body, f"GET {show(address)}"), f"GET {show(address)}")
        for number, address, reply in zip(numbers, addresses, replies, strict=True)
    }
