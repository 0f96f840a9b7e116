"""Nummervoorziening on loopback: hPGN to stampseudoniem to ECK iD, with its batches and its faults.

Levels 2 and 3 of the real service cannot be computed outside it, so the pseudonyms here are hashes of our own, except
for the published pair of the pilot: the hPGN of ``063138219`` leads to its published stampseudoniem and ECK iD.

Documented and imitated: SOAP 1.1 with WS-Addressing, the OIN of the school in ``wsa:From``, faults by ``faultactor``, a
batch that is not finished at once and is handed out once, the substitution of one hPGN by another, which leads to
the oldest stampseudoniem, is not active before its day and blocks the old one. Unknown, hence switches: how large a
batch may be, how many a day, how long a caller is blocked, when a batch is removed, and what wraps an answer.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Final

from attrs import define, field, frozen
from lxml import etree
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from magister_connect.core.xml import Element, local_name, parse, reply_complaint
from magister_connect.nummervoorziening.messages import ADDRESSING, NAMESPACE, contract
from magister_connect.nummervoorziening.records import CHAIN_ECK, SECTORS
from magister_connect.sandbox.serving import Application
from magister_connect.sandbox.state import SandboxState

if TYPE_CHECKING:
    from starlette.requests import Request


PATH: Final = "/eck/ws/201703"
PILOT_HPGN: Final = "9735dfd2235eaeb5f0300886bcc99c82ffc1d6420c4e0bde8de7218def2135fa"
PILOT_STAMPSEUDONIEM: Final = (
    "https://ketenid.nl/sppilot/d0f58d6544562db32383d9fbd7e7d1c6857f9eb8fdaf43db9ac4fac8f3c6897c"
    "c6149985fe4a7b91b9be09a11c65b6bfd4d900357b0c96336b5521aaee261cf7"
)
PILOT_ECK_ID: Final = (
    "https://ketenid.nl/pilot/5889fc51565c5488833c42cb2b724c67107bb250be8ed99c881c89632adc37b0"
    "5dd197ee95af1c75be47cb7f9a593ad9ddb2e1f25d2e52c90dbb8dcae4515763"
)
VERSION: Final = "2.0"
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
OPERATIONS: Final = frozenset(
    {"ping", "retrieveStampseudonym", "retrieveEckId", "submitStampseudonymBatch", "submitEckIdBatch"}
    | {"retrieveBatch", "replaceStampseudonym", "retrieveChains", "retrieveSectors"}
)
_HPGN: Final = re.compile(r"[0-9a-f]{64}")
_STAMPSEUDONIEM: Final = re.compile(r"https://ketenid\.nl/sppilot/[0-9a-f]{128}")


@frozen(kw_only=True)
class NummervoorzieningSwitches:
    """What nobody outside knows, and what a test may want.

    ``oins`` are the schools with a mandate (``None``: any). ``polls`` is how often a batch is not finished before it
    is. ``batch_limit`` entries and ``daily_limit`` batches are at most taken. ``removed_after`` hours a batch is gone.
    ``blocked_after`` questions in a row without the clock moving block the caller. ``failing`` operations cannot
    compute. ``request_suffixes`` are what a wrapping element may end in.
    """

    oins: frozenset[str] | None = None
    polls: int = 1
    batch_limit: int = 10_000
    daily_limit: int = 1_000
    removed_after: float = 24.0
    blocked_after: int = 1_000_000
    failing: frozenset[str] = frozenset()
    request_suffixes: tuple[str, ...] = ("Request", "")


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


@define
class Nummervoorziening:
    """What the service knows: substitutions, batches, and how often each operation was asked."""

    state: SandboxState
    switches: NummervoorzieningSwitches = field(factory=NummervoorzieningSwitches)
    asked: Counter[str] = field(factory=Counter)
    _replaced: dict[str, tuple[str, dt.date]] = field(factory=dict)
    _batches: dict[str, _Batch] = field(factory=dict)
    _days: Counter[dt.date] = field(factory=Counter)
    _moments: Counter[dt.datetime] = field(factory=Counter)
    _lock: Lock = field(factory=Lock, repr=False)

    def answer(self, operation: str, content: Element) -> list[Element]:
        """The elements of the answer to one question."""
        with self._lock:
            self.asked[operation] += 1
            self._refuse_hurry()
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

    def _refuse_hurry(self) -> None:
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
        if batch is None or self.state.clock() - batch.made > dt.timedelta(hours=self.switches.removed_after):
            raise _FaultError("ContentRemovedException")
        if batch.retrieved:
            raise _FaultError("ContentAlreadyRetrievedException")
        if batch.polls > 0:
            batch.polls -= 1
            raise _FaultError("NotFinishedException")
        batch.retrieved = True
        for index, value, message in batch.answers:
            name, kind, text = ("failed", "errorMessage", message) if value is None else ("success", "value", value)
            entry = etree.Element(f"{{{NAMESPACE}}}{name}")
            entry.extend([_leaf("index", str(index)), _leaf(kind, text)])
            yield entry

    def _replace_stampseudonym(self, content: Element) -> Iterator[Element]:
        old, new = _checked_hpgn(_text(content, "hpgnOld")), _checked_hpgn(_text(content, "hpgnNew"))
        effective = _optional(content, "effectiveDate")
        day = dt.date.fromisoformat(effective) if effective else self.state.clock.today()
        if old in self._replaced and self._replaced[old][0] != new:
            raise _FaultError("BlockedHPgnException")
        self._replaced[old] = (new, day)
        yield _leaf("stampseudonym", _stampseudonym_of(self._oldest(old)))

    def _retrieve_chains(self, _content: Element) -> Iterator[Element]:
        yield _listed("chain", CHAIN_ECK, "ECK", "Educatieve contentketen")

    def _retrieve_sectors(self, _content: Element) -> Iterator[Element]:
        yield from (_listed("sector", uri, name, f"Sector {name}") for name, uri in SECTORS.items())

    def _stampseudonym(self, hpgn: str) -> str:
        _checked_hpgn(hpgn)
        if hpgn in self._replaced and self._replaced[hpgn][1] <= self.state.clock.today():
            raise _FaultError("BlockedHPgnException")
        return _stampseudonym_of(self._oldest(hpgn))

    def _oldest(self, hpgn: str) -> str:
        today = self.state.clock.today()
        before = {new: old for old, (new, day) in self._replaced.items() if day <= today}
        while hpgn in before:
            hpgn = before.pop(hpgn)
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
        entries = [child for child in content if {local_name(part) for part in child} >= {"index", name}]
        if self._days[today] > self.switches.daily_limit or len(entries) > self.switches.batch_limit:
            raise _FaultError("LimitDailyBatchSubmissionsExceededException")
        answers = [(int(_text(entry, "index")), *_attempt(compute, _text(entry, name))) for entry in entries]
        identifier = hashlib.sha256(f"batch {len(self._batches)}".encode()).hexdigest()[:32]
        self._batches[identifier] = _Batch(self.state.clock(), answers, self.switches.polls)
        return _leaf("batchIdentifier", identifier)


def application(
    state: SandboxState, switches: NummervoorzieningSwitches, service: Nummervoorziening | None = None
) -> Application:
    """The service at :data:`PATH`; a GET gives its WSDL."""
    face = _Face(service or Nummervoorziening(state, switches), switches)
    return Starlette(routes=[Route(PATH, face.handle, methods=["GET", "POST"])])


@frozen
class _Face:
    service: Nummervoorziening
    switches: NummervoorzieningSwitches

    async def handle(self, request: Request) -> Response:
        if request.method == "GET":
            return Response(contract(), media_type="text/xml")
        try:
            operation, content = self._question(request, await request.body())
            return _envelope(
                200, etree.Element(f"{{{NAMESPACE}}}{operation}Response"), self.service.answer(operation, content)
            )
        except _FaultError as fault:
            return _fault(fault)

    def _question(self, request: Request, body: bytes) -> tuple[str, Element]:
        root = parse(body, reply_complaint("request"))
        content = root.find(f"{{{_SOAP}}}Body/*")
        action = request.headers.get("soapaction", "").strip('"')
        operation = action.removeprefix(f"{NAMESPACE}/")
        names = {f"{operation}{suffix}" for suffix in self.switches.request_suffixes}
        if content is None or operation not in OPERATIONS or local_name(content) not in names:
            raise _FaultError("UnmarshalException", "The operation is not known")
        self._check_addressing(root, action)
        return operation, content

    def _check_addressing(self, root: Element, action: str) -> None:
        header = f"{{{_SOAP}}}Header/{{{ADDRESSING}}}"
        sender = root.findtext(f"{header}From/{{{ADDRESSING}}}Address") or ""
        oin = sender.partition("?oin=")[2]
        if root.findtext(f"{header}Action") != action or not root.findtext(f"{header}MessageID"):
            raise _FaultError("AddressingException", "WS-Addressing is required")
        if not oin or (self.switches.oins is not None and oin not in self.switches.oins):
            raise _FaultError("NotAllowedCallerException")


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
    return PILOT_STAMPSEUDONIEM if hpgn == PILOT_HPGN else f"https://ketenid.nl/sppilot/{tail}"


def _eck_id(stampseudonym: str, chain: str, sector: str) -> str:
    if not _STAMPSEUDONIEM.fullmatch(stampseudonym):
        raise _FaultError("InvalidStampseudonymException")
    tail = hashlib.sha512(f"sandbox eck id {stampseudonym} {chain} {sector}".encode()).hexdigest()
    published = stampseudonym == PILOT_STAMPSEUDONIEM and sector == SECTORS["po"]
    return PILOT_ECK_ID if published else f"https://ketenid.nl/pilot/{tail}"


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


def _optional(content: Element, name: str) -> str:
    return next((child.text or "" for child in content if local_name(child) == name), "").strip()


def _text(content: Element, name: str) -> str:
    if not (found := _optional(content, name)):
        raise _FaultError("UnmarshalException", f"{name} is missing")
    return found


def _fault(fault: _FaultError) -> Response:
    element = etree.Element(f"{{{_SOAP}}}Fault")
    client = fault.name not in {"NotFinishedException", "HashOperationException"}
    for name, text in (
        ("faultcode", "soap:Client" if client else "soap:Server"),
        ("faultstring", fault.text or fault.name),
        ("faultactor", fault.name),
    ):
        etree.SubElement(element, name).text = text
    return _envelope(500, element, [])


def _envelope(status: int, content: Element, children: list[Element]) -> Response:
    content.extend(children)
    root = etree.Element(f"{{{_SOAP}}}Envelope", nsmap={"soap": _SOAP, "ns2": NAMESPACE})
    etree.SubElement(root, f"{{{_SOAP}}}Body").append(content)
    return Response(etree.tostring(root, xml_declaration=True, encoding="utf-8"), status, media_type="text/xml")
