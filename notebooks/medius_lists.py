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
# ## A list as your own records
#
# The service renames columns through its data dictionary: the author of this list wrote
# `voornamen` and `sis_gebr__login_naam`. So take the names from the table, and write a
# class with the columns that you want.

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
# ## Unknown school years
#
# For an unknown school year, the service returns no rows and no message. The `warnings`
# of the records explain it:

# %%
print(*medius.students("2026-2027").warnings)

# %%
medius.close()
school.close()
