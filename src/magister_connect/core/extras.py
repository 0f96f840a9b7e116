"""Check for optional dependencies before an import of them fails."""

from __future__ import annotations

from importlib.util import find_spec


def require_extra(extra: str, *modules: str) -> None:
    """Raise ``ModuleNotFoundError`` with the command that installs ``extra`` if one of ``modules`` is missing."""
    for module in modules:
        if find_spec(module) is None:
            raise ModuleNotFoundError(
                f"This part of magister-connect needs {module}, which is not installed. "
                f"Install it with: {install_command(extra)}",
                name=module,
            )


def install_command(extra: str) -> str:
    """What installs ``extra``: from a package index, and from a checkout, where the package may not be published."""
    return f'pip install "magister-connect[{extra}]" (in a checkout: pip install ".[{extra}]")'
