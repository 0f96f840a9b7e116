"""A certificate authority for the lifetime of a sandbox, with certificates for loopback and for a client."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import Final

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VALID: Final = (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2049, 12, 31, tzinfo=dt.UTC))
_HOSTS: Final = ("localhost",)
_ADDRESSES: Final = (ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"))


@frozen
class Certificates:
    """The certificate files: the authority that clients trust, and certificates with keys for server and client."""

    authority: Path
    server: Path
    client: Path

    @classmethod
    def made_in(cls, folder: Path) -> Certificates:
        """Create an authority, a certificate for 127.0.0.1, ::1 and localhost, and one for a client."""
        authority_key = ec.generate_private_key(ec.SECP256R1())
        authority = _authority(authority_key)
        made = cls(folder / "authority.pem", folder / "server.pem", folder / "client.pem")
        made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
        for path, purpose in (
            (made.server, ExtendedKeyUsageOID.SERVER_AUTH),
            (made.client, ExtendedKeyUsageOID.CLIENT_AUTH),
        ):
            key = ec.generate_private_key(ec.SECP256R1())
            path.touch(0o600)
            path.write_bytes(
                _leaf(key, authority_key, purpose).public_bytes(serialization.Encoding.PEM) + _key_text(key)
            )
        return made

    def server_context(self, *, asks_client: bool = False) -> ssl.SSLContext:
        """Return the context of a server. With ``asks_client``, a client needs a certificate of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        if asks_client:
            context.load_verify_locations(self.authority)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client_context(self) -> ssl.SSLContext:
        """Return the context of a client that trusts only this authority: ``httpx.Client(verify=context)``."""
        return ssl.create_default_context(cafile=str(self.authority))


def _builder(common_name: str, issuer: str) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common_name))
        .issuer_name(_name(issuer))
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID[0])
        .not_valid_after(_VALID[1])
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


_AUTHORITY: Final = "magister-connect sandbox authority"


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        _builder(_AUTHORITY, _AUTHORITY)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    key: ec.EllipticCurvePrivateKey, authority_key: ec.EllipticCurvePrivateKey, purpose: x509.ObjectIdentifier
) -> x509.Certificate:
    names = [*map(x509.DNSName, _HOSTS), *map(x509.IPAddress, _ADDRESSES)]
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    return (
        _builder("magister-connect sandbox", _AUTHORITY)
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _key_text(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
