"""The Medius web services of the simulated school: functions over HTTP, SOAP, and the page that lists them.

What is documented or was seen is imitated, oddities included: the misspelt ``GetActiveEmpoyees``, refusals with status
200, the byte-order mark before a CSV, ``1899/12/30``, doubled staff, columns that are called by their label. What
nobody knows is a switch of :class:`MediusSwitches`.
"""

from magister_connect.sandbox.medius.service import MediusService, application
from magister_connect.sandbox.medius.switches import MediusAccount, MediusList, MediusSwitches

__all__ = ["MediusAccount", "MediusList", "MediusService", "MediusSwitches", "application"]
