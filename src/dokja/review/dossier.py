"""Reading a dossier and the files it names: whole, inside of its folder, with the digests it gives.

The module knows files and digests, never what follows from what stands in them.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from dokja.document.common import MAX_DOCUMENT_BYTES
from dokja.document.dossier import Dossier
from dokja.document.yamltext import MAX_YAML_BYTES, load_yaml, place
from dokja.errors import DossierError
from dokja.licensing.chains import circles
from dokja.review.contradictions import impossible
from dokja.review.lineage import edges_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from dokja.document.yamltext import YamlMap

__all__ = ["DossierFiles", "digest_of", "read_dossier"]

_NAME: Final = "dossier.yaml"
_MAX_SHOWN: Final = 100
_MOST_OF_A_CIRCLE: Final = 12
_HINT: Final = "The JSON Schema of a dossier is dossier-1."

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class DossierFiles:
    """A dossier and the folder that its paths start from."""

    dossier: Dossier
    folder: Path
    uri: str
    digest: str
    held: YamlMap | None = None
    """What the file holds, with the line of each value."""

    def resolve(self, path: str) -> Path:
        """Return where a path of the dossier leads.

        Parameters
        ----------
        path
            Relative to the dossier.

        Returns
        -------
        Path
            Inside of the dossier's folder.

        Raises
        ------
        DossierError
            If it leads out of the folder, links followed, in a circle, or nowhere.
        """
        base = self.folder.resolve()
        try:
            found = (base / path).resolve()
        except (OSError, ValueError, RuntimeError) as error:
            raise DossierError(
                f"{path[:100]!r} is no path: {str(error)[:100]}",
                uri=self.uri,
                hint="Name a file or a folder beside or below the dossier.",
            ) from None
        if not found.is_relative_to(base):
            raise DossierError(
                f"{path} leads out of the folder of the dossier",
                uri=self.uri,
                hint="Put every file that the dossier names beside or below it.",
            )
        return found

    def read(self, path: str, digest: str | None, what: str) -> tuple[bytes, str]:
        """Read a file that the dossier names.

        Parameters
        ----------
        path
            Relative to the dossier.
        digest
            The digest it must bear; None for any.
        what
            What it is, for the error.

        Returns
        -------
        tuple
            Its bytes and their digest.

        Raises
        ------
        DossierError
            If it is not there, too large, or bears another digest.
        """
        found = self.resolve(path)
        if not found.is_file():
            raise DossierError(
                f"{what}: there is no file {path}",
                uri=self.uri,
                hint="Paths are read from the folder of the dossier.",
            )
        try:
            with found.open("rb") as stream:
                content = stream.read(MAX_DOCUMENT_BYTES + 1)
        except OSError as error:
            raise DossierError(
                f"{what}: {path}: {error.strerror}",
                uri=self.uri,
                hint="Let the file be read, or leave it out of the dossier.",
            ) from None
        if len(content) > MAX_DOCUMENT_BYTES:
            raise DossierError(
                f"{what}: {path} is too large to read",
                uri=self.uri,
                hint=f"At most {MAX_DOCUMENT_BYTES:,} bytes are read of one document.",
            )
        got = digest_of(content, "sha256" if (digest or "").startswith("sha256:") else "blake3")
        if digest is not None and got != digest:
            raise DossierError(
                f"{what}: {path} bears the digest {got}, and the dossier gives {digest}",
                uri=self.uri,
                hint="Hand in the file that was meant, or give its digest anew.",
            )
        return content, got


def digest_of(content: bytes, kind: str = "blake3") -> str:
    """Return the digest of some bytes.

    Parameters
    ----------
    content
        The bytes.
    kind
        ``blake3`` or ``sha256``.

    Returns
    -------
    str
        Such as ``blake3:…``.
    """
    if kind == "sha256":
        import hashlib  # noqa: PLC0415 - seldom asked for

        return f"sha256:{hashlib.sha256(content).hexdigest()}"
    from blake3 import blake3  # noqa: PLC0415 - loaded when a digest is wanted

    return f"blake3:{blake3(content).hexdigest()}"


def read_dossier(path: str | Path, *, on: dt.date, may_clash: bool = False) -> DossierFiles:
    """Read a dossier.

    Parameters
    ----------
    path
        A YAML file, or the folder that holds ``dossier.yaml``.
    on
        Day of the review; no dossier is dated after it.
    may_clash
        Whether claims of whose something is may exclude each other; the caller tells them.

    Returns
    -------
    DossierFiles
        The dossier and its folder.

    Raises
    ------
    DossierError
        If it cannot be read or does not fit; the message lists every defect with its line.
    """
    file = Path(path) / _NAME if Path(path).is_dir() else Path(path)
    uri = str(file)
    content = _content(file)
    held = load_yaml(content, uri=uri, error=DossierError)
    try:
        # Through JSON, because only there does strict mode take text for dates.
        found = Dossier.model_validate_json(json.dumps(held, default=str))
    except ValidationError as error:
        broken = error.errors(include_url=False, include_context=False)
        raise _error(held, [(tuple(one["loc"]), _words(one)) for one in broken], uri) from None
    defects = list(_defects(found, on))
    if not may_clash:
        defects += [(where, text.en) for where, text in impossible(found)]
    if defects:
        raise _error(held, defects, uri)
    return DossierFiles(found, file.parent, uri, digest_of(content), held)


def _content(file: Path) -> bytes:
    why = "not a regular file" if file.exists() and not file.is_file() else ""
    if not why:
        try:
            with file.open("rb") as stream:
                return stream.read(MAX_YAML_BYTES + 1)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
    raise DossierError(
        f"the dossier cannot be read: {why}",
        uri=str(file),
        hint="Name a YAML file, or a folder that holds dossier.yaml.",
    )


def _words(defect: Any) -> str:  # noqa: ANN401 - pydantic's own type of a defect
    if defect["type"] in {"missing", "extra_forbidden"}:
        return "is missing" if defect["type"] == "missing" else "no such field"
    given = defect.get("input")
    shown = "" if isinstance(given, dict | list) or given is None else f", not {str(given)[:60]!r}"
    return f"{defect['msg']}{shown}"


def _error(held: YamlMap, defects: Sequence[tuple[Place, str]], uri: str) -> DossierError:
    lines = list(dict.fromkeys(f"{place(held, path)}: {words}" for path, words in defects))
    left = len(lines) - _MAX_SHOWN
    more = f"\n  … and {left} more" if left > 0 else ""
    count = "1 defect" if len(lines) == 1 else f"{len(lines)} defects"
    listed = "".join(f"\n  {line}" for line in lines[:_MAX_SHOWN])
    return DossierError(f"the dossier has {count}:{listed}{more}", uri=uri, hint=_HINT)


# -- what does not hold together ------------------------------------------------------------------


def _defects(found: Dossier, on: dt.date) -> Iterator[tuple[Place, str]]:
    if found.date > on:
        yield ("date",), f"{found.date} lies after the day of the review, {on}"
    yield from _twice(found)
    yield from _strangers(found)
    for step, artefact in enumerate(found.artefacts):
        for inner, part in enumerate(artefact.parts):
            if any(part.component == one.component for one in artefact.parts[:inner]):
                yield ("artefacts", step, "parts", inner), f"{part.component!r} stands twice"
    for step, run in enumerate(found.trajectories):
        if (run.recipe is None) == (run.report is None):
            yield ("trajectories", step), "needs a recipe or a report, and not both"
    yield from _cycles(found)


def _strangers(found: Dossier) -> Iterator[tuple[Place, str]]:
    """Find ids that stand nowhere."""
    artefacts = {one.id for one in found.artefacts}
    references = {one.id for one in found.references}
    sources = artefacts | references
    proofs = {one.id for one in found.evidence}
    for step, artefact in enumerate(found.artefacts):
        where: Place = ("artefacts", step)
        yield from _unknown(artefact.trained_from, sources, (*where, "trained_from"))
        yield from _unknown(artefact.retrain_evidence, proofs, (*where, "retrain_evidence"))
        for inner, part in enumerate(artefact.parts):
            at = (*where, "parts", inner)
            yield from _unknown(part.trained_from or (), sources, (*at, "trained_from"))
            yield from _unknown(part.retrain_evidence, proofs, (*at, "retrain_evidence"))
    for step, reference in enumerate(found.references):
        at = ("references", step)
        yield from _unknown(reference.declared_in, artefacts, (*at, "declared_in"))
        yield from _unknown(reference.trained_from, references, (*at, "trained_from"))
    for step, audit in enumerate(found.audits):
        yield from _unknown((audit.artefact,), artefacts, ("audits", step, "artefact"))
    for step, run in enumerate(found.trajectories):
        yield from _unknown((run.artefact,), artefacts, ("trajectories", step, "artefact"))


def _unknown(ids: Sequence[str], known: set[str], where: Place) -> Iterator[tuple[Place, str]]:
    for one in ids:
        if one not in known:
            yield where, f"{one!r} stands nowhere in the dossier"


def _twice(found: Dossier) -> Iterator[tuple[Place, str]]:
    ids = [one.id for one in found.artefacts]
    ids += [one.id for one in found.references]
    ids += [one.id for one in found.evidence]
    ids += [one.id for one in found.audits]
    ids += [one.id for one in found.trajectories]
    for name, n in Counter(ids).items():
        if n > 1:
            yield (), f"the id {name!r} stands {n} times"


def _cycles(found: Dossier) -> Iterator[tuple[Place, str]]:
    """Find what would have been made from itself."""
    places: dict[str, Place] = {
        one.id: ("references", step) for step, one in enumerate(found.references)
    }
    places |= {one.id: ("artefacts", step) for step, one in enumerate(found.artefacts)}
    for circle in circles(edges_of(found)):
        shown = (*circle[:10], "…", circle[-1]) if len(circle) > _MOST_OF_A_CIRCLE else circle
        where = (*places[circle[0]], "trained_from")
        yield where, f"leads in a circle back to itself: {' → '.join(shown)}"
