"""What all stored documents share: strict, frozen, finite, without sets, lists or dicts.

The module knows how documents behave, never what one of them means.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from dokja.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

__all__ = ["MAX_DOCUMENT_BYTES", "Document", "Localized", "NamedValue", "parse_json_strictly"]

ModelT = TypeVar("ModelT", bound="Document")

MAX_DOCUMENT_BYTES = 512 * 1024 * 1024
"""Largest stored document that is read, in bytes."""

_MAX_VALUES: Final = 16_000_000
_MAX_CONTAINERS: Final = 2_000_000
_MAX_KEYS: Final = 200
"""Several times what the widest part of a document has; each further one costs an error."""
_MAX_PLAIN: Final = 100_000
"""Most numbers or words in one list; documents hold long lists of objects only."""
_MAX_INTEGER: Final = 2**63
_MAX_SHOWN: Final = 20
_HINT: Final = "Was it written by this version of Dokja, and is it whole?"
_TOO_LARGE: Final = "No audit writes that much; look what the file is."


def _stop_at_first(schema: object) -> None:
    """Let every sequence of a schema end at its first defect.

    An error takes a hundred times the memory of what it is about, so that a small file with
    millions of defects would take all there is.
    """
    if isinstance(schema, list | tuple):
        for part in schema:
            _stop_at_first(part)
    elif isinstance(schema, dict):
        if schema.get("type") == "tuple":
            schema["fail_fast"] = True
        for part in schema.values():
            _stop_at_first(part)


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
        defer_build=True,  # most commands need few of many documents
    )

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler, /
    ) -> CoreSchema:
        """Validate as declared, but end at the first defect of a sequence."""
        schema = handler(source)
        _stop_at_first(schema)
        return schema


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


def _short(text: str, longest: int = 80) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


_DROPPED: Final = object()
"""Stands for an object that was looked through already."""


def _plain_values(value: object) -> Iterator[object]:
    """Walk the numbers, words and nulls of lists within lists."""
    if isinstance(value, list):
        for part in value:
            yield from _plain_values(part)
    elif value is not _DROPPED:
        yield value


def _check_value(key: str, value: object) -> None:
    for place, one in enumerate(_plain_values(value)):
        if place >= _MAX_PLAIN:
            raise ReportError(
                f"a list has more than {_MAX_PLAIN:,} plain values",
                context=_short(key),
                hint=_TOO_LARGE,
            )
        if isinstance(one, int) and not -_MAX_INTEGER <= one < _MAX_INTEGER:
            raise ReportError("a number needs more than 64 bits", context=_short(key), hint=_HINT)


def _check_object(pairs: list[tuple[str, Any]]) -> object:
    """Refuse an object that no document holds; what it holds is dropped, to keep memory small."""
    keys = {key for key, _ in pairs}
    if len(keys) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ReportError(
            f"the key {_short(twice)!r} stands twice in one object",
            hint="Only one of the two can be meant; ask whoever wrote the file.",
        )
    if len(pairs) > _MAX_KEYS:
        raise ReportError(f"an object has {len(pairs):,} keys, too many to read", hint=_TOO_LARGE)
    for key, value in pairs:
        _check_value(key, value)
    return _DROPPED


def _check_size(content: bytes) -> None:
    if len(content) > MAX_DOCUMENT_BYTES:
        raise ReportError(
            f"the document has more than {MAX_DOCUMENT_BYTES:,} bytes, too many to read",
            hint=_TOO_LARGE,
        )
    n_containers = content.count(b"{") + content.count(b"[")
    if n_containers > _MAX_CONTAINERS or n_containers + content.count(b",") > _MAX_VALUES:
        raise ReportError("the document holds too many values to read", hint=_TOO_LARGE)


def _misfit(error: ValidationError) -> ReportError:
    defects = [
        ".".join(_short(str(part)) for part in defect["loc"]) + ": " + _short(defect["msg"], 300)
        for defect in error.errors(include_input=False, include_url=False)[:_MAX_SHOWN]
    ]
    return ReportError(
        "the document does not fit its schema: " + "; ".join(defects),
        hint=_HINT,
    )


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
        message lists defects with their dotted paths, the first of each sequence.
    """
    try:
        _check_size(content)
        json.loads(content, object_pairs_hook=_check_object)
        return model.model_validate_json(content)
    except ReportError as error:
        failed = error
    except ValidationError as error:
        failed = _misfit(error)
    except (ValueError, RecursionError) as error:
        failed = ReportError(
            f"not a JSON document: {_short(str(error), 300)}",
            hint="Is it the report itself, whole, and not a page or an archive that holds it?",
        )
    raise ReportError(failed.message, uri=uri, context=failed.context, hint=failed.hint)
