# %% [markdown]
# # Two nights of a school through UWLR
#
# A nightly job requests the data of a school administration. This notebook shows what
# it receives, what changed between two nights, and which fields are not in the agreed
# set of data. The school is simulated. With your own address, name, code and key, the
# same calls work for a real one.

# %%
from collections import Counter

import matplotlib.pyplot as plt

from magister_connect.sandbox import Sandbox, UwlrSwitches
from magister_connect.store import Store
from magister_connect.uwlr import SMALLE_SET, UwlrClient

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
counts = [len(getattr(second.diff, kind).get("leerling", ())) for kind in kinds]
figure, axes = plt.subplots(figsize=(7, 3))
bars = axes.bar(kinds, counts, color="#3b6ea5")
axes.bar_label(bars)
axes.set(title="What changed between two nights", xlabel="change", ylabel="pupils")
axes.margins(y=0.15)
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Pupils per group on both nights

# %%
nights = {"first": first.answer.document, "second": second.answer.document}
names = [group.naam for group in nights["second"].groepen][:16]
figure, axes = plt.subplots(figsize=(9, 3.5))
for place, (night, document) in enumerate(nights.items()):
    keys = {group.key: group.naam for group in document.groepen}
    sizes = Counter(keys[pupil.groep] for pupil in document.leerlingen if pupil.groep)
    axes.bar(
        [at + 0.4 * place for at in range(len(names))],
        [sizes[name] for name in names],
        width=0.4,
        label=night,
    )
axes.set(title="Pupils per group", xlabel="group", ylabel="pupils")
axes.set_xticks([at + 0.2 for at in range(len(names))], names, rotation=60)
axes.legend(title="night")
figure.tight_layout()
plt.show()

# %%
uwlr.close()
store.close()
school.close()
