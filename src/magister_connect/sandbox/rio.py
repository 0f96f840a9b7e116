"""The simulated RIO LOD API: HAL over the crebos and the organisation of the school.

Documented are HAL, ``datumGeldigOp``, a ``pageSize`` of at most 100, and the fields ``organisatorischeEenheidcode`` and
``erkendeopleidingscode``. The names of the resources, the page numbers, and everything in :class:`RioSwitches` are
unknown, and invented here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from attrs import frozen
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from magister_connect.sandbox.school.registers import BEGUN, recognitions
from magister_connect.sandbox.serving import Application
from magister_connect.sandbox.state import SandboxState

if TYPE_CHECKING:
    from starlette.requests import Request

PATH: Final = "/api/rio/v2"
PROVIDER: Final = "999A999"
"""The onderwijsaanbieder of the school."""
_SERVED: Final = {
    "opleidingserkenningen": "erkendeopleidingscode",
    "organisatorische-eenheden": "organisatorischeEenheidcode",
}


@frozen(kw_only=True)
class RioSwitches:
    """The unknown properties of the API.

    ``absolute_links`` states how links are written, ``says_total`` whether a list contains the total number, and
    ``largest_page`` limits the page size. ``renamed`` renames fields, as a later version might.
    """

    absolute_links: bool = True
    says_total: bool = False
    largest_page: int = 100
    renamed: Mapping[str, str] = {}


def application(state: SandboxState, switches: RioSwitches) -> Application:
    """Return the API for the school."""
    service = _Service(state, switches)
    return Starlette(
        routes=[
            Route(f"{PATH}/{{resource}}", service.list, methods=["GET"]),
            Route(f"{PATH}/{{resource}}/{{code}}", service.one, methods=["GET"]),
        ]
    )


@frozen
class _Service:
    state: SandboxState
    switches: RioSwitches

    async def list(self, request: Request) -> Response:
        resource = request.path_params["resource"]
        if resource not in _SERVED:
            return JSONResponse({"title": "Not Found", "status": 404}, 404)
        query = request.query_params
        try:
            size, page, held = int(query.get("pageSize", "20")), int(query.get("page", "0")), self._held(request)
        except ValueError:
            return JSONResponse({"title": "Bad Request", "status": 400}, 400)
        if not 1 <= size <= 100:
            return JSONResponse({"title": "Bad Request", "status": 400}, 400)
        size = min(size, self.switches.largest_page)
        shown = held[page * size : (page + 1) * size]
        links = {"self": self._link(request, page)}
        if (page + 1) * size < len(held):
            links["next"] = self._link(request, page + 1)
        body: dict[str, Any] = {"_links": links}
        body |= {"_embedded": {resource: shown}} if shown else {}
        body |= {"page": {"totalElements": len(held)}} if self.switches.says_total else {}
        return JSONResponse(body, media_type="application/hal+json")

    async def one(self, request: Request) -> Response:
        resource, code = request.path_params["resource"], request.path_params["code"]
        try:
            held = self._held(request) if resource in _SERVED else []
        except ValueError:
            return JSONResponse({"title": "Bad Request", "status": 400}, 400)
        found = [each for each in held if each["_links"]["self"]["href"].endswith(f"/{code}")]
        if not found:
            return JSONResponse({"title": "Not Found", "status": 404}, 404)
        return JSONResponse(found[0], media_type="application/hal+json")

    def _held(self, request: Request) -> Sequence[dict[str, Any]]:
        """Return the records that are valid on the requested day, by default today."""
        resource = request.path_params["resource"]
        text = request.query_params.get("datumGeldigOp")
        day = dt.date.fromisoformat(text) if text else self.state.clock.today()
        key = _SERVED[resource]
        return [
            self._record(resource, key, each)
            for each in self._rows(resource)
            if each["begindatum"] <= day.isoformat() and not ((each["einddatum"] or "9999") <= day.isoformat())
        ]

    def _rows(self, resource: str) -> Sequence[dict[str, Any]]:
        if resource == "organisatorische-eenheden":
            unit = {"organisatorischeEenheidcode": PROVIDER, "begindatum": BEGUN.isoformat(), "einddatum": None}
            return [unit]
        return [
            {
                "erkendeopleidingscode": each.crebo,
                "begindatum": each.begin.isoformat(),
                "einddatum": each.einde.isoformat() if each.einde else None,
                "omschrijving": each.omschrijving,
            }
            for each in recognitions(self.state.school)
        ]

    def _record(self, resource: str, key: str, row: dict[str, Any]) -> dict[str, Any]:
        href = f"{PATH}/{resource}/{row[key]}"
        return {
            **{self.switches.renamed.get(name, name): value for name, value in row.items()},
            "_links": {"self": {"href": href}},
        }

    def _link(self, request: Request, page: int) -> dict[str, str]:
        query = urlencode({**request.query_params, "page": page})
        root = str(request.base_url).rstrip("/") if self.switches.absolute_links else ""
        return {"href": f"{root}{request.url.path}?{query}"}
