"""Policies as data: thresholds and the level of each rule, read from TOML.

The module knows what a policy may say, never what a report holds.
"""

from __future__ import annotations

import hashlib
import tomllib
from errno import EINVAL
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from dokja.document.common import Document, Localized
from dokja.errors import PolicyError

__all__ = ["Level", "Policy", "RuleLevel", "Thresholds", "load_policy", "policy_names"]

Level = Literal["off", "note", "warning", "error"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
MAX_POLICY_BYTES = 64 * 1024


class Thresholds(Document):
    """The numbers at which evidence becomes a relation."""

    max_log10_p: Annotated[float, Field(le=0.0)]
    min_in_place_share: Share
    min_cosine_ratio: Annotated[float, Field(ge=1.0)]
    min_swap_effect: Share
    min_basis_pearson: Share
    verbatim_share: Share
    reused_pearson: Share
    min_reused_coverage: Share
    derived_ratio: Share
    shared_init_ratio: Share
    min_derived_slope: Share
    derived_slope: Share
    effective_gain_ratio: Share
    partial_pearson: Share
    min_coverage: Share
    max_share_cosine_0_9: Share
    max_share_cosine_0_5: Share
    max_diffuse: Share
    min_reindexed_effect: Share
    min_reindexed_share: Share
    min_reindexed_layers: Share
    min_reindexed_ratio: Annotated[float, Field(ge=1.0)]
    widest_stranger_effect: Share
    max_retained: Share
    min_moved: Share
    min_flipped: Share
    min_scale_spread: Annotated[float, Field(ge=0.0)]
    min_hidden_gain: Share
    min_factor_spread: Annotated[float, Field(ge=0.0)]
    min_mixture_weight: Share
    min_added_share: Share
    max_mixture_residual: Share
    min_one_factor: Share
    min_shared_pearson: Share
    max_apart_pearson: Share
    min_step_share: Share
    min_zero_share: Share
    max_white_ratio: Annotated[float, Field(ge=1.0)]
    max_white_spread: Annotated[float, Field(ge=0.0)]
    min_canary_cosine: Share
    press_pearson: Share


class RuleLevel(Document):
    """How heavily one rule weighs."""

    rule: str
    level: Level


class Policy(Document):
    """Thresholds and rule levels under a name."""

    schema_version: Literal["1"]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    description: Localized
    thresholds: Thresholds
    rules: tuple[RuleLevel, ...]
    digest: str
    """Digest of the policy file, so that a report says which one judged it."""

    def level(self, rule: str) -> Level:
        """Return how heavily a rule weighs.

        Parameters
        ----------
        rule
            Id of the rule.

        Returns
        -------
        Level
            ``"off"`` for a rule the policy does not name.
        """
        return next((entry.level for entry in self.rules if entry.rule == rule), "off")


def policy_names() -> tuple[str, ...]:
    """Return the names of the policies that come with the package.

    Returns
    -------
    tuple of str
        Sorted.
    """
    folder = resources.files("dokja.policy") / "policies"
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml")))


def load_policy(policy: str | Path) -> Policy:
    """Read a policy by name or from a file.

    Parameters
    ----------
    policy
        Name of a policy that comes with the package, or path of a TOML file.

    Returns
    -------
    Policy
        The policy.

    Raises
    ------
    PolicyError
        If there is none, or it does not fit; the message lists every defect with its key path.
    """
    uri = str(policy)
    content = _read(policy)
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PolicyError(
            f"not a TOML file: {error}", uri=uri, hint="Mend the file at that place."
        ) from None
    return _validated(data, content, uri)


def _read(policy: str | Path) -> bytes:
    names = policy_names()
    if isinstance(policy, str) and policy in names:
        return (resources.files("dokja.policy") / "policies" / f"{policy}.toml").read_bytes()
    path = Path(policy)
    try:
        _refuse_pipe(path)
        with path.open("rb") as file:
            content = file.read(MAX_POLICY_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PolicyError(
            f"no such policy ({getattr(error, 'strerror', None) or error})",
            uri=str(policy),
            hint=f"Name one of {', '.join(names)}, or a TOML file.",
        ) from None
    if len(content) > MAX_POLICY_BYTES:
        raise PolicyError(
            "the file is too large to be a policy",
            uri=str(policy),
            hint="Is it the policy, and not the report?",
        )
    return content


def _refuse_pipe(path: Path) -> None:
    # A pipe that nobody writes to would be waited for without end.
    if path.exists() and not path.is_file():
        raise OSError(EINVAL, "not a regular file")


def _validated(data: dict[str, Any], content: bytes, uri: str) -> Policy:
    rules = data.pop("rules", {})
    if not isinstance(rules, dict):
        raise PolicyError(
            "rules must be a table",
            uri=uri,
            context="rules",
            hint='Write [rules] and below it lines such as DKJ101 = "error".',
        )
    try:
        return Policy.model_validate(
            {
                **data,
                "rules": tuple({"rule": rule, "level": level} for rule, level in rules.items()),
                "digest": "sha256:" + hashlib.sha256(content).hexdigest(),
            }
        )
    except ValidationError as error:
        defects = "; ".join(
            ".".join(str(part) for part in defect["loc"]) + ": " + defect["msg"]
            for defect in error.errors()
        )
        raise PolicyError(
            f"the policy does not fit: {defects}",
            uri=uri,
            hint="Start from a copy of the default policy.",
        ) from None
