"""Typed clients for the Magister school information system and what stands around it.

Importing this package loads nothing heavy: every room (``medius``, ``results``, ``edexml``, ``identifiers``,
``crosswalk``, ``public_api``, ``scim``, ``store``, ``sandbox``, ...) is loaded when it is first named.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

    from magister_connect import (
        crosswalk,
        edexml,
        errors,
        identifiers,
        login,
        medius,
        nummervoorziening,
        public_api,
        results,
        sandbox,
        scim,
        store,
        testing,
    )

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "crosswalk",
    "edexml",
    "errors",
    "identifiers",
    "login",
    "medius",
    "nummervoorziening",
    "public_api",
    "results",
    "sandbox",
    "scim",
    "store",
    "testing",
]

_ROOMS: Final = frozenset(__all__) - {"__version__"}


def __getattr__(name: str) -> ModuleType:
    if name not in _ROOMS:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS})
