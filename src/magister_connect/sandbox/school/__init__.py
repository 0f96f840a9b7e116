"""The simulated school: its people, programmes, timetable, marks, absences and test results."""
