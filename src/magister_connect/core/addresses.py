"""Check which addresses are safe to send secrets to."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from magister_connect.errors import UsageError


def is_secure(address: str) -> bool:
    """Whether an address contains no account and is HTTPS or on loopback."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if "@" in parts.netloc:
        return False
    return (parts.scheme == "https" and bool(host)) or (parts.scheme == "http" and _is_loopback(host))


def require_secure(address: str, where: str) -> None:
    """Raise :class:`UsageError` for an address that is not safe for keys and personal data."""
    if not is_secure(address):
        raise UsageError(
            "The address must begin with https:// and must not contain an account",
            where=where,
            advice="Use https://; plain http:// is allowed for this machine only.",
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
