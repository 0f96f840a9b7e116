"""The classes of a school and their pupils."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from magister_connect.medius import Student

__all__ = ["as_csv", "group_by_class"]


def group_by_class(students: Iterable[Student]) -> dict[str, tuple[str, ...]]:
    """The stamnummers in each class, in order.

    A pupil with two enrolments in one class counts once.
    """
    classes: defaultdict[str, set[str]] = defaultdict(set)
    for student in students:
        if student.klas:
            classes[student.klas].add(student.stamnummer)
    return {klas: tuple(sorted(classes[klas])) for klas in sorted(classes)}


def as_csv(classes: Mapping[str, Sequence[str]]) -> str:
    """One line for each pupil. The platform gets only the stamnummer."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["klas", "stamnummer"])
    writer.writerows(
        (klas, stamnummer) for klas, members in classes.items() for stamnummer in members
    )
    return text.getvalue()
