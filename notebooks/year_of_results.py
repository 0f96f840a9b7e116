# %% [markdown]
# # A year of test results
#
# JIJ! results of a simulated school, pulled into a store and shown as pictures: when tests were taken, how levels
# grow, and what a nightly run costs. All people and results are made up.

# %%
import datetime as dt
from collections import Counter, defaultdict
from statistics import median

import matplotlib.pyplot as plt

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
# Every school year is read, the newest first. Results of candidates whom the school does not know wait in quarantine.

# %%
pull_results(service, store, known=school.school.leerlingen)

# %% [markdown]
# ## Every night for nine months
#
# Each run asks from a week before the last moment that it saw, so that what shows late is not missed.

# %%
nights = []
for _ in range(39):
    school.clock.advance(days=7)
    report = pull_results(service, store, known=school.school.leerlingen)
    nights.append((school.clock.today(), report.new, report.changed, report.requests))
print(report)

# %%
figure, axes = plt.subplots(figsize=(9, 3.2))
days = [night[0] for night in nights]
axes.bar(days, [night[1] for night in nights], width=5, label="new")
axes.bar(days, [night[2] for night in nights], width=5, bottom=[night[1] for night in nights], label="graded again")
axes.set(title="What each run brought", xlabel="date of the run", ylabel="results")
axes.legend()
plt.show()

# %% [markdown]
# ## Levels
#
# A referentieniveau for Dutch and arithmetic, a level of the ERK for languages: two scales that do not compare.

# %%
year = list(store.results(school_year="2025-2026"))
figure, both = plt.subplots(1, 2, figsize=(9, 3.2))
for axes, family in zip(both, (LevelFamily.REFERENTIE, LevelFamily.ERK), strict=True):
    counted = Counter(result.level for result in year if result.level and result.level.family is family)
    levels = [level for level in Level if counted[level]]
    axes.bar([level.value for level in levels], [counted[level] for level in levels])
    axes.set(title=f"Levels reached, {family.value}", xlabel="level", ylabel="results")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Development over the years
#
# The development score is one scale over all levels: 2F is 80, 3F is 100.

# %%
scores = defaultdict(list)
for result in store.results():
    if result.development_score is not None and result.taken_at is not None:
        first = result.taken_at.year - (result.taken_at.month < 8)
        scores[result.subject, f"{first}-{first + 1}"].append(float(result.development_score))
figure, axes = plt.subplots(figsize=(9, 3.2))
for subject in sorted({subject for subject, _ in scores}):
    points = sorted((year, median(values)) for (each, year), values in scores.items() if each == subject)
    axes.plot([year for year, _ in points], [value for _, value in points], marker="o", label=subject)
axes.set(title="Median development score", xlabel="school year", ylabel="points (2F = 80)")
axes.legend()
plt.show()

# %% [markdown]
# ## What waits
#
# Nothing is dropped in silence: each entry has its reason, and is tried again at every run.

# %%
print(store.count_waiting())
service.close()
store.close()
school.close()
