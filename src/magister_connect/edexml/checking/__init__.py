"""Check documents against the schema, the rules of meaning and completeness, and report the result."""
