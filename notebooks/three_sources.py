# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Three messy sources, one clean crosswalk
#
# A platform for learning materials identifies pupils by the key of the EDEXML export.
# Test results have a stamnummer. A table of personal numbers and stamnummers links the
# two. An administrator created it, and since then it was opened and saved in
# spreadsheets. This notebook combines the three sources in one crosswalk. For each
# result, it shows the pupil, or the reason why there is none.
#
# The school is simulated, and its numbers belong to nobody. The notebook still treats
# them as real: no cell prints one.

# %%
import datetime as dt
import warnings
from collections import Counter

import altair as alt
import polars as pl

from magister_connect import edexml
from magister_connect.crosswalk import (
    Answer,
    Audience,
    Column,
    Crosswalk,
    Link,
    Match,
    Resolved,
    Succession,
    build_links,
    links_from_edexml,
    read_text_table,
    write_csv,
)
from magister_connect.errors import MappingError, UsageError
from magister_connect.identifiers import Bsn, Onderwijsnummer, Pgn, Stamnummer, UwlrKey
from magister_connect.identifiers.frames import inspect
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox

alt.renderers.enable("svg")  # a picture, not a script from the network
alt.theme.register("notebook", enable=True)(
    lambda: {"config": {"font": "DejaVu Sans, Verdana, sans-serif"}}  # wide
)
school = Sandbox()
SCOPE = "99ZZ"  # the administration in which the stamnummers are unique

# %% [markdown]
# ## The table of numbers
#
# A table from a school has typical damage: blanks, dots, a number that was a float, a
# stamnummer with extra zeros.

# %%
lines = school.number_table_path.read_text(encoding="utf-8-sig").splitlines()


def mess_up(place: int, line: str) -> str:
    number, rest = line.split(";", 1)
    stamnummer = rest.split(";")[0]
    if place % 40 == 5:
        return f" {line}"
    if place % 40 == 15:
        return f"{number[:4]}.{number[4:6]}.{number[6:]};{rest}"
    if place % 80 == 25:
        return f"{int(number)}.0;{rest}"
    if place % 80 == 65:
        return line.replace(f";{stamnummer};", f";00{stamnummer};", 1)
    return line


messy = "\r\n".join(
    [lines[0], *(mess_up(place, line) for place, line in enumerate(lines[1:]))]
).encode("utf-8-sig")
replica = read_text_table(messy)
for report in inspect(pl.DataFrame([dict(row.cells) for row in replica]))[:2]:
    print(report)

# %% [markdown]
# `build_links` makes repairs without guessing a digit, and counts them. With
# `on_unreadable="keep"`, it lists the line and the reason of each unreadable row. In
# this administration, stamnummers are whole numbers, so it removes leading zeros.

# %%
with warnings.catch_warnings(action="ignore"):  # each row that is kept apart warns
    numbers = build_links(
        replica,
        Column("pgn", Pgn),
        Column("stamnummer", Stamnummer, SCOPE, numeric=True),
        source="table of the administrator",
        begin="geldig_van",
        until="geldig_tot",
        on_unreadable="keep",
    )
remarks = {str(remark): count for remark, count in numbers.remarks.items()}
print(f"{len(numbers.links)} links; {remarks}")
unread = [(one.row, one.column, str(one.reason)) for one in numbers.unreadable]
print(f"cells that could not be read: {unread}")

# %% [markdown]
# Some stamnummers had an onderwijsnummer until a day, and a BSN from that day on. So
# the BSN replaced the onderwijsnummer. This is a succession: old files keep working,
# and you must inform Nummervoorziening.

# %%
ended = {link.right: link for link in numbers.links if link.period.end is not None}
successions = [
    Succession(ended[link.right].left, link.left, on=link.period.begin, source=link.source)
    for link in numbers.links
    if link.right in ended
    and isinstance(link.left, Bsn)
    and isinstance(ended[link.right].left, Onderwijsnummer)
    and link.period.begin == ended[link.right].period.end
]
print(f"{len(successions)} onderwijsnummers were replaced by a BSN")

# %% [markdown]
# ## The EDEXML export
#
# Its keys are unique in one document only. So their scope is the school, the site and
# the school year.

# %%
document = edexml.read(school.edexml_path)
keys = links_from_edexml(
    document.leerlingen,
    scope=UwlrKey.document_scope(
        document.school.brincode, document.school.dependancecode, document.school.schooljaar
    ),
)
told = f"{len(document.leerlingen)} pupils, {len(keys.links)} links"
print(f"{told}, {keys.incomplete} pupils without any number")

# %% [markdown]
# ## One crosswalk
#
# The crosswalk keeps all links. `conflicts` lists contradictions.

# %%
crosswalk = Crosswalk(
    [*numbers.links, *keys.links], successions=successions, cardinality="n:m"
)
strict = Crosswalk(numbers.links, cardinality="n:1")
print(crosswalk)
for conflict in strict.contradictions:
    rivals = " ".join(repr(link.right) for link in conflict.links)
    print(f"{conflict.kind}: {rivals} for {conflict.links[0].left!r}")

# %% [markdown]
# ## The results
#
# The code looks up each result for the day of the test. So it also finds the pupil if
# the pupil has left since then.

# %%
with ResultsClient(
    school.results_wsdl,
    product="JIJ",
    instellingscode=school.instellingscode,
    soap_key=school.results_key,
) as service:
    start = dt.datetime.fromisoformat(
        "2025-08-01"
    )  # the service uses local times without a zone
    results = [result for batch in service.batches(since=start) for result in batch.results]


def ask(text: str, day: dt.date) -> Answer:
    """The answer for a result: by stamnummer to the person, by the person to the key."""
    stamnummer = Stamnummer.parse(text, scope=SCOPE)
    return crosswalk.resolve(stamnummer, to=UwlrKey, via=[Pgn], as_of=day)


answers, unreadable = [], Counter()
for result in results:
    try:
        answers.append(ask(result.stamnummer, result.taken_at.date()))
    except MappingError as error:
        unreadable[str(error.reason)] += 1

resolved = Resolved(tuple(answers))
guests = sum(unreadable.values())
print(f"{len(results)} results, of which {guests} are of guests, who have no stamnummer")
print(resolved.report)

# %% [markdown]
# The report explains why the others did not match, with tags and advice. It hides
# counts below five for readers outside the school, because such counts could identify
# single pupils.

# %%
pl.Config.set_fmt_str_lengths(120)
pl.Config.set_tbl_width_chars(200)
pl.DataFrame(
    list(resolved.report.rows(suppress_below=5)),
    schema=["outcome", "count", "advice"],
    orient="row",
)

# %% [markdown]
# ## What did not match
#
# Nearly everything matched, so the picture shows only the rest: the records of each
# source without a match, by reason. It is for the school itself, so it also shows
# counts of single pupils.

# %%
in_export = {link.right for link in keys.links}
persons = [crosswalk.successors.current(link.left) for link in numbers.links]
sources = {
    "rows of the table": Counter(
        {
            "matched": sum(person in in_export for person in persons),
            "not in the export": sum(person not in in_export for person in persons),
            "unreadable": len(numbers.unreadable),
        }
    ),
    "pupils of the export": Counter(
        {
            "matched": len(in_export & set(persons)),
            "not in the table": len(in_export - set(persons)),
            "no number": keys.incomplete,
        }
    ),
    "results of tests": Counter(
        {str(name): count for name, count in resolved.report.counts.items()}
        | {"no stamnummer": sum(unreadable.values())}
    ),
}
rest = pl.DataFrame(
    [
        (f"{source}: {counts['matched']} of {counts.total()} matched", reason, count)
        for source, counts in sources.items()
        for reason, count in counts.items()
        if reason != "matched"
    ],
    schema=["source", "reason", "records"],
    orient="row",
)
rest.plot.bar(
    x="records",
    y=alt.Y("source", sort=None, axis=alt.Axis(labelLimit=300, maxExtent=300)),
    color="reason",
).properties(title="Records that did not match, and why")

# %% [markdown]
# The table omits some pupils and contains one twice. The library did not guess the
# numbers that were floats. Pupils who left are no longer in the export. Only the school
# can decide about these records; each has its line or its tag.

# %% [markdown]
# ## What may leave the school
#
# The platform needs the key and the stamnummer. It has no legal ground for the personal
# number, so `write_csv` refuses links with a personal number. It writes the links
# between the other two.

# %%
platform = Audience("the platform")
for_the_platform = school.edexml_path.with_name(
    "links.csv"
)  # deleted with the simulated school; choose your own folder
try:
    write_csv(crosswalk, for_the_platform, audience=platform)
except UsageError as error:
    print(error)

matched = {
    answer.identifier: answer.target for answer in resolved if isinstance(answer, Match)
}
allowed = Crosswalk(
    Link(number, key, source="crosswalk") for number, key in matched.items()
)
write_csv(allowed, for_the_platform, audience=platform)
print(f"{allowed} written for {platform.name}")

# %%
school.close()
