"""Figures of every room, each a ratio within one run. See README.md."""
