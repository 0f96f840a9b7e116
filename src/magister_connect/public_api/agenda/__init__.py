"""Agenda and its changes."""
