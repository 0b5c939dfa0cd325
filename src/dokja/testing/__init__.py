"""The laws every plugin is held to, as functions to call from a test of one's own.

The room knows what formats, families, comparisons, rules and renderers owe each other; it needs
no test framework, and nothing in the package needs it.

Each check returns nothing if all is well and raises an `AssertionError` that names the law that
was broken; `ConformanceError` is one.
"""

from __future__ import annotations

from dokja.arch.check import check_family
from dokja.testing.comparisons import check_comparison, read_pair
from dokja.testing.formats import SampleTensor, check_format
from dokja.testing.laws import ConformanceError
from dokja.testing.renderers import check_renderer
from dokja.testing.rules import check_rule
from dokja.testing.samples import HOSTILE_NAME, sample_report
from dokja.testing.toys import Toy, random_toy, write_toy

__all__ = [
    "HOSTILE_NAME",
    "ConformanceError",
    "SampleTensor",
    "Toy",
    "check_comparison",
    "check_family",
    "check_format",
    "check_renderer",
    "check_rule",
    "random_toy",
    "read_pair",
    "sample_report",
    "write_toy",
]
