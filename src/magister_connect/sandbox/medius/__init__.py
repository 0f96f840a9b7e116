"""The Medius web services of the simulated school: functions over HTTP, SOAP, and the page that lists them.

Documented and observed behaviour is imitated, with its oddities. Examples are the misspelt ``GetActiveEmpoyees``,
refusals with status 200, the byte-order mark before a CSV, ``1899/12/30``, duplicate staff, columns with their label as
name. Unknown behaviour is a switch of :class:`MediusSwitches`.
"""

from magister_connect.sandbox.medius.service import MediusService, application
from magister_connect.sandbox.medius.switches import MediusAccount, MediusList, MediusSwitches

__all__ = ["MediusAccount", "MediusList", "MediusService", "MediusSwitches", "application"]
