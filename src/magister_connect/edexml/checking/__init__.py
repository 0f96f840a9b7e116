"""Checks: the schema and the rules of meaning, completeness, advice, and the report."""
