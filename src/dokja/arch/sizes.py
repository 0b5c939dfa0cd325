"""The sizes of a component: what shapes say, what the configuration says, and whether they agree.

The module weighs numbers; it decides nothing about names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dokja.arch.role import Axis, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dokja.arch.family import Family
    from dokja.arch.hits import Hit

__all__ = ["Sizes", "logical_shape", "measure_sizes", "sub_configurations"]

_MAX_DEPTH = 4
_MAX_CONFIGURATIONS = 256


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of a component by symbol.

    Parameters
    ----------
    symbols
        Such as ``residual``, ``heads``, ``kv_heads``, ``head_dim``.
    notes
        Where configuration and shapes disagree.
    model_type
        ``model_type`` of the part of the configuration that fits, or None.
    agreement
        How well that part fits; 0 if none does.
    """

    symbols: Mapping[str, int]
    notes: tuple[Reason, ...] = ()
    model_type: str | None = None
    agreement: int = 0


def logical_shape(shape: tuple[int, ...], n_axes: int) -> tuple[int, ...] | None:
    """Bring a shape to a number of axes without moving any element.

    Parameters
    ----------
    shape
        Shape of a record.
    n_axes
        Number of axes wanted.

    Returns
    -------
    tuple of int, or None
        Leading axes of size 1 dropped, then trailing axes joined; None if there are too few.
    """
    while len(shape) > n_axes and shape[0] == 1:
        shape = shape[1:]
    if len(shape) < n_axes:
        return None
    if len(shape) == n_axes:
        return shape
    if n_axes == 0:
        return None
    tail = 1
    for size in shape[n_axes - 1 :]:
        tail *= size
    return (*shape[: n_axes - 1], tail)


def sub_configurations(config: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """List a configuration and the configurations inside it, outermost first.

    Parameters
    ----------
    config
        Parsed ``config.json``, or None.

    Returns
    -------
    list of mapping
        At most 256, at most four levels deep.
    """
    found: list[Mapping[str, Any]] = []
    # A checkpoint hands its configuration out read-only, which is a mapping and no dict.
    level = [config] if isinstance(config, Mapping) else []
    for _ in range(_MAX_DEPTH):
        found += level
        level = [v for c in level for v in c.values() if isinstance(v, Mapping)]
    return found[:_MAX_CONFIGURATIONS]


def _positive(value: Any) -> int | None:  # noqa: ANN401
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _configured(family: Family, config: Mapping[str, Any]) -> dict[str, int]:
    """Sizes that a configuration holds under the keys of a family."""
    found = {}
    for symbol, keys in family.config.items():
        value = next((v for key in keys if (v := _positive(config.get(key))) is not None), None)
        if value is not None:
            found[symbol] = value
    return found


def _votes(hits: Iterable[Hit], axis: Axis) -> Counter[int]:
    """Sizes that plain tensors have along an axis of some meaning, with their number."""
    votes: Counter[int] = Counter()
    for hit in hits:
        axes = hit.rule.targets[0].axes
        if hit.rule.layouts or hit.rule.fixed or axis not in axes:
            continue
        for shape, n in hit.shapes.items():
            logical = logical_shape(shape, len(axes))
            if logical is not None:
                votes[logical[axes.index(axis)]] += n
    return votes


def _only_rows(hits: Iterable[Hit], kind: str) -> int | None:
    """Give the number of rows of the plain tensors of a kind, if it is the same in all layers."""
    rows = {
        shape[0]
        for hit in hits
        if hit.rule.targets[0].kind == kind and not hit.rule.layouts
        for shape in hit.shapes
        if shape
    }
    return rows.pop() if len(rows) == 1 else None


def _count_layers(hits: Iterable[Hit]) -> int:
    layers = {item.layer for hit in hits for item in hit.records if item.layer is not None}
    return max(layers) + 1 if layers else 0


def _model_types(configuration: Mapping[str, Any]) -> list[str]:
    architectures = configuration.get("architectures")
    names = [configuration.get("model_type")]
    names += architectures if isinstance(architectures, list) else []
    return [name for name in names if isinstance(name, str)]


def _best_configuration(
    family: Family, configurations: Iterable[Mapping[str, Any]], measured: Mapping[str, int]
) -> tuple[dict[str, int], str | None, int]:
    """Choose the configuration that agrees best with the shapes and contradicts no width."""
    best: tuple[dict[str, int], str | None, int] = ({}, None, 0)
    for configuration in configurations:
        found = _configured(family, configuration)
        shared = found.keys() & measured.keys()
        agreeing = sum(found[s] == measured[s] for s in shared)
        if found.get("residual") != measured.get("residual") or not agreeing:
            continue
        model_types = _model_types(configuration)
        agreement = agreeing + 4 * (not family.model_types.isdisjoint(model_types))
        if agreement > best[2]:
            best = (found, model_types[0] if model_types else None, agreement)
    return best


_HEADS_DISAGREE = Reason(
    "heads_disagree",
    "the number of heads in the configuration does not fit the shapes; heads are not used",
    "설정의 헤드 수가 텐서 모양과 맞지 않아 헤드 정보를 쓰지 않음",
)


def _heads(symbols: dict[str, int], hits: list[Hit]) -> tuple[dict[str, int], bool]:
    """Head sizes that follow from configuration and shapes, and whether they agree."""
    q_rows, k_rows = _only_rows(hits, "attention.q.weight"), _only_rows(hits, "attention.k.weight")
    heads, head_dim = symbols.get("heads"), symbols.get("head_dim")
    normed = _only_rows(hits, "attention.q_norm.weight")
    if head_dim is None and q_rows and normed and normed < q_rows and q_rows % normed == 0:
        head_dim = normed
    if heads is None and head_dim and q_rows and q_rows % head_dim == 0:
        heads = q_rows // head_dim
    if heads is None:
        return {}, True
    width = q_rows or symbols.get("residual", 0)
    head_dim = head_dim or (width // heads if width % heads == 0 else 0)
    kv_heads = symbols.get("kv_heads", heads)
    if head_dim and k_rows and "kv_heads" not in symbols and k_rows % head_dim == 0:
        kv_heads = k_rows // head_dim
    fits = (
        head_dim > 0
        and heads % kv_heads == 0
        and q_rows in {None, heads * head_dim}
        and k_rows in {None, kv_heads * head_dim}
    )
    found = {"heads": heads, "kv_heads": kv_heads, "head_dim": head_dim}
    return found | {"heads_per_kv": heads // kv_heads}, fits


def measure_sizes(
    family: Family, hits: list[Hit], configurations: Iterable[Mapping[str, Any]]
) -> Sizes:
    """Take the sizes of a component from its shapes and from what configuration fits them.

    Parameters
    ----------
    family
        The family.
    hits
        Its records.
    configurations
        A configuration and those inside it.

    Returns
    -------
    Sizes
        Sizes on which shapes and configuration agree. Where the numbers of heads contradict
        the shapes they are left out, with a note.
    """
    measured = {"layers": _count_layers(hits)}
    for symbol, axis in (("residual", Axis.RESIDUAL), ("mlp", Axis.MLP_UNIT)):
        votes = _votes(hits, axis)
        if votes:
            measured[symbol] = votes.most_common(1)[0][0]
    found, model_type, agreement = _best_configuration(family, configurations, measured)
    # Shapes say what is there; the configuration only adds what no shape can tell.
    symbols = {k: v for k, v in (found | measured).items() if k != "mlp"}
    heads, fits = _heads(symbols, hits)
    for symbol in ("heads", "kv_heads", "head_dim"):
        symbols.pop(symbol, None)
    notes = () if fits else (_HEADS_DISAGREE,)
    return Sizes(symbols | (heads if fits else {}), notes, model_type, agreement)
