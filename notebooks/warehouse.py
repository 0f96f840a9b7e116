# %% [markdown]
# # Three questions for a warehouse
#
# This notebook loads two nights of a simulated school into a duckdb file. Then SQL
# answers three questions: who was absent when, which levels the results have per year,
# and who changed programme. The file contains no name and no number of a person. Each
# pupil has a pseudonym, which is the same in every table.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import matplotlib.pyplot as plt

from magister_connect.core.snapshots import Guard
from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.medius import MediusClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox
from magister_connect.warehouse import load, school_source
from magister_connect.warehouse.quiet import dlt

folder = TemporaryDirectory()
file = str(Path(folder.name) / "warehouse.duckdb")
key = Pseudonymiser(
    bytes(range(32)), key_id="k1", audience=Audience("notebook", external=False)
)
school = Sandbox(pupils=200)
medius = MediusClient(
    school.medius_url,
    username=school.medius_username,
    password=school.medius_password,
    allow_http=True,
)
results = ResultsClient(
    school.results_wsdl,
    product="JIJ",
    instellingscode=school.instellingscode,
    soap_key=school.results_key,
    clock=school.clock,
)


def nightly(share: float = 0.05) -> object:
    pipeline = dlt.pipeline(
        "notebook",
        destination=dlt.destinations.duckdb(file),
        dataset_name="school",
        pipelines_dir=folder.name,
    )
    source = school_source(
        "99ZZ",
        pseudonyms=key,
        medius=medius,
        lists=["platform-inschrijvingen", "platform-absenties"],
        results=results,
        guard=Guard(share=share),
        at=school.clock(),
    )
    return load(pipeline, source)


print(nightly())

# %% [markdown]
# The second night is after the summer, when many pupils have left. On any other day,
# the guard would stop this load. Here, `guard=` allows it.

# %%
school.clock.advance(days=300)
print(nightly(share=0.9))
database = duckdb.connect(file, read_only=True)

# %% [markdown]
# ## Absence by class and week
#
# These are the rows that were valid on the first night.

# %%
absence = database.sql("""
    SELECT i.klas,
           strftime(strptime(a.datum, '%Y/%m/%d'), '%G-%V') AS week,
           count(*) AS hours
    FROM school.platform_absenties a
    JOIN school.platform_inschrijvingen i USING (aanmelding, stamnr_key)
    WHERE i.klas IS NOT NULL
      AND a.valid_from = (SELECT min(valid_from) FROM school.platform_absenties)
      AND i.valid_from = (SELECT min(valid_from) FROM school.platform_inschrijvingen)
    GROUP BY ALL ORDER BY week, klas
""").fetchall()
classes = sorted({row[0] for row in absence})[:4]
weeks = sorted({row[1] for row in absence})
figure, axes = plt.subplots(figsize=(9, 3.5))
for name in classes:
    hours = {week: count for each, week, count in absence if each == name}
    axes.plot(weeks, [hours.get(week, 0) for week in weeks], marker="o", label=name)
axes.set(title="Absence by class and week", xlabel="week", ylabel="lesson hours")
axes.tick_params(axis="x", rotation=60)
axes.legend(title="class")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Results by level and year

# %%
levels = database.sql("""
    SELECT school_year, level_raw, count(*) FROM school.results
    WHERE level_raw IS NOT NULL GROUP BY ALL ORDER BY ALL
""").fetchall()
years = sorted({row[0] for row in levels})
figure, axes = plt.subplots(figsize=(9, 3.5))
bottom = dict.fromkeys(years, 0)
for level in sorted({row[1] for row in levels}):
    counts = {year: count for year, each, count in levels if each == level}
    axes.bar(
        years,
        [counts.get(year, 0) for year in years],
        bottom=list(bottom.values()),
        label=level,
    )
    bottom = {year: bottom[year] + counts.get(year, 0) for year in years}
axes.set(title="Results by level and year", xlabel="school year", ylabel="results")
axes.legend(title="level", ncols=2)
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Who changed programme
#
# A pupil has one row for each period. If two consecutive rows have different studies,
# the pupil changed programme.

# %%
moves = database.sql("""
    SELECT before.studie, after.studie, count(*) AS pupils
    FROM school.students before
    JOIN school.students after
      ON after.stamnummer_key = before.stamnummer_key AND after.valid_from = before.valid_to
    WHERE after.studie <> before.studie GROUP BY ALL ORDER BY pupils DESC, 1, 2
""").fetchall()
figure, axes = plt.subplots(figsize=(7, 3))
bars = axes.barh(
    [f"{old} to {new}" for old, new, _ in moves],
    [count for *_, count in moves],
    color="#3b6ea5",
)
axes.bar_label(bars)
axes.set(title="Who changed programme", xlabel="pupils", ylabel="programmes")
axes.margins(x=0.15)
figure.tight_layout()
plt.show()

# %%
database.close()
medius.close()
results.close()
school.close()
folder.cleanup()
