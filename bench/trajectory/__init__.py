"""Honest training runs, forged ones, and what is said of each."""
