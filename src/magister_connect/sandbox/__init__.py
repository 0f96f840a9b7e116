"""The simulated school: what nobody can reach from a laptop, on loopback and with people who do not exist."""
