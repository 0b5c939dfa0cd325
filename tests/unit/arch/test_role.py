from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.arch.role import Member, TensorRole, affine_index

words = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1)
numbers = st.none() | st.integers(0, 10**6)
roles = st.builds(TensorRole, words, numbers, numbers, words)


@given(roles)
def test_a_role_can_be_read_back(role: TensorRole) -> None:
    assert TensorRole.parse(str(role)) == role


@given(roles, roles)
def test_roles_are_told_apart_when_written(a: TensorRole, b: TensorRole) -> None:
    assert (str(a) == str(b)) == (a == b)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "language_model",
        "a/b/c",
        "a/layers.x/b",
        "a/layers.03/b",
        "a/experts.1/layers.2/b",
        "a/layers.1/",
        "/layers.1/b",
    ],
)
def test_what_is_no_role_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        TensorRole.parse(text)


@pytest.mark.parametrize(
    ("component", "layer", "kind"), [("a/b", 1, "c"), ("a", 1, "b/c"), ("a", -1, "b"), ("", 0, "b")]
)
def test_a_role_that_could_not_be_read_back_is_refused(
    component: str, layer: int, kind: str
) -> None:
    with pytest.raises(ValueError, match="not"):
        TensorRole(component, layer, None, kind)


def test_roles_stand_in_the_order_of_the_network() -> None:
    expected = [
        TensorRole("a", None, None, "x"),
        TensorRole("a", 2, None, "x"),
        TensorRole("a", 2, 0, "x"),
        TensorRole("a", 10, None, "a"),
        TensorRole("b", None, None, "a"),
    ]
    shuffled = [expected[i] for i in (3, 0, 4, 2, 1)]
    assert sorted(shuffled) == expected


@pytest.mark.parametrize(
    ("kind", "group"),
    [
        ("token_embedding.weight", "embedding"),
        ("patch_embedding.bias", "bias"),
        ("head.weight", "head"),
        ("norm.attention.weight", "norm"),
        ("norm.attention.bias", "bias"),
        ("attention.q_norm.weight", "norm"),
        ("attention.q.weight", "attention"),
        ("attention.q+k+v.weight", "attention"),
        ("attention.q.bias", "bias"),
        ("mlp.up.weight", "mlp"),
        ("shared_mlp.down.weight", "mlp"),
        ("projector.0.weight", "mlp"),
        ("router.weight", "router"),
        ("router.correction_bias", "router"),
        ("conv1.weight", "conv"),
        ("mtp.attention.q.weight", "attention"),
        ("mtp.embedding_norm.weight", "norm"),
        ("cross_attention.k.weight", "attention"),
        # names as they stand in files, for what no family knows
        ("attn_ln.weight", "norm"),
        ("attn.query.weight", "attention"),
        ("mlp.0.weight", "mlp"),
        ("logit_scale", "other"),
    ],
)
def test_every_kind_belongs_to_a_group(kind: str, group: str) -> None:
    assert TensorRole("a", 0, None, kind).group == group


def test_an_affine_index_counts_as_it_says() -> None:
    index = affine_index(3, 2, start=10, step=1, inner=3)
    assert index.tolist() == [[10, 13], [11, 14], [12, 15]]
    assert not index.flags.writeable


def test_members_are_equal_by_what_they_hold() -> None:
    role = TensorRole("a", 0, None, "mlp.up.weight")
    member = Member(role, 0, affine_index(3))
    assert member == Member(role, 0, affine_index(3).copy())
    assert hash(member) == hash(Member(role, 0, affine_index(3).copy()))
    assert member != Member(role, 0, affine_index(3, start=1))
    assert member != Member(role, 1, affine_index(3))
    assert member != "member"
