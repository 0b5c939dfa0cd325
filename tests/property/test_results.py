"""Laws of results: what is exported comes back, and nothing from outside crashes."""

from __future__ import annotations

import json
import random
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dokja.document.common import Localized, parse_json_strictly
from dokja.document.number import written
from dokja.document.results import Cell, Entry, Protocol, ResultsDocument
from dokja.errors import ProgrammeError
from dokja.programme.export import results_csv, results_every_eval_ever, results_xlsx
from dokja.programme.results import ResultsMapping, protocols_differ, read_results
from dokja.programme.results.mapping import read_mapping
from dokja.programme.results.numbers import NumberProblemError, read_number, shifted
from dokja.programme.results.twice import identity
from tests.support.results import SAMPLES, zipped

_LETTERS = st.characters(exclude_categories=["Cs", "Cc"])
NAMES = st.text(_LETTERS, min_size=1, max_size=12) | st.sampled_from(
    ["=1", "+x", "-x", "@x", "'", "a,b", '"', "팀", "_x000D_", "a;b", " x ", "NaN", "0012"]
)
TEXTS = st.text(_LETTERS | st.sampled_from("\t\n\r"), min_size=1, max_size=12)
NUMBERS = st.decimals(-1000, 1000, allow_nan=False, allow_infinity=False, places=6) | st.builds(
    Decimal, st.from_regex(r"-?(0|[1-9][0-9]{0,15})\.[0-9]{1,20}", fullmatch=True)
)
maybe = st.none


@st.composite
def protocols(draw: st.DrawFn) -> Protocol:
    texts = {
        name: draw(maybe() | NAMES)
        for name in Protocol.model_fields
        if name not in {"n_shot", "n_samples", "measured_on"}
    }
    return Protocol(
        **texts,
        n_shot=draw(maybe() | st.integers(0, 100)),
        n_samples=draw(maybe() | st.integers(0, 10**15)),
        measured_on=draw(maybe() | st.dates().map(lambda day: day.isoformat())),
    )


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    hexadecimal = draw(st.text("0123456789abcdef", min_size=64, max_size=64))
    return Entry(
        team=draw(NAMES),
        item=draw(NAMES),
        benchmark=draw(maybe() | NAMES),
        run=draw(maybe() | NAMES),
        rater=draw(maybe() | NAMES),
        value=draw(NUMBERS),
        unit=draw(st.sampled_from(["percent", "fraction", "points", "scale", "index", "ratio"])),
        original=draw(st.text(_LETTERS, max_size=10)),
        original_unit=draw(maybe() | NAMES),
        higher_is_better=draw(maybe() | st.booleans()),
        standard_error=draw(maybe() | NUMBERS),
        low=draw(maybe() | NUMBERS),
        high=draw(maybe() | NUMBERS),
        protocol=draw(protocols()),
        source=Cell(file=draw(NAMES), where=draw(NAMES), digest=f"blake3:{hexadecimal}"),
        by=draw(st.sampled_from(["team", "agency", "third_party", "panel", "unknown"])),
        note=draw(maybe() | TEXTS),
    )


DOCUMENTS = st.builds(
    ResultsDocument,
    entries=st.lists(
        entries(), max_size=4, unique_by=lambda entry: identity(entry, chosen=False)
    ).map(tuple),
    notes=st.lists(st.builds(Localized, en=TEXTS, ko=TEXTS), max_size=2).map(tuple),
)


@given(DOCUMENTS)
def test_importing_what_was_exported_is_the_identity(document: ResultsDocument) -> None:
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "a.csv").write_bytes(results_csv(document))
        (here / "a.xlsx").write_bytes(results_xlsx(document))
        assert read_results(here / "a.csv") == document
        assert read_results(here / "a.xlsx") == document
        if document.entries:
            (here / "eee").mkdir()
            for name, content in results_every_eval_ever(document, organisation="x", retrieved=1):
                (here / "eee" / name).write_bytes(content)
            assert read_results(here / "eee") == document


@given(DOCUMENTS)
def test_digits_survive_every_export(document: ResultsDocument) -> None:
    """Equality of decimals does not see a lost zero; this does."""
    stored = document.model_dump_json().encode()
    assert parse_json_strictly(ResultsDocument, stored).model_dump_json().encode() == stored
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("a.csv", results_csv(document)), ("a.xlsx", results_xlsx(document))):
            (Path(folder) / name).write_bytes(content)
            assert read_results(Path(folder) / name).model_dump_json().encode() == stored


@given(NUMBERS)
def test_a_number_written_out_is_read_back(number: Decimal) -> None:
    read = read_number(written(number)).value
    assert read == number
    assert written(read) == written(number)  # equality of decimals does not see a lost zero


@given(NUMBERS, st.integers(-10, 10))
def test_moving_the_point_there_and_back_changes_nothing(number: Decimal, places: int) -> None:
    assert shifted(shifted(number, places), -places) == number


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number = read_number(text).value
    except NumberProblemError:
        return
    assert number.is_finite()
    assert read_number(written(number)).value == number


@given(st.permutations(range(6)))
def test_the_order_of_rows_changes_only_the_order_of_entries(order: list[int]) -> None:
    rows = [f"team{n % 3},item{n // 3},{n}.50" for n in range(6)]
    shuffled = [rows[place] for place in order]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        found = []
        for lines in (rows, shuffled):
            path.write_text("\n".join(["team,item,score(%)", *lines]))
            found.append({(e.team, e.item, e.value) for e in read_results(path).entries})
    assert found[0] == found[1]


@given(st.lists(entries(), max_size=5))
def test_protocols_of_a_single_entry_never_differ(some: list[Entry]) -> None:
    for entry in some:
        assert protocols_differ([entry]) == ()
        assert protocols_differ([entry, entry]) == ()


# -- what comes from outside ----------------------------------------------------------------------

JSONS = ["lm-eval.json", "inspect.json", "every-eval-ever.json", "helm-run/stats.json"]
ODD: list[Any] = [
    *(None, True, False, "", "x", "NaN", 0, -1, 1e300, 10**40, 0.5, 74.2, [], {}, [[]]),
    *({"a": 1}, ["x"], "=1+1", "\u202e", "a\nb", "x" * 3000, "0.5", "½"),
]


def _replace(value: Any, draw: random.Random) -> Any:
    """Put something odd at a place of a value, or take something away."""
    if isinstance(value, dict) and value and draw.random() < 0.9:
        key = draw.choice(sorted(value))
        changed = dict(value)
        if draw.random() < 0.15:
            del changed[key]
        else:
            changed[key] = _replace(value[key], draw)
        return changed
    if isinstance(value, list) and value and draw.random() < 0.9:
        place = draw.randrange(len(value))
        return [*value[:place], _replace(value[place], draw), *value[place + 1 :]]
    return draw.choice(ODD)


MAPPINGS = (
    None,
    read_mapping(SAMPLES / "mapping.yaml"),
    ResultsMapping(unit="percent", model="m"),
)


def _survives(path: Path) -> None:
    for stated in MAPPINGS:
        try:
            document = read_results(path, mapping=stated)
        except ProgrammeError:
            continue
        stored = document.model_dump_json().encode()
        assert parse_json_strictly(ResultsDocument, stored) == document
        assert all(isinstance(entry.value, Decimal) for entry in document.entries)


@pytest.mark.parametrize("name", JSONS)
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32))
def test_odd_values_are_read_or_refused(name: str, seed: int) -> None:
    draw = random.Random(seed)
    content = json.loads((SAMPLES / name).read_text())
    for _ in range(draw.randint(1, 3)):
        content = _replace(content, draw)
    text = json.dumps(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_text(text)
        if name.startswith("helm"):
            (path.parent / "run_spec.json").write_bytes(
                (SAMPLES / "helm-run" / "run_spec.json").read_bytes()
            )
            path = path.parent
        _survives(path)
        if name.startswith("inspect"):
            path = Path(folder) / "log.eval"
            path.write_bytes(zipped({"header.json": text}))
            _survives(path)


@pytest.mark.parametrize(
    "name", ["lm-eval.json", "team-form.csv", "panel-cp949.csv", "opencompass.csv", "inspect.json"]
)
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32))
def test_broken_bytes_are_read_or_refused(name: str, seed: int) -> None:
    draw = random.Random(seed)
    data = bytearray((SAMPLES / name).read_bytes())
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(data))
        if draw.random() < 0.3:
            del data[place : place + draw.randrange(20)]
        else:
            data[place : place + 1] = draw.choice([b"\0", b",", b'"', b"\xff", b"\n", b"=", b"{"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        _survives(path)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32))
def test_broken_workbooks_are_read_or_refused(seed: int) -> None:
    draw = random.Random(seed)
    document = ResultsDocument()
    data = bytearray(results_xlsx(document))
    for _ in range(draw.randint(1, 6)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        path.write_bytes(data[: draw.choice([None, draw.randrange(1, len(data))])])
        _survives(path)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data)
        _survives(path)
