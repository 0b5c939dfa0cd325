"""Licences: what an expression says, what it asks for, and what control its licensor keeps.

The room knows licences and their duties, never weights and never who broke one.
"""
