"""What changed between two documents, and proposals to change a record."""
