"""``dokja bundle``: reports and what proves them, in one folder or archive that others can verify.

The module gathers files and options; what stands in a bundle another room decides.
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dokja.cli.codes import EXIT_OK
from dokja.cli.console import note, visible
from dokja.cli.language import say, use_language
from dokja.cli.options import LangOption, QuietOption, TrustConfigOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dokja.attestation.bundle import Page
    from dokja.attestation.kinds import Report
    from dokja.document.bundle import Kind

__all__ = ["EPILOG", "bundle", "read_file"]

EPILOG = "Example: dokja bundle audit.json review.json --dossier dossier.yaml -o bundle.zip"
_MOST: Final = 256 * 1024**2
_PASSWORD: Final = "DOKJA_KEY_PASSWORD"  # noqa: S105 - a variable's name
_TOKEN: Final = "DOKJA_IDENTITY_TOKEN"  # noqa: S105 - a variable's name


def bundle(  # numpydoc ignore=PR01
    reports: Annotated[
        list[Path], typer.Argument(metavar="REPORT.json...", help="Reports written with --json.")
    ],
    *,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="PLACE", help="Folder to make, or a file *.zip."),
    ],
    dossier: Annotated[
        Path | None, typer.Option("--dossier", metavar="FILE", help="The dossier, to put in.")
    ] = None,
    with_: Annotated[
        list[Path] | None,
        typer.Option("--with", metavar="FILE", help="Further evidence to put in; repeatable."),
    ] = None,
    sign_key: Annotated[
        Path | None,
        typer.Option("--sign-key", metavar="KEY.pem", help="Sign with this private key."),
    ] = None,
    sign_identity: Annotated[
        bool,
        typer.Option("--sign-identity", help="Sign in your own name by Sigstore; needs a network."),
    ] = False,
    trust_config: TrustConfigOption = None,
    pages: Annotated[
        bool, typer.Option("--pages/--no-pages", help="Put pages in both languages in.")
    ] = True,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Put reports and what proves them into one bundle that anybody can verify offline."""
    from importlib.metadata import version

    from dokja.attestation.bundle import make_bundle

    use_language(lang)
    if sign_key is not None and sign_identity:
        raise typer.BadParameter(say("give --sign-key or --sign-identity, not both"))
    _check(output, reports, signed=sign_key is not None or sign_identity)
    made = make_bundle(
        {path.name: read_file(path) for path in _once(reports)},
        made_at=dt.datetime.now(tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        dokja=version("dokja"),
        files={path.name: read_file(path) for path in _once(with_ or [])},
        dossier=None if dossier is None else (dossier.name, read_file(dossier)),
        pages=_pages if pages else None,
    )
    _write(output, made, _signer(sign_key, trust_config, in_own_name=sign_identity))
    if not quiet:
        note(visible(say("wrote {path}").format(path=output)))
    return EXIT_OK


def _once(paths: list[Path]) -> list[Path]:
    names = [path.name for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise typer.BadParameter(
                say("two files are called {name}; a bundle keeps names").format(name=repr(name))
            )
    return paths


def _signer(
    key: Path | None, trust_config: Path | None, *, in_own_name: bool
) -> Callable[[Path], None] | None:
    """Return what signs a folder, if anything does."""
    from functools import partial

    from dokja.attestation.identity import sign_as
    from dokja.attestation.signing import sign

    if key is not None:
        return partial(sign, key=key, password=os.environ.get(_PASSWORD))
    if in_own_name:
        return partial(sign_as, token=os.environ.get(_TOKEN), trust_config=trust_config)
    return None


def _check(output: Path, reports: list[Path], *, signed: bool) -> None:
    from dokja.cli.extras import require
    from dokja.document.write import check_writable
    from dokja.errors import OutputError

    if signed:
        require("model_signing", "OpenSSL", extra="sign")
    if output.suffix.lower() == ".zip":
        if any(output.resolve() == path.resolve() for path in reports):
            raise typer.BadParameter(say("an output would overwrite what is to be read"))
        check_writable(output)
    elif output.exists() or output.is_symlink():
        raise OutputError(
            "it is there already",
            uri=str(output),
            hint="Name a folder that is not there yet; a bundle never mixes with other files.",
        )
    else:
        check_writable(output)


def read_file(path: Path) -> bytes:
    """Read a file of bounded size.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    AttestationError
        If it is not there, is no regular file or is too large.
    """
    from dokja.errors import AttestationError

    why = "it is not a regular file" if path.exists() and not path.is_file() else ""
    content = b""
    try:
        if not why:
            with path.open("rb") as stream:
                content = stream.read(_MOST + 1)
    except (OSError, ValueError) as error:
        why = str(getattr(error, "strerror", None) or error)
    if why:
        raise AttestationError(
            f"it cannot be read: {why}", uri=str(path), hint="Name a file that is there."
        )
    if len(content) > _MOST:
        raise AttestationError(
            f"it is larger than {_MOST} bytes",
            uri=str(path),
            hint="Put the digest of large files into the dossier, not the files into the bundle.",
        )
    return content


def _pages(kind: Kind, report: Report) -> Iterable[Page]:
    from dokja.attestation.bundle import Page
    from dokja.cli.bundle_pages import page_of

    for language in ("en", "ko"):
        content = page_of(kind, report, language, ".html")
        if content is not None:
            yield Page(".html", language, content)


def _write(output: Path, made: dict[str, bytes], sign: Callable[[Path], None] | None) -> None:
    """Write the whole bundle beside its place, then move it there."""
    import shutil
    import tempfile

    from dokja.attestation.layout import SIGNATURE, archive
    from dokja.document.write import write_atomically
    from dokja.errors import OutputError

    is_zip = output.suffix.lower() == ".zip"
    try:
        place = None if is_zip else output.resolve().parent
        scratch = Path(tempfile.mkdtemp(prefix=".dokja-", dir=place))
    except OSError as error:
        raise OutputError(
            f"could not be written: {error.strerror or error}",
            uri=str(output),
            hint="Name a place in a folder that is there and can be written.",
        ) from None
    try:
        inner = scratch / "bundle"
        for name, content in made.items():
            (inner / name).parent.mkdir(parents=True, exist_ok=True)
            (inner / name).write_bytes(content)
        if sign is not None:
            sign(inner)
            made = {**made, SIGNATURE: (inner / SIGNATURE).read_bytes()}
        if is_zip:
            write_atomically(output, archive(made))
        else:
            inner.rename(output)
    except OSError as error:
        raise OutputError(
            f"could not be written: {error.strerror or error}",
            uri=str(output),
            hint="Free some space, or name another place.",
        ) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
