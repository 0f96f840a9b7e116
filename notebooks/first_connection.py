# %% [markdown]
# # First connection to a school
#
# From an address and an account to pictures of a school: who is there, in which classes,
# and who teaches them. The school is simulated; for a real one, put its address
# (`https://SCHOOL.swp.nl:8800`) and your account in the cell below, and leave `allow_http`
# out.

# %%
import matplotlib.pyplot as plt
import polars as pl

from magister_connect.errors import NotAuthenticated
from magister_connect.medius import MediusClient, diff, merge_employees
from magister_connect.sandbox import Sandbox

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
# One call. Records mask their values when they are shown, so that no name gets into a
# notebook that you share. As a frame they are plain: these pupils are nobody's.

# %%
students = medius.students()
frame = students.to_polars()
frame.select("stamnummer", "roepnaam", "achternaam", "klas", "studie").head(8)

# %% [markdown]
# A wrong account is told in the service's own words, with who can fix it.

# %%
try:
    MediusClient(
        school.medius_url, username="platform", password="a guess", allow_http=True
    ).login()
except NotAuthenticated as error:
    print(error)

# %% [markdown]
# ## Who is where

# %%
by_study = frame.pivot(
    "administratieve_eenheid_omschrijving",
    index="studie",
    values="stamnummer",
    aggregate_function="len",
)
by_study.to_pandas().set_index("studie").plot.barh(
    stacked=True, xlabel="pupils", title=f"{len(frame)} active pupils by programme"
)
plt.show()

# %%
sizes = frame.filter(pl.col("klas") != "").group_by("klas").len("pupils")
sizes["pupils"].to_pandas().plot.hist(
    bins=range(sizes["pupils"].max() + 2), title=f"Size of {len(sizes)} classes"
)
plt.show()
print(f"{frame.filter(pl.col('klas') == '').height} pupils have no class")

# %% [markdown]
# ## Groups of many pupils at a time
#
# The service has one call per pupil. Twenty are on their way at a time, answers come in
# order, and a pupil for whom the call fails does not stop the others.

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
# The service gives one row for each role of a person. Merged, everybody is there once.

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
# Time passes at the simulated school. What changed is found by comparing two tables,
# because the service cannot tell. At a real school, keep the first of the two in a store; a
# notebook that is run again has forgotten it.

# %%
school.clock.advance(days=120)
change = diff(students, medius.students())
print(f"{len(change.added)} came, {len(change.left)} left, {len(change.changed)} changed")

# %%
medius.close()
school.close()
