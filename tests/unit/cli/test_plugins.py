from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from dokja.catalog import Catalog
from dokja.cli import codes
from dokja.cli.main import main


def test_everything_built_in_is_listed_and_ready(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugins"]) == codes.EXIT_OK
    shown = capsys.readouterr().out
    for name in ("safetensors", "llama", "units", "DKJ101", "html", "https"):
        assert name in shown
    assert "ready" in shown


def _catalog(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    """Let the command see one catalog with these plugins."""
    monkeypatch.setattr("dokja.catalog.entry_points", lambda group: points)
    module = ModuleType("room_of_a_test")
    catalog: Catalog[object] = Catalog(
        kind="renderer", group="dokja.renderers", builtins={"less": "operator:lt"}
    )
    module.BUILTIN = catalog  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("dokja.cli.plugins.CATALOGS", ((module.__name__, "BUILTIN"),))


def test_plugin_that_cannot_be_loaded_is_shown_and_exits_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _catalog(
        monkeypatch,
        EntryPoint("broken[red]", "no_such_module:RENDERER", "dokja.renderers"),
        EntryPoint("more", "operator:gt", "dokja.renderers"),
    )
    assert main(["plugins"]) == codes.EXIT_INCOMPLETE
    shown = " ".join(capsys.readouterr().out.split())
    assert "broken[red]" in shown
    assert "no_such_module" in shown
    assert "renderer more an unnamed package ready" in shown


def test_name_given_twice_is_shown_and_exits_with_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _catalog(monkeypatch, EntryPoint("less", "operator:gt", "dokja.renderers"))
    assert main(["plugins"]) == codes.EXIT_INCOMPLETE
    assert "twice" in capsys.readouterr().out
