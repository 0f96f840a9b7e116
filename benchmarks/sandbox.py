"""The cost to create the simulated school, now and after many years."""

import datetime as dt

from benchmarks.figure import Figure, cpu_ratio

NOW, LATER = dt.date(2025, 11, 20), dt.date(2035, 11, 20)
PUPILS = 400


def made_until(day: dt.date) -> None:
    """Create the school, and everybody who is enrolled on a day."""
    from magister_connect.sandbox import School

    for _ in School.seeded(pupils=PUPILS).pupils_on(day):
        pass


def over_drawing_people() -> float:
    """The school with its pupils and enrolments, over generating the fields of the same number of people."""
    from magister_connect.sandbox.school.dice import Dice
    from magister_connect.sandbox.school.people import draw_person

    def people() -> None:
        for number in range(PUPILS):
            draw_person(Dice(1, number), number, "school.example", (NOW, LATER))

    return cpu_ratio(lambda: made_until(NOW), people)


def ten_years_later() -> float:
    """The school ten years later, with all changes, over the school now."""
    return cpu_ratio(lambda: made_until(LATER), lambda: made_until(NOW))


FIGURES = (
    Figure("a school of 400 pupils, over drawing 400 people", "at most 3.6", over_drawing_people),
    Figure("the same school ten years later, over now", "at most 1.8", ten_years_later),
)
