"""Pupils, parents and children, personalia, addresses, contacts."""
