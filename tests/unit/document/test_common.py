"""A stored document is read in bounded memory, whatever it holds."""

from __future__ import annotations

import json
import tracemalloc

import pytest

from dokja.document import common
from dokja.document.audit import AuditReport
from dokja.document.common import parse_json_strictly
from dokja.errors import ReportError


def refused(content: bytes) -> ReportError:
    with pytest.raises(ReportError) as caught:
        parse_json_strictly(AuditReport, content, uri="r.json")
    assert caught.value.uri == "r.json"
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a": 1, "a": 2}',
        b'{"subject": 1e400}',
        b'{"subject": NaN}',
        b'{"schema_version": "1"}',
    ],
)
def test_everything_refused_has_a_hint(content: bytes) -> None:
    refused(content)


@pytest.mark.parametrize("value", ["9" * 30, "[" + "9" * 30 + "]", "[[1, -" + "9" * 30 + "]]"])
def test_number_beyond_64_bits_is_refused(value: str) -> None:
    error = refused(f'{{"n_parameters": {value}}}'.encode())
    assert "64 bits" in error.message
    assert error.context == "n_parameters"


def test_object_with_more_keys_than_any_document_is_refused() -> None:
    content = json.dumps({f"key{i}": 0 for i in range(1_000)}).encode()
    assert "1,000 keys" in refused(content).message


def test_long_list_of_plain_values_is_refused() -> None:
    content = b'{"components": [' + b",".join([b"[0,0]"] * 60_000) + b"]}"
    assert "plain values" in refused(content).message


@pytest.mark.parametrize("cap", ["MAX_DOCUMENT_BYTES", "_MAX_VALUES", "_MAX_CONTAINERS"])
def test_document_beyond_a_cap_is_refused(cap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, cap, 3)
    assert "too many" in refused(b'{"a": {"b": {"c": {"d": 1}}}}').message


def test_first_defect_of_a_sequence_ends_it() -> None:
    # Each of these once cost a hundred times its own length: 6 MB took all memory of a machine.
    content = b'{"components": [' + b",".join([b"{}"] * 20_000) + b"]}"
    tracemalloc.start()
    message = refused(content).message
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "components.0.component: Field required" in message
    assert "components.1" not in message
    assert peak < 40_000_000


def test_long_names_do_not_flood_the_message() -> None:
    content = json.dumps({"x" * 1_000_000: 1, "schema_version": "2"}).encode()
    assert len(refused(content).message) < 3_000
