"""Draw which codes are valid until when: one bar for each code, as an SVG that needs no other file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final, Literal, TypeAlias

from magister_connect.codes.tables import C
from magister_connect.crosswalk import Period, Successors, standing_of
from magister_connect.crosswalk.links import require_day
from magister_connect.errors import Reason

Language: TypeAlias = Literal["en", "nl"]

_WIDTH, _ROW, _LEFT, _RIGHT, _TOP = 800, 26, 80, 250, 30
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:currentColor}.axis{stroke:currentColor;opacity:.2}.today{stroke:#c0392b;"
    "stroke-width:1.5}.holds{fill:#2a7d5f}.expired{fill:#b3541e}.not_yet_valid{fill:#8a8f99}.unknown{fill:none;stroke:"
    "currentColor;stroke-dasharray:4 3;opacity:.6}.soft{opacity:.75}"
)


def draw_validity(
    register: Mapping[C, Sequence[Period]],
    codes: Iterable[C] | None = None,
    *,
    as_of: dt.date,
    successors: Successors | None = None,
    language: Language = "en",
) -> str:
    """Return an SVG with a bar for each code: when it is valid, its status on ``as_of``, and what replaced it.

    ``codes`` are the codes to draw, in order, such as those of your own table; by default the whole register. Write the
    SVG to a file, include it in a page, or return ``HTML(svg)`` in a notebook. It uses the text colour around it.
    """
    require_day(as_of, "as_of")
    shown = tuple(dict.fromkeys(register if codes is None else codes))
    axis = _Axis([period for code in shown for period in register.get(code, ())], as_of)
    height = _TOP + _ROW * len(shown) + 8
    parts = [*axis.lines(height)]
    for place, code in enumerate(shown):
        heirs = () if successors is None else successors.after(code, as_of)
        parts += _bar(axis, _TOP + _ROW * place, code, register, as_of, [str(one.new) for one in heirs], language)
    label = _LABEL[language].format(count=len(shown), day=as_of)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="100%" role="img" '
        f'aria-label="{label}"><style>{_STYLE}</style>{"".join(parts)}</svg>'
    )


class _Axis:
    """Converts days to positions: from the first year until the year after the last one, or after the day."""

    def __init__(self, periods: Iterable[Period], as_of: dt.date) -> None:
        days = [day for period in periods for day in (period.begin, period.end) if day is not None]
        self.first = dt.date(min([*days, as_of]).year, 1, 1)
        self.last = dt.date(min(max([*days, as_of]).year + 1, dt.MAXYEAR), 12, 31)
        self.today = as_of

    def at(self, day: dt.date) -> float:
        share = (day - self.first).days / (self.last - self.first).days
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def lines(self, height: int) -> Iterable[str]:
        years = self.last.year - self.first.year + 1
        for year in range(self.first.year, self.last.year + 1, -(-years // 8)):
            x = self.at(dt.date(year, 1, 1))
            yield f'<line class="axis" x1="{x}" x2="{x}" y1="20" y2="{height}"/><text x="{x}" y="14">{year}</text>'
        x = self.at(self.today)
        yield f'<line class="today" x1="{x}" x2="{x}" y1="20" y2="{height}"><title>{self.today}</title></line>'


def _bar(
    axis: _Axis,
    top: int,
    code: C,
    register: Mapping[C, Sequence[Period]],
    as_of: dt.date,
    heirs: Sequence[str],
    language: Language,
) -> Iterable[str]:
    standing = standing_of(code, register, as_of)
    style = standing.reason or "holds"
    yield f'<text x="0" y="{top + 16}">{escape(str(code))}</text>'
    periods = register.get(code, ())
    for period in periods:
        begin, end = axis.at(period.begin or axis.first), axis.at(period.end or axis.last)
        width = round(max(end - begin, 1), 1)
        yield (
            f'<rect class="{style}" x="{begin}" y="{top + 4}" width="{width}" height="14" rx="2">'
            f"<title>{escape(str(code))}: {period.begin or ''} to {period.end or ''}</title></rect>"
        )
    if not periods:
        yield f'<rect class="unknown" x="{_LEFT}" y="{top + 4}" width="{_WIDTH - _LEFT - _RIGHT}" height="14" rx="2"/>'
    key = standing.reason or ("until" if standing.day else "valid")
    words = _WORDS[language][key].format(day=standing.day)
    if heirs:
        words += _NOW[language].format(code=heirs[0]) + (_OTHERS[language] if len(heirs) > 1 else "")
    yield f'<text class="soft" x="{_WIDTH - _RIGHT + 8}" y="{top + 16}">{escape(words)}</text>'


_LABEL: Final = {"en": "Validity of {count} codes, as of {day}", "nl": "Geldigheid van {count} codes, op {day}"}
_NOW: Final = {"en": ", now {code}", "nl": ", nu {code}"}
_OTHERS: Final = {"en": " and others", "nl": " en andere"}
_WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "valid": "valid",
        "until": "until {day}",
        Reason.EXPIRED: "expired on {day}",
        Reason.NOT_YET_VALID: "from {day}",
        Reason.UNKNOWN: "not in the register",
    },
    "nl": {
        "valid": "geldig",
        "until": "tot {day}",
        Reason.EXPIRED: "vervallen op {day}",
        Reason.NOT_YET_VALID: "vanaf {day}",
        Reason.UNKNOWN: "niet in het register",
    },
}
