"""What would change a decision: other rules tried, break-even points, weights as they worked.

The room tries rules on results that are there; it never says which rule is the fair one.
"""

from __future__ import annotations
