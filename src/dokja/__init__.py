"""Dokja tells whether an AI model is its maker's own work."""
