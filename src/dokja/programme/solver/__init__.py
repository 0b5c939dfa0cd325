"""Points that were not published, worked out from those that were, as far as they can be.

The room counts what is possible; it never says which possibility is the likely one.
"""

from __future__ import annotations
