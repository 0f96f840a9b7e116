"""The agenda at the web interface of the simulated school, and what stands beside the timetable."""
