"""The code that pages show is run: a how-to that does not work is a defect."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dokja.arch.family import load_families
from dokja.testing import (
    check_comparison,
    check_family,
    check_format,
    check_renderer,
    check_rule,
    sample_report,
)
from tests.support.modules import REPOSITORY

DOCS = REPOSITORY / "docs"


def _first_code(page: str) -> str:
    found = re.search(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def shown(request: pytest.FixtureRequest) -> Any:
    """Return the module that a page shows first."""
    module = ModuleType("shown_in_the_docs")
    # Dataclasses look their module up by name.
    sys.modules[module.__name__] = module
    try:
        exec(compile(_first_code(request.param), request.param, "exec"), vars(module))
        yield module
    finally:
        del sys.modules[module.__name__]


@pytest.mark.parametrize("shown", ["how-to/add-a-comparison.md"], indirect=True)
def test_comparison_of_the_how_to_keeps_the_laws(shown: Any) -> None:
    check_comparison(shown.COMPARISON)


@pytest.mark.parametrize("shown", ["how-to/add-a-format.md"], indirect=True)
def test_format_of_the_how_to_keeps_the_laws(shown: Any) -> None:
    check_format(shown.FORMAT, shown.write_bytes, dtypes=shown.DTYPES)


def test_families_of_the_how_to_keep_the_laws(tmp_path: Path) -> None:
    page = (DOCS / "how-to/add-a-family.md").read_text()
    first, second = re.findall(r"```toml\n(name = .*?)```", page, re.DOTALL)
    (tmp_path / "starlight.toml").write_text(first)
    (tmp_path / "starlight2.toml").write_text(second)
    families = load_families([tmp_path / "starlight.toml", tmp_path / "starlight2.toml"])
    assert [family.name for family in families] == ["starlight", "starlight2"]
    for family in families:
        check_family(family)


@pytest.mark.parametrize("shown", ["how-to/add-a-renderer.md"], indirect=True)
def test_renderer_of_the_how_to_keeps_the_laws(shown: Any) -> None:
    check_renderer(shown.RENDERER)


@pytest.mark.parametrize("shown", ["how-to/add-a-rule.md"], indirect=True)
def test_rule_of_the_how_to_keeps_the_laws(shown: Any) -> None:
    kin, stranger = sample_report(), sample_report(pearson=0.0)
    equal = {**dict(kin.components[0]), "equal_share": 0.75}
    copied = type(kin).model_validate({**dict(kin), "components": (equal,)})
    check_rule(shown.RULE, fires_on=copied, silent_on=stranger)


def test_pages_name_only_commands_and_options_that_exist() -> None:
    from dokja.cli.language import Language
    from dokja.cli.main import build_command

    commands = dict(build_command(Language.EN).commands)
    for name, command in list(commands.items()):
        inner = getattr(command, "commands", {})
        commands |= {f"{name} {step}": part for step, part in inner.items()}
    options = {
        name: {
            word
            for parameter in command.params
            for word in parameter.opts + parameter.secondary_opts
        }
        for name, command in commands.items()
    }
    unknown = []
    for page in (*DOCS.rglob("*.md"), *REPOSITORY.glob("README*.md")):
        for block in re.findall(r"```(?:sh|yaml)\n(.*?)```", page.read_text(), re.DOTALL):
            joined = block.replace("\\\n", " ")
            for name, rest in re.findall(r"\bdokja (round [\w-]+|\w+)([^\n#|>]*)", joined):
                used = set(re.findall(r"(?<!\S)--?[a-z][\w-]*", rest))
                if name not in commands or used - options[name] - {"--help"}:
                    unknown.append((page.name, name, used))
    assert unknown == []


def test_every_rule_stands_in_the_reference_with_its_levels() -> None:
    from dokja.policy import load_policy
    from dokja.policy.rules import RULES

    page = (DOCS / "reference/rules.md").read_text()
    told = {
        cells[0]: (cells[2], cells[3])
        for line in page.splitlines()
        if line.startswith("| `DKJ")
        and len(cells := [c.strip(" `") for c in line.strip("|").split("|")]) > 3
    }
    policies = [load_policy(name) for name in ("default", "press-2026")]
    real = {name: tuple(policy.level(name) for policy in policies) for name in RULES.names()}
    assert told == real
