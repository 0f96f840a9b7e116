# %% [markdown]
# # Grades and absence through the Public API
#
# A pupil logs in, and an accredited application reads grades and absence. The notebook
# starts with the login and ends with two pictures. The school and its people are
# simulated.

# %%
import datetime as dt

import altair as alt
import httpx
import polars as pl

from magister_connect.core.secrets import Secret
from magister_connect.login import LoginSettings, MagisterLogin, MemoryTokenStore
from magister_connect.public_api import PublicApiClient
from magister_connect.sandbox import Sandbox

alt.renderers.enable("svg")  # a picture, not a script from the network
alt.theme.register("notebook", enable=True)(
    lambda: {"config": {"font": "DejaVu Sans, Verdana, sans-serif"}}  # wide
)
school = Sandbox(pupils=60, staff=20)
pupil = max(school.school.leerlingen.values(), key=lambda each: len(each.inschrijvingen))
settings = LoginSettings(
    client_id=school.accounts.client_id,
    client_secret=Secret(school.accounts.client_secret),
    redirect_uri="https://platform.example/terug",
    scopes=("openid", "offline_access"),
    issuer=school.issuer_url,
    host_meta=school.host_meta_url,
)
login = MagisterLogin(settings, clock=school.clock)

# %% [markdown]
# ## Login
#
# `start` returns the address for the browser. `finish` takes the address to which the
# browser comes back. The printed texts contain no secret.

# %%
started = login.start("zandbakcollege.magister.net", login_hint=pupil.loginnaam)
came_back_to = httpx.get(started.url).headers["location"]
tokens = login.finish(started.pending, came_back_to)
source = login.keep(tokens, MemoryTokenStore(), str(tokens.subject))
api = PublicApiClient(login.api_address(source), tokens=source, clock=school.clock)
print(f"{started} {tokens}")

# %% [markdown]
# ## Grades
#
# Each enrolment has its own grades. A grade is text with a decimal comma. If it is a
# number, `getal` contains that number. Averages are columns too, with their own type of
# column.

# %%
from magister_connect.public_api import averages
from magister_connect.public_api.cijfers import KolomType

person = api.account().persoon.id
enrolments = list(api.aanmeldingen(person, begin=dt.date(1970, 1, 1)))
grades = [
    grade
    for enrolment in enrolments
    for grade in api.grades_with_subjects(person, enrolment.id)
]
marks = [
    grade for grade in grades if grade.cijfer.kolom.type is KolomType.CIJFER and grade.getal
]
print(
    f"{len(enrolments)} enrolments, {len(grades)} grades, of which {len(marks)} are marks"
)

# %%
book = pl.DataFrame(
    {
        "subject": [mark.vak.omschrijving for mark in marks],
        "day": [mark.cijfer.ingevoerd_op for mark in marks],
        "mark": [float(mark.getal) for mark in marks],
    }
)
most = book["subject"].value_counts(sort=True)["subject"].head(6)
pass_mark = alt.Chart().mark_rule(strokeDash=[4]).encode(y=alt.datum(5.5))
marked = (
    alt.Chart().mark_line(point=True).encode(x="day:T", y=alt.Y("mark:Q").scale(zero=False))
)
alt.layer(
    marked.properties(width=160, height=110),
    pass_mark,
    data=book.filter(pl.col("subject").is_in(most.implode())),
).facet("subject:N", columns=3).properties(
    title="Marks of one pupil, six subjects (dashed: 5.5, the pass mark)"
)

# %% [markdown]
# ## Averages
#
# `averages` computes the weighted mean per subject and period, and compares it with the
# school's own average column.

# %%
latest = api.grades_with_subjects(person, enrolments[-1].id)
for average in averages(latest)[:6]:
    period = average.periode.code if average.periode else "all periods"
    print(average.vak.afkorting, period, average.rounded, "agrees:", average.agrees)

# %% [markdown]
# ## Absence
#
# An absence has a type, and is excused or not. If the type is unknown, it keeps its
# number.

# %%
absences = list(api.absenties(person, dt.date(2022, 8, 1), dt.date(2025, 11, 20)))
hours = pl.DataFrame(
    {
        "kind": [each.verantwoordingtype.name.capitalize() for each in absences],
        "excused": ["yes" if each.geoorloofd else "no" for each in absences],
    }
)
hours.plot.bar(
    x=alt.X("count()", title="lesson hours", axis=alt.Axis(tickMinStep=1)),
    y="kind",
    color="excused",
).properties(title="Absence of one pupil, all years")

# %% [markdown]
# ## The token expires
#
# Two hours later, the access token has expired. The source renews it once, also if many
# requests need it at the same time. The pupil stays logged in.

# %%
school.clock.advance(dt.timedelta(hours=2))
latest = list(api.laatste_cijfers(person))
print(f"{len(latest)} grades, {school.issuer.grants.refreshes} refresh")

# %%
api.close()
login.close()
school.close()
