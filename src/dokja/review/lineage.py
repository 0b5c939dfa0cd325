"""What came from what in a dossier: chains over submissions and references, and over their outputs.

The module follows what a dossier says; it reads no file and knows no licence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.licensing.chains import chains

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dokja.document.dossier import Artefact, Dossier, Part

__all__ = ["Lineage", "Reached", "edges_of"]


@dataclass(frozen=True, slots=True)
class Reached:
    """A submission or a reference that a row came from."""

    id: str
    through: tuple[str, ...]
    """Ids of what lies between, nearest first."""
    by_outputs: bool
    """Whether every chain to it leads over data that a model generated."""


def edges_of(dossier: Dossier) -> dict[str, tuple[str, ...]]:
    """List what everything was made from.

    Parameters
    ----------
    dossier
        The dossier.

    Returns
    -------
    dict
        Ids by id, of artefacts with all of their parts, and of references.
    """
    found = {
        one.id: tuple(
            dict.fromkeys(
                (
                    *_direct(dossier, one, None),
                    *(i for p in one.parts for i in p.trained_from or ()),
                )
            )
        )
        for one in dossier.artefacts
    }
    return found | {one.id: one.trained_from for one in dossier.references}


def _direct(dossier: Dossier, artefact: Artefact, part: Part | None) -> tuple[str, ...]:
    if part is not None and part.trained_from is not None:
        return part.trained_from
    named = artefact.base_model
    bases = [
        *(one.id for one in dossier.references if named in {one.id, one.name}),
        *(one.id for one in dossier.artefacts if named in {one.id, one.title}),
    ]
    return (*artefact.trained_from, *(bases if named is not None else ()))


@dataclass(frozen=True, slots=True)
class Lineage:
    """Every chain of a dossier, which leads in no circle."""

    dossier: Dossier
    edges: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, tuple[str, ...]]
    """The edges without those from data to the model that generated it."""

    @classmethod
    def of(cls, dossier: Dossier) -> Lineage:
        """Read the chains of a dossier.

        Parameters
        ----------
        dossier
            The dossier.

        Returns
        -------
        Lineage
            Of all of it.
        """
        edges = edges_of(dossier)
        data, models = _data(dossier), _models(dossier)
        weights = {
            one: tuple(source for source in sources if one not in data or source not in models)
            for one, sources in edges.items()
        }
        return cls(dossier, edges, weights)

    def reached(self, artefact: Artefact, part: Part | None) -> tuple[Reached, ...]:
        """List everything that a row came from, at whatever distance.

        Parameters
        ----------
        artefact, part
            The row.

        Returns
        -------
        tuple of Reached
            The nearest first. Where one chain leads over weights and another over outputs, the
            first counts.
        """
        start = _direct(self.dossier, artefact, part)
        models = _models(self.dossier) if artefact.kind == "data" else frozenset()
        bound = chains([one for one in start if one not in models], self.weights)
        found = [Reached(one, path, by_outputs=False) for one, path in bound.items()]
        found += [
            Reached(one, path, by_outputs=True)
            for one, path in chains(start, self.edges).items()
            if one not in bound
        ]
        return tuple(sorted(found, key=lambda one: len(one.through)))


def _models(dossier: Dossier) -> frozenset[str]:
    own = {one.id for one in dossier.artefacts if one.kind in {"model", "encoder"}}
    return frozenset(own | {one.id for one in dossier.references if one.kind == "model"})


def _data(dossier: Dossier) -> frozenset[str]:
    own = {one.id for one in dossier.artefacts if one.kind == "data"}
    return frozenset(own | {one.id for one in dossier.references if one.kind == "data"})
