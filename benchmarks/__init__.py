"""Figures of every module, each a ratio within one run. See README.md."""
