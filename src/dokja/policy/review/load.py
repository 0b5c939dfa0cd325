"""Policies of reviews as data, read from TOML.

The module knows what such a file must hold together, never what a submission is like.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from errno import EINVAL
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from dokja.document.review_policy import ReviewPolicy
from dokja.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["load_review_policy", "parse_review_policy", "policy_text", "review_policy_names"]

MAX_POLICY_BYTES: Final = 256 * 1024
_HINT: Final = "Start from a copy of k-sovereign-2026, which dokja review --show-policy prints."


def review_policy_names() -> tuple[str, ...]:
    """Return the names of the policies for reviews that come with the package.

    Returns
    -------
    tuple of str
        Sorted.
    """
    folder = resources.files("dokja.policy") / "policies" / "review"
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".toml")))


def load_review_policy(policy: str | Path) -> ReviewPolicy:
    """Read a policy for reviews by name or from a file.

    Parameters
    ----------
    policy
        Name of a policy that comes with the package, or path of a TOML file.

    Returns
    -------
    ReviewPolicy
        The policy.

    Raises
    ------
    PolicyError
        If there is none, or it does not fit; the message lists every defect with its key path.
    """
    return parse_review_policy(policy_text(policy), uri=str(policy))


def parse_review_policy(content: bytes, *, uri: str) -> ReviewPolicy:
    """Read a policy for reviews from the bytes of a TOML file.

    Parameters
    ----------
    content
        The bytes.
    uri
        Where they came from, for the error.

    Returns
    -------
    ReviewPolicy
        The policy.

    Raises
    ------
    PolicyError
        If it does not fit; the message lists every defect with its key path.
    """
    from blake3 import blake3  # noqa: PLC0415 - loaded when a digest is wanted

    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PolicyError(
            f"not a TOML file: {error}", uri=uri, hint="Mend the file at that place."
        ) from None
    data["digest"] = f"blake3:{blake3(content).hexdigest()}"
    try:
        # Through JSON, because only there does strict mode take text for dates and enumerations.
        found = ReviewPolicy.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise _error(_misfits(error), uri) from None
    defects = tuple(_defects(found))
    if defects:
        raise _error(defects, uri)
    return found


def policy_text(policy: str | Path) -> bytes:
    """Return the text of a policy for reviews.

    Parameters
    ----------
    policy
        Name of a policy that comes with the package, or path of a TOML file.

    Returns
    -------
    bytes
        TOML.

    Raises
    ------
    PolicyError
        If there is none.
    """
    names = review_policy_names()
    if isinstance(policy, str) and policy in names:
        folder = resources.files("dokja.policy") / "policies" / "review"
        return (folder / f"{policy}.toml").read_bytes()
    path = Path(policy)
    try:
        _refuse_pipe(path)
        with path.open("rb") as file:
            content = file.read(MAX_POLICY_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PolicyError(
            f"no such policy for reviews ({getattr(error, 'strerror', None) or error})",
            uri=str(policy),
            hint=f"Name one of {', '.join(names)}, or a TOML file.",
        ) from None
    if len(content) > MAX_POLICY_BYTES:
        raise PolicyError(
            "the file is too large to be a policy",
            uri=str(policy),
            hint="Is it the policy, and not the dossier?",
        )
    return content


def _refuse_pipe(path: Path) -> None:
    # A pipe that nobody writes to would be waited for without end.
    if path.exists() and not path.is_file():
        raise OSError(EINVAL, "not a regular file")


def _misfits(error: ValidationError) -> tuple[str, ...]:
    return tuple(
        ".".join(str(part) for part in defect["loc"]) + ": " + defect["msg"]
        for defect in error.errors(include_input=False, include_url=False)
    )


def _error(defects: tuple[str, ...], uri: str) -> PolicyError:
    return PolicyError(f"the policy does not fit: {'; '.join(defects)}", uri=uri, hint=_HINT)


def _defects(policy: ReviewPolicy) -> Iterator[str]:
    """Say what does not hold together, whatever each field says alone."""
    yield from _twice("criteria", [one.id for one in policy.criteria])
    yield from _twice("functions", [one.id for one in policy.functions])
    yield from _twice("sources", [one.id for one in policy.sources])
    yield from _twice("views", [one.view for one in policy.views])
    views = {one.view for one in policy.views}
    sources = {one.id for one in policy.sources}
    for criterion in policy.criteria:
        if criterion.view not in views:
            yield f"criteria.{criterion.id}.view: {criterion.view} is none of the views"
    named: list[tuple[str, Any]] = [(f"criteria.{c.id}", c.source) for c in policy.criteria]
    named += [(f"views.{view.view}", view.source) for view in policy.views]
    for place, source in named:
        if source is not None and source not in sources:
            yield f"{place}.source: {source} is none of the sources"


def _twice(field: str, ids: list[str]) -> Iterator[str]:
    for name, n in Counter(ids).items():
        if n > 1:
            yield f"{field}: {name} stands {n} times"
