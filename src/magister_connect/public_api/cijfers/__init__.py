"""Grades: overview, latest, columns and periods."""
