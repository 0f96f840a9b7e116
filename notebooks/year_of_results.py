# %% [markdown]
# # A year of test results
#
# This notebook pulls the JIJ! results of a simulated school into a store, and draws
# them: the dates of tests, the growth of levels, and the cost of a nightly run. All
# people and results are invented.

# %%
import datetime as dt

import altair as alt
import polars as pl

from magister_connect.results import Level, LevelFamily, ResultsClient, pull_results
from magister_connect.sandbox import Sandbox
from magister_connect.store import Store

alt.renderers.enable("svg")  # a picture, not a script from the network
alt.theme.register("notebook", enable=True)(
    lambda: {"config": {"font": "DejaVu Sans, Verdana, sans-serif"}}  # wide
)
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
    nights.append((school.clock.today(), report.new, report.changed))
print(report)

# %%
brought = pl.DataFrame(nights, schema=["day", "new", "graded again"], orient="row")
alt.Chart(
    brought.unpivot(index="day", variable_name="what", value_name="results")
).mark_bar(size=9).encode(
    x=alt.X("day", title="date of the run"), y="results", color="what"
).properties(title="What each run brought", width=450)

# %% [markdown]
# ## Levels
#
# Dutch and arithmetic have a referentieniveau, and languages have an ERK level. You
# cannot compare the two scales.

# %%
scales = {level.value: level.family.value.upper() for level in Level if level.family}
order = list(scales)
results = store.results().to_polars()
reached = results.select(
    "stamnummer", "school_year", "taken_at", "level", scale=pl.col("level").replace(scales)
).drop_nulls()
reached.filter(school_year="2025-2026").select("level", "scale").plot.bar(
    x=alt.X("level", sort=order), y=alt.Y("count()", title="results"), column="scale"
).resolve_scale(x="independent").properties(title="Levels reached in 2025-2026")

# %% [markdown]
# ## Levels by year of study
#
# Each bar is one year of study in one school year. It shows which part of the results
# for Dutch and arithmetic reached which level. The results contain only the stamnummer,
# so the school joins them with the year of study. Bars with fewer than ten results are
# omitted: they are not meaningful, and could identify a pupil.

# %%


def leerjaar(stamnummer: str, day: dt.date) -> int | None:
    pupil = school.school.leerlingen.get(int(stamnummer))
    enrolment = pupil.enrolment_on(day) if pupil else None
    return enrolment.leerjaar if enrolment else None


dutch_and_arithmetic = reached.filter(scale=LevelFamily.REFERENTIE.value.upper())
years = [
    leerjaar(stamnummer, taken_at.date())
    for stamnummer, taken_at in dutch_and_arithmetic["stamnummer", "taken_at"].iter_rows()
]
by_year = (
    dutch_and_arithmetic.with_columns(pl.Series("leerjaar", years))
    .drop_nulls()
    .filter(pl.len().over("leerjaar", "school_year") >= 10)
)
by_year.select("school_year", "level", "leerjaar").plot.bar(
    x=alt.X("school_year", title="school year"),
    y=alt.Y(
        "count()", stack="normalize", title="of the results", axis=alt.Axis(format="%")
    ),
    color=alt.Color("level", sort=order, scale=alt.Scale(scheme="viridis")),
    order="level",
    column=alt.Column("leerjaar:O", title="year of study"),
).properties(width=100)

# %% [markdown]
# ## Progress towards 2F and 3F
#
# The development score is one scale for all levels: 2F is 80, and 3F is 100. The band
# contains the middle half of the results. So you see how many are still below a line.

# %%
score = pl.col("development_score")
scores = (
    results.filter(score.is_not_null(), pl.col("subject") != "Engels")  # English has no 2F
    .group_by("subject", "school_year")
    .agg(low=score.quantile(0.25), middle=score.median(), high=score.quantile(0.75))
)
base = alt.Chart().encode(x=alt.X("school_year:N", title="school year"))
alt.layer(
    base.mark_area(opacity=0.3).encode(y="low:Q", y2="high:Q"),
    base.mark_line(point=True).encode(
        y=alt.Y("middle:Q", title="development score").scale(zero=False)
    ),
    *(
        alt.Chart().mark_rule(strokeDash=[4]).encode(y=alt.datum(line))
        for line in (80, 100)
    ),
    data=scores,
).properties(width=220).facet("subject:N").properties(title="Dashed: 2F (80) and 3F (100)")

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
