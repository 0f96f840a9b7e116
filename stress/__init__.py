"""Long runs that look for what tests of some minutes do not find: `make stress`."""
