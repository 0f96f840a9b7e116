"""What databases and encrypted files share: engines, file guards, encryption and leases."""
