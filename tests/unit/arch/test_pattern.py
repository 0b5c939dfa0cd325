from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.arch.pattern import NameIndex, NamePattern, fill_numbers, skeleton
from tests.unit.arch.manifests import Record


def _index(*names: str) -> NameIndex:
    return NameIndex({name: Record(name, "F32", (1,)) for name in names})


@given(st.text())
def test_numbers_can_be_put_back(name: str) -> None:
    key, numbers = skeleton(name)
    if "*" not in name:
        assert fill_numbers(key, numbers) == name


def test_only_plain_numbers_between_dots_are_taken_out() -> None:
    assert skeleton("model.layers.12.fc1.0.weight") == ("model.layers.*.fc1.*.weight", (12, 0))
    assert skeleton("a.01.b") == ("a.01.b", ())
    assert skeleton("a.٣.b") == ("a.٣.b", ())
    assert skeleton("a.12345678901.b") == ("a.12345678901.b", ())


def test_a_pattern_reads_layer_and_expert() -> None:
    pattern = NamePattern.parse("layers.{layer}.experts.{expert}.0.weight")
    assert pattern.skeleton == "layers.*.experts.*.*.weight"
    assert pattern.match((3, 7, 0)) == (3, 7)
    assert pattern.match((3, 7, 1)) is None


@pytest.mark.parametrize("text", ["a..b", "a.{head}.b", "a.*.b", "{layer}.{layer}", "x{layer}.b"])
def test_a_pattern_that_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"segment|placeholder"):
        NamePattern.parse(text)


def test_prefixes_are_found_at_dots_only() -> None:
    index = _index("model.layers.0.q", "xlayers.0.q", "layers.1.q")
    assert index.prefixes_of("layers.*.q") == {"model.", ""}


def test_a_numbered_prefix_counts_only_if_it_is_no_block() -> None:
    assert _index("0.auto.layers.0.q", "0.auto.layers.1.q").prefixes_of("layers.*.q") == {"0.auto."}
    stages = _index("stages.0.layers.0.q", "stages.1.layers.0.q")
    assert stages.prefixes_of("layers.*.q") == set()


def test_records_under_a_numbered_prefix_keep_only_their_own_numbers() -> None:
    index = _index("0.layers.1.q", "1.layers.2.q", "other.q")
    ((key, records),) = index.under("0.")
    assert key == "layers.*.q"
    assert [record.numbers for record in records] == [(1,)]
