"""Changes to an account (RFC 7644, 3.5.2). All of them are made, or none."""

from __future__ import annotations

import json
from typing import Final, Self

from attrs import evolve, field, frozen

from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
from magister_connect.scim.filters import Filter, where

MESSAGE: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
READ_ONLY: Final = frozenset({"id", "meta", "schemas"})


@frozen
class Changes:
    """Changes to make together, in order. Each method returns a longer list.

    >>> Changes().set("userName", "j.jansen").activate()
    <Changes set userName, set active>
    """

    _operations: tuple[tuple[str, str, object], ...] = field(default=(), repr=False)

    def set(self, path: str, value: object) -> Self:
        """Set an attribute to this value."""
        return self._with("replace", path, value)

    def add(self, path: str, value: object) -> Self:
        """Add a value to an attribute with several values."""
        return self._with("add", path, value)

    def remove(self, path: str, which: Filter | None = None) -> Self:
        """Remove an attribute, or only those of its values that match a condition."""
        return self._with("remove", path if which is None else str(where(path).any(which)), None)

    def rename(self, user_name: str) -> Self:
        """Change the login name (official). Raises :class:`UsageError` for an empty one."""
        if not user_name.strip():
            raise UsageError(
                "The login name is empty",
                where="userName",
                advice="Pass a login name. To block an account, call block().",
            )
        return self.set("userName", user_name)

    def activate(self) -> Self:
        """Activate the account (official)."""
        return self.set("active", value=True)

    def block(self) -> Self:
        """Block the account (official)."""
        return self.set("active", value=False)

    def set_password(self, password: str | Secret) -> Self:
        """Set the password (official). It is never shown."""
        secret = password if isinstance(password, Secret) else Secret(password)
        return self._with("replace", "password", secret)

    def to_json(self) -> bytes:
        """Return the message as it is sent, passwords included."""
        if not self._operations:
            raise UsageError(
                "There is nothing to change", advice="Call Changes().set(...) or another method of Changes."
            )
        operations = [_write(*each) for each in self._operations]
        return json.dumps({"schemas": [MESSAGE], "Operations": operations}).encode()

    def __repr__(self) -> str:
        words = {"replace": "set"}
        changes = ", ".join(f"{words.get(kind, kind)} {path.partition('[')[0]}" for kind, path, _ in self._operations)
        return f"<Changes {changes}>"

    def _with(self, kind: str, path: str, value: object) -> Self:
        name = path.partition("[")[0].partition(".")[0]
        if name.lower() in READ_ONLY:
            raise UsageError(f"{name} cannot be written", advice="Leave it out: the server sets it.")
        where(path.partition("[")[0])
        return evolve(self, operations=(*self._operations, (kind, path, value)))


def _write(kind: str, path: str, value: object) -> dict[str, object]:
    if kind == "remove":
        return {"op": kind, "path": path}
    return {"op": kind, "path": path, "value": value.reveal() if isinstance(value, Secret) else value}
