"""Long runs that find what tests of a few minutes do not: `make stress`."""
