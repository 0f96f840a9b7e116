"""Account, session and privileges: what can be asked."""

from __future__ import annotations

from magister_connect.public_api.account.records import Account, Accountgegevens, Sessie, Versie
from magister_connect.public_api.asking import Single, path_part

__all__ = ["account", "accountgegevens", "sessie", "versie"]


def account() -> Single[Account]:
    """The account that the token belongs to, with its privileges (several clients)."""
    return Single(path="account", kind=Account)


def sessie() -> Single[Sessie]:
    """The current session (several clients)."""
    return Single(path="sessions/current", kind=Sessie)


def accountgegevens(account: int) -> Single[Accountgegevens]:
    """One account in the newer generation (one client)."""
    return Single(path=f"accounts/{path_part(account)}", kind=Accountgegevens)


def versie() -> Single[Versie]:
    """Versions of the school's Magister (one client)."""
    return Single(path="versie", kind=Versie)
