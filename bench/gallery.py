"""Real reports of models of known lineage, as pages: ``python -m bench.gallery``.

Writes ``docs/gallery.md``, a report as text for each case and one picture, from the committed zoo
and from copies made of it here. Knows how a case is shown, never what must come out.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from bench.attacks import gains, naming, permute, rotate, scale, theft
from dokja.audit import audit
from dokja.cli.language import Language
from dokja.cli.tables import print_verdict
from dokja.document.audit import EvidenceBase, LayerSearchEvidence, UnitsEvidence
from dokja.io.checkpoint import open_checkpoint
from dokja.report import BUILTIN
from dokja.report.pictures import heat_block, layer_map_block, null_block
from dokja.report.plots import draw
from dokja.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.attacks.network import Network
    from dokja.document.audit import AuditReport

ROOT = Path(__file__).resolve().parents[1]
ZOO = ROOT / "tests" / "data" / "zoo"
PAGE = ROOT / "docs" / "gallery.md"
FOLDER = ROOT / "docs" / "gallery"

Picture = Literal["heat", "layers", "null"]
Item = TypeVar("Item", bound=EvidenceBase)

INTRODUCTION = """\
<!-- Written by `python -m bench.gallery`. Do not edit: change the script and run it again. -->

# A gallery of real reports

What `dokja audit` says of models whose making is known: small language models, really trained,
that stand in `tests/data/zoo` ([what they are](zoo.md)), and copies made of them by
`bench/gallery.py`. `{make}` writes all models of this page into a folder, to
try the commands on. Each case: what was done, what the report says first, what is typed and
printed, one picture of the report, and the report as text. The suite audits all of them anew and
compares.
"""
MAKE = "python -m bench.gallery --models zoo"


@dataclass(frozen=True, slots=True)
class Case:
    """One audit and how it is shown."""

    name: str
    title: str
    story: str
    subject: str
    references: tuple[str, ...]
    picture: Picture | None
    caption: str

    @property
    def command(self) -> str:
        """What is typed."""
        models = " ".join(f"zoo/{name}" for name in (self.subject, *self.references))
        return f"dokja audit {models}"


CASES = (
    Case(
        "verbatim",
        "A copy under another name",
        "The weights of `base`, every value as it was, its tensors renamed.",
        "renamed",
        ("base", "stranger-1"),
        None,
        "",
    ),
    Case(
        "finetuned",
        "A fine-tuned copy",
        "`base`, tuned briefly on other text.",
        "finetuned",
        ("base", "stranger-1"),
        "heat",
        "Cosine by layer and kind of matrix against `base`: the change is small throughout.",
    ),
    Case(
        "laundered",
        "A copy that was laundered",
        "`finetuned` with its residual stream rotated, hidden units renumbered, rescaled and "
        "flipped in sign, heads and value channels renumbered, and norm gains drawn anew: the same "
        "network, and hardly a number stands where it stood.",
        "laundered",
        ("base", "stranger-1"),
        "heat",
        "Cosine as the weights stand against `base`: nothing is to be seen. The table in the "
        "report says what was found after undoing it.",
    ),
    Case(
        "merged",
        "A merge, with both parents at hand",
        "0.7 of `base` and 0.3 of `stranger-1`. Without the other parent at hand the smaller one "
        "stays undecided.",
        "merge-strangers",
        ("base", "stranger-1", "stranger-2"),
        "heat",
        "Cosine by layer and kind of matrix against `base`.",
    ),
    Case(
        "upscaled",
        "A model that was made deeper",
        "Layers 0 to 3 and 1 to 4 of `base` stacked, then tuned on other text.",
        "depth-upscaled",
        ("base", "stranger-1"),
        "layers",
        "Which layer of `base` each layer finds its units in: two diagonals.",
    ),
    Case(
        "shared-start",
        "Two models of one random start",
        "Begun from the same random numbers as `base`, trained apart on other text. Nobody copied.",
        "twin-otherdata",
        ("base", "stranger-1"),
        "null",
        "Units that stand in the same place, layer by layer, over what chance gives.",
    ),
    Case(
        "stranger",
        "A stranger of the hardest kind",
        "The shape, data, order of the data and tokenizer of `base`, from another seed.",
        "stranger-1",
        ("base", "stranger-2"),
        "null",
        "Units that stand in the same place, layer by layer, over what chance gives.",
    ),
    Case(
        "attention",
        "Only the attention was taken",
        "The attention of all layers of `base`, in a model that is otherwise `stranger-1`.",
        "stolen-attention",
        ("base", "stranger-2"),
        "heat",
        "Cosine by layer and kind of tensor against `base`: the four kinds of attention matrices. "
        "Norm gains are near one in every model, whoever made it.",
    ),
)


# -- models ---------------------------------------------------------------------------------------


def _network(folder: Path) -> Network:
    with open_checkpoint(str(folder)) as checkpoint:
        tensors = {name: np.array(checkpoint.read(name)) for name in checkpoint.records}
    return naming.read(tensors, json.loads((folder / "config.json").read_text(encoding="utf-8")))


def _save(net: Network, folder: Path) -> None:
    from safetensors.numpy import save_file

    tensors, config = naming.write(net)
    folder.mkdir(parents=True)
    held = {name: np.ascontiguousarray(values, np.float32) for name, values in tensors.items()}
    save_file(held, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def _laundered() -> Network:
    rng = np.random.default_rng(0)
    net = rotate.residual(_network(ZOO / "finetuned"), rng)
    net = scale.flip_units(scale.units(gains.redraw(net, rng), rng), rng)
    return permute.everything(net, rng)


def _renamed(folder: Path) -> None:
    """Copy `base` with a prefix taken off the names of its tensors."""
    shutil.copytree(ZOO / "base", folder)
    path = folder / "model.safetensors"
    raw = path.read_bytes()
    n = int.from_bytes(raw[:8], "little")
    header = raw[8 : 8 + n].replace(b'"model.', b'"')
    header += b" " * (-len(header) % 8)
    path.write_bytes(len(header).to_bytes(8, "little") + header + raw[8 + n :])


_MADE: Mapping[str, Callable[[], Network]] = {
    "laundered": _laundered,
    "stolen-attention": lambda: theft.graft(
        _network(ZOO / "stranger-1"), _network(ZOO / "base"), "attention"
    ),
}


def models(folder: Path) -> None:
    """Write all models of the page.

    Parameters
    ----------
    folder
        Where they go, one folder each.
    """
    wanted = {name for case in CASES for name in (case.subject, *case.references)}
    for name in sorted(wanted):
        if name == "renamed":
            _renamed(folder / name)
        elif name in _MADE:
            _save(_MADE[name](), folder / name)
        else:
            shutil.copytree(ZOO / name, folder / name)


@contextlib.contextmanager
def made() -> Iterator[None]:
    """Work in a folder that holds all models below ``zoo``, as a reader would."""
    with tempfile.TemporaryDirectory() as folder:
        models(Path(folder) / "zoo")
        with contextlib.chdir(folder):
            yield


# -- reports --------------------------------------------------------------------------------------


def audited(case: Case) -> AuditReport:
    """Audit a case where its models are, and take out what differs from run to run.

    Parameters
    ----------
    case
        Which.

    Returns
    -------
    AuditReport
        Without times and versions.
    """
    report = audit(f"zoo/{case.subject}", [f"zoo/{name}" for name in case.references])
    sources = tuple(
        source.model_copy(update={"identity": "left out"}) for source in report.provenance.sources
    )
    fixed = {"dokja": "0", "started_at": "2026-01-01T00:00:00+00:00", "wall_s": 1.0}
    provenance = report.provenance.model_copy(update={**fixed, "sources": sources})
    return report.model_copy(update={"provenance": provenance})


def printed(report: AuditReport) -> str:
    """Return what the terminal shows of a report."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print_verdict(report, Language.EN)
    return "\n".join(line.rstrip() for line in out.getvalue().strip("\n").splitlines()) + "\n"


def as_text(report: AuditReport, case: Case) -> str:
    """Return a report in Markdown, as a page that stands in no table of contents."""
    text = BUILTIN.get("markdown").render(report, language="en").decode()
    return f"---\norphan: true\n---\n\n[Back to the gallery](../gallery.md#{case.name})\n\n{text}"


def _item(report: AuditReport, kind: type[Item], against: str) -> Item:
    found = (item for item in report.evidence if isinstance(item, kind))
    return next(item for item in found if item.reference == against)


def _figure(report: AuditReport, case: Case, text: Text) -> Any:  # noqa: ANN401
    against = f"zoo/{case.references[0]}"
    if case.picture == "heat":
        result = next(row for row in report.components if row.reference == against)
        block = heat_block(result, text)
    elif case.picture == "layers":
        block = layer_map_block(_item(report, LayerSearchEvidence, against), text)
    else:
        block = null_block(_item(report, UnitsEvidence, against), text)
    assert block is not None
    return block.figures[0]


def picture(report: AuditReport, case: Case) -> str:
    """Draw the picture of a case.

    Parameters
    ----------
    report
        Its report.
    case
        Which figure it is.

    Returns
    -------
    str
        SVG.
    """
    import vl_convert

    text = Text("en")
    figure = _figure(report, case, text)
    spec = _sized(draw(figure, text), 560)
    svg = str(vl_convert.vegalite_to_svg(_coloured(json.dumps({**spec, "background": "#fbfaf6"}))))
    return re.sub(r"\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", svg)


def _coloured(text: str) -> str:
    """Put the colours of the page, by day, where it names them."""
    sheet = files("dokja.report").joinpath("templates", "page.css").read_text(encoding="utf-8")
    by_day = sheet[: sheet.index("@media")]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", by_day))
    return re.sub(r"var\(--([\w-]+)\)", lambda name: colours[name[1]], text)


def _sized(spec: Any, width: int) -> Any:  # noqa: ANN401
    """Give what fills the width of its place on a page a width of its own."""
    if isinstance(spec, dict):
        return {
            key: width if key == "width" and value == "container" else _sized(value, width)
            for key, value in spec.items()
        }
    return [_sized(item, width) for item in spec] if isinstance(spec, list) else spec


def section(case: Case, report: AuditReport) -> str:
    """Write what the page says of a case.

    Parameters
    ----------
    case
        Which.
    report
        Its report.

    Returns
    -------
    str
        Markdown.
    """
    best = report.components[0].summary.en
    parts = [
        f"({case.name})=\n\n## {case.title}\n",
        f"{case.story}\n",
        f"**{best}** {report.components[0].reason.en}\n",
        f"```console\n$ {case.command}\n{printed(report)}```\n",
    ]
    if case.picture is not None:
        parts.append(f"![{case.caption}](gallery/{case.name}.svg)\n\n*{case.caption}*\n")
    parts.append(f"[The whole report as text](gallery/{case.name}.md)\n")
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments
        Those of the command line, if not given.

    Returns
    -------
    int
        0.
    """
    import argparse

    parser = argparse.ArgumentParser(description="Audit known models and write the gallery.")
    parser.add_argument("--models", type=Path, help="only write the models into this folder")
    options = parser.parse_args(arguments)
    if options.models is not None:
        models(options.models)
        return 0
    FOLDER.mkdir(exist_ok=True)
    parts = [INTRODUCTION.format(make=MAKE)]
    with made():
        for case in CASES:
            report = audited(case)
            parts.append(section(case, report))
            (FOLDER / f"{case.name}.md").write_text(as_text(report, case), encoding="utf-8")
            if case.picture is not None:
                (FOLDER / f"{case.name}.svg").write_text(picture(report, case), encoding="utf-8")
            print(case.name, report.verdict.summary.en, file=sys.stderr)
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "100")
    sys.exit(main())
