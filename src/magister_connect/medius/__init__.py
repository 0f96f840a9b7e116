"""Magister Medius: the web services of a school, in full.

>>> from magister_connect.medius import MediusClient
"""

from magister_connect.medius.answers import CallResult
from magister_connect.medius.calls import Form
from magister_connect.medius.client import AsyncMediusClient, MediusClient
from magister_connect.medius.columns import column, rest
from magister_connect.medius.lesperiode import lesperiode_after, lesperiode_on
from magister_connect.medius.records import (
    EmployeeClass,
    EmployeeGroup,
    EmployeeSubject,
    StaffMember,
    Student,
    StudentGroup,
    StudentSubject,
)
from magister_connect.medius.table import Records, Row, Table

__all__ = [
    "AsyncMediusClient",
    "CallResult",
    "EmployeeClass",
    "EmployeeGroup",
    "EmployeeSubject",
    "Form",
    "MediusClient",
    "Records",
    "Row",
    "StaffMember",
    "Student",
    "StudentGroup",
    "StudentSubject",
    "Table",
    "column",
    "lesperiode_after",
    "lesperiode_on",
    "rest",
]
