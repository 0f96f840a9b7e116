"""Read documents: sources, parser events, building of records, versions, lenient reading, documents and streams."""
