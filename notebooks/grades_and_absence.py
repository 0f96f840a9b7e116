# %% [markdown]
# # Grades and absence through the Public API
#
# A pupil logs in, and an accredited application reads grades and absence. The notebook
# starts with the login and ends with two pictures. The school and its people are
# simulated.

# %%
import datetime as dt
from collections import Counter, defaultdict

import httpx
import matplotlib.pyplot as plt
from matplotlib.dates import DateFormatter, YearLocator

from magister_connect.core.secrets import Secret
from magister_connect.login import LoginSettings, MagisterLogin, MemoryTokenStore
from magister_connect.public_api import PublicApiClient
from magister_connect.sandbox import Sandbox

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
# column. The averages in the titles of the panels have no weights; the next section
# computes weighted averages.

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
by_subject = defaultdict(list)
for mark in marks:
    by_subject[mark.vak.omschrijving].append((mark.cijfer.ingevoerd_op, float(mark.getal)))
most = sorted(by_subject, key=lambda each: len(by_subject[each]), reverse=True)[:6]
figure, panels = plt.subplots(
    2, 3, figsize=(9, 4.5), sharex=True, sharey=True, layout="constrained"
)
for subject, axes in zip(sorted(most), panels.flat, strict=True):
    days, values = zip(*sorted(by_subject[subject]), strict=True)
    axes.plot(days, values, "o-", markersize=3, linewidth=1)
    axes.axhline(5.5, color="grey", linewidth=1, linestyle="--")
    axes.set(title=f"{subject}: {sum(values) / len(values):.1f} on average", ylim=(3, 10))
    axes.title.set_fontsize("medium")
figure.suptitle(
    "Marks of one pupil, the six subjects with most of them (dashed: 5.5, the pass mark)",
    fontsize="large",
)
figure.supylabel("mark (1 to 10)")
figure.supxlabel("day of entry; each tick is a new year")
panels[0, 0].xaxis.set_major_locator(YearLocator())
panels[0, 0].xaxis.set_major_formatter(DateFormatter("%Y"))

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
excused = Counter(
    each.verantwoordingtype.name.capitalize() for each in absences if each.geoorloofd
)
unexcused = Counter(
    each.verantwoordingtype.name.capitalize() for each in absences if not each.geoorloofd
)
kinds = sorted(excused | unexcused)
figure, axes = plt.subplots(figsize=(9, 2.5), layout="constrained")
counts = [excused[kind] for kind in kinds]
axes.barh(kinds, counts, label="excused", color="tab:blue")
axes.barh(
    kinds,
    [unexcused[kind] for kind in kinds],
    left=counts,
    label="not excused",
    color="tab:orange",
)
axes.set(
    title="Absence of one pupil, all years",
    xlabel="lesson hours",
    ylabel="kind, in Magister's words",
)
axes.legend(loc="lower right")
axes.xaxis.get_major_locator().set_params(integer=True)

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
