"""A contract and a WSDL held against each other, and contracts proposed from a WSDL."""

from typing import Any

import anyio
import pytest

from magister_connect.errors import ContractMismatch, UsageError
from magister_connect.results import HAND_WRITTEN, Contract, ContractDiff, check_contract
from magister_connect.sandbox import ResultsSwitches
from magister_connect.sandbox.results.wsdl import wsdl
from tests.results.world import ADDRESS, KINDS, World

PLAIN = wsdl(ResultsSwitches(), ADDRESS)
OTHER_NAME = HAND_WRITTEN.evolve(operation="fetch_submissions")


def checked(world: World) -> ContractDiff:
    """What either client says of the contract."""
    if world.kind == "blocking":
        return world.client().check()
    return anyio.run(world.async_client().check)


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_holds_the_contract_against_the_service_and_asks_for_nothing_else(kind: str) -> None:
    world = World(kind=kind)
    found = checked(world)
    assert (bool(found), str(found)) == (False, "The service fits the contract hand-written")
    world.contract = OTHER_NAME
    found = checked(world)
    assert found
    assert "there is no operation fetch_submissions (there is: get_results)" in str(found)
    assert world.requests == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_contract_that_does_not_fit_is_refused_before_the_first_request(kind: str) -> None:
    world = World(kind=kind, contract=OTHER_NAME)
    with pytest.raises(ContractMismatch, match=r"fetch_submissions.*Contract\.from_wsdl\(\)"):
        world.pull()
    assert world.requests == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_shows_its_connection_and_not_its_key(kind: str) -> None:
    world = World(kind=kind)
    client: Any = world.client() if kind == "blocking" else world.async_client()
    assert repr(client).endswith(f"ResultsClient JIJ ZAND at {ADDRESS}>")
    assert str(client.connection) == "JIJ ZAND"


def test_credentials_in_a_header_need_one_in_the_wsdl() -> None:
    found = check_contract(PLAIN, HAND_WRITTEN.evolve(credentials={"key": "header:authentication/key"}))
    assert "the operation takes no header authentication" in found.blocking


def test_a_contract_without_a_name_for_what_is_needed_does_not_fit() -> None:
    found = check_contract(
        PLAIN, HAND_WRITTEN.evolve(fields={"stamnummer": ("username",), "modified_at": ("modified",)})
    )
    assert found.blocking == ("a record has no submission_nr under any of its names (it names none)",)


def test_what_lists_nothing_has_no_contract() -> None:
    proposal = Contract.from_wsdl(PLAIN.replace(b'maxOccurs="unbounded"', b'maxOccurs="1"'))
    assert proposal.contract is None
    assert str(proposal) == "No contract can be proposed\nnot placed: the operation get_results"


def test_a_proposal_says_which_of_our_fields_nothing_looks_like() -> None:
    proposal = Contract.from_wsdl(PLAIN.replace(b'name="modified"', b'name="colour"'))
    assert proposal.contract is not None
    assert proposal.contract.cursor_field == "graded_at"
    assert "our modified_at: no field looks like it" in proposal.unplaced


@pytest.mark.parametrize("name", ["limit", "page_size", "timestamp_seconds"])
@pytest.mark.parametrize("number", [0, -1])
def test_a_number_below_one_is_no_setting_of_a_contract(name: str, number: int) -> None:
    with pytest.raises(UsageError, match="below 1") as raised:
        HAND_WRITTEN.evolve(**{name: number})
    assert raised.value.where == name
