"""Check for optional dependencies before an import of them fails."""

from __future__ import annotations

from importlib.util import find_spec


def require_extra(extra: str, *modules: str) -> None:
    """Raise ``ModuleNotFoundError`` with the command that installs ``extra`` if one of ``modules`` is missing."""
    for module in modules:
        if find_spec(module) is None:
            raise ModuleNotFoundError(
                f"This part of magister-connect needs {module}, which is not installed. "
                f'Install it with: pip install "magister-connect[{extra}]"',
                name=module,
            )
