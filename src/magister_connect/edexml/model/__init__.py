"""The model of every version: code lists, simple types, the order of elements, blocks, and the records."""
