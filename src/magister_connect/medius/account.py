"""The address of a school's Medius service, and an account of its web services."""

from __future__ import annotations

import warnings
from typing import Final
from urllib.parse import urlsplit

from attrs import field, frozen

from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError

FUNCTION_PATH: Final = "/doc"  # most known clients call it here; "/" is documented as well


@frozen
class Account:
    """A web service account of one school.

    - ``origin``: scheme, host and port.
    - ``path``: the path of the library functions.
    - ``stateless``: sends name and password with every call instead of a session token. Observed: every argument that
      takes a token also takes ``user;password``.
    """

    origin: str
    path: str
    username: str
    password: Secret = field(repr=False)
    stateless: bool = False

    @property
    def address(self) -> str:
        """The address of the library functions."""
        return f"{self.origin}{self.path}"

    @property
    def credentials(self) -> Secret:
        """``user;password``, sent instead of a session token."""
        return Secret(f"{self.username};{self.password.reveal()}")


def account_at(
    address: str, username: str, password: str | Secret, *, stateless: bool = False, allow_http: bool = False
) -> Account:
    """Check the parts of an account, and return it.

    ``address`` is ``https://school.swp.nl:8800``, with or without ``/doc``.

    Raises :class:`UsageError` if the address contains a query, a fragment or credentials, or is plain ``http://``
    without ``allow_http``. Also raises it for an empty name or password. Warns if a stateless account has a ``;`` in
    its password: it is unknown how the server splits ``user;password``.
    """
    origin, path = _split_address(address, allow_http=allow_http)
    secret = password if isinstance(password, Secret) else Secret(password)
    if not username or not secret:
        raise UsageError("The web service account needs a name and a password; one of them is empty")
    if stateless:
        _look_at_separator(username, secret)
    return Account(origin, path, username, secret, stateless)


def _split_address(address: str, *, allow_http: bool) -> tuple[str, str]:
    advice = "Write it as https://school.swp.nl:8800."
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in {"https", "http"} or not host:
        raise UsageError("This is not the address of a web service", advice=advice)
    if parts.query or parts.fragment or "@" in parts.netloc or address.endswith(("?", "#")):
        raise UsageError("The address must not contain a query, a fragment or an account", where=host, advice=advice)
    if parts.scheme == "http" and not allow_http:
        raise UsageError(
            "The address is not encrypted, so the password would be readable",
            where=host,
            advice="Use https://, or pass allow_http=True for a server on this machine.",
        )
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/") or FUNCTION_PATH


def _look_at_separator(username: str, password: Secret) -> None:
    if ";" in username:
        raise UsageError("A name with ';' cannot be sent as user;password", advice="Use a session: stateless=False.")
    if ";" in password.reveal():
        warnings.warn(
            "The password holds ';', and how the service splits user;password is unknown: use a session",
            UserWarning,
            stacklevel=5,
        )
