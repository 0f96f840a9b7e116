"""Records: their repr, plain data, frozen mappings, and lists with records that cannot be read."""
