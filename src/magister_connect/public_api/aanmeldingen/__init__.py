"""Enrolments, subjects and mentors."""
