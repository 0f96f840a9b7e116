# %% [markdown]
# # Two nights of a school through UWLR
#
# A nightly job requests the data of a school administration. This notebook shows what
# it receives, what changed between two nights, and which fields are not in the agreed
# set of data. The school is simulated. With your own address, name, code and key, the
# same calls work for a real one.

# %%
from collections import Counter

import altair as alt
import polars as pl

from magister_connect import edexml
from magister_connect.sandbox import Sandbox, UwlrSwitches
from magister_connect.store import Store
from magister_connect.uwlr import SMALLE_SET, UwlrClient

alt.renderers.enable("svg")  # a picture, not a script from the network
alt.theme.register("notebook", enable=True)(
    lambda: {"config": {"font": "DejaVu Sans, Verdana, sans-serif"}}  # wide
)
school = Sandbox(uwlr=UwlrSwitches(way="magister"))
store = Store("sqlite://", key=Store.generate_key())
uwlr = UwlrClient(
    school.uwlr_url,
    klantnaam=school.accounts.uwlr_klantnaam,
    klantcode=school.accounts.uwlr_klantcode,
    autorisatiesleutel=school.uwlr.keys,
    version="2.3",
    data_set="Smalle-set-VO",
    clock=school.clock,
)
first = uwlr.pull(store.snapshots, "99ZZ", "2025-2026", profile=SMALLE_SET)
first.answer

# %% [markdown]
# ## The first night
#
# On the first night, there is nothing to compare with. Reading is lenient: each
# deviation from the standard is a finding. No finding contains a value of a pupil.

# %%
findings = Counter(finding.message for finding in first.answer.document.findings)
print(*(f"{count:4} x {message}" for message, count in findings.items()), sep="\n")
print(first.beyond)

# %% [markdown]
# ## The second night, sixteen weeks later
#
# The job requests the data since the first response, compares, and stores the new
# response.

# %%
school.clock.advance(days=112)
second = uwlr.pull(store.snapshots, "99ZZ", "2025-2026", profile=SMALLE_SET)
second

# %%
kinds = ("added", "left", "moved", "renamed", "changed")
changes = pl.DataFrame(
    {
        "change": kinds,
        "pupils": [len(getattr(second.diff, kind).get("leerling", ())) for kind in kinds],
    }
)
changes.plot.bar(x="pupils", y=alt.Y("change", sort=None)).properties(
    title="What changed between two nights"
)

# %% [markdown]
# ## Pupils per group on both nights

# %%
nights = {"first": first.answer.document, "second": second.answer.document}
members = pl.concat(
    edexml.to_polars(document)
    .leerlingen.join(
        edexml.to_polars(document).groepen.select("key", group="naam"),
        left_on="groep",
        right_on="key",
    )
    .select("group", night=pl.lit(night))
    for night, document in nights.items()
)
some = members["group"].unique().sort()[:10]
members.filter(pl.col("group").is_in(some.implode())).plot.bar(
    x=alt.X("group"), xOffset="night", y=alt.Y("count()", title="pupils"), color="night"
).properties(title="Pupils per group")

# %%
uwlr.close()
store.close()
school.close()
