"""Model cards: front matter and text, as hubs write them.

The module reads words; whether they are true it never knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dokja.document.yamltext import load_yaml
from dokja.errors import DossierError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Card", "read_card"]

_FRONT: Final = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_MAX: Final = 4 * 1024 * 1024
_LONGEST: Final = 200
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says in fields that machines read, and in words."""

    base_models: tuple[str, ...]
    relation: str | None
    licence: str | None
    licence_name: str | None
    datasets: tuple[str, ...]
    text: str
    """All of it, front matter included."""


def read_card(content: bytes, *, uri: str) -> Card:
    """Read a card.

    Parameters
    ----------
    content
        The file.
    uri
        Its name, for messages.

    Returns
    -------
    Card
        With empty fields where there is no front matter.

    Raises
    ------
    DossierError
        If it is too large or no text, or its front matter is no mapping.
    """
    if len(content) > _MAX:
        raise DossierError(
            f"the card is larger than {_MAX} bytes", uri=uri, hint="Hand in the card alone."
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise DossierError(
            "the card is no text in UTF-8", uri=uri, hint="Save it as UTF-8."
        ) from None
    found = _FRONT.match(text)
    held: dict[str, Any] = {}
    if found is not None and found[1].strip():
        held = load_yaml(found[1].encode(), uri=uri, error=DossierError)
    return Card(
        base_models=tuple(_words(held.get("base_model"))),
        relation=_word(held.get("base_model_relation")),
        licence=_word(held.get("license")),
        licence_name=_word(held.get("license_name")),
        datasets=tuple(_words(held.get("datasets"))),
        text=text,
    )


def _word(value: object) -> str | None:
    return next(_words(value), None)


def _words(value: object) -> Iterator[str]:
    """List the texts of a field, whether it holds one or several."""
    for one in (value if isinstance(value, list) else [value])[:_MOST]:
        if isinstance(one, str) and one.strip():
            yield one.strip()[:_LONGEST]
