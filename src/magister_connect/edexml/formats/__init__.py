"""Other formats for the same data: the body of a UWLR message, EDEX2000, and polars tables."""
