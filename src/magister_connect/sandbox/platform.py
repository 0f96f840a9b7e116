"""A platform that receives a school's data: a small REST interface of the kind that suppliers have.

==========================  ==========================================================================================
``PUT /api/{kind}/{key}``   201 when new, 200 when changed or unchanged, with ``{"outcome": ...}``; 401 without the
                            bearer token; 404 for an unknown kind; 409 when ``participant`` names nobody who was
                            delivered; 422 with the names of missing fields
``GET /api/{kind}/{key}``   what was delivered, or 404
``GET /api/{kind}``         ``{"count": ...}``
==========================  ==========================================================================================

Kinds are ``participants``, ``enrolments``, ``absence``, ``progress``, ``results`` and ``changes``. A PUT is idempotent
by its key: the same document twice is one document and one write. All of this is made up; no real platform is imitated.
"""

from __future__ import annotations

import json
from collections import Counter
from hmac import compare_digest
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from attrs import frozen
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.sandbox.serving import Application
from magister_connect.sandbox.state import SandboxState

if TYPE_CHECKING:
    from starlette.requests import Request


Document: TypeAlias = dict[str, Any]

REQUIRED: Final[dict[str, frozenset[str]]] = {
    "participants": frozenset({"name"}),
    "enrolments": frozenset({"participant", "programme", "begin"}),
    "absence": frozenset({"participant", "enrolment"}),
    "progress": frozenset({"participant", "enrolment", "subjects"}),
    "results": frozenset({"participant", "test"}),
    "changes": frozenset({"participant", "kind"}),
}
"""The kinds of documents, and their required fields."""


@frozen(kw_only=True)
class PlatformSwitches:
    """How strict the platform is. ``participants_first`` refuses documents about an undelivered participant."""

    participants_first: bool = True


class Platform(SafeRepr):
    """The delivered documents, for assertions: ``documents`` by kind and key, counted ``outcomes``, and all ``writes``.

    With a ``journal``, every write is appended to that file and read again at the start. So the platform keeps its data
    after the process ends, as a real one does.
    """

    def __init__(self, journal: Path | None = None) -> None:
        self.documents: dict[tuple[str, str], Document] = {}
        self.outcomes: Counter[str] = Counter()
        self._journal = journal
        self._lock = Lock()
        if journal is not None and journal.exists():
            for line in journal.read_text(encoding="utf-8").splitlines():
                kind, key, document = json.loads(line)
                self.documents[kind, key] = document

    def __repr__(self) -> str:
        return f"<Platform: {len(self.documents)} documents, {self.writes} written by this process>"

    @property
    def writes(self) -> int:
        """The number of documents that this process created or changed."""
        return self.outcomes["created"] + self.outcomes["changed"]

    def count(self, kind: str) -> int:
        """Return the number of documents of a kind."""
        return sum(1 for each, _ in self.documents if each == kind)

    def put(self, kind: str, key: str, document: Document) -> str:
        """Store a document. Returns ``created``, ``changed`` or ``unchanged``."""
        with self._lock:
            before = self.documents.get((kind, key))
            outcome = "created" if before is None else "unchanged" if before == document else "changed"
            if outcome != "unchanged":
                self._write(kind, key, document)
            self.outcomes[outcome] += 1
            return outcome

    def _write(self, kind: str, key: str, document: Document) -> None:
        self.documents[kind, key] = document
        if self._journal is not None:
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps([kind, key, document]) + "\n")


def application(state: SandboxState, switches: PlatformSwitches, platform: Platform) -> Application:
    """Return the interface of the platform."""
    service = _Service(state, switches, platform)
    return Starlette(
        routes=[
            Route("/api/{kind}/{key}", service.put, methods=["PUT"]),
            Route("/api/{kind}/{key}", service.get, methods=["GET"]),
            Route("/api/{kind}", service.count, methods=["GET"]),
        ]
    )


@frozen
class _Service:
    state: SandboxState
    switches: PlatformSwitches
    platform: Platform

    async def put(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        kind, key = request.path_params["kind"], request.path_params["key"]
        document = _parsed(await request.body())
        if missing := sorted(
            REQUIRED[kind] - {name for name, value in document.items() if value not in (None, "", [])}
        ):
            return self._refuse(422, "unprocessable", missing=missing)
        if self.switches.participants_first and self._names_unknown_participant(document):
            return self._refuse(409, "conflict", reason="the participant is not known")
        outcome = self.platform.put(kind, key, document)
        return JSONResponse({"outcome": outcome}, 201 if outcome == "created" else 200)

    async def get(self, request: Request) -> Response:
        if refusal := self._refusal(request):
            return refusal
        found = self.platform.documents.get((request.path_params["kind"], request.path_params["key"]))
        return self._refuse(404, "absent") if found is None else JSONResponse(found)

    async def count(self, request: Request) -> Response:
        return self._refusal(request) or JSONResponse({"count": self.platform.count(request.path_params["kind"])})

    def _refusal(self, request: Request) -> Response | None:
        expected = f"Bearer {self.state.accounts.platform_token}"
        if not compare_digest(request.headers.get("authorization", ""), expected):
            return self._refuse(401, "unauthorized")
        return None if request.path_params["kind"] in REQUIRED else self._refuse(404, "absent")

    def _names_unknown_participant(self, document: Document) -> bool:
        named = document.get("participant")
        return named is not None and ("participants", str(named)) not in self.platform.documents

    def _refuse(self, status: int, outcome: str, **details: object) -> Response:
        self.platform.outcomes[outcome] += 1
        return JSONResponse({"outcome": outcome, **details}, status)


def _parsed(body: bytes) -> Document:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
