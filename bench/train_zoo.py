"""Train the zoo: ``python -m bench.train_zoo [--only NAME ...] [--force] [--check] [--page F]``.

Members already on disk are kept. Each child is made from its parent's 16-bit file, as in life.
Single-threaded workers keep a member's training independent of the others.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from bench.zoo import bpe, check, corpus, files, kinship, page, training
from bench.zoo.members import MEMBERS, Member

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from bench.zoo.surgery import State

_BY_NAME = {member.name: member for member in MEMBERS}
_ROOT = Path(__file__).resolve().parents[1] / "tests" / "data" / "zoo"
_VOCABULARIES = {"code": 640, "docs": 704}


@cache
def _corpus(name: str) -> corpus.Corpus:
    return corpus.standard_library() if name == "code" else corpus.numeric_docs()


@cache
def _tokenizer(name: str) -> bpe.Tokenizer:
    return bpe.train(_corpus(name).text, _VOCABULARIES[name])


@cache
def _tokens(data: str, vocabulary: str) -> NDArray[np.int64]:
    return _tokenizer(vocabulary).encode(_corpus(data).text)


def _path(root: Path, name: str) -> Path:
    return root / name / "model.safetensors"


def _read(root: Path, name: str) -> State:
    return files.read_model(root / name, prefix=_BY_NAME[name].prefix)


def make(name: str, root: Path) -> dict[str, Any]:
    """Build, train and write one member; give its training figures."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    member = _BY_NAME[name]
    states = {parent: _read(root, parent) for parent in member.needs}
    model = member.build(states)
    before = _arrays(model.state_dict())
    figures: dict[str, Any] = {}
    if member.plan and member.data:
        teacher = None
        if member.teacher:
            teacher = _BY_NAME[member.teacher].build({})
            teacher.load_state_dict(states[member.teacher])
        tokens = _tokens(member.data, member.vocabulary)
        outcome = training.train(model, tokens, member.plan, teacher=teacher)
        figures = {"data": member.data, **outcome.as_json(member.plan)}
        moved = check.compare(_arrays(model.state_dict()), before)
        if moved:
            figures["start_pearson"] = round(moved.matrices, 3)
    state = model.state_dict()
    files.write_model(root / name, state, model.config(), dtype=member.dtype, prefix=member.prefix)
    _tokenizer(member.vocabulary).write(root / name / "tokenizer.json")
    figures["gain_deviation"] = round(check.gain_deviation(_arrays(state)), 4)
    return figures


def _arrays(state: State) -> check.Arrays:
    return {name: tensor.double().numpy().copy() for name, tensor in state.items()}


def _describe(member: Member, root: Path, figures: dict[str, Any]) -> dict[str, Any]:
    path = _path(root, member.name)
    n_parameters = sum(t.numel() for t in _read(root, member.name).values())
    return {
        "family": member.family,
        "recipe": member.recipe,
        "made_from": [{"member": p.member, "how": p.how, "share": p.share} for p in member.parents],
        "start": member.start,
        "teacher": member.teacher,
        "dtype": member.dtype,
        "n_parameters": n_parameters,
        "n_bytes": path.stat().st_size,
        "digest": files.digest(path),
        "training": figures,
    }


def figures_of(root: Path, members: Iterable[str]) -> dict[tuple[str, str], check.Figures]:
    """Figures of every ordered pair in which anything pairs by name and shape."""
    arrays = {name: _arrays(_read(root, name)) for name in members}
    pairs = itertools.permutations(arrays, 2)
    figures = {(a, b): check.compare(arrays[a], arrays[b]) for a, b in pairs}
    return {key: found for key, found in figures.items() if found}


def write_lineage(root: Path, figures: dict[str, Any]) -> None:
    """Write ``lineage.json`` for the members that are on disk; one pair a line."""
    present = {n: m for n, m in _BY_NAME.items() if _path(root, n).exists()}
    pearsons = {key: f.matrices for key, f in figures_of(root, present).items()}
    document = {
        "made_by": "python -m bench.train_zoo",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "corpora": {
            name: {"source": _corpus(name).source, "digest": _corpus(name).digest}
            for name in _VOCABULARIES
        },
        "members": {n: _describe(m, root, figures.get(n, {})) for n, m in present.items()},
    }
    head = json.dumps(document, indent=1, ensure_ascii=False)
    pairs = ",\n".join(
        "  " + json.dumps(row, ensure_ascii=False) for row in kinship.all_pairs(present, pearsons)
    )
    text = f'{head[:-2]},\n "pairs": [\n{pairs}\n ]\n}}\n'
    (root / "lineage.json").write_text(text, encoding="utf-8")


def known_figures(root: Path) -> dict[str, Any]:
    """Training figures of the members made earlier."""
    path = root / "lineage.json"
    if not path.exists():
        return {}
    stored = json.loads(path.read_text(encoding="utf-8"))["members"]
    return {name: row["training"] for name, row in stored.items()}


def train_all(wanted: list[str], root: Path, n_workers: int) -> None:
    """Make the wanted members, parents first, several at a time."""
    figures = known_figures(root)
    waiting = list(wanted)
    running: dict[Future[dict[str, Any]], str] = {}
    with ProcessPoolExecutor(n_workers) as pool:
        while waiting or running:
            blocked = set(waiting) | set(running.values())
            for name in [n for n in waiting if not blocked.intersection(_BY_NAME[n].needs)]:
                waiting.remove(name)
                running[pool.submit(make, name, root)] = name
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                name = running.pop(future)
                figures[name] = future.result()
                print(f"{name}: {figures[name]}", flush=True)
    write_lineage(root, figures)


def main() -> None:
    """Train what is missing, or only print the table of figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=_ROOT)
    parser.add_argument("--only", nargs="*", default=list(_BY_NAME))
    parser.add_argument("--force", action="store_true", help="make members anew")
    parser.add_argument("--check", action="store_true", help="print the figures of all kin")
    parser.add_argument("--page", type=Path, help="write the page of the documentation")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    started = time.perf_counter()
    if not options.check:
        wanted = [n for n in options.only if options.force or not _path(options.out, n).exists()]
        train_all(wanted, options.out, options.workers)
        print(f"{time.perf_counter() - started:.0f} s")
    lineage = json.loads((options.out / "lineage.json").read_text(encoding="utf-8"))
    rows = worth_printing(lineage, figures_of(options.out, lineage["members"]))
    print(check.table(rows))
    if options.page:
        options.page.write_text(page.write(lineage, rows), encoding="utf-8")


def worth_printing(
    lineage: dict[str, Any], figures: dict[tuple[str, str], check.Figures]
) -> dict[tuple[str, str], check.Figures]:
    """Pairs with a base model or a twin as the reference, and twins whose kinship is close."""
    references = {"base", "stranger-1", "twin-otherdata", "twin-otherorder", "gpt2-base"}
    references |= {"bert-base"}
    kin = {(p["subject"], p["reference"]) for p in lineage["pairs"] if p["kin"]}
    bases = {"base", "gpt2-base", "bert-base"}
    return {
        key: f
        for key, f in figures.items()
        if key[1] in bases or (key[1] in references and key in kin)
    }


if __name__ == "__main__":
    main()
