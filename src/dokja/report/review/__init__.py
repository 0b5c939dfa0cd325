"""The page of an independence review: a verdict in a minute, with everything it rests on below."""

from __future__ import annotations
