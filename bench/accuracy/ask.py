"""Ask every tool about every pair, and keep the answers until models or code change.

Refuses to know how a tool works or what its answers are worth.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.accuracy import ours, peers, rules, store
from bench.accuracy.answers import Answer, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.accuracy.pairs import Pair

OWN: dict[str, Callable[[Pair, Path], Answer]] = {
    ours.TOOL: ours.answer,
    rules.COSINE: rules.cosine,
    rules.AWM: rules.awm,
}


class Kept:
    """Answers on disk: one line each, under the digest of what they rest on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: dict[str, dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self.held[row["answer"]["pair"]] = row

    def find(self, pair: Pair, digest: str) -> Answer | None:
        """Return an answer that still holds."""
        row = self.held.get(pair.key)
        return read(row["answer"]) if row and row["digest"] == digest else None

    def add(self, answer: Answer, digest: str) -> None:
        """Keep an answer."""
        row = {"digest": digest, "answer": answer.as_json()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def _digest(pair: Pair, tool: str) -> str:
    models = "-".join(store.digest(name) for name in (pair.subject, *pair.references))
    return f"{models}-{ours.code_digest()}" if tool == ours.TOOL else models


def own(
    tool: str, pairs: list[Pair], cache: Path, *, n_workers: int = 2, force: bool = False
) -> dict[str, Answer]:
    """Ask a tool that runs in this environment, several pairs at a time.

    Parameters
    ----------
    tool
        Dokja, or a rule written here.
    pairs
        Questions; their models are on disk.
    cache
        Where models and answers are kept.
    n_workers
        Processes.
    force
        Ask again what is known.

    Returns
    -------
    dict
        Answers by pair.
    """
    kept = Kept(cache / "answers" / f"{_plain(tool)}.jsonl")
    digests = {pair.key: _digest(pair, tool) for pair in pairs}
    found = {} if force else {p.key: kept.find(p, digests[p.key]) for p in pairs}
    known = {key: answer for key, answer in found.items() if answer}
    missing = [pair for pair in pairs if pair.key not in known]
    started = time.perf_counter()
    with ProcessPoolExecutor(n_workers) as pool:
        ask = partial(OWN[tool], cache=cache)
        running = [pool.submit(ask, pair) for pair in missing]
        for n_done, future in enumerate(as_completed(running), start=1):
            answer = future.result()
            kept.add(answer, digests[answer.pair])
            known[answer.pair] = answer
            _tell(tool, n_done, len(missing), started)
    return known


def peer(tool: peers.Peer, pairs: list[Pair], cache: Path) -> dict[str, Answer]:
    """Ask a tool that has an environment of its own."""
    kept = Kept(cache / "answers" / f"{tool.folder}.jsonl")
    digests = {pair.key: _digest(pair, tool.tool) for pair in pairs}
    known = {p.key: a for p in pairs if (a := kept.find(p, digests[p.key]))}
    missing = [pair for pair in pairs if pair.key not in known]
    if missing:
        started = time.perf_counter()
        for n_done, answer in enumerate(peers.answers(tool, missing, cache), start=1):
            kept.add(answer, digests[answer.pair])
            known[answer.pair] = answer
            _tell(tool.tool, n_done, len(missing), started)
    return known


def _plain(tool: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in tool.lower()).strip("-")


def _tell(tool: str, n_done: int, n_all: int, started: float) -> None:
    if n_done % 25 == 0 or n_done == n_all:
        print(f"{tool}: {n_done}/{n_all}, {time.perf_counter() - started:.0f} s", flush=True)
