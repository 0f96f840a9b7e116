"""Nummervoorziening on loopback: from hPGN to stampseudoniem to ECK iD, with its batches and its faults.

Levels 2 and 3 of the real service cannot be computed elsewhere, so the pseudonyms here are our own hashes. The
exceptions are the published ones of a pupil and a teacher in the pilot.

Documented and imitated:

- the messages of the published contract; every request is validated against it;
- the OIN of the school in ``wsa:From``, and WS-Addressing headers in every reply;
- faults by ``faultactor``;
- batches that need time, can be retrieved once, and in which a wrong entry fails on its own;
- the replacement of one hPGN by another. The new hPGN then leads to the oldest stampseudoniem, and the old one is
  blocked. Before its date a replacement changes nothing.

These properties are unknown, and each is a switch: the size of a batch, the number per day, and how long a caller is
blocked. Others are when a batch is removed, the fault for an unknown batch, and whether replies name the request.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from attrs import define, field, frozen
from lxml import etree
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.core.soap.envelopes import MEDIA_TYPES, SOAP_11, fault_element, write_envelope
from magister_connect.core.values import to_datetime
from magister_connect.core.xml import Element, local_name, parse, reply_complaint
from magister_connect.errors import FieldInvalid, NotXml
from magister_connect.nummervoorziening.messages import (
    ADDRESSING,
    NAMESPACE,
    PORT_TYPE,
    RESPONSES,
    write_addressing,
    wsdl,
)
from magister_connect.nummervoorziening.records import CHAIN_ECK, SECTORS
from magister_connect.sandbox.school.clock import AMSTERDAM
from magister_connect.sandbox.serving import Application
from magister_connect.sandbox.state import SandboxState

if TYPE_CHECKING:
    from starlette.requests import Request


PATH: Final = "/eck/ws/201703"
PILOT_HPGN: Final = "9735dfd2235eaeb5f0300886bcc99c82ffc1d6420c4e0bde8de7218def2135fa"
PILOT_STAMPSEUDONYM: Final = (
    "https://ketenid.nl/sppilot/d0f58d6544562db32383d9fbd7e7d1c6857f9eb8fdaf43db9ac4fac8f3c6897c"
    "c6149985fe4a7b91b9be09a11c65b6bfd4d900357b0c96336b5521aaee261cf7"
)
PILOT_ECK_ID: Final = (
    "https://ketenid.nl/pilot/5889fc51565c5488833c42cb2b724c67107bb250be8ed99c881c89632adc37b0"
    "5dd197ee95af1c75be47cb7f9a593ad9ddb2e1f25d2e52c90dbb8dcae4515763"
)
PILOT_TEACHER_HPGN: Final = "0b870ff044775ef0360655c40d5b284b7e3ae2b72207a6894794d787eb019e60"
PILOT_TEACHER_STAMPSEUDONYM: Final = (
    "https://ketenid.nl/sppilot/e16ce3e75ee460e371972bb5b9f0ffee4e6bbdb0d3e0f059f7bf09592a70bb0a"
    "5cacf228ca8f1b855f280202c53cf8637c4a911d63969580aaae11ac72a33da4"
)
PILOT_TEACHER_ECK_ID: Final = (
    "https://ketenid.nl/pilot/79163b48538cea31249879c2362df75f830b2723fe199fbf11a7881dfc1cd332"
    "00705cb195f6997c0a2dd150f9915cfe6f869e8df2513536ffe303088414b1ac"
)
VERSION: Final = "2.0"
_PILOT_STAMPSEUDONYMS: Final = {
    PILOT_HPGN: PILOT_STAMPSEUDONYM,
    PILOT_TEACHER_HPGN: PILOT_TEACHER_STAMPSEUDONYM,
}
_PILOT_ECK_IDS: Final = {
    (PILOT_STAMPSEUDONYM, SECTORS["po"]): PILOT_ECK_ID,
    (PILOT_TEACHER_STAMPSEUDONYM, SECTORS["po"]): PILOT_TEACHER_ECK_ID,
}
_PUBLISHED_ADDRESS: Final = b"https://service.eckid.nl/eck/ws/201703"
_HEADER: Final = f"{{{SOAP_11}}}Header/{{{ADDRESSING}}}"
_HPGN: Final = re.compile(r"[0-9a-f]{64}")
_STAMPSEUDONYM: Final = re.compile(r"https://ketenid\.nl/sppilot/[0-9a-f]{128}")


@frozen(kw_only=True)
class NummervoorzieningSwitches:
    """The unknown properties of the service, and settings for tests.

    - ``oins``: the schools with a mandate (``None``: any).
    - ``polls``: for so many requests a batch is not finished.
    - ``batch_limit``: the largest number of entries in a batch.
    - ``daily_limit``: the largest number of batches per day.
    - ``removed_after``: a batch is removed after so many hours.
    - ``blocked_after``: so many requests in a row, while the clock does not move, block the caller.
    - ``failing``: operations that cannot compute.
    - ``unknown_batch``: the fault for an unknown batch identifier.
    - ``relates_to``: whether the reply contains the message id of the request.
    """

    oins: frozenset[str] | None = None
    polls: int = 1
    batch_limit: int = 10_000
    daily_limit: int = 1_000
    removed_after: float = 24.0
    blocked_after: int = 1_000_000
    failing: frozenset[str] = frozenset()
    unknown_batch: str = "ContentRemovedException"
    relates_to: bool = True


class _FaultError(Exception):
    """A fault to answer with: the name of the exception and its text."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name)
        self.name, self.text = name, text


@define
class _Batch:
    made: dt.datetime
    answers: list[tuple[int, str | None, str]]
    polls: int
    retrieved: bool = False


@define(repr=False)
class Nummervoorziening(SafeRepr):
    """The state of the service: substitutions, batches, and the number of requests per operation."""

    state: SandboxState
    switches: NummervoorzieningSwitches = field(factory=NummervoorzieningSwitches)
    asked: Counter[str] = field(factory=Counter)
    _replaced: dict[str, tuple[str, dt.datetime]] = field(factory=dict)
    _batches: dict[str, _Batch] = field(factory=dict)
    _days: Counter[dt.date] = field(factory=Counter)
    _moments: Counter[dt.datetime] = field(factory=Counter)
    _lock: Lock = field(factory=Lock, repr=False)

    def __repr__(self) -> str:
        return f"<Nummervoorziening: {sum(self.asked.values())} requests, {len(self._batches)} batches>"

    def answer(self, operation: str, content: Element) -> list[Element]:
        """Return the elements of the response to one request."""
        with self._lock:
            self.asked[operation] += 1
            self._refuse_too_many()
            if operation in self.switches.failing:
                raise _FaultError("HashOperationException")
            return list(self._operations()[operation](content))

    def _operations(self) -> dict[str, Callable[[Element], Iterator[Element]]]:
        return {
            "ping": self._ping,
            "retrieveStampseudonym": self._retrieve_stampseudonym,
            "retrieveEckId": self._retrieve_eck_id,
            "submitStampseudonymBatch": self._submit_stampseudonym_batch,
            "submitEckIdBatch": self._submit_eck_id_batch,
            "retrieveBatch": self._retrieve_batch,
            "replaceStampseudonym": self._replace_stampseudonym,
            "retrieveChains": self._retrieve_chains,
            "retrieveSectors": self._retrieve_sectors,
        }

    def _refuse_too_many(self) -> None:
        now = self.state.clock()
        self._moments[now] += 1
        if self._moments[now] > self.switches.blocked_after:
            raise _FaultError("TemporaryBlockedException")

    def _ping(self, _content: Element) -> Iterator[Element]:
        yield _leaf("available", "true")
        yield _leaf("applicationVersion", VERSION)
        yield _leaf("systemTime", self.state.clock.now().isoformat())

    def _retrieve_stampseudonym(self, content: Element) -> Iterator[Element]:
        yield _leaf("stampseudonym", self._stampseudonym(_text(content, "hpgn")))

    def _retrieve_eck_id(self, content: Element) -> Iterator[Element]:
        chain, sector = self._chain_and_sector(content)
        yield _leaf("eckId", _eck_id(_text(content, "stampseudonym"), chain, sector))

    def _submit_stampseudonym_batch(self, content: Element) -> Iterator[Element]:
        yield self._submit(content, "hPgn", self._stampseudonym)

    def _submit_eck_id_batch(self, content: Element) -> Iterator[Element]:
        chain, sector = self._chain_and_sector(content)
        yield self._submit(content, "stampseudonym", lambda text: _eck_id(text, chain, sector))

    def _retrieve_batch(self, content: Element) -> Iterator[Element]:
        batch = self._batches.get(_text(content, "batchIdentifier"))
        if batch is None:
            raise _FaultError(self.switches.unknown_batch)
        if self.state.clock() - batch.made > dt.timedelta(hours=self.switches.removed_after):
            raise _FaultError("ContentRemovedException")
        if batch.retrieved:
            raise _FaultError("ContentAlreadyRetrievedException")
        if batch.polls > 0:
            batch.polls -= 1
            raise _FaultError("NotFinishedException")
        batch.retrieved = True
        yield from (_entry("success", index, "value", value) for index, value, _ in batch.answers if value)
        yield from (_entry("failed", index, "errorMessage", error) for index, _, error in batch.answers if error)

    def _replace_stampseudonym(self, content: Element) -> Iterator[Element]:
        old, new = _checked_hpgn(_text(content, "hpgnOld")), _checked_hpgn(_text(content, "hpgnNew"))
        now = self.state.clock()
        effective = _text(content, "effectiveDate")
        moment = _moment(effective) if effective else now
        if (old in self._replaced and self._replaced[old][0] != new) or old in self._followed(new):
            raise _FaultError("BlockedHPgnException")  # for a cycle: inferred, because its new number is a replaced one
        self._replaced[old] = (new, moment)
        yield _leaf("stampseudonym", _stampseudonym_of(self._oldest(new if moment > now else old)))

    def _retrieve_chains(self, _content: Element) -> Iterator[Element]:
        yield _listed("chain", CHAIN_ECK, "ECK", "Educatieve contentketen")

    def _retrieve_sectors(self, _content: Element) -> Iterator[Element]:
        yield from (_listed("sector", uri, name, f"Sector {name}") for name, uri in SECTORS.items())

    def _stampseudonym(self, hpgn: str) -> str:
        _checked_hpgn(hpgn)
        if hpgn in self._replaced and self._replaced[hpgn][1] <= self.state.clock():
            raise _FaultError("BlockedHPgnException")
        return _stampseudonym_of(self._oldest(hpgn))

    def _followed(self, hpgn: str) -> Iterator[str]:
        """Yield a number, and what replaced it, from now on or later. No replacement that was accepted is a cycle."""
        yield hpgn
        while hpgn in self._replaced:
            hpgn = self._replaced[hpgn][0]
            yield hpgn

    def _oldest(self, hpgn: str) -> str:
        now = self.state.clock()
        before = {new: old for old, (new, moment) in self._replaced.items() if moment <= now}
        while hpgn in before:
            hpgn = before[hpgn]
        return hpgn

    def _chain_and_sector(self, content: Element) -> tuple[str, str]:
        chain, sector = _text(content, "chainId"), _text(content, "sectorId")
        if chain != CHAIN_ECK:
            raise _FaultError("InvalidChainIdException")
        if sector not in SECTORS.values():
            raise _FaultError("InvalidSectorIdException")
        return chain, sector

    def _submit(self, content: Element, name: str, compute: Callable[[str], str]) -> Element:
        today = self.state.clock.today()
        self._days[today] += 1
        entries = [child for child in content if local_name(child).endswith("List")]
        if self._days[today] > self.switches.daily_limit or len(entries) > self.switches.batch_limit:
            raise _FaultError("LimitDailyBatchSubmissionsExceededException")
        answers = [(int(_text(entry, "index")), *_attempt(compute, _text(entry, name))) for entry in entries]
        tail = hashlib.sha256(f"batch {len(self._batches)}".encode()).hexdigest()[:32]
        identifier = f"{self.state.clock.now():%Y%m%d%H%M%S}{tail}"  # the form of the published samples
        self._batches[identifier] = _Batch(self.state.clock(), answers, self.switches.polls)
        return _leaf("batchIdentifier", identifier)


def application(
    state: SandboxState, switches: NummervoorzieningSwitches, service: Nummervoorziening | None = None
) -> Application:
    """Return the service at :data:`PATH`. A GET returns its WSDL, with the address of the request."""
    endpoint = _Endpoint(service or Nummervoorziening(state, switches), switches)
    return Starlette(routes=[Route(PATH, endpoint.handle, methods=["GET", "POST"])])


@frozen
class _Endpoint:
    service: Nummervoorziening
    switches: NummervoorzieningSwitches

    async def handle(self, request: Request) -> Response:
        if request.method != "POST":  # a HEAD is a GET without a body
            here = str(request.url.replace(query="")).encode()
            return Response(wsdl().replace(_PUBLISHED_ADDRESS, here), media_type="text/xml")
        action = request.headers.get("soapaction", "").strip('"')
        operation = action.removeprefix(f"{NAMESPACE}/")
        message_id = ""
        try:
            root = _parse(await request.body())
            message_id = root.findtext(f"{_HEADER}MessageID") or ""
            content = _read_content(root, operation)
            self._check_addressing(root, action)
            children = self.service.answer(operation, content)
        except _FaultError as fault:
            return self._envelope(500, f"{ADDRESSING}/soap/fault", message_id, _fault(fault))
        response = etree.Element(f"{{{NAMESPACE}}}{RESPONSES[operation]}")
        response.extend(children)
        return self._envelope(200, f"{NAMESPACE}/{PORT_TYPE}/{operation}Response", message_id, response)

    def _check_addressing(self, root: Element, action: str) -> None:
        sender = root.findtext(f"{_HEADER}From/{{{ADDRESSING}}}Address") or ""
        oin = sender.partition("?oin=")[2]
        if root.findtext(f"{_HEADER}Action") != action or not root.findtext(f"{_HEADER}MessageID"):
            raise _FaultError("AddressingException", "WS-Addressing is required")
        if not oin or (self.switches.oins is not None and oin not in self.switches.oins):
            raise _FaultError("NotAllowedCallerException")

    def _envelope(self, status: int, action: str, message_id: str, content: Element) -> Response:
        related = [("RelatesTo", message_id)] if message_id and self.switches.relates_to else []
        header = [
            write_addressing(*each) for each in (("Action", action), ("MessageID", f"urn:uuid:{uuid4()}"), *related)
        ]
        return Response(write_envelope(content, prefix="soap", header=header), status, media_type=MEDIA_TYPES["1.1"])


def _parse(body: bytes) -> Element:
    try:
        return parse(body, reply_complaint("request"))
    except NotXml:
        raise _FaultError("UnmarshalException", "The request is no XML") from None


def _read_content(root: Element, operation: str) -> Element:
    content = root.find(f"{{{SOAP_11}}}Body/*")
    if content is None or operation not in RESPONSES or content.tag != f"{{{NAMESPACE}}}{operation}Request":
        raise _FaultError("UnmarshalException", "The operation is not known")
    if not _schema().validate(content):
        raise _FaultError("UnmarshalException", "The request does not follow the contract")
    return content


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(next(parse(wsdl(), reply_complaint("contract")).iter("{*}schema")))


def _attempt(compute: Callable[[str], str], text: str) -> tuple[str | None, str]:
    try:
        return compute(text), ""
    except _FaultError as fault:
        return None, fault.name


def _checked_hpgn(text: str) -> str:
    if not _HPGN.fullmatch(text):
        raise _FaultError("InvalidHPgnException")
    return text


def _stampseudonym_of(hpgn: str) -> str:
    tail = hashlib.sha512(f"sandbox stampseudoniem {hpgn}".encode()).hexdigest()
    return _PILOT_STAMPSEUDONYMS.get(hpgn, f"https://ketenid.nl/sppilot/{tail}")


def _eck_id(stampseudonym: str, chain: str, sector: str) -> str:
    if not _STAMPSEUDONYM.fullmatch(stampseudonym):
        raise _FaultError("InvalidStampseudonymException")
    tail = hashlib.sha512(f"sandbox eck id {stampseudonym} {chain} {sector}".encode()).hexdigest()
    return _PILOT_ECK_IDS.get((stampseudonym, sector), f"https://ketenid.nl/pilot/{tail}")


def _moment(text: str) -> dt.datetime:
    try:
        moment = to_datetime(text, "effectiveDate")
    except FieldInvalid:  # the schema also allows years before 1 and after 9999
        raise _FaultError("UnmarshalException", "The moment is outside the calendar") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=AMSTERDAM)


def _entry(name: str, index: int, kind: str, text: str) -> Element:
    entry = etree.Element(f"{{{NAMESPACE}}}{name}")
    entry.extend([_leaf("index", str(index)), _leaf(kind, text)])
    return entry


def _leaf(name: str, text: str) -> Element:
    element = etree.Element(f"{{{NAMESPACE}}}{name}")
    element.text = text
    return element


def _listed(name: str, uri: str, label: str, description: str) -> Element:
    entry = etree.Element(f"{{{NAMESPACE}}}{name}")
    edited = "2017-12-29T00:00:00Z"
    entry.extend(
        [_leaf("id", uri), _leaf("name", label), _leaf("description", description), _leaf("lastEdited", edited)]
    )
    return entry


def _text(content: Element, name: str) -> str:
    """Return the text of a child; empty if it is empty or absent."""
    return next((child.text or "" for child in content if local_name(child) == name), "").strip()


def _fault(fault: _FaultError) -> Element:
    client = fault.name not in {"NotFinishedException", "HashOperationException"}
    code = "soap:Client" if client else "soap:Server"
    return fault_element(code, fault.text or fault.name, prefix="soap", actor=fault.name)
