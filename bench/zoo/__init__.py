"""Models of known lineage, really trained, for the tests.

Knows how to make them; refuses to know how they are audited.
"""

from __future__ import annotations
