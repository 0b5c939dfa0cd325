"""What files of a submission say, and whether it fits the dossier, the evidence, public code.

The module reads files that the dossier names and hands them to the room of disclosure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.disclosure.cards import Card, read_card
from dokja.disclosure.code import compare_code, python_files
from dokja.disclosure.configs import read_config
from dokja.disclosure.known import known_file
from dokja.disclosure.rules import card_rules, config_rules
from dokja.document.review import Pointer
from dokja.licensing.expressions import parse_expression
from dokja.policy.review.facts import Claim, Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.disclosure.known import Known
    from dokja.disclosure.rules import Said
    from dokja.document.dossier import Artefact
    from dokja.policy.review.facts import Donor, Match, Row
    from dokja.review.declared import Readers
    from dokja.review.dossier import DossierFiles

__all__ = ["disclosed_claims", "disclosed_code"]

_DOSSIER: Final = Pointer(document=0)
_NAMES: Final = ("README.md", "readme.md", "model_card.md", "MODEL_CARD.md")


def disclosed_claims(
    files: DossierFiles,
    artefact: Artefact,
    row: Row,
    *,
    matches: Sequence[Match],
    donors: Sequence[Donor],
    readers: Readers,
) -> tuple[Claim, ...]:
    """Find what of a row does not fit together.

    Parameters
    ----------
    files
        The dossier.
    artefact, row
        What is looked at.
    matches
        What audits say of the row.
    donors
        What it comes from.
    readers
        Documents for readers.

    Returns
    -------
    tuple of Claim
        Contradictions and notes, in the order of rules.
    """
    said = [
        *_of_config(files, artefact, row, donors, readers),
        *_of_card(files, artefact, matches, donors),
    ]
    return tuple(
        Claim(one.level, one.text, _DOSSIER, (one.rule,))
        for one in sorted(said, key=lambda one: one.rule)
    )


def _of_config(
    files: DossierFiles,
    artefact: Artefact,
    row: Row,
    donors: Sequence[Donor],
    readers: Readers,
) -> Iterator[Said]:
    if artefact.path is None or artefact.kind not in {"model", "encoder"}:
        return
    named = read_config(files.resolve(artefact.path)) or ()
    texts = [text for text in readers.texts.values() if text is not None]
    component = row.component or "language_model"
    proved = {component: tuple(one.name for one in donors if one.proved and not one.own)}
    # What is said of the whole is a matter of the language model, or of the row that is alone.
    mine = [one for one in named if (one.component or "language_model") == component]
    yield from config_rules(mine, texts, proved, maker=files.dossier.maker)


def _of_card(
    files: DossierFiles, artefact: Artefact, matches: Sequence[Match], donors: Sequence[Donor]
) -> Iterator[Said]:
    for card in _cards(files, artefact):
        yield from card_rules(
            card,
            licence=_spdx(artefact.licence),
            card_licence=_spdx(card.licence_name if card.licence == "other" else card.licence),
            base_model=artefact.base_model,
            relation=artefact.base_model_relation,
            proved=[one.name for one in donors if one.proved and not one.own],
            cleared=_cleared(matches),
        )


def _cleared(matches: Sequence[Match]) -> list[str]:
    names = {one.reference for one in matches}
    return sorted(
        name
        for name in names
        if all(one.relation == "no_evidence" for one in matches if one.reference == name)
    )


def _spdx(expression: str | None) -> str | None:
    return None if expression is None else parse_expression(expression).spdx


def _cards(files: DossierFiles, artefact: Artefact) -> Iterator[Card]:
    """Read the cards that the dossier names, and the one that lies in a model's own folder."""
    for one in files.dossier.artefacts:
        if one.kind == "card" and one.path is not None:
            content, _ = files.read(one.path, one.digest, f"artefact {one.id}")
            yield read_card(content, uri=one.path)
    if artefact.path is None:
        return
    folder = files.resolve(artefact.path)
    named = {one.path for one in files.dossier.artefacts if one.kind == "card"}
    for name in _NAMES if folder.is_dir() else ():
        inside = f"{artefact.path.rstrip('/')}/{name}"
        if (folder / name).is_file() and inside not in named:
            content, _ = files.read(inside, None, f"artefact {artefact.id}")
            yield read_card(content, uri=inside)
            return


def disclosed_code(files: DossierFiles, artefact: Artefact) -> tuple[tuple[Code, ...], bool]:
    """Lay submitted code beside known code: public, and whatever the dossier gives.

    Parameters
    ----------
    files
        The dossier.
    artefact
        An artefact of any kind; only code is looked at.

    Returns
    -------
    tuple
        Files that stand, in part, in known ones, and whether anything was compared.
    """
    if artefact.kind != "code" or artefact.path is None:
        return (), False
    place = files.resolve(artefact.path)
    if not place.exists():
        return (), False
    matches, compared = compare_code(list(python_files(place)), list(_given(files)))
    return tuple(
        Code(
            path=f"{one.file} (lines {one.lines[0]} to {one.lines[1]})",
            known=one.known.name,
            share=one.share,
            header=one.header,
            pointer=_DOSSIER,
            findings=("DKJ708",) if one.header == "stripped" else (),
        )
        for one in matches
    ), compared > 0


def _given(files: DossierFiles) -> Iterator[Known]:
    for one in files.dossier.references:
        if one.kind == "code" and one.path is not None:
            place = files.resolve(one.path)
            if place.exists():
                for name, text in python_files(place):
                    yield known_file(f"{one.name}, {name}", text, one.licence)
