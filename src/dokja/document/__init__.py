"""Stored documents: the vocabulary that is persisted."""
