"""Where nobody has set up logging, the library prints nothing, whether its calls succeed or fail."""

import subprocess
import sys

SCENE = """
import contextlib
import httpx
from magister_connect import MediusClient, ResultsClient, Store
from magister_connect.core.drivers import RetryPolicy
from magister_connect.errors import MagisterConnectError
from magister_connect.sandbox import Sandbox

busy = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(503)))
with contextlib.suppress(MagisterConnectError):
    policy = RetryPolicy(attempts=3, first_wait=0.001)
    MediusClient("https://school.example", username="u", password="p", http=busy, retries=policy).students()
with Sandbox(pupils=4, staff=2) as school, Store("sqlite://", key=Store.generate_key()) as store:
    for password in (school.medius_password, "fout"):
        with MediusClient(
            school.medius_url, username=school.medius_username, password=password, allow_http=True
        ) as medius, contextlib.suppress(MagisterConnectError):
            medius.students()
            list(medius.iter_data("SDS-Medewerker"))
    with ResultsClient(
        school.results_wsdl, product="JIJ", instellingscode=school.instellingscode, soap_key=school.results_key
    ) as results:
        results.pull(store, stamnummers=str.isdigit)
"""


def test_a_program_that_sets_up_no_logging_sees_nothing_of_the_library() -> None:
    ended = subprocess.run([sys.executable, "-c", SCENE], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
