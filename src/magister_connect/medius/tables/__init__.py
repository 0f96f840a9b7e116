"""Tables of Medius: rows, columns, formats, streams, and differences between two tables."""
