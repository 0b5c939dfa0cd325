"""The licence that a model card names, found without reading YAML.

The module knows the few lines between the dashes at the top of a card, never what a licence
allows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["card_license", "config_license"]

_MAX_LINES = 2_000
_MAX_LENGTH = 200
_LINE = re.compile(r"(license|license_name)[ \t]*:(?:[ \t]+(.*))?$")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.+)$")


def card_license(text: str) -> str | None:
    r"""Return the licence named in the metadata of a model card.

    Parameters
    ----------
    text
        Beginning of ``README.md``, at least as far as its second line of dashes.

    Returns
    -------
    str or None
        As written; ``license_name`` where ``license`` says only that it is another one. None if
        there is no metadata, or no licence in it.

    Examples
    --------
    >>> card_license("---\nlicense: other\nlicense_name: exaone  # 1.2\n---\n# Model")
    'exaone'
    """
    lines = text.removeprefix("\ufeff").splitlines()[:_MAX_LINES]
    if not lines or lines[0].rstrip() != "---":
        return None
    ends = [place for place, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")]
    if not ends:
        return None
    found = _scan(lines[1 : ends[0]])
    given = found.get("license")
    return found.get("license_name", given) if given == "other" else given


def config_license(config: Mapping[str, Any] | None) -> str | None:
    """Return the licence named in a config.

    Parameters
    ----------
    config
        Content of ``config.json``, if there is one.

    Returns
    -------
    str or None
        None if it names none.
    """
    given = config.get("license") if config else None
    return _plain(given) if isinstance(given, str) else None


def _scan(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, line in enumerate(lines):
        match = _LINE.match(line)
        if not match:
            continue
        given = _plain(match[2] or "") or _first_item(lines[place + 1 : place + 2])
        if given is not None:
            found.setdefault(match[1], given)
    return found


def _first_item(lines: list[str]) -> str | None:
    match = _ITEM.match(lines[0]) if lines else None
    return _plain(match[1]) if match else None


def _plain(value: str) -> str | None:
    """Return a scalar without quotes, brackets and comment."""
    text = re.sub(r"(^|[ \t])#.*$", "", value).strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1].split(",")[0].strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1].strip()
    is_usable = 0 < len(text) <= _MAX_LENGTH and text.isprintable() and text not in ("null", "~")
    return text if is_usable else None
