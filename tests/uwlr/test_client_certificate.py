"""A client certificate, as ESIS asks for it: shown by the HTTP client of the user, and turned away without."""

import httpx
import pytest

from magister_connect.core.drivers.retrying import NO_RETRIES
from magister_connect.errors import ConnectionFailed, UsageError
from magister_connect.sandbox import Sandbox, UwlrSwitches
from magister_connect.uwlr import PupilData, UwlrClient
from tests.uwlr.test_las import YEAR


def test_a_service_that_asks_for_a_certificate_is_asked_with_one() -> None:
    with Sandbox(pupils=4, staff=4, tls=True, uwlr=UwlrSwitches(way="esis", client_certificate=True)) as school:
        for shown in (True, False):
            context = school.client_context()
            if shown:
                context.load_cert_chain(school.client_certificate)
            accounts = school.accounts
            with (
                httpx.Client(verify=context) as http,
                UwlrClient(
                    school.uwlr_url,
                    accounts.uwlr_klantnaam,
                    accounts.uwlr_klantcode,
                    school.uwlr.keys,
                    http=http,
                    retries=NO_RETRIES,
                    clock=school.clock,
                ) as uwlr,
            ):
                if shown:
                    assert isinstance(uwlr.pupils(school.school.brin, YEAR), PupilData)
                else:
                    with pytest.raises(ConnectionFailed):
                        uwlr.pupils(school.school.brin, YEAR)
        assert school.client_certificate.stat().st_mode & 0o077 == 0


def test_a_client_certificate_needs_tls() -> None:
    with pytest.raises(UsageError, match="tls=True"):
        Sandbox(pupils=4, uwlr=UwlrSwitches(client_certificate=True))
