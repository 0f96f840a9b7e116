# %% [markdown]
# # A school's population, drawn from its EDEXML file
#
# This notebook draws how many pupils are in which group and year, how complete the file
# is, and what changed since the last file. The school is simulated, and the code below
# creates its file. For your own file, set `path` to it, and read your newer file at the
# place where this notebook creates one.

# %%
from pathlib import Path
from tempfile import mkdtemp

import altair as alt
import attrs
import polars as pl

from magister_connect import edexml
from magister_connect.sandbox import Sandbox

alt.renderers.enable("svg")  # a picture, not a script from the network
alt.theme.register("notebook", enable=True)(
    lambda: {"config": {"font": "DejaVu Sans, Verdana, sans-serif"}}  # wide
)
school = Sandbox()
folder = Path(mkdtemp())
path = folder / "school.xml"
path.write_bytes(school.edexml())
document = edexml.read(path)
document

# %% [markdown]
# ## Pupils per year and per group
#
# The code uses the year of the pupil. If a pupil has none, it uses the year of the
# group.

# %%
groups = {group.key: group for group in document.groepen}
years = [edexml.effective_jaargroep(pupil, groups) for pupil in document.leerlingen]
order = [year.label for year in edexml.Jaargroep]  # of the school, not of the alphabet
per_year = pl.DataFrame(
    {"jaargroep": [year.label if year else "unknown" for year in years]}
)
per_year.plot.bar(
    x=alt.X("count()", title="pupils"),
    y=alt.Y("jaargroep", sort=order, axis=alt.Axis(labelLimit=300, maxExtent=300)),
).properties(title="Pupils per year")

# %%
tables = edexml.to_polars(document)
per_group = (
    tables.lidmaatschappen.filter(
        (pl.col("soort") == "leerling") & (pl.col("groepsoort") == "groep")
    )
    .group_by("groep")
    .len("pupils")
    .join(tables.groepen, left_on="groep", right_on="key")
    .with_columns(
        pl.col("jaargroep").replace_strict(
            {year.value: year.label for year in edexml.Jaargroep}
        )
    )
)
legend = alt.Legend(orient="top", columns=4, labelLimit=300)
per_group.plot.bar(
    x=alt.X("naam", title="group"),
    y="pupils",
    color=alt.Color("jaargroep", sort=order, legend=legend),
).properties(title="Pupils per group", width=alt.Step(16))

# %% [markdown]
# ## Completeness
#
# Two purposes need different fields: accounts in another application, and a supplier of
# tests. The picture shows which share of the needed data is in the file. Zero is not a
# mistake: this school has no ECK iDs, and does not export the groups of its teachers.

# %%
report = edexml.check(path)
filled = pl.DataFrame(
    [
        {"field": f"{one.kind}: {' or '.join(one.fields)}", "filled": one.share}
        for profile in ("accounts", "test supplier")
        for one in report.completeness.coverage(profile)
    ]
).unique(maintain_order=True)
filled.plot.bar(
    x=alt.X("filled", title="of the people", axis=alt.Axis(format="%")),
    y=alt.Y("field", sort=None, axis=alt.Axis(labelLimit=300, maxExtent=300)),
).properties(title="Filled, of what accounts and tests need")

# %% [markdown]
# The check also lists for the school what is wrong, who can fix it, and how. Real files
# have more findings. This file states an older version, has an address with a comma,
# and refers to a missing group. `to_html(language="nl")` writes the same list as a web
# page, in Dutch.

# %%
content = path.read_bytes().replace(b"<xsdversie>2.1", b"<xsdversie>1.03")
content = content.replace(b"@", b"@x,", 5).replace(b'<groep key="G-', b'<groep key="Q-', 2)
real = edexml.check(content)
print(*real.to_text(language="nl").splitlines()[:16], "...", sep="\n")

# %%
causes = pl.DataFrame(
    {
        "cause": [one.title("nl") for one in real.causes],
        "who fixes it": [str(one.remedy.fixer) for one in real.causes],
        "findings": [one.number for one in real.causes],
    }
)
causes.plot.bar(
    x=alt.X(
        "findings", scale=alt.Scale(type="symlog"), axis=alt.Axis(values=[1, 10, 100, 1000])
    ),
    y=alt.Y("cause", sort=None, axis=alt.Axis(labelLimit=420, maxExtent=420)),
    color="who fixes it",
).properties(title="What there is to fix, and who fixes it")

# %% [markdown]
# ## What changed since the last file
#
# In the next file, some pupils have left, some moved to another group, and some are
# new. `diff` returns the changes as proposals. You approve each proposal separately.

# %%
pupils = list(document.leerlingen)
target = document.groepen[0].key
moved = [attrs.evolve(pupil, groep=target) for pupil in pupils[40:52]]
moved[0] = attrs.evolve(moved[0], roepnaam="Anders")
came = [
    attrs.evolve(pupil, key=f"nieuw-{at}", eckid=None, bsn=None, onderwijsnummer=None)
    for at, pupil in enumerate(pupils[:4])
]
came = [attrs.evolve(pupil, roepnaam=f"Nieuw {at}") for at, pupil in enumerate(came)]
newer = attrs.evolve(document, leerlingen=(*pupils[:40], *moved, *pupils[52:-9], *came))

difference = edexml.diff(document, newer)
kinds = ("added", "left", "moved", "renamed")
changes = pl.DataFrame(
    {
        "change": kinds,
        "pupils": [len(getattr(difference, kind).get("leerling", ())) for kind in kinds],
    }
)
print(difference, f"{difference.left_share:.1%} left", difference.stops())
changes.plot.bar(x="pupils", y="change").properties(title="Changes between the two files")

# %% [markdown]
# The school approves only the moves for now:

# %%
moves = [proposal for proposal in difference.proposals if proposal.field == "groep"]
applied = edexml.apply(document, moves)
edexml.write(applied, folder / "approved.xml"), edexml.diff(document, applied)

# %%
school.close()
