from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from dokja.document.audit import AuditReport
from dokja.report import BUILTIN
from dokja.testing import ConformanceError, check_renderer
from tests.support.reports import BUILDERS


@pytest.mark.parametrize("name", BUILTIN.names())
def test_renderer_keeps_the_laws(name: str) -> None:
    renderer = BUILTIN.get(name)
    assert renderer.name == name
    check_renderer(renderer, [BUILDERS[story]() for story in ("demo", "empty", "null")])


@dataclass
class _Renderer:
    """A renderer that breaks one law at a time."""

    write: Callable[[AuditReport], str]
    name: str = "broken"
    suffix: str = ".txt"
    media_type: str = "text/plain"
    seen: list[str] = field(default_factory=list)

    def render(self, report: AuditReport, *, language: str) -> bytes:
        return self.write(report).encode()


def _good(report: AuditReport) -> str:
    text = f"{report.subject.ref} {[reference.ref for reference in report.references]}"
    return text.replace("<", "&lt;")


_COUNTER = count()


@pytest.mark.parametrize(
    ("changes", "law"),
    [
        ({"name": ""}, "small letters"),
        ({"suffix": "txt"}, "suffix"),
        ({"media_type": "text"}, "media type"),
        ({"write": lambda _: ""}, "writes bytes"),
        ({"write": lambda _: str(next(_COUNTER))}, "same bytes twice"),
        ({"write": lambda report: report.subject.ref}, "names donor-0815"),
        ({"write": lambda report: _good(report).replace("&lt;", "<")}, "hostile names"),
    ],
)
def test_broken_renderer_is_named_with_its_law(changes: dict[str, Any], law: str) -> None:
    with pytest.raises(ConformanceError, match=law):
        check_renderer(_Renderer(**{"write": _good, **changes}))


def test_smallest_good_renderer_passes() -> None:
    check_renderer(_Renderer(write=_good))
