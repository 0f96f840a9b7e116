# %% [markdown]
# # First connection to a school
#
# This notebook starts with an address and an account, and ends with pictures of a
# school: its pupils, their classes, and their teachers. The school is simulated. For a
# real school, put its address (`https://SCHOOL.swp.nl:8800`) and your account in the
# cell below, and remove `allow_http`.

# %%
import altair as alt
import polars as pl

from magister_connect.errors import NotAuthenticated
from magister_connect.medius import MediusClient, diff, merge_employees
from magister_connect.sandbox import Sandbox

alt.renderers.enable("svg")  # a picture, not a script from the network
alt.theme.register("notebook", enable=True)(
    lambda: {"config": {"font": "DejaVu Sans, Verdana, sans-serif"}}  # wide
)
school = Sandbox()
medius = MediusClient(
    school.medius_url,
    username=school.medius_username,
    password=school.medius_password,
    allow_http=True,
)

# %% [markdown]
# ## The pupils
#
# This takes one call. Records mask their values when you print them, so no name gets
# into a notebook that you share. A frame shows the values; these pupils do not exist.

# %%
students = medius.students()
frame = students.to_polars()
frame.select("stamnummer", "roepnaam", "achternaam", "klas", "studie").head(8)

# %% [markdown]
# If the account is wrong, the error contains the service's own words, and says who can
# fix it.

# %%
try:
    MediusClient(
        school.medius_url, username="platform", password="a guess", allow_http=True
    ).login()
except NotAuthenticated as error:
    print(error)

# %% [markdown]
# ## Pupils per class

# %%
frame.group_by("studie", "administratieve_eenheid_omschrijving").len("pupils").plot.bar(
    x="pupils",
    y="studie",
    color=alt.Color("administratieve_eenheid_omschrijving", title="unit"),
).properties(title=f"{len(frame)} active pupils by programme")

# %%
sizes = frame.filter(pl.col("klas") != "").group_by("klas").len("pupils")
print(f"{len(sizes)} classes")
print(f"{frame.filter(pl.col('klas') == '').height} pupils have no class")
every_size = alt.Scale(domain=[*range(1, sizes["pupils"].max() + 1)])
sizes.plot.bar(
    x=alt.X("pupils:O", title="pupils in a class", scale=every_size),
    y=alt.Y("count()", title="classes"),
).properties(title="Size of the classes")

# %% [markdown]
# ## Groups of many pupils at a time
#
# The service has one call per pupil. The client makes twenty calls at a time, and
# returns the results in order. If the call for one pupil fails, the others continue.

# %%
sample = [student.stamnummer for student in students][:60]
answers = medius.student_groups_of(sample, concurrency=20)
memberships = sum(len(answer.records) for answer in answers)
failed = [answer for answer in answers if answer.failure]
told = f"{len(answers)} pupils, {memberships} memberships of groups"
print(f"{told}, {len(failed)} calls failed")

# %% [markdown]
# ## The staff
#
# The service returns one row for each role of a person. `merge_employees` combines
# them, so each person occurs once.

# %%
rows = medius.employees()
people = merge_employees(rows)
nobody = sum(person.stamnummer is None for person in people)
left_school = sum(person.has_left for person in people)
print(
    f"{len(rows)} rows are {len(people) - nobody} people, of whom {left_school} have left"
)
print(f"accounts that are nobody's: {nobody}")

# %% [markdown]
# ## Four months later
#
# Time passes at the simulated school. The service does not list changes, so compare two
# tables to find them. At a real school, keep the first table in a store, because a
# notebook loses it when you run it again.

# %%
school.clock.advance(days=120)
change = diff(students, medius.students())
print(f"{len(change.added)} came, {len(change.left)} left, {len(change.changed)} changed")

# %%
medius.close()
school.close()
