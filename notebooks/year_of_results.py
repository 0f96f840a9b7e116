# %% [markdown]
# # A year of test results
#
# This notebook pulls the JIJ! results of a simulated school into a store, and draws
# them: the dates of tests, the growth of levels, and the cost of a nightly run. All
# people and results are invented.

# %%
import datetime as dt
from collections import Counter, defaultdict
from statistics import quantiles

import matplotlib.pyplot as plt

from magister_connect.identifiers import Schooljaar
from magister_connect.results import Level, LevelFamily, ResultsClient, pull_results
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store

school = Sandbox(pupils=200, staff=20)
school.clock.set(dt.datetime(2025, 10, 1, 6, tzinfo=dt.UTC))
store = Store("sqlite://", key=Store.generate_key())
service = ResultsClient(
    school.results_wsdl,
    product="JIJ",
    instellingscode=school.instellingscode,
    soap_key=school.results_key,
    clock=school.clock,
)

# %% [markdown]
# ## The first run
#
# The first run reads every school year, the newest first. Results of unknown candidates
# wait in quarantine.

# %%
pull_results(service, store, stamnummers=school.school.leerlingen)

# %% [markdown]
# ## Every week for nine months
#
# A school runs this every night; here, one run a week is enough. Each run starts a week
# before the last moment that it saw, so it does not miss late results.

# %%
nights = []
for _ in range(39):
    school.clock.advance(days=7)
    report = pull_results(service, store, stamnummers=school.school.leerlingen)
    nights.append((school.clock.today(), report.new, report.changed, report.requests))
print(report)

# %%
figure, axes = plt.subplots(figsize=(9, 3.2))
days = [night[0] for night in nights]
axes.bar(days, [night[1] for night in nights], width=5, label="new")
axes.bar(
    days,
    [night[2] for night in nights],
    width=5,
    bottom=[night[1] for night in nights],
    label="graded again",
)
axes.set(title="What each run brought", xlabel="date of the run", ylabel="results")
axes.legend()
plt.show()

# %% [markdown]
# ## Levels
#
# Dutch and arithmetic have a referentieniveau, and languages have an ERK level. You
# cannot compare the two scales.

# %%
year = list(store.results(school_year="2025-2026"))
figure, both = plt.subplots(1, 2, figsize=(9, 3.2))
for axes, family in zip(both, (LevelFamily.REFERENTIE, LevelFamily.ERK), strict=True):
    counted = Counter(
        result.level for result in year if result.level and result.level.family is family
    )
    levels = [level for level in Level if counted[level]]
    axes.bar([level.value for level in levels], [counted[level] for level in levels])
    axes.set(
        title=f"Levels reached in 2025-2026, {family.value.upper()}",
        xlabel="level",
        ylabel="results",
    )
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Levels by year of study
#
# Each bar is one year of study in one school year. It shows which part of the results
# for Dutch and arithmetic reached which level. The results contain only the stamnummer,
# so the school joins them with the year of study. Bars with fewer than ten results are
# omitted: they are not meaningful, and could identify a pupil.

# %%
reached = defaultdict(Counter)
for result in store.results():
    pupil = (
        school.school.leerlingen.get(int(result.stamnummer)) if result.taken_at else None
    )
    enrolment = pupil.enrolment_on(result.taken_at.date()) if pupil else None
    if enrolment and result.level and result.level.family is LevelFamily.REFERENTIE:
        reached[enrolment.leerjaar, Schooljaar.of(result.taken_at.date()).reveal()][
            result.level
        ] += 1
shown = [
    level
    for level in Level
    if level.family is LevelFamily.REFERENTIE and any(n[level] for n in reached.values())
]
shades = plt.colormaps["viridis_r"]
figure, both = plt.subplots(1, 4, figsize=(11, 3.2), sharey=True)
for axes, leerjaar in zip(both, (1, 2, 3, 4), strict=True):
    bars = sorted(
        year
        for (each, year), count in reached.items()
        if each == leerjaar and count.total() >= 10
    )
    bottom = [0.0] * len(bars)
    for place, level in enumerate(shown):
        counts = [reached[leerjaar, year] for year in bars]
        part = [100 * count[level] / count.total() for count in counts]
        shade = shades(place / max(1, len(shown) - 1))
        axes.bar(
            [year[2:5] + year[7:] for year in bars],
            part,
            bottom=bottom,
            label=level.value,
            color=shade,
        )
        bottom = [before + more for before, more in zip(bottom, part, strict=True)]
    axes.set(title=f"year of study {leerjaar}", xlabel="school year")
    axes.tick_params(axis="x", labelsize=8)
both[0].set(ylabel="% of results")
figure.legend(*both[0].get_legend_handles_labels(), title="level", loc="center right")
figure.tight_layout(rect=(0, 0, 0.92, 1))
plt.show()

# %% [markdown]
# ## Progress towards 2F and 3F
#
# The development score is one scale for all levels: 2F is 80, and 3F is 100. The band
# contains the middle half of the results. So you see how many are still below a line.

# %%
scores = defaultdict(list)
for result in store.results():
    if result.development_score is not None and result.taken_at is not None:
        year = Schooljaar.of(result.taken_at.date()).reveal()
        scores[result.subject, year].append(float(result.development_score))
subjects = sorted({subject for subject, _ in scores})
figure, all_axes = plt.subplots(1, len(subjects), figsize=(11, 3.4), sharey=True)
for axes, subject in zip(all_axes, subjects, strict=True):
    points = sorted(
        (year, quantiles(values, n=4))
        for (each, year), values in scores.items()
        if each == subject
    )
    years = [year[2:5] + year[7:] for year, _ in points]
    axes.fill_between(
        years,
        [low for _, (low, _, _) in points],
        [high for _, (_, _, high) in points],
        alpha=0.25,
    )
    axes.plot(years, [middle for _, (_, middle, _) in points], marker="o")
    for level, height in (
        () if subject == "Engels" else (("2F", 80), ("3F", 100))
    ):  # languages have levels of the ERK
        axes.axhline(height, color="grey", linestyle="--", linewidth=1)
        axes.annotate(
            level, (0, height), xytext=(2, 2), textcoords="offset points", color="grey"
        )
    axes.set(title=subject, xlabel="school year", ylim=(40, 110))
all_axes[0].set(ylabel="development score")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## What waits
#
# No result is dropped silently. Each entry in quarantine has its reason, and every run
# tries it again.

# %%
print(store.count_waiting())
service.close()
store.close()
school.close()
