"""The benchmark of accuracy: ``python -m bench.accuracy [--only NAME ...] [--quick]``.

Makes the models that are missing, asks every tool, writes ``docs/accuracy.md`` and
``accuracy.json``. Ends with 1 if a stranger was accused.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from pathlib import Path
from typing import Any

from bench import hiding
from bench.accuracy import ask, ours, page, peers, rules, store, train
from bench.accuracy.answers import Mark, mark
from bench.accuracy.pairs import Pair, every_pair, models


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Ask every tool about pairs of known lineage.")
    parser.add_argument("--cache", type=Path, default=store.CACHE)
    parser.add_argument("--output", type=Path, default=store.ROOT / "docs" / "accuracy.md")
    parser.add_argument(
        "--only", nargs="*", help="subjects or operations, shell patterns; the page is only printed"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="related pairs and originals, Dokja alone; only printed",
    )
    parser.add_argument("--tools", nargs="*", help="tools to ask, all that can be had if not given")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--remake", action="store_true", help="make the models anew")
    parser.add_argument("--again", action="store_true", help="ask Dokja again what is known")
    return parser.parse_args(arguments)


def _wanted(options: argparse.Namespace) -> list[Pair]:
    pairs = every_pair()
    if options.quick:
        pairs = [pair for pair in pairs if pair.related or pair.operation == "another seed"]
    if options.only:
        pairs = [
            pair
            for pair in pairs
            if any(
                fnmatch.fnmatch(text, wanted)
                for wanted in options.only
                for text in (pair.subject, pair.operation)
            )
        ]
    return pairs


def _asked(pairs: list[Pair], options: argparse.Namespace) -> page.Outcome:
    wanted = options.tools
    if wanted is None and (options.quick or options.only):
        wanted = [ours.TOOL]
    answers: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for tool in ask.OWN:
        if wanted is None or tool in wanted:
            force = options.again and tool == ours.TOOL
            answers[tool] = ask.own(
                tool, pairs, options.cache, n_workers=options.workers, force=force
            )
    line = 0.0
    if rules.AWM in answers:
        strangers = {pair.key for pair in pairs if not pair.related}
        settled, line = rules.settle(list(answers[rules.AWM].values()), strangers)
        answers[rules.AWM] = {answer.pair: answer for answer in settled}
    for peer in peers.PEERS:
        if wanted is None or peer.tool in wanted:
            why = peers.why_not(peer, options.cache)
            if why:
                missing[peer.tool] = why
            else:
                answers[peer.tool] = ask.peer(peer, pairs, options.cache)
    n_hardest = sum(
        store.same_shape(pair.subject, pair.references[0], options.cache)
        for pair in pairs
        if not pair.related
    )
    return page.Outcome(pairs, answers, missing, line, n_hardest)


def _rows(outcome: page.Outcome) -> list[dict[str, Any]]:
    return [
        {
            "operation": pair.operation,
            "subject": pair.subject,
            "references": list(pair.references),
            "related": pair.related,
            "counted": pair.counted,
            "answers": {
                tool: {
                    "mark": mark(pair, held[pair.key]).value,
                    "said": held[pair.key].words,
                    **held[pair.key].figures,
                }
                for tool, held in outcome.answers.items()
                if pair.key in held
            },
        }
        for pair in outcome.pairs
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark.

    Parameters
    ----------
    arguments
        Those of the command line, if not given.

    Returns
    -------
    int
        0 if Dokja accused no stranger, else 1.
    """
    options = _options(arguments)
    pairs = _wanted(options)
    train.make_missing(
        models(pairs), options.cache, n_workers=options.workers, force=options.remake
    )
    outcome = _asked(pairs, options)
    text = page.written(outcome, ours.TOOL)
    print(text)
    if not (options.only or options.quick or options.tools):
        options.output.write_text(text, encoding="utf-8")
        hiding.main()
        table = json.dumps(_rows(outcome), indent=1, ensure_ascii=False)
        (options.cache / "accuracy.json").write_text(table + "\n", encoding="utf-8")
        print(options.output, options.cache / "accuracy.json")
    strangers = [pair for pair in pairs if not pair.related]
    accused = outcome.counts(ours.TOOL, strangers)[Mark.WRONG] if strangers else 0
    return 1 if accused else 0


if __name__ == "__main__":
    sys.exit(main())
