"""Magister Medius: the web services of a school, in full.

>>> from magister_connect.medius import MediusClient
"""

from magister_connect.medius.answers import CallResult
from magister_connect.medius.calls import Form
from magister_connect.medius.client import AsyncMediusClient, MediusClient
from magister_connect.medius.columns import column, rest
from magister_connect.medius.difference import Change, Difference, difference
from magister_connect.medius.employee import OMITTED, Employee
from magister_connect.medius.lesperiode import lesperiode_after, lesperiode_on
from magister_connect.medius.people import OfPerson
from magister_connect.medius.personeel import Preview
from magister_connect.medius.records import (
    EmployeeClass,
    EmployeeGroup,
    EmployeeSubject,
    StaffMember,
    Student,
    StudentGroup,
    StudentSubject,
)
from magister_connect.medius.staff import Colleague, merge_employees
from magister_connect.medius.table import Records, Row, Table

__all__ = [
    "OMITTED",
    "AsyncMediusClient",
    "CallResult",
    "Change",
    "Colleague",
    "Difference",
    "Employee",
    "EmployeeClass",
    "EmployeeGroup",
    "EmployeeSubject",
    "Form",
    "MediusClient",
    "OfPerson",
    "Preview",
    "Records",
    "Row",
    "StaffMember",
    "Student",
    "StudentGroup",
    "StudentSubject",
    "Table",
    "column",
    "difference",
    "lesperiode_after",
    "lesperiode_on",
    "merge_employees",
    "rest",
]
