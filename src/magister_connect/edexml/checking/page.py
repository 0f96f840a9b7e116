"""Write the report as an HTML page: first what is wrong and who fixes it, then the findings, then completeness.

Each severity has a symbol and a word besides its colour. The reader can sort the findings and filter them by severity
and by who fixes them. Without scripts, everything is visible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

import attrs

from magister_connect.core.html import page
from magister_connect.edexml.checking.advice import Fixer, Language
from magister_connect.edexml.checking.causes import REVEALS, CauseGroup, FindingGroup, count_in_words
from magister_connect.edexml.checking.completeness import PROFILES, Completeness, Coverage
from magister_connect.edexml.checking.dutch import translated
from magister_connect.edexml.findings import Severity

SIGNS: Final = {
    Severity.ERROR: "\u2715",
    Severity.WARNING: "\u25b2",
    Severity.HINT: "\u25cf",
    Severity.PRIVACY: "\u25c6",
}
_STYLE: Final = """
.verdict { font-size: 1.15rem; font-weight: 600; }
.verdict.good { color: var(--good); }
.who, .purposes { display: grid; gap: .7rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr)); }
.who > div, .purposes > section, .card { background: var(--card); border: 1px solid var(--line);
  border-radius: .6rem; padding: .7rem .9rem; }
.who ul { list-style: none; margin: .2rem 0 0; padding: 0; }
.who li { color: var(--ink); padding-left: 1.3rem; text-indent: -1.3rem; }
.mark { font-weight: 600; white-space: nowrap; display: inline-block; text-indent: 0; min-width: 1.3rem; }
.mark.error { color: var(--bad); } .mark.warning { color: var(--wait); }
.mark.hint { color: var(--soft); } .mark.privacy { color: var(--private); }
.card { margin: .7rem 0; border-left-width: .3rem; color: var(--ink); }
.card.error { border-left-color: var(--bad); } .card.warning { border-left-color: var(--wait); }
.card.privacy { border-left-color: var(--private); }
.card h3, .purposes h3 { font-size: 1rem; margin: .1rem 0 .3rem; }
.card dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .8rem; margin: .4rem 0 0; }
.card dt { color: var(--soft); } .card dd { margin: 0; overflow-wrap: anywhere; }
.card ul { margin: .2rem 0 0; padding-left: 1.1rem; }
.card .group { border-top: 1px solid var(--line); margin-top: .6rem; padding-top: .6rem; color: var(--ink); }
.path { font-family: ui-monospace, monospace; font-size: .86rem; overflow-wrap: anywhere; }
.tools { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; align-items: center; margin: .6rem 0; }
.tools select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: .4rem; padding: .15rem .4rem; }
.fill { display: grid; grid-template-columns: 1fr auto; gap: 0 .8rem; margin: .3rem 0; }
.fill span:first-child { overflow-wrap: anywhere; } .fill meter { grid-column: 1 / -1; width: 100%; }
.notice { border-left: .3rem solid var(--private); padding: .3rem .9rem; background: var(--card); }
@media (max-width: 40rem) { .card dl { grid-template-columns: 1fr; } .card dd { margin-bottom: .3rem; } }
@media print { .tools { display: none; } .group, .card dl, .who > div, .purposes > section { break-inside: avoid; } }
"""
_SCRIPT: Final = """
for (const tools of document.querySelectorAll(".tools")) tools.addEventListener("change", () => {
  const list = document.getElementById("findings"), [severity, fixer, order] = tools.querySelectorAll("select");
  const cards = [...list.children];
  for (const card of cards) card.hidden = (severity.value && card.dataset.severity !== severity.value)
    || (fixer.value && card.dataset.fixer !== fixer.value);
  const value = (card) => order.value === "number" ? -card.dataset.number : order.value === "element"
    ? card.dataset.element : +card.dataset.order;
  cards.sort((a, b) => value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a.dataset.order - b.dataset.order);
  list.append(...cards);
});
"""


@attrs.frozen
class PageContent:
    """The contents of the page. Heading, consequence and the last lines are in the language of the page."""

    heading: str
    verdict: str
    ok: bool
    consequence: str
    counts: Mapping[Severity, int]
    causes: tuple[CauseGroup, ...]
    more: tuple[str, ...]
    completeness: Completeness


def page_of(content: PageContent, language: Language, *, reveal: bool) -> str:
    """Return the page as HTML."""
    return page(
        content.heading,
        *_parts(content, language, reveal=reveal),
        language=language,
        style=_STYLE,
        script=_SCRIPT,
    )


def _parts(content: PageContent, language: Language, *, reveal: bool) -> Iterator[str]:
    causes = content.causes
    counted = [(severity, count) for severity, count in content.counts.items() if count]
    name = content.heading.rpartition(", is ")[0]
    yield f"<h1>{escape(name)}</h1>"
    sign = "\u2713" if content.ok else SIGNS[Severity.ERROR]
    good = " good" if content.ok else " error"
    yield f'<p class="verdict{good}">{sign} {escape(translated(content.verdict, language).capitalize())}</p>'
    yield f"<p>{escape(content.consequence)}</p>"
    yield (
        "<p>"
        + " \u00b7 ".join(_mark(severity, count_in_words(severity, count, language)) for severity, count in counted)
        + "</p>"
    )
    if reveal:
        yield f'<p class="notice">{escape(translated(REVEALS, language))}</p>'
    yield f"<h2>{escape(translated('What is wrong, and who fixes it', language))}</h2>"
    if not causes:
        yield f"<p>{escape(translated('Nothing was found.', language))}</p>"
    else:
        yield f'<div class="who">{"".join(_tasks_by_fixer(causes, language))}</div>'
        yield f"<h2>{escape(translated('Findings', language))}</h2>"
        yield _tools(causes, language)
        cards = (_card(one, order, language, reveal=reveal) for order, one in enumerate(causes))
        yield f'<div id="findings">{"".join(cards)}</div>'
    yield from (f"<p>{escape(line)}</p>" for line in content.more)
    yield from _completeness(content, language)


def _mark(severity: Severity, words: str) -> str:
    return f'<span class="mark {severity.value}">{SIGNS[severity]} {escape(words)}</span>'


def _tasks_by_fixer(causes: tuple[CauseGroup, ...], language: Language) -> Iterator[str]:
    """Yield for each person who can fix something what to fix, the most serious first."""
    for fixer in Fixer:
        theirs = [one for one in causes if one.remedy.fixer is fixer]
        if not theirs:
            continue
        items = "".join(
            f'<li class="{one.severity.value}">{_mark(one.severity, "")}{escape(one.title(language))}</li>'
            for one in theirs[:3]
        )
        more = f"<li>{escape(translated(f'and {len(theirs) - 3} more', language))}</li>" if len(theirs) > 3 else ""
        name = translated(fixer.value, language).capitalize()
        yield f"<div><b>{escape(name)}</b><ul>{items}{more}</ul></div>"


def _tools(causes: tuple[CauseGroup, ...], language: Language) -> str:
    severities = [(severity.value, translated(severity.value, language)) for severity in Severity]
    severities = [(value, words) for value, words in severities if any(one.severity.value == value for one in causes)]
    fixers = [(fixer.value, translated(fixer.value, language)) for fixer in Fixer]
    fixers = [(value, words) for value, words in fixers if any(one.remedy.fixer.value == value for one in causes)]
    orders = [(value, translated(value, language)) for value in ("severity", "number", "element")]
    everything = ("", translated("all", language))
    return (
        '<div class="tools">'
        + _choice(translated("Show", language), [everything, *severities])
        + _choice(translated("Who", language), [everything, *fixers])
        + _choice(translated("Sort by", language), orders)
        + "</div>"
    )


def _choice(name: str, options: list[tuple[str, str]]) -> str:
    inside = "".join(f'<option value="{escape(value)}">{escape(words)}</option>' for value, words in options)
    return f"<label>{escape(name)} <select>{inside}</select></label>"


def _card(one: CauseGroup, order: int, language: Language, *, reveal: bool) -> str:
    severity, first = one.severity, one.groups[0]
    times = first.times(language) if one.cause is None else _follows(one, language)
    rows = [
        (translated("Who", language), escape(translated(one.remedy.fixer.value, language).capitalize())),
        (translated("To do", language), escape(one.remedy.text(language))),
    ]
    if one.cause is None:
        rows.append((translated("Where", language), _places(first, language, reveal=reveal)))
    below = "".join(_below(group, language, reveal=reveal) for group in one.groups) if one.cause is not None else ""
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in rows)
    data = (
        f'data-severity="{severity.value}" data-fixer="{one.remedy.fixer.value}" data-number="{one.number}" '
        f'data-element="{escape(first.element)}" data-order="{order}"'
    )
    mark = _mark(severity, translated(severity.value, language))
    code = f' \u00b7 <span class="soft">{escape(first.first.code)}</span>' if one.cause is None else ""
    head = f"<p>{mark} \u00b7 {escape(times)}{code}</p><h3>{escape(one.title(language))}</h3>"
    return f'<article class="card {severity.value}" {data}>{head}<dl>{facts}</dl>{below}</article>'


def _follows(one: CauseGroup, language: Language) -> str:
    number = one.number
    return translated("1 finding has this cause" if number == 1 else f"{number} findings have this cause", language)


def _below(group: FindingGroup, language: Language, *, reveal: bool) -> str:
    mark = _mark(group.severity, translated(group.severity.value, language))
    head = f"{mark} \u00b7 {escape(group.times(language))} \u00b7 <span class='soft'>{escape(group.first.code)}</span>"
    places = _places(group, language, reveal=reveal)
    words = escape(group.first.words(language))
    return f'<div class="group"><p>{head}</p><p>{words}</p>{places}</div>'


def _places(group: FindingGroup, language: Language, *, reveal: bool) -> str:
    element = f'<span class="path">{escape(group.element)}</span>' if group.element else ""
    places = "".join(f"<li>{escape(place)}</li>" for place in group.places(language, reveal=reveal))
    return f'{element}<ul class="soft">{places}</ul>' if places else element


def _completeness(content: PageContent, language: Language) -> Iterator[str]:
    yield f"<h2>{escape(translated('Completeness', language))}</h2>"
    words = translated("What each purpose needs, and for how many people the file has it.", language)
    yield f'<p>{escape(words)}</p><div class="purposes">'
    for name in PROFILES:
        needs = [one for one in content.completeness.coverage(name) if one.of]
        title = escape(translated(name, language).capitalize())
        inside = "".join(_fill(one, language) for one in needs)
        nobody = escape(translated("The file has no people of this kind", language))
        yield f"<section><h3>{title}</h3>{inside or f'<p class=soft>{nobody}</p>'}</section>"
    yield "</div>"


def _fill(one: Coverage, language: Language) -> str:
    fields = translated(" or ", language).join(one.fields)
    words = escape(f"{one.kind}: {fields}")
    number = escape(translated(f"{one.filled} of {one.of}", language))
    mark = ' class="warning"' if one.filled < one.of else ""
    meter = f'<meter min="0" max="{one.of}" value="{one.filled}" aria-label="{words}">{number}</meter>'
    return f'<div class="fill"><span{mark}>{words}</span><span class="number">{number}</span>{meter}</div>'
