"""Absence and attendance."""
