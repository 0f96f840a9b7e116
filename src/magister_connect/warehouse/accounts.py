"""SCIM accounts, and the links of a crosswalk, as tables of pseudonyms."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from attrs import frozen

from magister_connect.core.records.unreadable import OnUnreadable, Unreadable, UnreadableRecords, unreadable_keys
from magister_connect.crosswalk import Crosswalk, Link
from magister_connect.errors import ContractMismatch
from magister_connect.identifiers import Identifier, MagisterUserId
from magister_connect.scim import ScimClient, User
from magister_connect.warehouse.columns import Column, Columns, KeyOf, column_of_text, columns_of
from magister_connect.warehouse.history import LoadRun
from magister_connect.warehouse.privacy import Choice, Keys
from magister_connect.warehouse.resources import Read, with_history

if TYPE_CHECKING:
    from dlt.extract import DltResource

ACCOUNTS: Final = "accounts"
LINKS: Final = "crosswalk_links"


@frozen
class _Unread:
    unreadable: tuple[Unreadable, ...]


def accounts(client: ScimClient, keys: Keys, choice: Choice, run: LoadRun, on_unreadable: OnUnreadable) -> DltResource:
    """The accounts, by the pseudonyms of their ids.

    The stamnummer is included as a pseudonym if the school's schema has it.
    """

    def user_id(value: str | None) -> str | None:
        if not value:
            return None
        return (
            keys.of(MagisterUserId(value, scope=keys.school))
            if MagisterUserId.is_valid(value)
            else keys.text("accounts.id", value)
        )

    def read() -> Read:
        collector = UnreadableRecords(on_unreadable)
        users = list(client.users(on_unreadable=collector))
        more = [column_of_text("school", lambda _: keys.school, as_it_is=True)]
        if users and _has_stamnummer(client):
            more.append(Column("stamnummer_key", "text", lambda user: keys.person(client.stamnummer(user))))
        more += [
            Column("created", "timestamp", lambda user: user.meta and user.meta.created, zoned=True),
            Column("last_modified", "timestamp", lambda user: user.meta and user.meta.last_modified, zoned=True),
        ]
        places: dict[str, KeyOf] = {"id": user_id, "external_id": partial(keys.text, "accounts.external_id")}
        columns = columns_of(
            ACCOUNTS, User, choice, places, person="id", more=more, without=("schemas", "meta", "extra")
        )
        uncertain = {user_id(str(each)) for each in unreadable_keys(_Unread(collector.kept), "id")}
        return Read(columns, users, collector.kept, uncertain)

    return with_history(ACCOUNTS, read, run)


def _has_stamnummer(client: ScimClient) -> bool:
    try:
        client.stamnummer_path()
    except ContractMismatch:  # the school has no attribute for it
        return False
    return True


def links(crosswalk: Crosswalk, keys: Keys, run: LoadRun) -> DltResource:
    """The links of a crosswalk. Identifiers of persons are pseudonyms; a crebo or a BRIN is plain text."""

    def shown(one: Identifier) -> str:
        return keys.of(one) if one.personal or one.school_only else one.reveal()

    def side(name: str) -> tuple[Column, ...]:
        get = attrgetter(name)
        return (
            Column(f"{name}_kind", "text", lambda link: get(link).kind),
            Column(f"{name}_realm", "text", lambda link: get(link).realm or None),
            Column(f"{name}_key", "text", lambda link: shown(get(link))),
        )

    said = (column_of_text(name, attrgetter(name)) for name in ("source", "location"))
    period = (Column(name, "date", attrgetter(f"period.{name}")) for name in ("begin", "end"))
    school = column_of_text("school", lambda _: keys.school, as_it_is=True)
    confidence = Column("confidence", "double", attrgetter("confidence"))
    columns = Columns(LINKS, (school, *side("left"), *side("right"), *period, *said, confidence), "left_key")

    def read() -> Read:
        found: list[Link] = list(crosswalk.links)
        kept = [Unreadable(f"{LINKS}, row {one.row}", one.column, str(one.reason)) for one in crosswalk.unreadable]
        return Read(columns, found, kept, {shown(one) for one in crosswalk.uncertain})

    return with_history(LINKS, read, run)
