"""The results web service of the simulated school: JIJ! and TOA, in every form that the real one may have."""

from magister_connect.sandbox.results.service import PATHS, ResultsService, application
from magister_connect.sandbox.results.switches import ResultsSwitches

__all__ = ["PATHS", "ResultsService", "ResultsSwitches", "application"]
