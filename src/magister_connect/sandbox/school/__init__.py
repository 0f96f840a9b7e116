"""The simulated school itself: its people, programmes, timetable, marks, absences and test results."""
