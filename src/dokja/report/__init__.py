"""Views of a stored report."""
