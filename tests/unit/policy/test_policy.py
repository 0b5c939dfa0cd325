"""Policies come from TOML, and every defect has its own message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dokja.errors import PolicyError
from dokja.policy import check_rules, load_policy, policy_names
from dokja.policy.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", policy_names())
def test_shipped_policies_name_every_rule(name: str) -> None:
    policy = load_policy(name)
    assert policy.name == name
    assert {entry.rule for entry in policy.rules} == set(RULES.names())


def test_a_copy_of_a_policy_is_that_policy(tmp_path: Path) -> None:
    from importlib import resources

    content = (resources.files("dokja.policy") / "policies" / "default.toml").read_bytes()
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    assert load_policy(path) == load_policy("default")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("max_log10_p = -6.0", "max_log10_p = nan"), "max_log10_p"),
        (("max_log10_p = -6.0", "max_log10_p = 6.0"), "max_log10_p"),
        (("reused_pearson = 0.98", 'reused_pearson = "0.98"'), "reused_pearson"),
        (("reused_pearson = 0.98", "reused = 0.98"), "reused"),
        (('DKJ101 = "error"', 'DKJ101 = "fatal"'), "level"),
        (('schema_version = "1"', 'schema_version = "2"'), "schema_version"),
        (("[thresholds]", "[thresholds"), "TOML"),
    ],
)
def test_defects_are_named(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    from importlib import resources

    content = (resources.files("dokja.policy") / "policies" / "default.toml").read_text()
    assert change[0] in content
    path = tmp_path / "broken.toml"
    path.write_text(content.replace(*change))
    with pytest.raises(PolicyError, match=message):
        load_policy(path)


def test_a_misspelt_rule_is_refused(tmp_path: Path) -> None:
    from importlib import resources

    content = (resources.files("dokja.policy") / "policies" / "default.toml").read_text()
    path = tmp_path / "misspelt.toml"
    path.write_text(content.replace("DKJ101", "DKJ1O1"))
    with pytest.raises(PolicyError, match="DKJ1O1"):
        check_rules(load_policy(path))


def test_a_pipe_is_no_policy(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PolicyError, match="regular file"):
        load_policy(tmp_path / "pipe")


def test_a_missing_policy_names_those_there_are() -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy("defualt")
    assert "default" in caught.value.hint
