# %% [markdown]
# # First connection to a school
#
# From an address and an account to pictures of a school: who is there, in which classes,
# and who teaches them. The school is simulated; for a real one, put its address
# (`https://SCHOOL.swp.nl:8800`) and your account in the cell below, and leave `allow_http`
# out.

# %%
from collections import Counter, defaultdict

import matplotlib.pyplot as plt

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
# One call. What shows here is masked wherever it could tell who somebody is; the fields of
# the records are complete.

# %%
students = medius.students()
students

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
by_study: defaultdict[str, Counter[str]] = defaultdict(Counter)
for student in students:
    by_study[student.studie][student.administratieve_eenheid_omschrijving] += 1
studies = sorted(by_study, key=lambda study: by_study[study].total())
locations = sorted({location for counts in by_study.values() for location in counts})

figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
left = [0] * len(studies)
for location in locations:
    widths = [by_study[study][location] for study in studies]
    axes.barh(studies, widths, left=left, label=location)
    left = [start + width for start, width in zip(left, widths, strict=True)]
for place, total in enumerate(left):
    axes.text(total + 0.5, place, str(total), va="center")
axes.set(
    title=f"{len(students)} active pupils by programme and location",
    xlabel="pupils",
    ylabel="programme (studie)",
)
axes.legend(title="location", frameon=False, loc="lower right")
axes.margins(x=0.08)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %%
sizes = Counter(student.klas for student in students if student.klas)
without = sum(not student.klas for student in students)
classes = Counter(sizes.values())
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
axes.bar(list(classes), list(classes.values()))
axes.set(
    title=f"Size of {len(sizes)} classes; {without} pupils have none",
    xlabel="pupils in a class",
    ylabel="classes of that size",
    xticks=range(0, max(classes) + 1, 2),
    yticks=range(0, max(classes.values()) + 1, 2),
)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

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
