"""Exact decimal numbers in stored documents, and figures that may be unknown.

The module knows how a number is written and what unknown means, never what a number measures.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from dokja.document.common import Document, Localized

__all__ = [
    "CONFIDENCE_ORDER",
    "Confidence",
    "Figure",
    "InputNumber",
    "Known",
    "Number",
    "Unknown",
    "weakest",
    "written",
]

_PATTERN = r"^-?(0|[1-9][0-9]{0,59})(\.[0-9]{1,120})?$"
_PLAIN = re.compile(_PATTERN, re.ASCII)
_MAX_WHOLE, _MAX_FRACTION = 12, 12


def _exact(value: object) -> object:
    """Turn text and whole numbers into decimals; a float stays one and is refused later."""
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) is None:
            raise ValueError(f"{value[:40]!r} is not a plain decimal number such as 12.5")
        return Decimal(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


def _small(value: Decimal) -> Decimal:
    if abs(value) >= 10**_MAX_WHOLE or -int(value.as_tuple().exponent) > _MAX_FRACTION:
        raise ValueError(
            f"has more than {_MAX_WHOLE} digits before or {_MAX_FRACTION} after the point"
        )
    return value


def written(value: Decimal) -> str:
    """Write a number out, without an exponent and with every digit that it bears.

    Parameters
    ----------
    value
        A finite number.

    Returns
    -------
    str
        Such as ``9.20``.

    Examples
    --------
    >>> written(Decimal("9.20")), written(Decimal("1E-3")), written(Decimal("-0"))
    ('9.20', '0.001', '0')
    """
    return format(abs(value) if value.is_zero() else value, "f")


Number = Annotated[
    Decimal,
    BeforeValidator(_exact),
    PlainSerializer(written, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": _PATTERN}, mode="serialization"),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string", "pattern": _PATTERN}]}, mode="validation"
    ),
]
"""An exact decimal; text in JSON, so that no reader passes it through binary floating point."""


def _checked(value: object) -> object:
    exact = _exact(value)
    return _small(exact) if isinstance(exact, Decimal) and exact.is_finite() else exact


InputNumber = Annotated[Number, BeforeValidator(_checked)]
"""A number that a person wrote: few enough digits for every later sum to be exact."""


Confidence = Literal["official", "press", "third_party", "inferred"]
"""Who says so: an authority, the press, whoever measured it, or nobody but arithmetic."""

CONFIDENCE_ORDER: tuple[Confidence, ...] = ("official", "press", "third_party", "inferred")
"""Strongest first."""


def weakest(*marks: Confidence | None) -> Confidence | None:
    """Return the weakest of some marks.

    Parameters
    ----------
    *marks
        Marks; None for what rests on supplied results and bears no mark.

    Returns
    -------
    str or None
        None only if there is no mark at all.

    Examples
    --------
    >>> weakest("official", None, "press")
    'press'
    """
    given = [CONFIDENCE_ORDER.index(mark) for mark in marks if mark is not None]
    return CONFIDENCE_ORDER[max(given)] if given else None


class Known(Document):
    """A figure that is known."""

    status: Literal["known"] = "known"
    value: Number
    basis: Literal["computed", "published"]
    """Whether it was computed here from what lies beneath, or stands as somebody published it."""
    confidence: Confidence | None = None
    """Weakest mark among all it rests on; null where it rests on supplied results alone."""


class Unknown(Document):
    """A figure that is not known, and why; never a zero."""

    status: Literal["unknown"] = "unknown"
    reason: Localized
    low: Number | None = None
    """No value below this one is possible; null where nothing can be said."""
    high: Number | None = None
    """No value above this one is possible; null where nothing can be said."""


Figure = Annotated[Known | Unknown, Field(discriminator="status")]
"""A figure that may be unknown."""
