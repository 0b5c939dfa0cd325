"""Evidence to findings and a verdict."""
