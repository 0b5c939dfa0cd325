"""Bytes to tensors: reading checkpoints without trusting them."""
