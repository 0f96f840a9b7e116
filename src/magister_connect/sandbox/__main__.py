"""``python -m magister_connect.sandbox``: serve a simulated school until Ctrl-C, and print its addresses."""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import suppress
from threading import Event
from typing import Final

from magister_connect.errors import MagisterConnectError
from magister_connect.sandbox import RunningClock, Sandbox
from magister_connect.sandbox.sandbox import SERVICES
from magister_connect.sandbox.school.programmes import FOUNDED

SHELLS: Final = ("sh", "powershell")
TITLES: Final = {
    "sh": "For the shell in which your script runs",
    "powershell": "For the PowerShell in which your script runs",
}
STORE_KEY: Final = base64.urlsafe_b64encode(b"a key of the simulated school".ljust(32)).decode()
"""The same key in every run, so that a store of yesterday can be opened today. It protects no secret."""


def main() -> None:
    """Run the school on the command line."""
    parser = _parser()
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that SIGTERM ends it like Ctrl-C
    try:
        with (
            suppress(KeyboardInterrupt),
            Sandbox(
                seed=chosen.seed,
                pupils=chosen.pupils,
                founded=chosen.founded,
                clock=RunningClock(chosen.now),
                tls=chosen.tls,
                first_port=chosen.port,
            ) as school,
        ):
            _print_settings(school, chosen.shell, tls=chosen.tls)
            Event().wait()
    except MagisterConnectError as error:
        parser.error(str(error))


def setting(shell: str, name: str, value: str) -> str:
    """Return the line that sets an environment variable, for ``sh`` or ``powershell``."""
    if shell == "powershell":
        quoted = value.replace("'", "''")
        return f"$env:{name} = '{quoted}'"
    return f"export {name}={shlex.quote(value)}"


def _print_settings(school: Sandbox, shell: str, *, tls: bool) -> None:
    for name, value in addresses(school, tls=tls):
        print(f"{name:<22} {value}", flush=True)
    for each in SHELLS if shell == "both" else (shell,):
        print(f"\n{TITLES[each]}:\n", flush=True)
        for name, value in environment(school, tls=tls):
            print(setting(each, name, value), flush=True)
    print("\nCtrl-C stops.", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m magister_connect.sandbox",
        description="Serve the simulated school on this machine until Ctrl-C, and print its addresses and accounts.",
    )
    parser.add_argument(
        "--port",
        type=_port,
        metavar="N",
        help=f"the first of {len(SERVICES)} ports in a row, so that addresses stay the same (any that are free)",
    )
    parser.add_argument("--tls", action="store_true", help="serve over TLS, with an authority of its own")
    parser.add_argument("--pupils", type=_pupils, default=400, metavar="N", help="how many pupils (400)")
    parser.add_argument(
        "--now", type=_moment, metavar="DAY", help="begin on this day, such as 2027-08-01 (that of the machine)"
    )
    parser.add_argument(
        "--founded", type=int, default=FOUNDED, metavar="YEAR", help=f"the year of the founding ({FOUNDED})"
    )
    parser.add_argument(
        "--shell",
        choices=(*SHELLS, "both"),
        default="powershell" if os.name == "nt" else "sh",
        help="for which shell the settings are printed (that of this system)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another school for each number (1)")
    return parser


def _pupils(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a school has one pupil or more")
    return int(text)


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("give a day such as 2027-08-01, or 2027-08-01T08:30") from None


def _port(text: str) -> int:
    last = 65_536 - len(SERVICES)
    if not text.isdecimal() or not 1 <= int(text) <= last:
        raise argparse.ArgumentTypeError(f"the first port is a number from 1 to {last}")
    return int(text)


def environment(school: Sandbox, *, tls: bool) -> Iterator[tuple[str, str]]:
    """Yield the settings that the examples and the scripts of the README read."""
    yield "MEDIUS_URL", school.medius_url
    yield "MEDIUS_USERNAME", school.medius_username
    yield "MEDIUS_PASSWORD", school.medius_password
    yield "JIJ_WSDL", school.results_wsdl
    yield "JIJ_INSTELLINGSCODE", school.instellingscode
    yield "JIJ_SOAP_KEY", school.results_key
    yield "PLATFORM_URL", school.platform_url
    yield "PLATFORM_TOKEN", school.platform_token
    yield "EDEXML_FILE", str(school.edexml_path)
    yield "NUMBER_TABLE", str(school.number_table_path)
    yield "PROGRAMME_TABLE", str(school.programme_table_path)
    yield "STAMNUMMERS_FILE", str(school.stamnummers_path)
    yield "CREBO_REGISTER", str(school.sbb_path)
    yield "STORE_URL", "sqlite:///school.db"  # in the current folder
    yield "STORE_KEY", STORE_KEY
    if tls:
        yield "SSL_CERT_FILE", str(school.ca_path)


def addresses(school: Sandbox, *, tls: bool) -> list[tuple[str, str]]:
    """Return what a person needs to use the school."""
    enrolled = [pupil for pupil, _ in school.school.pupils_on(school.clock.today())]
    found = [
        (
            "school",
            f"{school.school.naam}, {len(enrolled)} pupils, at {school.clock.now():%d-%m-%Y %H:%M}",
        ),
        ("Medius", school.medius_url),
        ("  account", f"{school.medius_username} / {school.medius_password}"),
        ("JIJ! results", school.results_wsdl),
        ("  code and key", f"{school.instellingscode} / {school.results_key}"),
        ("TOA results", school.toa_wsdl),
        ("  code and key", f"{school.instellingscode} / {school.toa_key}"),
        ("Nummervoorziening", school.nummervoorziening_url),
        ("  OIN", school.oin),
        ("login server", school.issuer_url),
        ("  client and secret", f"{school.accounts.client_id} / {school.accounts.client_secret}"),
        ("Public API", school.public_api_url),
        ("  log in as", enrolled[0].loginnaam if enrolled else "nobody today"),
        ("SCIM", school.scim_url),
        ("  bearer token", school.accounts.scim_token),
        ("UWLR", school.uwlr_url),
        ("  name and code", f"{school.accounts.uwlr_klantnaam} / {school.accounts.uwlr_klantcode}"),
        ("  key of the school", school.accounts.uwlr_key),
        ("platform", school.platform_url),
        ("  bearer token", school.platform_token),
        ("RIO LOD API", school.rio_url),
        ("EDEXML file", str(school.edexml_path)),
        ("table of numbers", str(school.number_table_path)),
        ("table of programmes", str(school.programme_table_path)),
        ("register of crebos", str(school.sbb_path)),
    ]
    return [*found, ("certificate authority", str(school.ca_path))] if tls else found


if __name__ == "__main__":
    main()
