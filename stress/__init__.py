"""Long runs that find faults which tests of some minutes do not find: `make stress`."""
