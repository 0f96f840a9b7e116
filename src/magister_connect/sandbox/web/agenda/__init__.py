"""The agenda in the web interface of the simulated school, and the services beside the timetable."""
