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
# # The rights and lists of an account
#
# In the first hour with a new web service account of Medius, you have three questions.
# What may the account do? Which columns does this school fill? How does a list become
# your own records? The school is simulated; for a real one, change only the first cell.
# Tables show their first rows, and mask the columns that can identify a person.

# %%
import altair as alt
import attrs
import polars as pl

from magister_connect.errors import NotPermitted
from magister_connect.medius import MediusClient, column, lesperiode_on
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
# ## What may it do?
#
# `login()` tests only name and password. The school grants rights per function and per
# list. So try each list that you need: the service returns the same error for an
# unknown list and for a list that the account may not read.

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
# A frame of the records has typed columns. Do not rely on a field that this school
# leaves empty. The next cell shows the columns that are not filled for everybody.

# %%
frame = medius.students().to_polars()
filled = (
    frame.select((pl.all().cast(pl.String).fill_null("") != "").mean())
    .unpivot(variable_name="field", value_name="filled")
    .sort("filled")
)
partly = filled.filter(pl.col("filled") < 1)
partly.plot.bar(
    x=alt.X("filled", title="pupils with a value", axis=alt.Axis(format="%")),
    y=alt.Y("field", sort=None, title="field of Student"),
).properties(
    title=f"{len(filled) - len(partly)} of {len(filled)} columns are full; these are not"
)

# %% [markdown]
# ## A list as your own records
#
# The service renames columns through its data dictionary: the author of this list wrote
# `voornamen` and `sis_gebr__login_naam`. So take the names from the table, and write a
# class with the columns that you want.

# %%
table = medius.get_data(
    "leerlinggegevens", {"lesperiode": lesperiode_on(school.clock.today())}
)
frame = table.to_polars()  # these pupils are synthetic; a table itself prints stars
frame.select("stamnummer", "Off._voornamen", "Loginaccount.Naam", "volledig").head()

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
# ## Unknown school years
#
# For an unknown school year, the service returns no rows and no message. The `warnings`
# of the records explain it:

# %%
print(*medius.students("2026-2027").warnings)

# %%
medius.close()
school.close()
