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

import altair as alt
import duckdb

from magister_connect.core.snapshots import Guard
from magister_connect.crosswalk import Audience, Pseudonymiser
from magister_connect.medius import MediusClient
from magister_connect.results import ResultsClient
from magister_connect.sandbox import Sandbox
from magister_connect.warehouse import load, school_source
from magister_connect.warehouse.quiet import dlt

alt.renderers.enable("svg")  # a picture, not a script from the network
alt.theme.register("notebook", enable=True)(
    lambda: {"config": {"font": "DejaVu Sans, Verdana, sans-serif"}}  # wide
)
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
""").pl()
classes = absence["klas"].unique().sort()[:4]
absence.filter(absence["klas"].is_in(classes.implode())).plot.bar(
    x="week",
    y=alt.Y("hours", title="lesson hours", axis=alt.Axis(tickMinStep=1)),
    color=alt.Color("klas", title="class"),
).properties(title="Absence by class and week")

# %% [markdown]
# ## Results by level and year

# %%
levels = database.sql("""
    SELECT school_year, level_raw AS level, count(*) AS results FROM school.results
    WHERE level_raw IS NOT NULL GROUP BY ALL ORDER BY ALL
""").pl()
order = ["<1F", "1F", "2F", "3F", "A1", "A2", "B1", "B2"]
levels.plot.bar(
    x=alt.X("school_year", title="school year"),
    y="results",
    color=alt.Color("level", sort=order),
).properties(title="Results by level and year")

# %% [markdown]
# ## Who changed programme
#
# A pupil has one row for each period. If two consecutive rows have different studies,
# the pupil changed programme.

# %%
database.sql("""
    SELECT before.studie || ' to ' || after.studie AS change, count(*) AS pupils
    FROM school.students before
    JOIN school.students after
      ON after.stamnummer_key = before.stamnummer_key AND after.valid_from = before.valid_to
    WHERE after.studie <> before.studie GROUP BY ALL ORDER BY pupils DESC, change
""").pl()

# %%
database.close()
medius.close()
results.close()
school.close()
folder.cleanup()
