"""The rules, tested with records."""

import pytest
from class_lists import as_csv, group_by_class

from magister_connect.medius import Student


@pytest.mark.parametrize(
    ("students", "expected"),
    [
        ([], {}),
        (
            [Student("10002", klas="1a"), Student("10001", klas="1a")],
            {"1a": ("10001", "10002")},
        ),
        (
            [Student("10001", klas="1b"), Student("10002", klas="1a")],
            {"1a": ("10002",), "1b": ("10001",)},
        ),
        ([Student("10001", klas="1a"), Student("10001", klas="1a")], {"1a": ("10001",)}),
        ([Student("10001")], {}),
    ],
    ids=["nobody", "in order", "two classes", "two enrolments", "no class"],
)
def test_pupils_are_grouped(
    students: list[Student], expected: dict[str, tuple[str, ...]]
) -> None:
    assert group_by_class(students) == expected


def test_the_platform_gets_classes_and_numbers() -> None:
    assert as_csv({"1a": ("10001", "10002")}).splitlines() == [
        "klas,stamnummer",
        "1a,10001",
        "1a,10002",
    ]
