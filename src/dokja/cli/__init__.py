"""The command line: one module a command, nothing heavy imported before work begins.

The room parses, calls, shows and chooses an exit code; it computes nothing itself.
"""
