"""Every switch of the simulated web interface is documented."""

from pathlib import Path

from attrs import fields

from magister_connect.sandbox import PublicApiSwitches


def test_every_switch_is_in_the_table_of_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    names = {each.name for each in fields(PublicApiSwitches)}
    assert {name for name in names if f"`{name}`" not in text} == set()
