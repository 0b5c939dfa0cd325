"""Disclosure: what a submission says of itself in its files, and whether that fits together.

The room reads words and code, never weights, and says where each statement stands.
"""
