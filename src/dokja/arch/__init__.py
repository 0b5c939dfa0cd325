"""Names to roles: which tensor is what."""
