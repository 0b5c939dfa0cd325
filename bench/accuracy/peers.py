"""Other people's tools, each run in an environment of its own, or the reason why it was not.

``make accuracy-tools`` builds the environments. Refuses to judge the answers.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.accuracy.answers import Answer, Said
from bench.accuracy.store import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.accuracy.pairs import Pair

_MODELDNA = """
import json, sys
from modeldna.compare import compare_fingerprints
from modeldna.fingerprint.extract import extract_fingerprint
from modeldna.io.source import open_source
from modeldna.verdict import judge
prints = {}
def printed(folder):
    if folder not in prints:
        prints[folder] = extract_fingerprint(open_source(folder))
    return prints[folder]
for line in sys.stdin:
    pair = json.loads(line)
    try:
        a, b = printed(pair["subject"]), printed(pair["reference"])
        found = judge([(compare_fingerprints(a, b), "reference")], a.arch.torch_dtype,
                      {b.model_id: b.arch.torch_dtype})
        row = {"verdict": found.verdict.value, "score": found.probability}
    except Exception as error:
        row = {"verdict": "ERROR", "score": None, "error": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps({"key": pair["key"], **row}), flush=True)
"""

_CISCO = """
import json, logging, sys
import structlog
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
from provenancekit.core.scanner import ModelProvenanceScanner
scanner = ModelProvenanceScanner()
kept, plain = {}, scanner._extract_model
def extract(model):
    if model not in kept:
        kept[model] = plain(model)
    return kept[model]
scanner._extract_model = extract
for line in sys.stdin:
    pair = json.loads(line)
    try:
        found = scanner.compare(pair["subject"], pair["reference"])
        row = {"verdict": found.scores.provenance_decision, "score": found.scores.pipeline_score}
    except Exception as error:
        row = {"verdict": "ERROR", "score": None, "error": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps({"key": pair["key"], **row}), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool: how it is installed, asked, and understood."""

    tool: str
    folder: str
    """Name of its environment under the cache."""
    script: str
    kin: frozenset[str]
    strangers: frozenset[str]


PEERS = (
    Peer(
        "modelDNA 0.1.0",
        "modeldna",
        _MODELDNA,
        frozenset({"EXACT_COPY", "QUANTIZED_COPY", "FINE_TUNE", "SAME_LINEAGE", "LIKELY_MERGE"}),
        frozenset({"NO_MATCH"}),
    ),
    Peer(
        "Cisco kit 1.0.0",
        "cisco",
        _CISCO,
        frozenset({"Confirmed Match", "High-Confidence Match", "Weak Match"}),
        frozenset({"Not Matched"}),
    ),
)


def why_not(peer: Peer, cache: Path) -> str | None:
    """Return why a tool cannot be run, or nothing where it can."""
    python = cache / "tools" / peer.folder / "bin" / "python"
    if python.exists():
        return None
    return "not run: not installed (`make accuracy-tools` installs it where it can be had)"


_TOKEN = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
_DECODER = {"add_prefix_space": False, "trim_offsets": False, "use_regex": False}


def _staged(name: str, cache: Path) -> str:
    """Return a folder with a ``tokenizer.json`` that common readers accept as well."""
    source = folder_of(name, cache)
    staged = cache / "staged" / name
    staged.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        target = staged / path.name
        if path.name == "tokenizer.json":
            stored = json.loads(path.read_text(encoding="utf-8"))
            stored["added_tokens"] = [{**_TOKEN, **token} for token in stored["added_tokens"]]
            for part in stored["pre_tokenizer"]["pretokenizers"]:
                part.setdefault("invert" if part["type"] == "Split" else "trim_offsets", False)
            stored["decoder"] = {**stored["decoder"], **_DECODER}
            target.write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        elif not target.exists():
            target.symlink_to(path)
    return str(staged)


def understood(peer: Peer, row: dict[str, Any]) -> Answer:
    """Return what a tool's own verdict says of kinship."""
    verdict = row["verdict"]
    plain = verdict.removesuffix(" (metadata only)")
    said = Said.NOTHING
    if plain in peer.kin:
        said = Said.KIN
    elif plain in peer.strangers:
        said = Said.STRANGERS
    if verdict == "NO_MATCH" and row.get("score") is None:
        # It found nothing it could compare, which is no answer.
        said, verdict = Said.NOTHING, "NO_MATCH, not comparable"
    figures = {key: row[key] for key in ("score", "error") if row.get(key) is not None}
    return Answer(row["key"], peer.tool, said, verdict, figures)


def answers(peer: Peer, pairs: list[Pair], cache: Path) -> Iterator[Answer]:
    """Ask a tool about all pairs in one process of its own.

    Parameters
    ----------
    peer
        A tool that can be run.
    pairs
        Of each, the first reference is asked about: these tools compare two models.
    cache
        Where models and environments are.

    Yields
    ------
    Answer
        In order; what fails says nothing.
    """
    python = cache / "tools" / peer.folder / "bin" / "python"
    script = cache / "tools" / f"ask_{peer.folder}.py"
    script.write_text(peer.script, encoding="utf-8")
    given = [
        {
            "key": pair.key,
            "subject": _staged(pair.subject, cache),
            "reference": _staged(pair.references[0], cache),
        }
        for pair in pairs
    ]
    questions = cache / "tools" / f"{peer.folder}.jsonl"
    questions.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    with (
        questions.open(encoding="utf-8") as lines,
        subprocess.Popen(
            [str(python), str(script)],
            stdin=lines,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(cache / "tools" / "home"),
                "HF_HUB_OFFLINE": "1",
                "OMP_NUM_THREADS": "1",
            },
        ) as running,
    ):
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("{"):
                yield understood(peer, json.loads(line))
