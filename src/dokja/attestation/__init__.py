"""Proof to others: bundles, statements, signatures and bills of materials, made of documents.

The room reads documents and bytes, never tensors, and judges nothing itself.
"""
