"""How both clients ask: lists that are walked, single records, photos, changes."""
