"""``python -m magister_connect.sandbox``: addresses and accounts of the simulated school, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
from contextlib import suppress
from threading import Event

from magister_connect.sandbox import Sandbox


def main() -> None:
    """Run the school for a person."""
    parser = argparse.ArgumentParser(prog="python -m magister_connect.sandbox", description=__doc__)
    parser.add_argument("--tls", action="store_true", help="serve over TLS, with an authority of its own")
    parser.add_argument("--pupils", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever stops a service politely gets the same end
    with suppress(KeyboardInterrupt), Sandbox(seed=chosen.seed, pupils=chosen.pupils, tls=chosen.tls) as school:
        for name, value in addresses(school, tls=chosen.tls):
            print(f"{name:<22} {value}", flush=True)
        print("Ctrl-C stops.", flush=True)
        Event().wait()


def addresses(school: Sandbox, *, tls: bool) -> list[tuple[str, str]]:
    """What a person needs to use the school."""
    found = [
        (
            "school",
            f"{school.school.naam}, {len(school.school.leerlingen)} pupils, at {school.clock.now():%d-%m-%Y %H:%M}",
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
        ("  log in as", next(iter(school.school.leerlingen.values())).loginnaam),
        ("SCIM", school.scim_url),
        ("  bearer token", school.accounts.scim_token),
        ("platform", school.platform_url),
        ("  bearer token", school.platform_token),
        ("EDEXML file", str(school.edexml_path)),
        ("table of numbers", str(school.number_table_path)),
        ("table of programmes", str(school.programme_table_path)),
    ]
    return [*found, ("certificate authority", str(school.ca_path))] if tls else found


if __name__ == "__main__":
    main()
