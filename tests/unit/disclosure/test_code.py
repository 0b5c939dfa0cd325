"""Copied code is found whatever was renamed; what was written independently is not."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dokja.audit.run
import dokja.programme.score
from dokja.disclosure.code import compare_code, python_files
from dokja.disclosure.known import holders_of, known_file, shipped, states_licence
from dokja.disclosure.tokens import Token, header_of, tokens_of
from dokja.disclosure.winnow import SHAPE, WORDING, Mode, fingerprints, overlap

HEADER = """# Copyright 2025 The Example Laboratory. All rights reserved.
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
"""
SOURCE = Path(dokja.audit.run.__file__).read_text(encoding="utf-8")
OTHER = Path(dokja.programme.score.__file__).read_text(encoding="utf-8")
NAMES = [f"name_{n}" for n in range(40)]


def tokens(words: list[str]) -> list[Token]:
    return [Token(word, place) for place, word in enumerate(words)]


def renamed(source: str) -> str:
    """Give every name another one, as a careful copyist would."""
    import io
    import keyword
    import tokenize

    made, at = [], 0
    lines = source.splitlines(keepends=True)
    starts = np.cumsum([0, *map(len, lines)])
    names: dict[str, str] = {}
    for one in tokenize.generate_tokens(io.StringIO(source).readline):
        begin = int(starts[one.start[0] - 1]) + one.start[1]
        end = int(starts[one.end[0] - 1]) + one.end[1]
        made.append(source[at:begin])
        text = source[begin:end]
        if one.type == tokenize.NAME and not keyword.iskeyword(text):
            text = names.setdefault(text, f"v{len(names)}")
        made.append(text)
        at = end
    return "".join(made)


def best(source: str, known: str = HEADER + SOURCE) -> float:
    matches, _ = compare_code([("mine.py", source)], [known_file("theirs", known)])
    return max((one.share for one in matches), default=0.0)


def test_a_copy_is_found_whole_and_a_stranger_is_not() -> None:
    assert best(SOURCE) > 0.95
    assert best(OTHER) == 0.0


@pytest.mark.parametrize("change", ["classes", "names", "layout", "comments"])
def test_renaming_and_layout_hide_nothing(change: str) -> None:
    changed = {
        "classes": SOURCE.replace("Audit", "Check").replace("Progress", "Meter"),
        "names": renamed(SOURCE),
        "layout": SOURCE.replace("    ", "\t").replace("\n\n", "\n\n\n"),
        "comments": SOURCE.replace("\n", "  # ours\n")
        if '"""' not in SOURCE
        else SOURCE + "# ours\n",
    }[change]
    assert best(changed) > 0.8


def test_the_share_is_that_of_the_part_that_was_copied() -> None:
    half = SOURCE[: len(SOURCE) // 2]
    mixed = half[: half.rindex("\n\n")] + "\n\n" + OTHER
    copied = len(tokens_of(half)) / len(tokens_of(mixed))
    assert best(mixed) == pytest.approx(copied, abs=0.12)


@given(
    st.lists(st.sampled_from(NAMES), min_size=31, max_size=31, unique=True),
    st.lists(st.sampled_from(NAMES), max_size=60),
    st.lists(st.sampled_from(NAMES), max_size=60),
    st.lists(st.sampled_from(NAMES), max_size=60),
)
@settings(max_examples=150)
def test_every_run_of_31_tokens_is_found(
    run: list[str], before: list[str], after: list[str], other: list[str]
) -> None:
    mine = fingerprints(tokens([*before, *run, *after]))
    theirs = fingerprints(tokens([*other, *run]))
    assert overlap(mine, theirs.values).n_tokens >= WORDING.gram


@given(
    st.lists(st.sampled_from(NAMES), max_size=60), st.lists(st.sampled_from("+-*/"), max_size=60)
)
@settings(max_examples=50)
def test_every_run_of_71_tokens_is_found_with_names_folded(
    before: list[str], after: list[str]
) -> None:
    run = list("a+b-c*d/e(f)[g]:h") * 5
    renamed = ["x" if one.isalpha() else one for one in run]
    mine = fingerprints(tokens([*before, *run[:71], *after]), SHAPE)
    theirs = fingerprints(tokens([*renamed[:71], *before]), SHAPE)
    assert overlap(mine, theirs.values).n_tokens >= SHAPE.gram


def test_shorter_runs_are_never_found() -> None:
    draw = random.Random(0)
    for _ in range(200):
        run = draw.sample(NAMES, WORDING.gram - 1)
        mine = fingerprints(tokens([*draw.choices(NAMES, k=50), "left", *run, "right"]))
        theirs = fingerprints(tokens(["begin", *run, "end", *draw.choices(NAMES, k=50)]))
        assert overlap(mine, theirs.values).share == 0.0


def test_lists_of_texts_are_no_evidence() -> None:
    listed = "NAMES = [\n" + "".join(f'    "entry {n}",\n' for n in range(500)) + "]\n"
    other = "WORDS = [\n" + "".join(f'    "word {n}",\n' for n in range(700)) + "]\n"
    assert best(listed, other) == 0.0


@pytest.mark.parametrize("mode", [WORDING, SHAPE])
def test_short_and_empty_files_have_no_fingerprints(mode: Mode) -> None:
    for source in ("", "x = 1\n", "\x00", "def f(:\n", "'" * 1000, "(" * 5000):
        prints = fingerprints(tokens_of(source), mode)
        assert overlap(prints, known_file("k", SOURCE).wording).share == 0.0


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (HEADER + SOURCE, "kept"),
        (SOURCE, "stripped"),
        ("# Licensed under the Apache License, Version 2.0\n" + SOURCE, "stripped"),
        ("# Copyright 2026 Us.\n# Licensed under the Apache License\n" + SOURCE, "stripped"),
        (
            '"""Ours.\n\nCopyright 2025 The Example Laboratory.\nApache License, 2.0\n"""\n'
            + SOURCE,
            "kept",
        ),
    ],
    ids=["kept", "stripped", "holder gone", "holder replaced", "in the documentation"],
)
def test_what_became_of_the_header(source: str, expected: str) -> None:
    (match,) = compare_code([("mine.py", source)], [known_file("theirs", HEADER + SOURCE)])[0]
    assert match.header == expected
    assert match.lines[0] < match.lines[1]


def test_a_known_file_without_a_header_has_none_to_keep() -> None:
    plain = SOURCE[SOURCE.index("from __future__") :]
    (match,) = compare_code([("mine.py", plain)], [known_file("theirs", plain)])[0]
    assert match.header == "none"


def test_headers_are_read_as_people_write_them() -> None:
    header = header_of(HEADER + "import os\n")
    assert states_licence(header)
    assert holders_of(header) == ("example", "laboratory")
    assert header_of("import os\n# Copyright\n") == ""
    assert states_licence("SPDX-License-Identifier: MIT")


def test_public_code_comes_along_as_fingerprints() -> None:
    every = shipped()
    assert len(every) >= 60
    assert all(one.wording.dtype == one.shape.dtype == np.uint64 for one in every)
    names = " ".join(one.name for one in every)
    for family in ("llama", "qwen2_5_vl", "glm4_moe", "whisper", "deepseek_v3"):
        assert f"/{family}/" in names
    assert sum(one.licensed for one in every) >= len(every) * 0.9


def test_code_of_other_packages_is_not_taken_for_a_copy() -> None:
    """Lay real code of many hands beside the public modelling code."""
    import hypothesis
    import scipy.optimize

    files: list[Path] = []
    for package in (np, scipy.optimize, hypothesis):
        folder = Path(package.__file__).parent
        files += sorted(folder.glob("*.py"))[:12]
    sources = [(path.name, path.read_text(encoding="utf-8")) for path in files]
    matches, compared = compare_code(sources)
    assert compared >= 20
    assert [one for one in matches if one.share >= 0.1] == []


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text(SOURCE)
    code = tmp_path / "code"
    code.mkdir()
    (code / "own.py").write_bytes(OTHER.encode() + b"\xff\xfe")
    (code / "link.py").symlink_to(tmp_path / "secret.py")
    assert [name for name, _ in python_files(code)] == ["own.py"]
