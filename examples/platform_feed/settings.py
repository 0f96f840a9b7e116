"""Addresses and accounts of the school, the test results and the platform, for a real or a simulated school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from attrs import field, frozen

from magister_connect.core.secrets import Secret
from magister_connect.errors import UsageError
from magister_connect.store import Store

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
NEEDED: Final = (
    *(
        "MEDIUS_URL",
        "MEDIUS_USERNAME",
        "MEDIUS_PASSWORD",
        "JIJ_WSDL",
        "JIJ_INSTELLINGSCODE",
        "JIJ_SOAP_KEY",
    ),
    *("PLATFORM_URL", "PLATFORM_TOKEN", "EDEXML_FILE", "NUMBER_TABLE", "PROGRAMME_TABLE"),
)
"""The environment variables of a real school.

Without ``MEDIUS_URL``, the simulated school is used.
"""
Clock = Callable[[], dt.datetime]


@frozen(kw_only=True)
class Settings:
    """All settings of a run.

    ``state`` is the folder for stored data; ``store_key`` encrypts the records that wait
    there. ``many_left`` means that a person has checked why so much is gone. The report is
    in ``language``, ``en`` or ``nl``; with ``show_keys`` it contains the numbers that the
    school needs to find a pupil in Magister.
    """

    medius_url: str
    medius_username: str
    medius_password: Secret
    jij_wsdl: str
    jij_instellingscode: str
    jij_soap_key: Secret
    platform_url: str
    platform_token: Secret
    edexml_file: Path
    number_table: Path
    programme_table: Path
    crebo_register: Path | None = None
    state: Path
    now: Clock = field(repr=False)
    store_key: Secret | None = None
    many_left: bool = False
    language: str = "en"
    show_keys: bool = False

    @property
    def today(self) -> dt.date:
        """The day in the Netherlands."""
        return self.now().astimezone(AMSTERDAM).date()

    @property
    def schooljaar(self) -> str:
        """The current school year in the form of EDEXML, such as ``2025-2026``; it begins on 1 August."""
        first = self.today.year if self.today.month >= 8 else self.today.year - 1
        return f"{first}-{first + 1}"

    @property
    def lesperiode(self) -> str:
        """The code of the current school year in Medius, such as ``2526``."""
        return f"{self.schooljaar[2:4]}{self.schooljaar[7:]}"

    @property
    def on_this_machine(self) -> bool:
        """Whether Medius runs on this machine; only then, TLS is not required."""
        return urlsplit(self.medius_url).hostname in {"127.0.0.1", "localhost"}

    @property
    def database(self) -> str:
        """The database of checkpoints, results and deliveries."""
        return f"sqlite:///{self.state / 'school.db'}"


def real_school(
    environment: Mapping[str, str], state: Path, *, edexml: Path | None, now: Clock
) -> Settings:
    """The settings of a real school.

    Raises :class:`UsageError` with the names of missing variables.
    """
    given = {name: environment.get(name, "") for name in NEEDED}
    given["EDEXML_FILE"] = str(edexml or given["EDEXML_FILE"])
    if missing := [name for name, value in given.items() if not value or value == "."]:
        raise UsageError(
            f"Environment variables are missing: {', '.join(missing)}",
            advice="The README explains each variable.",
        )
    return Settings(
        medius_url=given["MEDIUS_URL"],
        medius_username=given["MEDIUS_USERNAME"],
        medius_password=Secret(given["MEDIUS_PASSWORD"]),
        jij_wsdl=given["JIJ_WSDL"],
        jij_instellingscode=given["JIJ_INSTELLINGSCODE"],
        jij_soap_key=Secret(given["JIJ_SOAP_KEY"]),
        platform_url=given["PLATFORM_URL"],
        platform_token=Secret(given["PLATFORM_TOKEN"]),
        edexml_file=Path(given["EDEXML_FILE"]),
        number_table=Path(given["NUMBER_TABLE"]),
        programme_table=Path(given["PROGRAMME_TABLE"]),
        crebo_register=Path(environment["CREBO_REGISTER"])
        if environment.get("CREBO_REGISTER")
        else None,
        state=state,
        now=now,
        store_key=Secret(environment["STORE_KEY"])
        if environment.get("STORE_KEY")
        else None,
    )


@contextmanager
def simulated_school(
    state: Path, *, edexml: Path | None, days_later: int
) -> Generator[Settings, None, None]:
    """A simulated school on this machine, ``days_later`` than its usual day."""
    from magister_connect.sandbox import Sandbox

    with Sandbox(platform_journal=state / "platform.jsonl") as school:
        school.clock.advance(days=days_later)
        yield Settings(
            medius_url=school.medius_url,
            medius_username=school.medius_username,
            medius_password=Secret(school.medius_password),
            jij_wsdl=school.results_wsdl,
            jij_instellingscode=school.instellingscode,
            jij_soap_key=Secret(school.results_key),
            platform_url=school.platform_url,
            platform_token=Secret(school.platform_token),
            edexml_file=edexml or school.edexml_path,
            number_table=school.number_table_path,
            programme_table=school.programme_table_path,
            crebo_register=school.sbb_path,
            state=state,
            now=school.clock,
            store_key=_key_in(state),
        )


def _key_in(state: Path) -> Secret:
    """The key of the simulated school's store, created once.

    Keep the key of a real store outside its database.
    """
    path = state / "store.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(Store.generate_key().reveal(), encoding="utf-8")
    return Secret(path.read_text(encoding="utf-8"))
