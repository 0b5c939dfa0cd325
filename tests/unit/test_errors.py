"""Every error says what can be done next; a raise without a hint is found in the source itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import dokja
from dokja import errors
from dokja.errors import DokjaError, SourceError

ROOMS = Path(dokja.__file__).parent
OURS = {name for name, kind in vars(errors).items() if name.endswith("Error")}


def bare_raises(source: str) -> list[str]:
    """Find calls that make one of our errors, or of their own kinds, without a hint."""
    tree = ast.parse(source)
    kinds = OURS | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in OURS for base in node.bases)
    }
    return [
        f"line {node.lineno}: {ast.unparse(node)[:80]}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in kinds
        and not any(has_hint(keyword) for keyword in node.keywords)
    ]


def has_hint(keyword: ast.keyword) -> bool:
    empty = isinstance(keyword.value, ast.Constant) and not keyword.value.value
    return keyword.arg == "hint" and not empty


MODULES = sorted(path.relative_to(ROOMS).as_posix() for path in ROOMS.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES)
def test_every_error_of_a_module_has_a_hint(module: str) -> None:
    assert bare_raises((ROOMS / module).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ["SourceError('x')", "SourceError('x', hint='')", "class A(SourceError): ...\nraise A('x')"],
)
def test_error_without_a_hint_is_found(source: str) -> None:
    assert bare_raises(source)


def test_error_shows_address_place_and_message() -> None:
    error = SourceError("broken", hint="mend it", uri="a.bin", context="tensors[3]")
    assert isinstance(error, DokjaError)
    assert str(error) == "a.bin tensors[3]: broken"
    assert error.hint == "mend it"
