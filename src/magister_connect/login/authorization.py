"""A login that has been started and not finished: what has to be remembered while the person is at the school."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Self, cast
from urllib.parse import parse_qsl, urlsplit

from attrs import frozen
from oauthlib.oauth2 import WebApplicationClient
from oauthlib.oauth2.rfc6749.parameters import prepare_grant_uri

from magister_connect.core.json import CamelRecord, parse_json, read_record
from magister_connect.core.secrets import Secret
from magister_connect.errors import CallbackInvalid, LoginRequired, MagisterConnectError, UsageError
from magister_connect.login.discovery import Endpoints
from magister_connect.login.error_responses import explain_callback
from magister_connect.login.settings import LoginSettings, ResponseType, Tenant


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
    """What :meth:`finish` needs to trust the browser that comes back.

    Keep it where only that one browser reaches it: a server-side session, or an encrypted cookie. :meth:`to_text`
    and :meth:`from_text` carry it there and back; the text is as secret as the login. ``school`` is the host that was
    asked for.
    """

    state: Secret
    nonce: Secret
    verifier: Secret
    redirect_uri: str
    started: dt.datetime
    school: str | None = None

    def to_text(self) -> str:
        """All of it, secrets included, as text for a session."""
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
        """Read what :meth:`to_text` wrote. Raises :class:`CallbackInvalid` when it is not that."""
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
        raise CallbackInvalid("The pending login that was kept cannot be read")


@frozen
class StartedLogin:
    """Where to send the browser, and what to remember until it comes back."""

    url: str
    pending: PendingLogin

    def __repr__(self) -> str:
        return "<StartedLogin>"  # the address holds state and nonce


@frozen
class Callback:
    """What the browser brought back: the code, and with the hybrid answer an identity token."""

    code: Secret
    id_token: Secret | None = None


def begin(
    settings: LoginSettings,
    endpoints: Endpoints,
    school: Tenant | str | None,
    moment: dt.datetime,
    extra: Mapping[str, str],
) -> StartedLogin:
    """Put the login address together; ``acr_values=tenant:<host>`` chooses the school (several clients)."""
    if settings.redirect_uri is None:
        raise UsageError("redirect_uri is needed for a login", advice="Register one with your accreditation.")
    host = school.host if isinstance(school, Tenant) else school
    pending = PendingLogin(
        state=Secret(settings.random_text()),
        nonce=Secret(settings.random_text()),
        verifier=Secret(settings.random_text()),
        redirect_uri=settings.redirect_uri,
        started=moment,
        school=host,
    )
    parameters = {"nonce": pending.nonce.reveal(), **extra}
    if host is not None:
        parameters["acr_values"] = f"tenant:{host}"
    query = _write_query(settings, pending, parameters)
    joint = "&" if "?" in endpoints.authorization_endpoint else "?"
    return StartedLogin(f"{endpoints.authorization_endpoint}{joint}{query}", pending)


def _write_query(settings: LoginSettings, pending: PendingLogin, parameters: Mapping[str, str]) -> str:
    challenge = WebApplicationClient(settings.client_id).create_code_challenge(pending.verifier.reveal(), "S256")
    # oauthlib refuses loopback over http, so it is given a stand-in; our own addresses have been checked before.
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


def read_callback(
    settings: LoginSettings, endpoints: Endpoints, pending: PendingLogin, callback_url: str, moment: dt.datetime
) -> Callback:
    """What the browser brought back, if it belongs to this pending login.

    The code stands in the query or, with the hybrid answer, in the fragment; both are read, since an application that
    is handed a fragment by its page may put it in either. Raises :class:`CallbackInvalid` for another state, another
    place or another issuer, :class:`ConsentMissing` and its kin for what the server refused.
    """
    parts = urlsplit(callback_url)
    found = dict(parse_qsl(parts.query, keep_blank_values=True)) | dict(parse_qsl(parts.fragment))
    _require_place(pending, callback_url)
    if pending.state != Secret(found.get("state", "")):
        raise CallbackInvalid("The browser came back with the state of another login")
    if "iss" in found and found["iss"].rstrip("/") != endpoints.issuer.rstrip("/"):  # RFC 9207
        raise CallbackInvalid("The browser came back from another login server")
    if (age := (moment - pending.started).total_seconds()) > settings.pending_lifetime or age < -settings.clock_skew:
        raise LoginRequired("The login took longer than a pending login is kept")
    if "error" in found:
        raise explain_callback(found["error"])
    return _read_answer(settings, found)


def _require_place(pending: PendingLogin, callback_url: str) -> None:
    came, expected = urlsplit(callback_url), urlsplit(pending.redirect_uri)
    if (came.scheme, came.netloc, came.path or "/") != (expected.scheme, expected.netloc, expected.path or "/"):
        raise CallbackInvalid("The browser came back to another address than the redirect address")


def _read_answer(settings: LoginSettings, found: Mapping[str, str]) -> Callback:
    if not found.get("code"):
        raise CallbackInvalid("The browser came back without a code")
    if settings.response_type is ResponseType.CODE:
        return Callback(Secret(found["code"]))
    if not found.get("id_token"):
        raise CallbackInvalid("The browser came back without the identity token that was asked for")
    return Callback(Secret(found["code"]), Secret(found["id_token"]))
