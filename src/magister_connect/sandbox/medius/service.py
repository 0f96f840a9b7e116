"""Both interfaces as one application: functions at ``/``, ``/doc`` and ``/doc/``, SOAP below ``/soap``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.sandbox.medius.answer import Answer, DelphiError, refused
from magister_connect.sandbox.medius.forms import FORMS, broken, formed
from magister_connect.sandbox.medius.functions import FUNCTIONS, Function, Situation
from magister_connect.sandbox.medius.page import documentation
from magister_connect.sandbox.medius.rights import ENDED, Rights, SessionEnded
from magister_connect.sandbox.medius.soap import SoapInterface
from magister_connect.sandbox.medius.switches import MediusSwitches
from magister_connect.sandbox.serving import Application
from magister_connect.sandbox.state import SandboxState

if TYPE_CHECKING:
    from starlette.requests import Request


LOGIN: Final = "Algemeen.Login"
LOGIN_FUNCTION: Final = Function(
    (("UserName", "String"), ("Password", "String")),
    (("SessionToken", "String"), ("ResultMessage", "String"), ("Result", "Boolean")),
    lambda _: Answer(),
    "Aanmelden",
)


def application(state: SandboxState, switches: MediusSwitches) -> Application:
    """Return the service as an ASGI application."""
    return MediusService(state, switches).application()


class MediusService(SafeRepr):
    """The service. Use ``rights`` and ``calls`` (the name of every function that was called) in assertions."""

    def __init__(self, state: SandboxState, switches: MediusSwitches) -> None:
        self._state = state
        self._switches = switches
        self.rights = Rights(state, switches)
        self.calls: list[str] = []
        self.soap = SoapInterface(state, switches, self.rights, self.calls)

    def __repr__(self) -> str:
        return f"<MediusService: {len(self.calls)} calls>"

    def application(self) -> Application:
        """Return the ASGI application."""
        methods = ["GET", "POST"]
        paths = ("/", "/doc", "/doc/")
        functions = [Route(path, self._function, methods=methods) for path in paths]
        return Starlette(routes=[*functions, *self.soap.routes])

    async def _function(self, request: Request) -> Response:
        """Answer one call. Argument names ignore case, unknown ones are ignored, and the body is not read."""
        arguments = {name.lower(): value for name, value in request.query_params.items()}
        form = arguments.get("type", "HTML").upper()
        form = form if form in FORMS else "HTML"
        try:
            name = self._name(arguments)
            if name is None:
                return self._unknown()
            answer = self._answer(name, arguments)
        except SessionEnded:
            return self._ended(form)
        except DelphiError as error:
            return _response(*broken(error, form, self._switches))
        if answer.grid is None and answer.result and name.partition(".")[2].startswith("Update"):
            if self._switches.write_answer == "nothing":
                return Response()
            answer = Answer(result=True if self._switches.write_answer == "result" else None)
        return _response(*formed(answer, form, arguments.get("encoding", ""), self._switches))

    def _name(self, arguments: Mapping[str, str]) -> str | None:
        asked = f"{arguments.get('library', '')}.{arguments.get('function', '')}"
        known = [LOGIN, *FUNCTIONS]
        if self._switches.values_ignore_case:
            return next((name for name in known if name.lower() == asked.lower()), None)
        return asked if asked in known else None

    def _answer(self, name: str, arguments: Mapping[str, str]) -> Answer:
        self.calls.append(name)
        if name == LOGIN:
            return self.rights.log_in(arguments.get("username", ""), arguments.get("password", ""))
        account = self.rights.holder(arguments.get("sessiontoken", ""))
        denied = self.rights.check_function(account, name)
        return denied or FUNCTIONS[name].act(Situation(self._state, self._switches, account, arguments))

    def _unknown(self) -> Response:
        if self._switches.unknown_function == "404":
            return Response(status_code=404)
        if self._switches.unknown_function == "exception":
            return _response(*broken(DelphiError("EMGeneralFailure", "Onbekende functie"), "XML", self._switches))
        return Response(documentation({LOGIN: LOGIN_FUNCTION, **FUNCTIONS}), media_type="text/html")

    def _ended(self, form: str) -> Response:
        """Answer a token that is not valid. What the real service answers is unknown."""
        how = self._switches.expired
        if how == "html":
            return Response(f"<html><body>\n <p>{ENDED}</p>\n</body></html>", media_type="text/html")
        if how == "result":
            return _response(*formed(refused(ENDED), form, "", self._switches))
        text = "Algemene fout" if how == "general" else ENDED
        return _response(*broken(DelphiError("EMGeneralFailure", text), form, self._switches))


def _response(body: bytes, media_type: str) -> Response:
    return Response(body, media_type=media_type)
