"""Dokja's own answer to a pair, from the public `dokja.audit.audit`.

Refuses to know what the right answer is.
"""

from __future__ import annotations

import functools
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dokja
from bench.accuracy.answers import Answer, Said
from bench.accuracy.store import folder_of

if TYPE_CHECKING:
    from bench.accuracy.pairs import Pair

TOOL = "Dokja"
_NOTHING = {"inconclusive", "not_testable"}
_NO_KIN = {"no_evidence", "shared_init"}


@functools.cache
def code_digest() -> str:
    """Return one number for the code of the package, so that old answers are not taken for new."""
    root = Path(str(dokja.__file__)).parent
    found = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".toml"}:
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def said(relation: str) -> Said:
    """Return what a relation says: whatever is stronger than a shared start names kin."""
    if relation in _NOTHING:
        return Said.NOTHING
    return Said.STRANGERS if relation in _NO_KIN else Said.KIN


def answer(pair: Pair, cache: Path) -> Answer:
    """Audit a subject and take the answer about the first reference.

    Parameters
    ----------
    pair
        The question.
    cache
        Where the models are.

    Returns
    -------
    Answer
        Of the strongest component for strangers, for none may be accused; of the largest one
        for kin, where it is the body that was handed down.
    """
    from dokja.audit import audit

    started = time.perf_counter()
    folders = [str(folder_of(name, cache)) for name in (pair.subject, *pair.references)]
    report = audit(folders[0], folders[1:])
    wanted = report.references[0].ref
    found = [result for result in report.components if result.reference == wanted]
    figures: dict[str, Any] = {"seconds": round(time.perf_counter() - started, 2)}
    if not found:
        return Answer(pair.key, TOOL, Said.NOTHING, "no component", figures)
    order = list(type(found[0].relation))
    if pair.related:
        result = max(found, key=lambda row: row.n_parameters)
    else:
        result = min(found, key=lambda row: order.index(row.relation))
    figures |= {
        "component": result.component,
        "relation": result.relation.value,
        "level": result.level,
        "log10_p": result.log10_p,
        "reason": result.reason.en,
        "undone": result.transformation.description.en if result.transformation else None,
        "pearson": result.pearson.weighted,
    }
    words = result.relation.value
    return Answer(pair.key, TOOL, said(result.relation.value), words, figures)
