"""The search for a disguised copy as a titled block.

The module tells what was undone and found again, never what that proves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.digits import correlation, count, decimal, log10_p, share
from dokja.report.figures import Block, Table
from dokja.report.names import show

if TYPE_CHECKING:
    from dokja.document.audit import ReindexedEvidence, ReindexedLayer
    from dokja.report.text import Text

__all__ = ["reindexed_block"]

_MOST_LAYERS = 100
_LEAST_EFFECT = 0.05
"""Effects of strangers stay below half of it."""
_ALWAYS = frozenset({"start"})
_COLUMNS = ("layer", "there", "units", "effect", "control", "agreeing", "cosine", "pearson")


def _place(layer: int | None, expert: int | None, text: Text) -> str:
    name = text("page.unknown") if layer is None else str(layer)
    return name if expert is None else f"{name} [{expert}]"


def _row(layer: ReindexedLayer, text: Text) -> tuple[str, ...]:
    return (
        _place(layer.layer, layer.expert, text),
        _place(layer.reference_layer, layer.reference_expert, text),
        count(layer.n_units),
        correlation(layer.effect),
        correlation(layer.off_map_effect),
        share(layer.agreeing_share),
        correlation(layer.aligned_cosine),
        correlation(layer.aligned_pearson),
    )


def reindexed_block(index: int, item: ReindexedEvidence, text: Text) -> Block:
    """Tell what a search for a renumbered, rotated, rescaled or flipped copy found.

    Parameters
    ----------
    index
        Place in the document's evidence.
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block
        The layers that had no part in the search, and what had to be undone.
    """
    columns = tuple(text(f"reindexed.{name}") for name in _COLUMNS)
    rows = tuple(_row(layer, text) for layer in item.layers[:_MOST_LAYERS])
    hidden = len(item.layers) - len(rows)
    # What had to be undone means something only where units were found again.
    is_found = any(layer.effect >= _LEAST_EFFECT for layer in item.layers)
    undone = (
        ("moved", share(item.moved_share)),
        ("flipped", share(item.flipped_share)),
        ("scales", decimal(item.scale_spread)),
        ("basis", decimal(item.same_basis)),
        ("channels", correlation(item.channel_cosine)),
        ("gains", text("reindexed.yes" if item.gains_reset else "reindexed.no")),
        ("mapped", text("reindexed.yes" if item.layers_mapped else "reindexed.no")),
        ("start", show(item.start, text, longest=60)),
        ("p", log10_p(item.log10_p)),
    )
    return Block(
        "reindexed",
        text("reindexed.title"),
        (text("reindexed.lead"), *(() if is_found else (text("reindexed.nothing"),))),
        tables=(
            Table(columns, rows, numeric=tuple(range(len(columns)))),
            Table(
                ("", ""),
                tuple((text(f"reindexed.{n}"), v) for n, v in undone if is_found or n in _ALWAYS),
                numeric=(1,),
            ),
        ),
        caption=text("page.more", n=count(hidden)) if hidden else "",
        anchors=(index,),
    )
