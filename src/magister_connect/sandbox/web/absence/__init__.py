"""Absence in the web interface of the simulated school: registrations, measures, and notices by parents."""
