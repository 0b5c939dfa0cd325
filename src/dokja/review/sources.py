"""What a row comes from: references that an audit found in it, or that the dossier names.

The module lays names and digests side by side; it reads no weights and judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.document.review import Pointer
from dokja.licensing.terms import Use
from dokja.policy.review.facts import Donor
from dokja.review.duties import Seen, donor_licence, own_licence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dokja.document.dossier import Artefact, DeclaredReference
    from dokja.document.review import LicenceRow
    from dokja.document.review_policy import ReviewPolicy
    from dokja.policy.review.facts import Match, Row
    from dokja.review.declared import Readers
    from dokja.review.dossier import DossierFiles

__all__ = ["Source", "donors", "licences", "sources", "whose_of"]


def whose_of(
    files: DossierFiles, artefact: Artefact
) -> Callable[[str, str], tuple[str, str | None, bool]]:
    """Return what tells whose a reference of an audit is.

    Parameters
    ----------
    files
        The dossier.
    artefact
        The artefact under audit.

    Returns
    -------
    callable
        From ``ref`` and digest of a reference to its name, its owner where the dossier names one,
        and whether it is an earlier model of the maker's own.
    """

    def whose(ref: str, digest: str) -> tuple[str, str | None, bool]:
        found = _declared(files, ref, digest)
        if found is None:
            return ref, None, False
        named = artefact.base_model in {found.id, found.name}
        own = found.owner == files.dossier.maker or (
            named and artefact.base_model_relation == "own_derivative"
        )
        return found.name, found.owner, own

    return whose


def _declared(files: DossierFiles, ref: str, digest: str) -> DeclaredReference | None:
    """Find a reference of an audit in the dossier: by its digest, else by its name or place."""
    known = files.dossier.references
    same = next((one for one in known if one.digest and one.digest == digest), None)
    if same is not None:
        return same
    for one in known:
        # A digest that is given and differs is another model, whatever it is called.
        if one.digest is not None:
            continue
        place = None if one.path is None else str(files.resolve(one.path))
        if ref in {one.id, one.name, one.path, place}:
            return one
    return None


@dataclass(frozen=True, slots=True)
class Source:
    """Somebody's work behind a row: proved by an audit, or declared."""

    name: str
    reference: DeclaredReference | None
    proved: bool
    own: bool
    pointers: tuple[Pointer, ...]
    findings: tuple[str, ...] = ()
    verbatim: bool = False
    """Whether an audit proved that not a value was changed."""


def sources(
    files: DossierFiles,
    artefact: Artefact,
    row: Row,
    matches: tuple[Match, ...],
    policy: ReviewPolicy,
) -> tuple[Source, ...]:
    """List what a row comes from.

    Parameters
    ----------
    files
        The dossier.
    artefact, row
        What is looked at.
    matches
        What audits say of the row.
    policy
        Which relations prove an edge.

    Returns
    -------
    tuple of Source
        What was proved first, then what is only declared.
    """
    found: dict[str, Source] = {}
    by_name = {one.name: one for one in files.dossier.references}
    for match in matches:
        if match.relation in policy.thresholds.fails_on and match.direction != "to_reference":
            reference = by_name.get(match.reference)
            found[match.reference] = Source(
                match.reference,
                reference,
                True,
                match.own,
                (match.pointer,),
                match.findings,
                verbatim=match.relation == "verbatim",
            )
    for one in _declared_sources(files, artefact, row):
        own = one.owner == files.dossier.maker
        found.setdefault(one.name, Source(one.name, one, False, own, (Pointer(document=0),)))
    return tuple(found.values())


def _declared_sources(
    files: DossierFiles, artefact: Artefact, row: Row
) -> Iterator[DeclaredReference]:
    """List references that a row was made from, by way of other artefacts too."""
    part = next((one for one in artefact.parts if one.component == row.component), None)
    direct = (
        artefact.trained_from if part is None or part.trained_from is None else part.trained_from
    )
    ids = _reached(files, direct)
    whole = part is None or part.trained_from is None
    for one in files.dossier.references:
        base = whole and artefact.base_model in {one.id, one.name}
        if one.id in ids or base:
            yield one


def _reached(files: DossierFiles, start: tuple[str, ...]) -> set[str]:
    """Follow what was trained from what; the dossier was read without circles."""
    edges = {one.id: one.trained_from for one in files.dossier.artefacts}
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += edges.get(here, ())
    return found


def licences(
    files: DossierFiles, artefact: Artefact, row: Row, found: tuple[Source, ...], readers: Readers
) -> Iterator[LicenceRow]:
    """List the licences that bind a row.

    Parameters
    ----------
    files
        The dossier.
    artefact, row
        What is looked at.
    found
        What it comes from.
    readers
        Documents for readers.

    Yields
    ------
    LicenceRow
        Of each source that is not the maker's own, then of the row itself.
    """
    part = next((one for one in artefact.parts if one.component == row.component), None)
    own = artefact.licence if part is None or part.licence is None else part.licence
    for source in found:
        if source.own:
            continue
        reference = source.reference
        yield donor_licence(
            row.artefact,
            row.component,
            source.name,
            None if reference is None else reference.licence,
            _seen(files, artefact, source, readers),
            own=own,
            proved=source.proved,
            document=0,
        )
    if own is not None:
        yield own_licence(row.artefact, row.component, own, document=0)


def _seen(files: DossierFiles, artefact: Artefact, source: Source, readers: Readers) -> Seen:
    use = files.dossier.use
    texts = {name: text for name, text in readers.texts.items() if text is not None}
    naming = readers.naming(source.name, source.reference)
    return Seen(
        # What is submitted is passed on.
        use=Use(
            distributed=True,
            changed=not source.verbatim,
            commercial=use.commercial,
            monthly_users=use.monthly_users,
            revenue_usd=use.revenue_usd,
        ),
        shipped=None if source.reference is None else source.reference.licence_shipped,
        texts=tuple(texts.values()),
        naming=tuple(texts[name] for name in naming if name in texts),
        read=bool(texts),
        title=artefact.title,
    )


def donors(found: tuple[Source, ...], readers: Readers) -> Iterator[Donor]:
    """List what a row comes from, and where readers are told.

    Parameters
    ----------
    found
        What it comes from.
    readers
        Documents for readers.

    Yields
    ------
    Donor
        One a source.
    """
    for source in found:
        yield Donor(
            name=source.name,
            proved=source.proved,
            named_in=readers.naming(source.name, source.reference),
            looked_in=tuple(readers.texts),
            own=source.own,
            pointers=source.pointers,
            findings=source.findings,
        )
