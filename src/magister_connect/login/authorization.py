"""The authorization request, and the callback of the browser.

Between the two, a pending login stores what must be remembered while the user is at the login page of the school.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final, Self, cast
from urllib.parse import parse_qsl, urlsplit

from attrs import field, frozen

from magister_connect.core.json import CamelRecord, parse_json, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import CallbackInvalid, LoginRequired, MagisterConnectError, UsageError
from magister_connect.login.discovery import Endpoints
from magister_connect.login.error_responses import explain_callback
from magister_connect.login.settings import LoginSettings, ResponseType
from magister_connect.login.tenants import School, Tenant, as_tenant

ANSWERS: Final = frozenset({"code", "state", "iss", "error", "id_token"})


@frozen(kw_only=True, repr=False, slots=False)
class _Written(CamelRecord):
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    started: dt.datetime
    school: str | None = None


@frozen(kw_only=True)
class PendingLogin:
    """The data that :meth:`finish` needs to check the callback of the browser.

    Store it where only that browser can reach it: in a server-side session or an encrypted cookie. Convert it with
    :meth:`to_text` and :meth:`from_text`. Keep the text secret. ``school`` is the requested host.
    """

    state: Secret
    nonce: Secret
    verifier: Secret
    redirect_uri: str
    started: dt.datetime
    school: str | None = None

    def to_text(self) -> str:
        """Return everything as text for a session, secrets included."""
        return json.dumps(
            {
                "state": self.state.reveal(),
                "nonce": self.nonce.reveal(),
                "verifier": self.verifier.reveal(),
                "redirectUri": self.redirect_uri,
                "started": self.started.isoformat(),
                "school": self.school,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text of :meth:`to_text`. Raises :class:`CallbackInvalid` for any other text."""
        try:
            written = read_record(_Written, parse_json(text.encode(), "the pending login"))
        except MagisterConnectError:
            pass
        else:
            return cls(
                state=Secret(written.state),
                nonce=Secret(written.nonce),
                verifier=Secret(written.verifier),
                redirect_uri=written.redirect_uri,
                started=written.started,
                school=written.school,
            )
        raise CallbackInvalid("The pending login cannot be read")


@frozen
class StartedLogin:
    """The address to send the browser to, and the data to keep until the callback."""

    url: str = field(repr=False)  # it contains state and nonce
    pending: PendingLogin

    def __repr__(self) -> str:
        return "<StartedLogin>"


@frozen
class Callback:
    """The data in the callback: the code and, in the hybrid flow, an identity token."""

    code: Secret
    id_token: Secret | None = None


def start_login(
    settings: LoginSettings,
    school: School | Tenant | str | None,
    moment: dt.datetime,
    extra: Mapping[str, str],
) -> tuple[PendingLogin, str]:
    """Return a pending login, and the query of its authorization request."""
    if settings.redirect_uri is None:
        raise UsageError(
            "redirect_uri is needed for a login",
            advice="Pass the redirect address that you registered with your accreditation.",
        )
    tenant = as_tenant(school)
    pending = PendingLogin(
        state=Secret(settings.random_text()),
        nonce=Secret(settings.random_text()),
        verifier=Secret(settings.random_text()),
        redirect_uri=settings.redirect_uri,
        started=moment,
        school=tenant.host or tenant.id,
    )
    parameters = {"nonce": pending.nonce.reveal(), **extra}
    chosen = tenant.host or (tenant.id if settings.tenant_id_in_acr_values else None)
    if chosen is not None:  # documented by several clients
        parameters["acr_values"] = f"tenant:{chosen}"
    return pending, _write_query(settings, pending, parameters)


def join_query(address: str, query: str) -> str:
    """Add parameters to an address. Its existing parameters stay (RFC 6749, 3.1)."""
    return f"{address}{'&' if '?' in address else '?'}{query}"


def _write_query(settings: LoginSettings, pending: PendingLogin, parameters: Mapping[str, str]) -> str:
    from oauthlib.oauth2 import WebApplicationClient  # imported here: it takes long
    from oauthlib.oauth2.rfc6749.parameters import prepare_grant_uri

    challenge = WebApplicationClient(settings.client_id).create_code_challenge(pending.verifier.reveal(), "S256")
    # oauthlib refuses loopback over http, so it gets a dummy address; our own addresses were checked before
    address = prepare_grant_uri(
        "https://login.invalid/",
        settings.client_id,
        cast("Any", str(settings.response_type)),  # its types know the standard's two, not OpenID's hybrid
        redirect_uri=pending.redirect_uri,
        scope=list(settings.scopes),
        state=pending.state.reveal(),
        code_challenge=challenge,
        code_challenge_method="S256",
        **parameters,
    )
    return urlsplit(str(address)).query


# -- the callback ---------------------------------------------------------------------------------------------------


def read_callback(
    settings: LoginSettings, endpoints: Endpoints, pending: PendingLogin, callback_url: str, moment: dt.datetime
) -> Callback:
    """Read the callback, and check that it belongs to this pending login.

    The code is in the query or, in the hybrid flow, in the fragment. Both are read, because the page of an application
    may pass the fragment on in either place.

    Raises :class:`CallbackInvalid` for a wrong state, redirect address or issuer. Also raises it for a missing issuer
    if the server announces one (RFC 9207, 2.4), and for a repeated parameter (RFC 6749, 3.1). If the server refused,
    raises :class:`ConsentMissing` or another :class:`Refused`.
    """
    found = _read_parameters(callback_url, pending)
    if pending.state != Secret(found.get("state", "")):
        raise CallbackInvalid("The callback belongs to another login: its state differs")
    _check_issuer(settings, found, endpoints)
    if (age := (moment - pending.started).total_seconds()) > settings.pending_lifetime or age < -settings.clock_skew:
        raise LoginRequired("The login took too long: the pending login has expired")
    if "error" in found:
        raise explain_callback(found["error"])
    return _read_answer(settings, found)


def _read_parameters(callback_url: str, pending: PendingLogin) -> Mapping[str, str]:
    try:
        came, expected = urlsplit(callback_url), urlsplit(pending.redirect_uri)
        pairs = parse_qsl(came.query, keep_blank_values=True) + parse_qsl(came.fragment, keep_blank_values=True)
    except ValueError:
        raise CallbackInvalid("The address of the callback cannot be read") from None
    if (came.scheme, came.netloc, came.path or "/") != (expected.scheme, expected.netloc, expected.path or "/"):
        raise CallbackInvalid("The callback has another address than the redirect address")
    names = [name for name, _ in pairs]
    if doubled := sorted(name for name in ANSWERS if names.count(name) > 1):
        raise CallbackInvalid(f"The callback contains a parameter twice: {doubled[0]}")
    return dict(pairs)


def _check_issuer(settings: LoginSettings, found: Mapping[str, str], endpoints: Endpoints) -> None:
    if "iss" not in found:
        names_it = settings.response_type is ResponseType.CODE_ID_TOKEN and "id_token" in found  # RFC 9207, 2.4
        if endpoints.authorization_response_iss_parameter_supported and not names_it:
            raise CallbackInvalid("The callback has no issuer, although this login server sends it")
        return
    if found["iss"] != endpoints.issuer:  # RFC 9207, 2.4: compared as text
        raise CallbackInvalid("The callback is from another login server")


def _read_answer(settings: LoginSettings, found: Mapping[str, str]) -> Callback:
    if not found.get("code"):
        raise CallbackInvalid("The callback has no code")
    if settings.response_type is ResponseType.CODE:
        return Callback(Secret(found["code"]))
    if not found.get("id_token"):
        raise CallbackInvalid("The callback has no identity token, although it was requested")
    return Callback(Secret(found["code"]), Secret(found["id_token"]))
