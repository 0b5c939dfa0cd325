from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from dokja.arch import family as family_module
from dokja.arch.family import family_named, known_families, load_families, load_family
from dokja.errors import MalformedFamilyError, PluginError, UnknownFamilyError

MINIMAL = """
name = "small"
component = "language_model"
[detect]
required = ["layers.{layer}.fc.weight"]
[tensors]
"layers.{layer}.fc.{param}" = "mlp.up.{param}"
"""


def _write(folder: Path, text: str, name: str = "small.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_weights_and_biases_share_a_line(tmp_path: Path) -> None:
    family = load_family(_write(tmp_path, MINIMAL))
    made = {rule.pattern.text: rule.targets[0].kind for rule in family.tensors}
    assert made == {
        "layers.{layer}.fc.weight": "mlp.up.weight",
        "layers.{layer}.fc.bias": "mlp.up.bias",
    }
    assert family.residual_exchangeable


def test_a_family_extends_another(tmp_path: Path) -> None:
    base = load_family(_write(tmp_path, MINIMAL))
    text = """
name = "larger"
extends = "small"
residual_exchangeable = false
[detect]
required = ["layers.{layer}.fc.weight"]
[config]
residual = ["width"]
[tensors]
"layers.{layer}.fc.bias" = { kind = "mlp.gate.bias" }
"""
    family = load_family(_write(tmp_path, text), bases=[base])
    made = {rule.pattern.text: rule.targets[0].kind for rule in family.tensors}
    assert made["layers.{layer}.fc.weight"] == "mlp.up.weight"
    assert made["layers.{layer}.fc.bias"] == "mlp.gate.bias"
    assert family.component == "language_model"
    assert not family.residual_exchangeable
    assert base.residual_exchangeable


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ('name = "small"', "", "name", "a text is expected"),
        ('name = "small"', "name = 3", "name", "a text is expected"),
        ('"language_model"', '"text_model"', "component", "known are"),
        ('name = "small"', 'name = "small"\ncolour = "red"', "colour", "unknown key"),
        ('name = "small"', 'name = "small"\nextends = "nobody"', "extends", "no family"),
        ('name = "small"', 'name = "small"\nresidual_exchangeable = 1', "residual_", "true or"),
        ('name = "small"', 'name = "small"\ntied = [["a"]]', "tied[0]", "a pair"),
        (
            'name = "small"',
            'name = "small"\nunits = [{members = [{kind = "a"}]}]',
            "units[0]",
            "two",
        ),
        (
            'name = "small"',
            'name = "small"\nunits = [{members = [{kind = "a", axis = -1}, {kind = "b"}]}]',
            "units[0].members[0]",
            "axis counts",
        ),
        ('["layers.{layer}.fc.weight"]', "[]", "detect", "at least one name"),
        ('["layers.{layer}.fc.weight"]', '"layers"', "detect.required", "a list"),
        ('["layers.{layer}.fc.weight"]', "[[]]", "detect.required[0]", "a name or a list"),
        ('["layers.{layer}.fc.weight"]', '["layers.{depth}.w"]', "detect.required", "neither"),
        ("[detect]", '[detect]\nlikes = "x"', "detect.likes", "unknown key"),
        ("[detect]", "[detect]\nforbidden = [1]", "detect.forbidden", "a list of texts"),
        ('"mlp.up.{param}"', '"wings.{param}"', "tensors.layers.{layer}", "not in the vocabulary"),
        ('"mlp.up.{param}"', '"mlp/up"', "tensors.layers.{layer}", "without '/'"),
        ('"mlp.up.{param}"', '{ kind = "a", axes = ["colour"] }', "axes", "known are residual"),
        ('"mlp.up.{param}"', '{ axes = ["other"] }', "tensors.layers", "either kind or parts"),
        ('"mlp.up.{param}"', '{ parts = ["a", "a"] }', "parts", "stands twice"),
        (
            '"mlp.up.{param}"',
            '{ parts = ["mlp.up.weight", "mlp.gate.weight"] }',
            "tensors",
            "shape",
        ),
        ('"mlp.up.{param}"', '{ kind = "mlp.up.{param}", shape = ["A"] }', "shape", "sum of"),
        ('"mlp.up.{param}"', '{ kind = "mlp.up.{param}", size = 3 }', "size", "unknown key"),
        ('"mlp.up.{param}"', "7", "tensors.layers", "a table is expected"),
        ("[tensors]", "[config]\nheads = 3\n[tensors]", "config.heads", "a list"),
        (
            '"layers.{layer}.fc.{param}"',
            '"layers.{layer}.fc.bias" = "mlp.up.bias"\n"layers.{layer}.fc.{param}"',
            "tensors",
            "twice",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_name_and_the_place(
    tmp_path: Path, old: str, new: str, where: str, what: str
) -> None:
    assert old in MINIMAL
    path = _write(tmp_path, MINIMAL.replace(old, new, 1))
    with pytest.raises(MalformedFamilyError, match=what) as caught:
        load_family(path, bases=[])
    assert caught.value.uri == str(path)
    assert where in (caught.value.context or "")


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedFamilyError, match="not TOML"):
        load_family(_write(tmp_path, "name = "))
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(MalformedFamilyError, match="not UTF-8"):
        load_family(path)
    path.write_bytes(b"#" * (1 << 21))
    with pytest.raises(MalformedFamilyError, match="larger"):
        load_family(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownFamilyError, match="cannot be read"):
        load_family(tmp_path / "absent.toml")


def test_families_may_extend_each_other_in_any_order(tmp_path: Path) -> None:
    child = MINIMAL.replace('"small"', '"aaa"').replace("component", 'extends = "small"\ncomponent')
    files = [_write(tmp_path, child, "a.toml"), _write(tmp_path, MINIMAL)]
    assert [family.name for family in load_families(files)] == ["aaa", "small"]


def test_two_families_of_one_name_are_refused(tmp_path: Path) -> None:
    files = [_write(tmp_path, MINIMAL, "a.toml"), _write(tmp_path, MINIMAL, "b.toml")]
    with pytest.raises(MalformedFamilyError, match="is taken by"):
        load_families(files)


def test_a_circle_of_extensions_is_refused(tmp_path: Path) -> None:
    one = MINIMAL.replace("component", 'extends = "two"\ncomponent')
    two = MINIMAL.replace("component", 'extends = "small"\ncomponent').replace(
        '"small"', '"two"', 1
    )
    with pytest.raises(MalformedFamilyError, match="no family of that name"):
        load_families([_write(tmp_path, one, "a.toml"), _write(tmp_path, two, "b.toml")])


def test_a_family_is_found_by_name() -> None:
    assert family_named("llama").name == "llama"
    with pytest.raises(UnknownFamilyError, match="no family 'lama'") as caught:
        family_named("lama")
    assert "llama" in caught.value.hint


@pytest.fixture
def fresh_catalog() -> None:
    known_families.cache_clear()


def _plug_in(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    point = EntryPoint("extra", value, family_module.ENTRY_POINT_GROUP)
    monkeypatch.setattr("dokja.catalog.entry_points", lambda group: [point])


@pytest.mark.usefixtures("fresh_catalog")
def test_a_plugin_brings_families_in_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "more_families"
    package.mkdir()
    (package / "__init__.py").touch()
    _write(package, MINIMAL)
    monkeypatch.syspath_prepend(tmp_path)
    _plug_in(monkeypatch, "more_families")
    try:
        assert family_named("small").source.endswith("small.toml")
        assert known_families()[-1].name == "small"
    finally:
        known_families.cache_clear()


@pytest.mark.usefixtures("fresh_catalog")
@pytest.mark.parametrize("value", ["not_a_package_at_all", "os:sep2", "math:pi"])
def test_a_plugin_that_brings_none_is_told(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    _plug_in(monkeypatch, value)
    try:
        with pytest.raises(PluginError, match="extra"):
            known_families()
    finally:
        known_families.cache_clear()


@pytest.mark.usefixtures("fresh_catalog")
def test_a_plugin_may_name_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, MINIMAL)
    module = ModuleType("folder_of_families")
    module.__dict__["PLACE"] = tmp_path
    monkeypatch.setitem(__import__("sys").modules, "folder_of_families", module)
    _plug_in(monkeypatch, "folder_of_families:PLACE")
    try:
        assert family_named("small").component == "language_model"
    finally:
        known_families.cache_clear()
