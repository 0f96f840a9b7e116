# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What an account may see, and what its lists hold
#
# The first hour with a new web service account of Medius: what may it do, which columns
# does this school fill, and how does a list become records of your own. The school is
# simulated; at a real one only the first cell differs. Tables show their first rows, with
# the columns masked that may tell who somebody is.

# %%
import attrs
import matplotlib.pyplot as plt
import polars as pl

from magister_connect.errors import NotPermitted
from magister_connect.medius import MediusClient, column, lesperiode_on
from magister_connect.sandbox import Sandbox

school = Sandbox()
medius = MediusClient(
    school.medius_url,
    username=school.medius_username,
    password=school.medius_password,
    allow_http=True,
)

# %% [markdown]
# ## What may it do?
#
# `login()` tries name and password and nothing else. Rights are given per function and per
# list, so the next thing to try is each list that you were promised: the service gives one
# and the same answer for a list that is not there and for one that the account may not
# read.

# %%
medius.login()
for name in ("platform-inschrijvingen", "platform-absenties", "leerlinglijst"):
    try:
        table = medius.get_data(name)
    except NotPermitted as refusal:
        print(f"{name}: {refusal}")
    else:
        print(f"{name}: {len(table)} rows, {', '.join(table.columns[:5])}, ...")

# %% [markdown]
# ## Which columns does this school fill?
#
# A frame of the records has typed columns. Whoever builds on a field that this school
# leaves empty builds on sand, so here are those that are not filled for everybody.

# %%
frame = medius.students().to_polars()
texts = frame.with_columns(pl.all().cast(pl.String).fill_null(""))
filled = {
    name: 100.0 * sum(text != "" for text in texts[name]) / len(texts)
    for name in texts.columns
}
partly = dict(
    sorted(
        ((name, share) for name, share in filled.items() if share < 100),
        key=lambda item: item[1],
    )
)
figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
bars = axes.barh(list(partly), list(partly.values()))
axes.bar_label(bars, fmt="%.0f %%", padding=3)
axes.set(
    title=f"{len(filled) - len(partly)} of {len(filled)} columns are full; these are not",
    xlabel="pupils with a value (%)",
    ylabel="field of Student",
    xlim=(0, 108),
    xticks=range(0, 101, 20),
)
axes.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown]
# ## A list, as records of your own
#
# The service relabels columns through its data dictionary: the author of this list wrote
# `voornamen` and `sis_gebr__login_naam`. So the names come from the table, and a class says
# which of them it wants.

# %%
table = medius.get_data(
    "leerlinggegevens", {"lesperiode": lesperiode_on(school.clock.today())}
)
table

# %%


@attrs.frozen(repr=False)
class Account:
    """A pupil's login, and whether the enrolment is complete."""

    stamnummer: str
    login: str = attrs.field(metadata=column("Loginaccount.Naam"))
    volledig: bool


accounts = table.to(Account)
incomplete = sum(not account.volledig for account in accounts)
print(f"{incomplete} of {len(accounts)} enrolments are not complete")

# %% [markdown]
# ## What the service does not say
#
# A year that the service does not know is answered with no rows and no word. The records
# tell instead:

# %%
print(*medius.students("2026-2027").warnings)

# %%
medius.close()
school.close()
