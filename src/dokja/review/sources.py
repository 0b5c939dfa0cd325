"""What a row comes from: references that an audit found in it, or that the dossier names.

The module lays names and digests side by side; it reads no weights and judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dokja.document.review import Pointer
from dokja.errors import DossierError
from dokja.licensing.terms import Use
from dokja.policy.review.facts import Donor
from dokja.review.duties import Received, Seen, donor_licence, own_licence
from dokja.review.shipped import beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dokja.document.dossier import Artefact, DeclaredReference
    from dokja.document.review import LicenceRow
    from dokja.document.review_policy import ReviewPolicy
    from dokja.policy.review.facts import Match, Row
    from dokja.review.declared import Readers
    from dokja.review.dossier import DossierFiles
    from dokja.review.lineage import Lineage, Reached
    from dokja.review.shipped import Shipped, ShippedFile

__all__ = ["Source", "Upstream", "donors", "licences", "sources", "whose_of"]


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
        # Whoever owns it by name owns it, whatever the relation is called.
        own = found.owner == files.dossier.maker or (
            found.owner is None and named and artefact.base_model_relation == "own_derivative"
        )
        return found.name, found.owner, own

    return whose


def _declared(files: DossierFiles, ref: str, digest: str) -> DeclaredReference | None:
    """Find a reference of an audit in the dossier: by its digest and place, else by its name."""
    known = files.dossier.references
    # A digest that is given and differs is another model, whatever it is called.
    may_be = [one for one in known if one.digest in {None, digest}]
    same = [one for one in may_be if one.digest or _is_place(files, one, ref)]
    owners = {one.owner for one in same}
    if len(owners) > 1:
        names = " and ".join(one.id for one in same)
        raise DossierError(
            f"the references {names} are one model, {digest or ref}, and have not one owner",
            uri=files.uri,
            hint="Name every reference once, with whoever owns it.",
        )
    if same:
        return next((one for one in same if one.path is not None), same[0])
    return next((one for one in may_be if ref in {one.id, one.name}), None)


def _is_place(files: DossierFiles, one: DeclaredReference, ref: str) -> bool:
    return one.path is not None and ref in {one.path, str(files.resolve(one.path))}


@dataclass(frozen=True, slots=True)
class Source:
    """Somebody's work behind a row: proved by an audit, or declared."""

    name: str
    reference: DeclaredReference | None
    proved: bool
    own: bool
    pointers: tuple[Pointer, ...]
    findings: tuple[str, ...] = ()
    changed: bool | None = None
    """Whether it was changed; None where that is not known."""
    submitted: Artefact | None = None
    """The artefact that it is, where it is part of the submission."""
    through: tuple[str, ...] = ()
    """What lies between, nearest first."""
    by_outputs: bool = False
    of_another: bool = False
    """Whether it came by way of another reference, whose maker has to name it."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """What stands behind the artefacts of a dossier, for every row that came from them."""

    lineage: Lineage
    matches: Callable[[Artefact, str | None], tuple[Match, ...]]
    """What audits say of an artefact's component; of all of it where it has no such component."""


def sources(
    files: DossierFiles,
    artefact: Artefact,
    row: Row,
    matches: tuple[Match, ...],
    *,
    policy: ReviewPolicy,
    upstream: Upstream,
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
    upstream
        What stands behind each artefact.

    Returns
    -------
    tuple of Source
        What was proved in the row itself first, then what is declared or was proved in something
        that it came from, the nearest first.
    """
    found: dict[str, Source] = {}
    _add(found, _proved(files, matches, policy))
    part = next((one for one in artefact.parts if one.component == row.component), None)
    references = {one.id: one for one in files.dossier.references}
    artefacts = {one.id: one for one in files.dossier.artefacts}
    relation = artefact.base_model_relation
    changed = True if relation in {"finetune", "adapter", "merge", "quantized"} else None
    for one in upstream.lineage.reached(artefact, part):
        if one.id in references:
            known = references[one.id]
            source = Source(
                known.name,
                known,
                proved=False,
                own=known.owner == files.dossier.maker,
                pointers=(Pointer(document=0),),
                changed=changed,
                through=one.through,
                by_outputs=one.by_outputs,
                of_another=not references.keys().isdisjoint(one.through),
            )
            _add(found, (source,))
        elif one.id in artefacts:
            between = artefacts[one.id]
            theirs = upstream.matches(between, row.component)
            _add(found, _behind(files, between, theirs, policy, one))
    return tuple(found.values())


def _add(found: dict[str, Source], new: Iterable[Source]) -> None:
    for one in new:
        held = found.setdefault(one.name, one)
        # Weights bind at least as much as outputs, and what was proved more than what was said.
        if (held.by_outputs, not held.proved) > (one.by_outputs, not one.proved):
            found[one.name] = one


def _proved(
    files: DossierFiles, matches: tuple[Match, ...], policy: ReviewPolicy
) -> Iterator[Source]:
    by_name = {one.name: one for one in files.dossier.references}
    for match in matches:
        if match.relation in policy.thresholds.fails_on and match.direction != "to_reference":
            yield Source(
                match.reference,
                by_name.get(match.reference),
                proved=True,
                own=match.own,
                pointers=(match.pointer,),
                findings=match.findings,
                changed=match.relation != "verbatim",
            )


def _behind(
    files: DossierFiles,
    artefact: Artefact,
    matches: tuple[Match, ...],
    policy: ReviewPolicy,
    way: Reached,
) -> Iterator[Source]:
    """List what an artefact brings along that a row came from: itself, and what it was found in."""
    if artefact.origin in {"third_party", "mixed"}:
        yield Source(
            artefact.title or artefact.id,
            None,
            proved=False,
            own=False,
            pointers=(Pointer(document=0),),
            submitted=artefact,
            through=way.through,
            by_outputs=way.by_outputs,
        )
    for one in _proved(files, matches, policy):
        through = (*way.through, artefact.id)
        yield replace(one, through=through, by_outputs=way.by_outputs, changed=None)


def licences(
    files: DossierFiles,
    artefact: Artefact,
    row: Row,
    found: tuple[Source, ...],
    *,
    readers: Readers,
    shipped: Shipped,
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
    shipped
        Licence texts and notices of the submission.

    Yields
    ------
    LicenceRow
        Of each source that is not the maker's own, then of the row itself.
    """
    part = next((one for one in artefact.parts if one.component == row.component), None)
    texts = shipped.of(artefact.id)
    own = artefact.licence if part is None or part.licence is None else part.licence
    if own is None:
        # Where nobody said anything, a text that lies there says it.
        own = next((one.licence for one in texts if one.licence is not None), None)
    foreign = [(one, _received(files, one, shipped)) for one in found if not one.own]
    for step, (source, received) in enumerate(foreign):
        yield donor_licence(
            row.artefact,
            row.component,
            received,
            _seen(files, artefact.title, source, readers=readers, shipped=shipped),
            own=own,
            document=0,
            joined=tuple(one for _, one in foreign[step + 1 :] if not one.by_outputs),
        )
    if own is not None:
        mine = texts if part is None or part.licence is None else ()
        yield own_licence(row.artefact, row.component, own, document=0, files=mine)


def _received(files: DossierFiles, source: Source, shipped: Shipped) -> Received:
    if source.submitted is not None:
        texts = shipped.of(source.submitted.id)
        said = source.submitted.licence
    else:
        texts = tuple(one for one in _beside(files, source) if one.own)
        said = None if source.reference is None else source.reference.licence
    if said is None:
        said = next((one.licence for one in texts if one.licence is not None), None)
    return Received(source.name, said, source.proved, source.through, source.by_outputs, texts)


def _beside(files: DossierFiles, source: Source) -> tuple[ShippedFile, ...]:
    path = None if source.reference is None else source.reference.path
    folder = None if path is None else files.resolve(path)
    return () if folder is None or not folder.is_dir() else tuple(beside(folder, source.name))


def _seen(
    files: DossierFiles,
    title: str | None,
    source: Source,
    *,
    readers: Readers,
    shipped: Shipped,
) -> Seen:
    use = files.dossier.use
    texts = {name: text for name, text in readers.texts.items() if text is not None}
    naming = readers.naming(source.name, source.reference)
    lies = _beside(files, source)
    return Seen(
        # What is submitted is passed on.
        use=Use(
            distributed=True,
            changed=source.changed,
            commercial=use.commercial,
            monthly_users=use.monthly_users,
            revenue_usd=use.revenue_usd,
        ),
        word=None if source.reference is None else source.reference.licence_shipped,
        shipped=shipped,
        # A folder without any licence text was stripped of its notices too, and shows nothing.
        notice=tuple(one.words for one in lies if one.is_notice) if lies else None,
        texts=(*texts.values(), *(one.words for one in shipped.files)),
        naming=tuple(texts[name] for name in naming if name in texts),
        read=bool(texts),
        title=title,
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
        if source.submitted is not None or source.of_another:
            continue
        yield Donor(
            name=source.name,
            proved=source.proved,
            named_in=readers.naming(source.name, source.reference),
            looked_in=tuple(readers.texts),
            own=source.own,
            pointers=source.pointers,
            findings=source.findings,
        )
