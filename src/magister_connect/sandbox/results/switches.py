"""The unknown properties of the results service, and its possible failures."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from magister_connect.core.records.safe_repr import SafeRepr
from magister_connect.errors import UsageError
from magister_connect.results.contracts.contract import Contract


@frozen(kw_only=True)
class ResultsSwitches(SafeRepr):
    """The interface of the service and its behaviour, each a switch.

    - ``style``: the WSDL: hand-written in the house style of the related service, as Laminas generates it, rpc/encoded
      as PHP writes it by default, or nested (the request in one object, results below the candidate with the user
      name).
    - ``credentials``: parameters, a SOAP header, HTTP Basic, or the UsernameToken of WS-Security as text or digest.
    - ``token_seconds``: how long a digest of WS-Security is valid. Each nonce then counts once, and a token of another
      moment is a fault. ``None`` accepts any moment, as services do that somebody wrote by hand.
    - ``paging``: ``page`` counts from 1; ``token`` sends ``next_token`` and ``has_more`` in the reply.
    - ``page_size``: the limit of the server, even if the request asks for more.
    - ``takes_since``, ``takes_until``, ``takes_limit``: whether a request has these parameters.
    - ``since_includes``, ``until_includes``: whether a result at exactly that moment is included.
    - ``date_form``: the type of both moments in the WSDL.
    - ``selects_by``: the moment that ``since`` and ``until`` refer to.
    - ``refuses_long_periods``: whether a period longer than a school year is a fault.
    - ``order``: by moment, shuffled within each batch, or ``arbitrary``: fixed, but by nothing that a client sees.
    - ``repeats``: sends so many records of the previous batch again.
    - ``qualified``: whether the elements have a namespace.
    - ``empty``: the form of a batch without records. ``nothing``: the form of a field without a value.
    - ``moments``, ``decimal``, ``lowest_level``: how moments, decimals and the lowest level are written.
    - ``fault_vocabulary``, ``fault_detail``: the code of a fault, and whether it has a detail.
    - ``names_other_product``: whether the fault for a key of the other product names that product.
    - ``references``: writes a part that occurs twice as ``id`` and ``href``, as ext-soap does (measured).
    - A service that delivers once marks results as delivered when it answers, even if the answer does not arrive.

    ``wsdl`` and ``contract`` are those of a school. The service then follows them, and ``style`` and ``credentials``
    are ignored. Passing one without the other raises :class:`UsageError`.
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
    token_seconds: int | None = None
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
