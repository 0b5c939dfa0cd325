from __future__ import annotations

import re
from pathlib import Path

import pytest

from dokja.arch.check import check_family, synthetic_checkpoint
from dokja.arch.family import known_families, load_families, load_family
from dokja.arch.resolve import resolve
from dokja.arch.role import Axis
from dokja.arch.rules import Family
from tests.support.modules import REPOSITORY
from tests.unit.arch.manifests import Record

FAMILIES = known_families()

STARLIGHT = """
# A family that nobody has heard of: one file, and nothing else.
name = "starlight"
component = "language_model"

[detect]
model_types = ["starlight"]
required = ["stages.{layer}.mix.qkv.weight", "stages.{layer}.think.wide.weight"]

[config]
layers = ["n_stages"]
residual = ["width"]
heads = ["n_heads"]

[tensors]
"atoms.weight" = "token_embedding.weight"
"out_norm.weight" = "norm.final.weight"
"stages.{layer}.n1.weight" = "norm.attention.weight"
"stages.{layer}.n2.weight" = "norm.mlp.weight"
"stages.{layer}.mix.out.{param}" = "attention.o.{param}"
"stages.{layer}.think.wide.{param}" = "mlp.up.{param}"
"stages.{layer}.think.narrow.{param}" = "mlp.down.{param}"
"stages.{layer}.clock" = { kind = "clock", axes = ["other"], fixed = true }

[tensors."stages.{layer}.mix.qkv.{param}"]
parts = ["attention.q.{param}", "attention.k.{param}", "attention.v.{param}"]
shape = ["heads parts head_dim", "residual"]
"""


@pytest.fixture
def starlight(tmp_path: Path) -> Family:
    path = tmp_path / "starlight.toml"
    path.write_text(STARLIGHT, encoding="utf-8")
    return load_family(path)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_keeps_the_laws(family: Family) -> None:
    check_family(family)


def test_a_family_needs_a_file_and_nothing_else(starlight: Family) -> None:
    check_family(starlight)
    shapes: dict[str, tuple[int, ...]] = {"atoms.weight": (50, 12), "out_norm.weight": (12,)}
    for i in range(3):
        shapes |= {
            f"stages.{i}.n1.weight": (12,),
            f"stages.{i}.n2.weight": (12,),
            f"stages.{i}.mix.qkv.weight": (36, 12),
            f"stages.{i}.mix.out.weight": (12, 12),
            f"stages.{i}.think.wide.weight": (30, 12),
            f"stages.{i}.think.narrow.weight": (12, 30),
            f"stages.{i}.clock": (7,),
        }
    records = {name: Record(name, "F32", shape) for name, shape in shapes.items()}
    config = {"model_type": "starlight", "width": 12, "n_stages": 3, "n_heads": 4}

    resolved = resolve(records, config, families=[*FAMILIES, starlight])
    (component,) = resolved.components
    assert (component.component, component.family) == ("language_model", "starlight")
    assert not resolved.leftovers
    assert (component.n_layers, component.n_residual, component.n_heads) == (3, 12, 4)
    kinds = {str(t.role) for t in component.tensors if t.role.layer == 1}
    assert "language_model/layers.1/attention.v.weight" in kinds
    assert {t.role.kind for t in component.tensors if t.fixed} == {"clock"}
    units = sorted((g.units, g.layer, g.n) for g in component.groups)
    assert units == sorted(
        [("mlp", i, 30) for i in range(3)] + [("value", i, 3) for i in range(3)] * 4
    )

    unknown = resolve(records, config)
    assert all(component.inferred for component in unknown.components)


def test_a_file_that_breaks_a_law_is_told(tmp_path: Path) -> None:
    text = STARLIGHT.replace(
        '"stages.{layer}.think.narrow.{param}"', '"other.{layer}.narrow.{param}"'
    )
    text += '\n[[units]]\nmembers = [{ kind = "a.weight" }, { kind = "b.weight" }]\n'
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match="declared units were not found"):
        check_family(load_family(path))


def test_a_family_that_takes_the_place_of_another_is_told(tmp_path: Path) -> None:
    llama = next(family for family in FAMILIES if family.name == "llama")
    text = Path(llama.source).read_text(encoding="utf-8").replace('"llama"', '"alpaca"', 1)
    path = tmp_path / "alpaca.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match="taken for"):
        check_family(llama, among=[load_family(path)])


def test_synthetic_checkpoints_hold_every_meaning() -> None:
    meanings: set[Axis] = set()
    for family in FAMILIES:
        records, config = synthetic_checkpoint(family)
        for component in resolve(records, config, families=[family]).components:
            meanings |= {axis for tensor in component.tensors for axis in tensor.axes}
    assert meanings == set(Axis)


def test_the_family_of_the_how_to_keeps_the_laws(tmp_path: Path) -> None:
    page = (REPOSITORY / "docs" / "how-to" / "add-a-family.md").read_text(encoding="utf-8")
    first, second, *_ = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    paths = [tmp_path / "starlight.toml", tmp_path / "starlight2.toml"]
    for path, text in zip(paths, (first, second), strict=True):
        path.write_text(text, encoding="utf-8")
    for family in load_families(paths):
        check_family(family)


def test_the_reference_names_every_family() -> None:
    page = (REPOSITORY / "docs" / "reference" / "families.md").read_text(encoding="utf-8")
    ours = [f for f in FAMILIES if Path(f.source).parent.name == "families"]
    rows = set(re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE))
    assert {(f.name, f.component) for f in ours} <= rows
