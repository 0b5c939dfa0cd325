"""Fields of forms: model authenticity and dependencies for the EU, and a card for a hub.

The module writes what reports say into others' forms; unknown stays unknown, and nothing is claimed
beyond the reports.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.attestation.facts import Facts

__all__ = ["eu_fields", "eu_markdown", "hub_card"]

_UNKNOWN: Final = "unknown: no report says so"
_FORM: Final = "EU General-Purpose AI Code of Practice, Model Documentation Form"


def eu_fields(facts: Facts) -> dict[str, Any]:
    """Fill in fields 1.3 and 1.6 of the EU's form.

    Parameters
    ----------
    facts
        What is known of the subject.

    Returns
    -------
    dict
        Model authenticity, and model dependencies.
    """
    proved = [
        {
            "component": part.component,
            "model": donor.name,
            "digest": donor.digest,
            "relation": donor.relation,
            "basis": "found in the weights",
        }
        for part in facts.parts
        for donor in part.donors
    ]
    names = {donor["model"] for donor in proved}
    declared = [
        {"model": name, "licence": licence, "relation": relation, "basis": "declared by the maker"}
        for name, licence, relation in facts.declared
        if name not in names
    ]
    open_parts = [
        {"component": part.component, "reference": reference or None, "relation": relation}
        for part in facts.parts
        for reference, relation, _ in part.relations
        if relation in {"inconclusive", "not_testable"}
    ]
    return {
        "form": _FORM,
        "1.3 model authenticity": {
            "model": facts.name,
            "secure hash of the tensors": facts.digest,
            "parameters": facts.n_parameters,
            "files": [{"uri": uri, "bytes": n_bytes} for uri, n_bytes in facts.files],
            "endpoint": None,
        },
        "1.6 model dependencies": {
            "found": proved,
            "declared": declared,
            "not decided": open_parts,
            "compared with": [one.name for one in facts.related],
            "none found means": "None of the models compared with; others cannot be ruled out.",
        },
        "made by": f"dokja {facts.dokja}",
        "on": facts.made_at,
    }


def _safe(text: object) -> str:
    """Write a text that no Markdown reader takes for more than text."""
    plain = " ".join(str(text).split())
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>()#+!|~" else one for one in plain)


def eu_markdown(facts: Facts) -> str:
    """Fill in fields 1.3 and 1.6 of the EU's form, to be read.

    Parameters
    ----------
    facts
        What is known of the subject.

    Returns
    -------
    str
        Markdown.
    """
    return "\n".join([*_authenticity(facts), "", *_dependencies(facts)]) + "\n"


def _authenticity(facts: Facts) -> Iterator[str]:
    yield f"## {_FORM}"
    yield ""
    yield "### 1.3 Model authenticity"
    yield ""
    yield f"- Model: {_safe(facts.name)}"
    yield f"- Secure hash of the tensors: `{facts.digest}`"
    yield f"- Parameters: {facts.n_parameters:,}"
    for uri, n_bytes in facts.files:
        yield f"- File: {_safe(uri)} ({n_bytes:,} bytes)"
    yield f"- Endpoint: {_UNKNOWN}"


def _dependencies(facts: Facts) -> Iterator[str]:
    fields = eu_fields(facts)["1.6 model dependencies"]
    yield "### 1.6 Model dependencies"
    yield ""
    for one in fields["found"]:
        yield (
            f"- {_safe(one['component'])} is from {_safe(one['model'])} ({one['relation']}, found "
            f"in the weights; `{one['digest']}`)"
        )
    for one in fields["declared"]:
        relation = one["relation"] or "relation not stated"
        yield f"- {_safe(one['model'])} ({relation}, declared by the maker)"
    if not fields["found"] and not fields["declared"]:
        yield "- None found among the models compared with, and none declared"
    for one in fields["not decided"]:
        against = _safe(one["reference"] or "every reference")
        yield f"- Not decided: {_safe(one['component'])} against {against} ({one['relation']})"
    yield f"- Compared with: {', '.join(map(_safe, fields['compared with']))}"
    yield ""
    yield f"{fields['none found means']} Made by {_made_by(facts)}."


def _made_by(facts: Facts) -> str:
    return f"dokja {facts.dokja} on {facts.made_at}"


def hub_card(facts: Facts) -> str:
    """Write front matter and a section for a card on a hub.

    Parameters
    ----------
    facts
        What is known of the subject.

    Returns
    -------
    str
        YAML between dashes, then Markdown. ``base_model`` names what was proved, and what the
        maker declares; the relation stands only where the maker declares it.
    """
    declared = [name for name, _, _ in facts.declared]
    names = list(dict.fromkeys([*(one.name for one in facts.donors), *declared]))
    relations = {relation for _, _, relation in facts.declared if relation}
    lines = ["---"]
    if facts.licence is not None:
        lines.append(f"license: {json.dumps(facts.licence, ensure_ascii=False)}")
    if names:
        lines.append("base_model:")
        lines += [f"  - {json.dumps(name, ensure_ascii=False)}" for name in names]
    known = {"adapter", "merge", "quantized", "finetune"}
    if len(relations) == 1 and relations <= known:
        lines.append(f"base_model_relation: {relations.pop()}")
    elif names:
        lines.append("# base_model_relation: adapter, merge, quantized or finetune; the maker says")
    lines += ["---", "", "## Where its parts come from", ""]
    lines += list(_section(facts))
    return "\n".join(lines) + "\n"


def _section(facts: Facts) -> Iterator[str]:
    yield "| component | share of parameters | compared with | found |"
    yield "| --- | --: | --- | --- |"
    for part in facts.parts:
        for reference, relation, _ in part.relations:
            yield (
                f"| {_safe(part.component)} | {part.share:.1%} | {_safe(reference or '–')} | "
                f"{relation.replace('_', ' ')} |"
            )
    yield ""
    yield (
        f"Audited with {_made_by(facts)}, under the policy {_safe(facts.policy)}. "
        "*No evidence* is about the models compared with and about nothing else. "
        f"Digest of the tensors: `{facts.digest}`."
    )
