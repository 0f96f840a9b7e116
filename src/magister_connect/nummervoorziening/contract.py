"""The contract of Nummervoorziening as this library speaks it: a WSDL written from the published facts."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["contract"]


def contract() -> bytes:
    """The WSDL. Names of operations, actions and fields are documented; those of wrapping elements are not."""
    return files("magister_connect.nummervoorziening").joinpath("contract.wsdl").read_bytes()
