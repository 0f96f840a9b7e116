"""From bytes to records: sources, the parser's events, building, versions, leniency, whole documents and streams."""
