"""The guard that keeps every test on this machine does guard."""

import os
import socket

import pytest

# Addresses set apart for documentation: should the guard fail, nobody is bothered.
OUTSIDE = [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET, "10.0.0.1"), (socket.AF_INET6, "2001:db8::1")]


@pytest.mark.parametrize(("family", "host"), OUTSIDE)
def test_a_socket_does_not_leave_this_machine(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as outward:
        outward.settimeout(0.1)
        with pytest.raises(RuntimeError, match="loopback"):
            outward.connect((host, 80))


@pytest.mark.parametrize("name", ["example.com", b"school.example", "192.0.2.1"])
def test_no_name_is_looked_up(name: str | bytes) -> None:
    with pytest.raises(RuntimeError, match="look no names up"):
        socket.getaddrinfo(name, 80)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", None])
def test_loopback_may_be_used(name: str | None) -> None:
    assert socket.getaddrinfo(name, 80)


def test_proxies_of_the_machine_play_no_part() -> None:
    assert [name for name in os.environ if name.lower().endswith("_proxy")] == []
