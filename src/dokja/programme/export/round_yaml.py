"""A round as a YAML file that reads back as the same round.

The module writes what stands in the document; it chooses nothing and reads nothing.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from dokja.errors import MissingDependencyError

if TYPE_CHECKING:
    from dokja.document.round import RoundFile

__all__ = ["round_yaml"]


def round_yaml(found: RoundFile) -> bytes:
    """Write a round file.

    Parameters
    ----------
    found
        The round.

    Returns
    -------
    bytes
        UTF-8. Numbers are quoted, so that each keeps the digits it was written with; what is
        null is left out.

    Raises
    ------
    MissingDependencyError
        If the extra ``programme`` is not installed.
    """
    try:
        from ruamel.yaml import YAML  # noqa: PLC0415 - an extra
    except ImportError:
        raise MissingDependencyError(
            "YAML cannot be written: ruamel.yaml is not installed",
            hint="pip install 'dokja[programme]'",
        ) from None
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 2**16
    # Aliases are refused by the reader, and equal parts are no reason for one.
    writer.representer.ignore_aliases = lambda _: True
    text = StringIO()
    content: dict[str, Any] = found.model_dump(mode="json", exclude_none=True)
    writer.dump(content, text)
    return text.getvalue().encode()
