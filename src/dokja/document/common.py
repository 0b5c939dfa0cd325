"""What all stored documents share: strict, frozen, finite, without sets, lists or dicts.

The module knows how documents behave, never what one of them means.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from dokja.errors import ReportError

__all__ = ["MAX_DOCUMENT_BYTES", "Document", "Localized", "NamedValue", "parse_json_strictly"]

ModelT = TypeVar("ModelT", bound="Document")

MAX_DOCUMENT_BYTES = 512 * 1024 * 1024
"""Largest stored document that is read, in bytes."""


class Document(BaseModel):
    """Base of every part of a stored document.

    Unknown keys are refused, values are neither coerced nor changed later, and no number may
    be infinite or not a number.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        validate_default=True,
        json_schema_serialization_defaults_required=True,
    )


class Localized(Document):
    """One sentence in each of the two languages of the programme."""

    en: str
    ko: str

    def text(self, language: str) -> str:
        """Return the sentence in a language.

        Parameters
        ----------
        language
            ``"ko"`` or ``"en"``.

        Returns
        -------
        str
            The Korean sentence for ``"ko"``, the English one otherwise.
        """
        return self.ko if language == "ko" else self.en


class NamedValue(Document):
    """A number with its name, where a mapping would be mutable."""

    name: str
    value: float


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ReportError(f"the key {twice!r} stands twice in one object")
    return mapping


def parse_json_strictly(model: type[ModelT], content: bytes, *, uri: str | None = None) -> ModelT:
    """Read a stored document and refuse everything that is not exactly one.

    Parameters
    ----------
    model
        Kind of document that is expected.
    content
        The bytes of the JSON text.
    uri
        Where the bytes came from, for the error.

    Returns
    -------
    ModelT
        The document.

    Raises
    ------
    ReportError
        If the bytes are too many, not JSON, hold a key twice, or do not fit the schema; the
        message lists every defect with its dotted path.
    """
    if len(content) > MAX_DOCUMENT_BYTES:
        raise ReportError(f"the document has {len(content):,} bytes, too many to read", uri=uri)
    try:
        json.loads(content, object_pairs_hook=_refuse_duplicates)
        return model.model_validate_json(content)
    except ReportError as error:
        raise ReportError(error.message, uri=uri, hint=error.hint) from None
    except ValidationError as error:
        defects = [
            ".".join(str(part) for part in defect["loc"]) + ": " + defect["msg"]
            for defect in error.errors()[:20]
        ]
        raise ReportError(
            "the document does not fit its schema: " + "; ".join(defects),
            uri=uri,
            hint="Was it written by this version of Dokja, and is it whole?",
        ) from None
    except (ValueError, RecursionError) as error:
        raise ReportError(f"not a JSON document: {error}", uri=uri) from None
