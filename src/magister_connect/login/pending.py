"""A login that has been started and not finished: what has to be remembered while the person is at the school."""

from __future__ import annotations

import datetime as dt
import json
from typing import Self

from attrs import frozen

from magister_connect.errors import CallbackInvalid, MagisterConnectError
from magister_connect.json_records import CamelRecord, parse_json, read_record
from magister_connect.secrets import Secret

__all__ = ["PendingLogin"]


@frozen(kw_only=True, repr=False, slots=False)
class _Written(CamelRecord):
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    started: dt.datetime
    school: str | None = None


@frozen(kw_only=True)
class PendingLogin:
    """What :meth:`finish` needs to trust the browser that comes back.

    Keep it where only that one browser reaches it: a server-side session, or an encrypted cookie. :meth:`to_text`
    and :meth:`from_text` carry it there and back; the text is as secret as the login. ``school`` is the host that was
    asked for.
    """

    state: Secret
    nonce: Secret
    verifier: Secret
    redirect_uri: str
    started: dt.datetime
    school: str | None = None

    def to_text(self) -> str:
        """All of it, secrets included, as text for a session."""
        return json.dumps(
            {
                "state": self.state.reveal(),
                "nonce": self.nonce.reveal(),
                "verifier": self.verifier.reveal(),
                "redirectUri": self.redirect_uri,
                "started": self.started.isoformat(),
                "school": self.school,
            }
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what :meth:`to_text` wrote. Raises :class:`CallbackInvalid` when it is not that."""
        try:
            written = read_record(_Written, parse_json(text.encode(), "the pending login"))
        except MagisterConnectError:
            pass
        else:
            return cls(
                state=Secret(written.state),
                nonce=Secret(written.nonce),
                verifier=Secret(written.verifier),
                redirect_uri=written.redirect_uri,
                started=written.started,
                school=written.school,
            )
        raise CallbackInvalid("The pending login that was kept cannot be read")
