"""The simulated login server, and what it remembers."""
