"""Pairs to evidence: one module a comparison."""
