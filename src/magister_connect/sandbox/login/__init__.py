"""The simulated login server and its state."""
