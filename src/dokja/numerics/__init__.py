"""Arrays to numbers: pure mathematics."""
