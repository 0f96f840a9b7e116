"""Learning in the web interface of the simulated school: study guides, assignments, materials."""
