"""Account, session and privileges."""
