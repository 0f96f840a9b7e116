"""What a room needs beside what every installation has, told before an import fails somewhere inside."""

from __future__ import annotations

from importlib.util import find_spec


def require_extra(extra: str, *modules: str) -> None:
    """Raise ``ModuleNotFoundError`` with what to install, where one of ``modules`` is not there."""
    for module in modules:
        if find_spec(module) is None:
            raise ModuleNotFoundError(
                f"This part of magister-connect needs {module}, which is not installed. The move is yours. "
                f'Install it with what belongs to it: pip install "magister-connect[{extra}]"',
                name=module,
            )
