from __future__ import annotations

import sys
from importlib.metadata import PathDistribution
from typing import TYPE_CHECKING

import pytest

from dokja.catalog import Catalog
from dokja.errors import CatalogError, PluginError

if TYPE_CHECKING:
    from pathlib import Path

GROUP = "dokja.test_orders"


def _install(folder: Path, name: str, entries: str) -> None:
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}\n")
    assert PathDistribution(info).name == name


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def _catalog(builtins: dict[str, str] | None = None) -> Catalog[object]:
    return Catalog(
        kind="order",
        group=GROUP,
        builtins={"less": "operator:lt", "equal": "operator:eq"} if builtins is None else builtins,
    )


def test_built_ins_keep_their_order_and_plugins_follow_by_name(packages: Path) -> None:
    _install(packages, "zeta-plugin", "greater = operator:gt")
    _install(packages, "alpha-plugin", "other = operator:ne")
    catalog = _catalog()
    assert catalog.names() == ("less", "equal", "greater", "other")
    assert list(catalog) == list(catalog.names())
    assert len(catalog) == 4
    assert "greater" in catalog
    assert "nothing" not in catalog
    assert [entry.distribution for entry in catalog.entries()] == [
        None,
        None,
        "zeta-plugin",
        "alpha-plugin",
    ]
    assert [entry.target for entry in catalog.entries()][2] == "operator:gt"


def test_plugin_is_used_like_a_built_in(packages: Path) -> None:
    _install(packages, "zeta-plugin", "greater = operator:gt [extra]")
    catalog = _catalog()
    assert catalog.get("greater")(2, 1)  # type: ignore[operator]
    assert [order(2, 1) for order in catalog.load_all()] == [  # type: ignore[operator]
        False,
        False,
        True,
    ]


def test_nothing_is_loaded_before_it_is_asked_for(packages: Path) -> None:
    (packages / "dokja_lazy_plugin.py").write_text("LOADED = object()\n")
    _install(packages, "lazy-plugin", "lazy = dokja_lazy_plugin:LOADED")
    catalog = _catalog()
    assert catalog.names()[-1] == "lazy"
    assert "dokja_lazy_plugin" not in sys.modules
    loaded = catalog.get("lazy")
    assert catalog.get("lazy") is loaded
    del sys.modules["dokja_lazy_plugin"]


def test_a_module_may_be_the_object() -> None:
    import operator

    assert _catalog({"all": "operator"}).get("all") is operator


def test_unknown_name_gets_suggestions() -> None:
    with pytest.raises(CatalogError, match="there is no order 'lesss'") as caught:
        _catalog().get("lesss")
    assert caught.value.hint == "did you mean 'less'? known: less, equal"


def test_unknown_name_without_likeness_lists_what_is_known() -> None:
    with pytest.raises(CatalogError) as caught:
        _catalog().get("qqq")
    assert caught.value.hint == "known: less, equal"
    with pytest.raises(CatalogError) as caught:
        _catalog({}).get("qqq")
    assert caught.value.hint == "known: none"


def test_plugin_may_not_take_the_name_of_a_built_in(packages: Path) -> None:
    _install(packages, "bold-plugin", "less = operator:gt")
    with pytest.raises(CatalogError, match=r"given twice: built in .*from bold-plugin") as caught:
        _catalog().names()
    assert "uninstall bold-plugin" in caught.value.hint


def test_two_plugins_may_not_take_one_name(packages: Path) -> None:
    _install(packages, "first-plugin", "greater = operator:gt")
    _install(packages, "second-plugin", "greater = operator:ge")
    with pytest.raises(CatalogError, match=r"from first-plugin .*from second-plugin"):
        _catalog().get("less")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("dokja_no_such_module:X", "ModuleNotFoundError"),
        ("operator:no_such_attribute", "AttributeError"),
        ("dokja_broken_plugin:X", "ZeroDivisionError"),
    ],
)
def test_failing_plugin_is_named_with_its_package(packages: Path, target: str, reason: str) -> None:
    (packages / "dokja_broken_plugin.py").write_text("X = 1 / 0\n")
    _install(packages, "broken-plugin", f"broken = {target}")
    catalog = _catalog()
    assert "broken" in catalog
    assert catalog.get("less")
    with pytest.raises(PluginError, match=f"package broken-plugin .*{reason}") as caught:
        catalog.load_all()
    assert caught.value.__cause__ is not None
    assert "broken-plugin" in caught.value.hint


def test_failing_built_in_is_a_bug_and_not_a_plugin_error() -> None:
    with pytest.raises(AttributeError):
        _catalog({"gone": "operator:no_such_attribute"}).get("gone")
