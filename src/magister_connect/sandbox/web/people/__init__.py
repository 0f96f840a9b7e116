"""People in the web interface of the simulated school: accounts, families, enrolments, and what staff see."""
