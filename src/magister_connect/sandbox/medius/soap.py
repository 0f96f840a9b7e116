"""The SOAP interface: ``Algemeen.Login`` and ``Personeel.UpdateMedewerker``, rpc/encoded.

Requests are accepted with and without ``xsi:type``, ``encodingStyle`` and quotation marks around the SOAPAction. The
form of an answer is inferred from the only known client. What that client does not show is a switch.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from starlette.responses import Response
from starlette.routing import Route

from magister_connect.core.soap.envelopes import MEDIA_TYPES, SOAP_11, fault_element, fault_status, write_envelope
from magister_connect.core.xml import local_name, parse, reply_complaint
from magister_connect.errors import MagisterConnectError
from magister_connect.sandbox.medius.answer import Answer, DelphiError
from magister_connect.sandbox.medius.rights import ENDED, Rights, SessionEnded
from magister_connect.sandbox.medius.switches import MediusSwitches
from magister_connect.sandbox.medius.update import update_employee
from magister_connect.sandbox.state import SandboxState

if TYPE_CHECKING:
    from starlette.requests import Request


_PLACE: Final = "https://school.swp.nl:8800"
_OPERATIONS: Final = {"Login": "Algemeen", "UpdateMedewerker": "Personeel"}


class SoapInterface:
    """The services below ``/soap``.

    ``updates`` contains the arguments of every write. If ``fault`` is set, it is the answer to everything.
    """

    def __init__(self, state: SandboxState, switches: MediusSwitches, rights: Rights, calls: list[str]) -> None:
        self._state, self._switches, self._rights, self._calls = state, switches, rights, calls
        self.updates: list[dict[str, str]] = []
        self.fault: str | None = None

    @property
    def routes(self) -> list[Route]:
        """Return one route for each service."""
        return [
            Route(f"/soap/{service.lower()}", self._answer, methods=["GET", "POST"])
            for service in ("Algemeen", "Personeel")
        ]

    async def _answer(self, request: Request) -> Response:
        service = request.url.path.rpartition("/")[2]
        if request.method != "POST":  # a HEAD is a GET without a body
            text = files("magister_connect.medius").joinpath("contracts", f"{service}.wsdl").read_text("utf-8")
            here = f"{request.url.scheme}://{request.url.netloc}"
            return Response(text.replace(_PLACE, here), media_type="text/xml")
        try:
            name, answer = self._called(service, await request.body())
        except (MagisterConnectError, IndexError, StopIteration):
            return self._faulty("Client", "The request is no SOAP envelope")
        except DelphiError as error:
            return self._faulty("Server", f"{error.kind}: {error.text}")
        except SessionEnded:
            return self._faulty("Server", ENDED)
        return self._written(name, answer)

    def _called(self, service: str, body: bytes) -> tuple[str, Answer]:
        if self.fault is not None:
            raise DelphiError("EMGeneralFailure", self.fault)
        name, arguments = _read(body)
        if _OPERATIONS.get(name, "").lower() != service:
            raise DelphiError("EROUnknownMethod", f"Unknown method {name}")
        self._calls.append(f"{_OPERATIONS[name]}.{name}")
        return name, self._act(name, arguments)

    def _act(self, name: str, arguments: dict[str, str]) -> Answer:
        if name == "Login":
            answer = self._rights.log_in(arguments.get("UserName", ""), arguments.get("Password", ""))
            return answer if answer.result else Answer((("SessionToken", ""), *answer.texts), result=False)
        account = self._rights.holder(arguments.pop("SessionToken", ""))
        if denied := self._rights.check_function(account, "Personeel.UpdateMedewerker"):
            return denied
        self.updates.append(arguments)
        update_employee(self._state.school, arguments, dutch_dates=self._switches.soap_dates == "dutch")
        return Answer()

    def _written(self, name: str, answer: Answer) -> Response:
        """Write the out-parameters, with the result if it is included."""
        silent = name != "Login" and answer.result and self._switches.soap_write_answer == "nothing"
        parts = [] if silent else self._parts(answer)
        prefix, declared = ("NS1:", f' xmlns:NS1="urn:MediusServer_Soap-{_OPERATIONS[name]}"')
        if not self._switches.soap_namespace:
            prefix = declared = ""
        return self._enveloped(f"<{prefix}{name}Response{declared}>{''.join(parts)}</{prefix}{name}Response>")

    def _parts(self, answer: Answer) -> list[str]:
        yes = self._switches.soap_true
        no = {"true": "false", "True": "False", "1": "0"}[yes]
        result = [self._part("Result", yes if answer.result else no, "boolean")]
        texts = [self._part(name, text, "string") for name, text in answer.texts]
        if self._switches.soap_result == "absent":
            return texts
        return [*texts, *result] if self._switches.soap_result == "last" else [*result, *texts]

    def _part(self, name: str, text: str, kind: str) -> str:
        declared = f' xsi:type="xsd:{kind}"' if self._switches.soap_types else ""
        return f"<{name}{declared}>{escape(text)}</{name}>"

    def _faulty(self, code: str, text: str) -> Response:
        fault = fault_element(f"SOAP-ENV:{code}", text)
        return Response(write_envelope(fault), fault_status(code), media_type=MEDIA_TYPES["1.1"])

    def _enveloped(self, body: str) -> Response:
        return Response(
            f'<?xml version="1.0" encoding="utf-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_11}"'
            ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>",
            media_type=MEDIA_TYPES["1.1"],
        )


def _read(body: bytes) -> tuple[str, dict[str, str]]:
    """Return the operation and its arguments, by local name."""
    root = parse(body, reply_complaint("request"))
    operation = next(root.iter(f"{{{SOAP_11}}}Body"))[0]
    return local_name(operation), {local_name(child): child.text or "" for child in operation}
