"""What is published of a round's points, and what a reader can work out from it.

The room keeps to a profile and counts what it gives away; it never says what should be public.
"""

from __future__ import annotations
