"""Compare two documents, and propose changes to a record."""
