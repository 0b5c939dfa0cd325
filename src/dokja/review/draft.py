"""A dossier drafted from what lies in a folder: headers, configuration, card, licence texts.

The module writes down what files say. Whose a model is no file can say, so that stays open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dokja.disclosure.cards import read_card
from dokja.disclosure.configs import read_config
from dokja.document.dossier import Artefact, DeclaredReference, Dossier, Part
from dokja.errors import DossierError
from dokja.licensing.expressions import parse_expression
from dokja.review.dossier import digest_of
from dokja.review.gaps import NOBODY
from dokja.review.shipped import beside

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from dokja.disclosure.cards import Card
    from dokja.disclosure.configs import Named
    from dokja.document.audit import CheckpointSummary
    from dokja.document.dossier import BaseRelation, Kind

    Inspect = Callable[[str], CheckpointSummary]
    Licence = tuple[str | None, str | None]
    """An expression, and the file that holds its text."""

__all__ = ["Draft", "draft"]

_CARDS: Final = ("README.md", "readme.md", "model_card.md", "MODEL_CARD.md")
_TOKENIZERS: Final = (
    "tokenizer.json",
    "tokenizer.model",
    "spiece.model",
    "vocab.json",
    "vocab.txt",
)
_MOST_CODE: Final = 40
_LONGEST: Final = 400
_MOST_FILES: Final = 2_000
_MAX_BYTES: Final = 512 * 1024 * 1024
_RELATIONS: Final[dict[str, BaseRelation]] = {
    "finetune": "finetune",
    "adapter": "adapter",
    "merge": "merge",
    "quantized": "quantized",
}
"""What a hub's card may say of its base model."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A dossier to go on from."""

    dossier: Dossier
    components: dict[str, tuple[str, ...]]
    """Components of each artefact that holds weights."""
    hints: dict[tuple[str | int, ...], tuple[str, ...]]
    """What files say that whoever fills in a place should know."""


@dataclass(slots=True)
class _Pile:
    """What was found so far."""

    folder: Path
    artefacts: list[Artefact] = field(default_factory=list)
    references: dict[str, DeclaredReference] = field(default_factory=dict)
    components: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hints: dict[tuple[str | int, ...], tuple[str, ...]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def new_id(self, name: str) -> str:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("._-")[:60] or "artefact"
        found, step = plain, 2
        while found in self.taken:
            found, step = f"{plain}-{step}", step + 1
        self.taken.add(found)
        return found

    def path(self, place: Path) -> str:
        found = place.resolve()
        if not found.is_relative_to(self.folder):
            raise DossierError(
                f"{place} does not lie below the folder of the dossier, {self.folder}",
                hint="Write it beside the model: no path in it leads out of its folder.",
            )
        inner = found.relative_to(self.folder).as_posix()
        if len(inner) > _LONGEST or not inner.isprintable():
            raise DossierError(
                f"the path {inner[:80]!r} cannot stand in a dossier",
                hint="Give the file a shorter name, without control characters.",
            )
        return inner

    def add_file(self, file: Path, kind: Kind, licence: Licence = (None, None)) -> str:
        found = self.new_id(file.name if kind == "code" else file.stem)
        self.artefacts.append(
            Artefact(
                id=found,
                kind=kind,
                path=self.path(file),
                digest=_digest(file),
                licence=licence[0],
                licence_file=licence[1],
            )
        )
        return found


def draft(
    checkpoints: Sequence[str],
    *,
    folder: Path,
    inspect: Inspect,
    on: dt.date,
    maker: str | None = None,
) -> Draft:
    """Draft a dossier.

    Parameters
    ----------
    checkpoints
        Files and folders on this machine.
    folder
        Where the dossier will lie.
    inspect
        From a path to what the checkpoint is made of.
    on
        Its date.
    maker
        Who hands it in, where that is known.

    Returns
    -------
    Draft
        A dossier that can be read, with nothing in it that no file says.

    Raises
    ------
    DossierError
        If a checkpoint lies elsewhere than below `folder`, or a card cannot be read.
    FormatError
        If something is no checkpoint.
    """
    pile = _Pile(folder.resolve())
    for checkpoint in checkpoints:
        _add_checkpoint(pile, checkpoint, inspect)
    first = pile.artefacts[0]
    dossier = Dossier(
        schema_version="1",
        id=first.id,
        title=None,
        maker=maker or NOBODY,
        date=on,
        artefacts=tuple(pile.artefacts),
        references=tuple(pile.references.values()),
    )
    return Draft(dossier, pile.components, pile.hints)


def _add_checkpoint(pile: _Pile, checkpoint: str, inspect: Inspect) -> None:
    place = Path(checkpoint)
    if "://" in checkpoint or not place.exists():
        raise DossierError(
            f"there is no file or folder {checkpoint!r} on this machine",
            hint="A dossier names files that lie below its own folder.",
        )
    path = pile.path(place)
    summary = inspect(checkpoint)
    home = place if place.is_dir() else place.parent
    card_id, card = _add_card(pile, place)
    name = pile.new_id(place.resolve().name.removesuffix(".safetensors"))
    bases = tuple(_add_base(pile, one, card_id) for one in (card.base_models if card else ()))
    licence = _licence(pile, home, name, card)
    tensors = [one for one in summary.components if one.n_parameters]
    step = len(pile.artefacts)
    pile.artefacts.append(
        Artefact(
            id=name,
            kind="model",
            path=path,
            digest=summary.digest or None,
            base_model=bases[0] if len(bases) == 1 else None,
            base_model_relation=None
            if card is None
            else _RELATIONS.get((card.relation or "").casefold()),
            licence=licence[0],
            licence_file=licence[1],
            trained_from=bases,
            parts=tuple(Part(component=one.component) for one in tensors)
            if len(tensors) > 1
            else (),
        )
    )
    pile.components[name] = tuple(one.component for one in tensors)
    named = read_config(place) or ()
    for inner, one in enumerate(tensors):
        pile.hints["artefacts", step, "parts", inner, "component"] = tuple(
            _facts(one.share, one.n_parameters, one.component, named)
        )
    for other in named:
        if other.kind == "model":
            _add_named(pile, other)
    if place.is_dir():
        _add_rest(pile, place, licence)
    # What is submitted comes first, documents on it after.
    pile.artefacts.sort(key=lambda one: one.kind != "model")
    _renumber(pile, name, step)


def _renumber(pile: _Pile, name: str, step: int) -> None:
    """Let hints follow an artefact to where it now stands."""
    now = next(at for at, one in enumerate(pile.artefacts) if one.id == name)
    moved = {place: text for place, text in pile.hints.items() if place[:2] == ("artefacts", step)}
    for place in moved:
        del pile.hints[place]
    for place, text in moved.items():
        pile.hints["artefacts", now, *place[2:]] = text


def _facts(
    share: float, n_parameters: int, component: str, named: Sequence[Named]
) -> Iterator[str]:
    yield f"{share:.1%}, {n_parameters:,}"
    for one in named:
        if one.component == component:
            yield f"config.json {one.pointer}: {one.value}"


def _add_card(pile: _Pile, place: Path) -> tuple[str | None, Card | None]:
    for name in _CARDS if place.is_dir() else ():
        file = place / name
        if _is_inside(file, place):
            content = file.read_bytes()
            card = read_card(content, uri=str(file))
            return pile.add_file(file, "card"), card
    return None, None


def _add_base(pile: _Pile, name: str, card: str | None) -> str:
    """List a model that the card names as its base."""
    found = next((one for one in pile.references.values() if one.name == name), None)
    if found is None:
        made = pile.new_id(name.rpartition("/")[2])
        declared = () if card is None else (card,)
        found = DeclaredReference(id=made, name=name, used=True, declared_in=declared)
        pile.references[made] = found
    return found.id


def _add_named(pile: _Pile, named: Named) -> None:
    """List a model that the configuration names; whether it was used the maker must say."""
    if all(one.name != named.value for one in pile.references.values()):
        made = pile.new_id(named.value.rpartition("/")[2])
        step = len(pile.references)
        pile.references[made] = DeclaredReference(id=made, name=named.value)
        pile.hints["references", step, "name"] = (f"config.json {named.pointer}",)


def _licence(pile: _Pile, home: Path, artefact: str, card: Card | None) -> Licence:
    said = None
    if card is not None:
        said = card.licence_name if card.licence in {None, "other"} else card.licence
    own = [one for one in beside(home, artefact) if one.own]
    file = pile.path(home / own[0].name) if own else None
    if said is not None:
        return parse_expression(said).spdx or said, file
    return (own[0].licence if own else None), file


def _add_rest(pile: _Pile, place: Path, licence: Licence) -> None:
    """List the files beside the weights that a review looks at; a licence speaks for its folder."""
    files = [file for file in sorted(place.iterdir())[:_MOST_FILES] if _is_inside(file, place)]
    names = {file.name: file for file in files}
    tokenizer = next((names[name] for name in _TOKENIZERS if name in names), None)
    if tokenizer is not None:
        pile.add_file(tokenizer, "tokenizer", licence)
    code = [file for file in files if file.suffix == ".py"]
    if len(code) > _MOST_CODE:
        pile.artefacts.append(
            Artefact(
                id=pile.new_id("code"),
                kind="code",
                path=pile.path(place),
                licence=licence[0],
                licence_file=licence[1],
            )
        )
    else:
        for file in code:
            pile.add_file(file, "code", licence)
    for file in files:
        if file.suffix.casefold() == ".pdf":
            pile.add_file(file, "report")
        elif file.stem.casefold().startswith(("notice", "third")):
            pile.add_file(file, "other")


def _is_inside(file: Path, folder: Path) -> bool:
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise DossierError(
            f"{file.name} cannot be read: {error.strerror}", hint="Let the file be read."
        ) from None
    if len(content) > _MAX_BYTES:
        raise DossierError(
            f"{file.name} is larger than {_MAX_BYTES:,} bytes",
            hint="No card, code or tokenizer is that large; look what the file is.",
        )
    return digest_of(content)
