"""What nobody knows about the results service, and what may go wrong inside it."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from magister_connect.core.half_made import HalfMade
from magister_connect.errors import UsageError
from magister_connect.results.contract import Contract


@frozen(kw_only=True)
class ResultsSwitches(HalfMade):
    """The interface of the service and its habits, each a switch.

    ``style`` is the WSDL: hand-written in the house style of the related service, as Laminas generates it, rpc/encoded
    as PHP writes it by default, or nested (the request in one object, results below the candidate who carries the
    user name). ``credentials`` are parameters, a SOAP header, HTTP Basic, or WS-Security's UsernameToken as text or as
    a digest. Paging by ``page`` counts from 1; paging by ``token`` sends ``next_token`` and ``has_more`` in the reply.
    ``page_size`` is the server's own limit, also where the request asks for more. ``selects_by`` is the moment by which
    ``since`` and ``until`` select. ``order`` is by moment, shuffled inside each batch, or none at all (``arbitrary``:
    steady, but by nothing that a client sees). ``repeats`` sends that many records of the batch before once more.
    ``references`` writes a part that stands twice as ``id`` and ``href``, as ext-soap does (measured). A service that
    delivers once marks results as delivered when it answers, whether or not the answer arrives.

    ``wsdl`` and ``contract`` are those of a school: the service is then served and answered as they declare, and
    ``style`` and ``credentials`` do not count. They belong together; one without the other raises
    :class:`UsageError`.
    """

    style: Literal["hand-written", "laminas", "rpc-encoded", "nested"] = "hand-written"
    paging: Literal["since", "offset", "number", "page", "token", "once"] = "offset"
    page_size: int = 50
    takes_until: bool = True
    takes_limit: bool = True
    takes_since: bool = True
    since_includes: bool = True
    until_includes: bool = True
    selects_by: Literal["gewijzigd", "beoordeeld", "afgenomen"] = "gewijzigd"
    date_form: Literal["dateTime", "date", "string"] = "dateTime"
    order: Literal["moment", "shuffled", "arbitrary"] = "moment"
    repeats: int = 0
    credentials: Literal["parameters", "header", "basic", "wsse-text", "wsse-digest"] = "parameters"
    qualified: bool = False
    empty: Literal["empty", "nil", "absent", "fault"] = "empty"
    nothing: Literal["nil", "empty", "absent"] = "nil"
    moments: Literal["blank", "T", "zoned", "day-first"] = "blank"
    lowest_level: Literal["<1F", "0F"] = "<1F"
    decimal: Literal["comma", "point"] = "comma"
    references: bool = True
    refuses_long_periods: bool = True
    fault_vocabulary: Literal["Sender", "SOAP-ENV:Client"] = "Sender"
    fault_detail: bool = False
    names_other_product: bool = True
    wsdl: bytes | None = None
    contract: Contract | None = None

    def __attrs_post_init__(self) -> None:
        if (self.wsdl is None) != (self.contract is None):
            raise UsageError(
                "wsdl= and contract= of a simulated results service belong together",
                where="ResultsSwitches",
                advice="Pass both, or leave both out.",
            )
