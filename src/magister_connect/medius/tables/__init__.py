"""Tables of Medius: rows, columns, the forms that they come in, streams, and what changed between two of them."""
