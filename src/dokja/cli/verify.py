"""``dokja verify``: whether a bundle is whole, and whether what it concludes follows once more.

The module joins the room that verifies to those that judge, audit and set pages.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dokja.cli.codes import EXIT_FINDING, EXIT_OK
from dokja.cli.console import print_line, visible
from dokja.cli.language import Language, say, use_language
from dokja.cli.options import (
    JsonOption,
    LangOption,
    MaxBytesOption,
    ProgressOption,
    QuietOption,
    TrustConfigOption,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dokja.attestation.identity import Identity
    from dokja.attestation.kinds import Report
    from dokja.document.bundle import Kind, Verification, VerifiedItem

__all__ = ["EPILOG", "verify"]

EPILOG = "Example: dokja verify bundle.zip --key maker.pub.pem"


def verify(  # numpydoc ignore=PR01
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="Folder or archive from dokja bundle.")
    ],
    *,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="KEY.pem", help="Public key of whoever signed it."),
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option(
            "--identity", metavar="NAME", help="Who has to have signed it in their own name."
        ),
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option(
            "--issuer", metavar="URL", help="Identity provider that has to have vouched for NAME."
        ),
    ] = None,
    trust_config: TrustConfigOption = None,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(
            "--checkpoint",
            metavar="CHECKPOINT",
            help="Audit again: the subject first, then every reference; repeatable.",
        ),
    ] = None,
    test: Annotated[
        list[str] | None,
        typer.Option(
            "--test",
            metavar="NAME",
            help="Compare only these tests of the new audit, such as units; repeatable.",
        ),
    ] = None,
    json: JsonOption = None,
    max_bytes: MaxBytesOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Verify a bundle offline: every byte, every document, verdicts and signatures."""
    from importlib.metadata import version

    from dokja.attestation.verify import verify_bundle
    from dokja.cli.bundle_pages import page_of
    from dokja.cli.extras import require
    from dokja.cli.outputs import check_targets, collect_outputs, write_contents
    from dokja.cli.progress import progress_bars
    from dokja.cli.verify_again import judged_again, made_again

    language = use_language(lang)
    if test and not checkpoint:
        raise typer.BadParameter(say("--test needs --checkpoint"))
    if checkpoint is not None and len(checkpoint) < 2:
        raise typer.BadParameter(say("give the subject and at least one reference"))
    who = _who(identity, issuer, trust_config)
    if key is not None and who is not None:
        raise typer.BadParameter(say("give --key or --identity, not both"))
    if key is not None or who is not None:
        require("model_signing", "OpenSSL", extra="sign")
    outputs = collect_outputs({"json": json})
    check_targets(outputs, checkpoint or (), (str(bundle),))
    with progress_bars(quiet=quiet, forced=progress) as advance:

        def again(path: str, _kind: Kind, report: Report) -> Iterator[VerifiedItem]:
            yield from judged_again(path, report)
            if checkpoint:
                yield from made_again(
                    path, report, checkpoint, test or (), max_bytes=max_bytes, progress=advance
                )

        found = verify_bundle(
            bundle,
            dokja=version("dokja"),
            key=key,
            identity=who,
            again=again,
            pages=page_of,
        )
    content = (found.model_dump_json(indent=2) + "\n").encode()
    write_contents([(output, content) for output in outputs], quiet=quiet)
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(found, language)
    return EXIT_OK if found.verified else EXIT_FINDING


def _who(identity: str | None, issuer: str | None, trust_config: Path | None) -> Identity | None:
    from dokja.attestation.identity import Identity

    if identity is None or issuer is None:
        if identity is not None or issuer is not None or trust_config is not None:
            raise typer.BadParameter(say("--identity and --issuer are given together"))
        return None
    return Identity(identity, issuer, trust_config)


def _print(found: Verification, language: Language) -> None:
    for one in _shown(found):
        marks = {"ok": "✓", "failed": "✗", "not_checked": "–"}
        words = one.words.text("ko" if language is Language.KO else "en")
        print_line(visible(f"{marks[one.outcome]} {one.what}: {words}"))
    print_line(visible(found.summary.text("ko" if language is Language.KO else "en")))


def _shown(found: Verification) -> Iterable[VerifiedItem]:
    """Show what failed first, and of what is well only what is not a mere digest."""
    order: Callable[[VerifiedItem], int] = lambda one: one.outcome != "failed"  # noqa: E731
    kept = [one for one in found.items if one.outcome != "ok" or one.check != "digest"]
    return sorted(kept, key=order)
