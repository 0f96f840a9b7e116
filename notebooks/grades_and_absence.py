# %% [markdown]
# # Grades and absence through the Public API
#
# A pupil logs in, and an accredited application reads grades and absence: from the login to two pictures. The
# school is simulated, and so are all
# people in it.

# %%
import datetime as dt
from collections import Counter, defaultdict

import httpx
import matplotlib.pyplot as plt

from magister_connect.drivers import BlockingDriver
from magister_connect.public_api import LoginSettings, MagisterLogin, MemoryTokenStore, PublicApiClient
from magister_connect.sandbox import Sandbox
from magister_connect.secrets import Secret

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
driver = BlockingDriver(clock=school.clock)
login = MagisterLogin(settings, driver=driver)

# %% [markdown]
# ## Login
#
# `start` gives the address for the browser; `finish` takes what it brings back. Nothing that is printed here
# opens anything.

# %%
started = login.start("zandbakcollege.magister.net", login_hint=pupil.loginnaam)
came_back_to = httpx.get(started.url).headers["location"]
tokens = login.finish(started.pending, came_back_to)
source = login.keep(tokens, MemoryTokenStore(), str(tokens.subject))
api = PublicApiClient(login.api_address(source), tokens=source, clock=school.clock)
print(started, tokens)

# %% [markdown]
# ## Grades
#
# Each enrolment has its own grade book. A grade is text with a decimal comma; `getal` is the number, where it is
# one. Averages are columns like any
# other, told apart by the kind of the column.

# %%
from magister_connect.public_api.cijfers.records import KolomSoort

person = api.account().persoon.id
enrolments = list(api.aanmeldingen(person, begin=dt.date(1970, 1, 1)))
grades = [grade for enrolment in enrolments for grade in api.cijferoverzicht(person, enrolment.id)]
marks = [grade for grade in grades if grade.cijfer_kolom.kolom_soort is KolomSoort.CIJFER]
print(f"{len(enrolments)} enrolments, {len(grades)} cells, of which {len(marks)} marks")

# %%
figure, axes = plt.subplots(figsize=(9, 4))
by_subject = defaultdict(list)
for mark in marks:
    by_subject[mark.vak.afkorting].append(mark)
for subject, found in sorted(by_subject.items())[:5]:
    found.sort(key=lambda each: each.datum_ingevoerd)
    axes.plot([each.datum_ingevoerd for each in found], [float(each.getal) for each in found], "o-", label=subject)
axes.axhline(5.5, color="grey", linewidth=1, linestyle="--", label="pass mark")
axes.set(title="Marks of one pupil over time", xlabel="day of entry", ylabel="mark (1 to 10)", ylim=(1, 10))
axes.legend(loc="lower left", ncols=3)
figure.autofmt_xdate()

# %% [markdown]
# ## Weights
#
# The overview does not tell how much a column weighs: that is one request for each column. `kolominfo_van` asks
# for many at the pace that the school
# allows, each column once.

# %%
latest_enrolment = enrolments[-1]
columns = [grade.cijfer_kolom.id for grade in api.cijferoverzicht(person, latest_enrolment.id)][:6]
weights = api.kolominfo_van(person, latest_enrolment.id, columns)
for column, found in weights.items():
    print(column, found.kolom_naam, found.weging)

# %% [markdown]
# ## Absence
#
# Absence has a kind (an open list: a new kind keeps its number) and is excused or not.

# %%
absences = list(api.absenties(person, dt.date(2022, 8, 1), dt.date(2025, 11, 20)))
excused = Counter(each.verantwoordingtype.name.capitalize() for each in absences if each.geoorloofd)
unexcused = Counter(each.verantwoordingtype.name.capitalize() for each in absences if not each.geoorloofd)
kinds = sorted(excused | unexcused)
figure, axes = plt.subplots(figsize=(9, 3.5))
axes.barh(kinds, [excused[kind] for kind in kinds], label="excused", color="tab:green")
axes.barh(
    kinds,
    [unexcused[kind] for kind in kinds],
    left=[excused[kind] for kind in kinds],
    label="not excused",
    color="tab:red",
)
axes.set(title="Absence of one pupil, all years", xlabel="lesson hours", ylabel="kind")
axes.legend()
figure.tight_layout()

# %% [markdown]
# ## The token ends, and nobody notices
#
# Two hours later the access token is over. The source renews it, once for however many ask, and the pupil stays
# logged in.

# %%
school.clock.advance(dt.timedelta(hours=2))
print(len(list(api.laatste_cijfers(person))), "grades,", school.issuer.grants.refreshes, "refresh")

# %%
api.close()
login.close()
school.close()
