"""Pulls: paging, windows of time, school years, and what goes into the store."""
