# %% [markdown]
# # A school's population, drawn from its EDEXML file
#
# This notebook draws how many pupils are in which group and year, how complete the file
# is, and what changed since the last file. The school is simulated, and the code below
# creates its file. For your own file, set `path` to it, and read your newer file at the
# place where this notebook creates one.

# %%
from collections import Counter
from pathlib import Path
from tempfile import mkdtemp

import attrs
import matplotlib.pyplot as plt
import polars as pl

from magister_connect import edexml
from magister_connect.sandbox import Sandbox

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
per_year = Counter(year.label if year else "unknown" for year in years)
order = [year.label for year in edexml.Jaargroep if year.label in per_year] + [
    "unknown"
] * ("unknown" in per_year)

figure, axes = plt.subplots(figsize=(8, 3.5))
bars = axes.barh(order[::-1], [per_year[name] for name in order[::-1]], color="#3b6ea5")
axes.bar_label(bars, padding=3)
axes.set(title="Pupils per year", xlabel="pupils", ylabel="jaargroep")
axes.margins(x=0.1)
figure.tight_layout()
plt.show()

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
    .sort(
        pl.col("jaargroep").cast(pl.Enum([year.label for year in edexml.Jaargroep])), "naam"
    )
)
figure, axes = plt.subplots(figsize=(10, 3.8))
names = per_group["jaargroep"].unique(maintain_order=True)
for at, name in enumerate(names):
    part = per_group.filter(pl.col("jaargroep") == name)
    axes.bar(
        part["naam"],
        part["pupils"],
        color=plt.colormaps["viridis"](at / len(names)),
        label=name,
    )
axes.set(title="Pupils per group", xlabel="group", ylabel="pupils")
axes.margins(x=0.01)
plt.setp(
    axes.get_xticklabels(),
    rotation=60,
    ha="right",
    rotation_mode="anchor",
    fontsize="small",
)
axes.legend(title="jaargroep", loc="upper left", bbox_to_anchor=(1, 1), fontsize="small")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Completeness
#
# Two purposes need different fields: accounts in another application, and a supplier of
# tests. The picture shows which share of the needed data is in the file. Zero is not a
# mistake: this school has no ECK iDs, and does not export the groups of its teachers.

# %%
report = edexml.check(path)
covered = [
    one
    for profile in ("accounts", "test supplier")
    for one in report.completeness.coverage(profile)
]
labels = list(dict.fromkeys(f"{one.kind}: {' or '.join(one.fields)}" for one in covered))
shares = {f"{one.kind}: {' or '.join(one.fields)}": 100 * one.share for one in covered}

figure, axes = plt.subplots(figsize=(8, 4))
bars = axes.barh(labels[::-1], [shares[label] for label in labels[::-1]], color="#5b8f57")
axes.bar_label(bars, fmt="%.0f%%", padding=3)
axes.set(
    title="Filled, of what accounts and tests need",
    xlabel="% of the people",
    ylabel="field",
    xlim=(0, 112),
)
axes.set_xticks(range(0, 101, 20))
figure.tight_layout()
plt.show()

# %% [markdown]
# The check also lists for the school what is wrong, who can fix it, and how. Real files
# have more findings. This file states an older version, has an address with a comma,
# and refers to a missing group. `to_html(language="nl")` writes the same list as a web
# page, in Dutch.

# %%
content = path.read_bytes().replace(b"<xsdversie>2.1", b"<xsdversie>1.03")
content = content.replace(b"@", b"@x,", 5).replace(b'<groep key="G-', b'<groep key="Q-', 2)
real = edexml.check(content)
print(real.to_text(language="nl"))

# %%
causes = real.causes[::-1]
colours = {
    "error": "#a40000",
    "warning": "#b07800",
    "hint": "#5c6675",
    "privacy": "#5a2ca0",
}
figure, axes = plt.subplots(figsize=(9, 0.6 + 0.45 * len(causes)))
bars = axes.barh(
    [f"{one.title('nl')[:60]}\n({one.remedy.fixer})" for one in causes],
    [one.number for one in causes],
    color=[colours[one.severity] for one in causes],
)
axes.bar_label(bars, padding=3)
axes.set(title="What there is to fix, and who fixes it", xlabel="findings", xscale="log")
axes.tick_params(axis="y", labelsize="small")
axes.margins(x=0.15)
figure.tight_layout()
plt.show()

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
counts = {
    word: len(getattr(difference, word).get("leerling", ()))
    for word in ("added", "left", "moved", "renamed")
}
figure, axes = plt.subplots(figsize=(6, 3))
bars = axes.bar(
    list(counts), list(counts.values()), color=["#5b8f57", "#a54f3b", "#3b6ea5", "#8a6fb0"]
)
axes.bar_label(bars, padding=2)
axes.set(title="Changes between the two files", xlabel="what happened", ylabel="pupils")
axes.margins(y=0.12)
figure.tight_layout()
plt.show()
difference, f"{difference.left_share:.1%} left", difference.stops()

# %% [markdown]
# The school approves only the moves for now:

# %%
moves = [proposal for proposal in difference.proposals if proposal.field == "groep"]
applied = edexml.apply(document, moves)
edexml.write(applied, folder / "approved.xml"), edexml.diff(document, applied)

# %%
school.close()
