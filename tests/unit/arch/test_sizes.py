"""Sizes come from the configuration as a checkpoint hands it out."""

from __future__ import annotations

from types import MappingProxyType

from dokja.arch.resolve import resolve
from dokja.arch.sizes import sub_configurations
from dokja.io.checkpoint import open_checkpoint
from tests.support.zoo import ZOO


def test_a_read_only_configuration_is_read_with_those_inside_it() -> None:
    inner = MappingProxyType({"hidden_size": 8})
    outer = MappingProxyType({"text_config": inner, "vocab_size": 3})
    assert sub_configurations(outer) == [outer, inner]


def test_an_opened_checkpoint_tells_its_heads() -> None:
    with open_checkpoint(str(ZOO / "base")) as checkpoint:
        (component,) = resolve(checkpoint.records, checkpoint.config).components
    # No shape tells heads of separate projections: only the configuration does.
    groups = {(group.units, group.n) for group in component.groups}
    assert groups == {("mlp", 160), ("value", 16)}
    assert len(component.groups) == 5 * (1 + 2)
