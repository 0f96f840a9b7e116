"""A login server whose replies are written down, so that a flow is stepped without any server."""

import datetime as dt
import json
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from magister_connect.core.flow import Flow, Reply, Request
from magister_connect.core.secrets import Secret
from magister_connect.login import LoginSettings
from magister_connect.testing import Stepper, json_reply

ISSUER = "https://login.example"
NOW = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
NOTHING = Reply(404, (), b"")
SECRET = "geheim%van:ons"
KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def settings(**changes: Any) -> LoginSettings:
    given: dict[str, Any] = {"client_id": "app", "client_secret": Secret(SECRET), "issuer": ISSUER, **changes}
    return LoginSettings(**given)


def document(**changes: object) -> Reply:
    return json_reply(
        {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/a",
            "token_endpoint": f"{ISSUER}/t",
            "jwks_uri": f"{ISSUER}/k",
            **changes,
        }
    )


def through(flow: Flow[Any], *replies: Reply, now: dt.datetime = NOW) -> tuple[Any, list[Request]]:
    """What a flow comes to when these are the replies, and what it asked for."""
    left, stepper = list(replies), Stepper[Any](flow)
    asked: list[Request] = []
    while not stepper.done:
        if isinstance(stepper.step, Request):
            asked.append(stepper.request)
            stepper.answer(left.pop(0))
        else:
            stepper.answer(now)
    assert not left
    return stepper.result, asked


def form_of(request: Request) -> dict[str, str]:
    assert isinstance(request.body, bytes)
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


KEY_SET = json_reply({"keys": [{**json.loads(ECAlgorithm.to_jwk(KEY.public_key())), "kid": "k1", "use": "sig"}]})
C_HASH = "Ln0sA6lQeuJl7PW1NWiFpQ"  # the left half of SHA-256 of "c"


def identity_token(subject: str, nonce: Secret | None = None, **more: object) -> str:
    moments = {"iat": NOW.timestamp(), "exp": NOW.timestamp() + 300}
    claims = {
        "iss": ISSUER,
        "aud": "app",
        "sub": subject,
        "nonce": nonce.reveal() if nonce else None,
        **moments,
        **more,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, PEM, algorithm="ES256", headers={"kid": "k1"})
