"""What your own test suite needs: a simulated school, scripted clients, stepped flows, and proof of privacy.

The pytest plugin (:mod:`magister_connect.testing.plugin`) is found by itself once the package is installed.
"""

from magister_connect.testing.privacy import assert_no_personal_numbers
from magister_connect.testing.replies import (
    cut_off,
    html_page,
    json_reply,
    medius_error,
    medius_exception,
    medius_refusal,
    medius_session,
    medius_table,
    public_api_page,
    public_api_refusal,
    results_batch,
    results_contract,
    scim_page,
    scim_refusal,
    soap_fault,
    soap_reply,
    unavailable,
)
from magister_connect.testing.script import Script, Sent, Trouble
from magister_connect.testing.stepping import Stepper, play

__all__ = [
    "Script",
    "Sent",
    "Stepper",
    "Trouble",
    "assert_no_personal_numbers",
    "cut_off",
    "html_page",
    "json_reply",
    "medius_error",
    "medius_exception",
    "medius_refusal",
    "medius_session",
    "medius_table",
    "play",
    "public_api_page",
    "public_api_refusal",
    "results_batch",
    "results_contract",
    "scim_page",
    "scim_refusal",
    "soap_fault",
    "soap_reply",
    "unavailable",
]
