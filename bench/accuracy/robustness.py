"""Where detection ends: ``python -m bench.accuracy.robustness``.

Turns each knob, audits every point in place and re-indexed, writes ``docs/robustness.md`` with its
plot and ``robustness.json``. Refuses to know how a point is made.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import hiding
from bench.accuracy import curves, ours, store
from bench.accuracy.answers import Said
from bench.accuracy.curves import CURVES, REFERENCE, STRANGERS, Curve, Point

_PAGE = store.ROOT / "docs" / "robustness.md"
_PLOT = store.ROOT / "docs" / "images" / "robustness.svg"

INTRODUCTION = """\
<!-- Written by `make robustness`. Do not edit: change bench/accuracy and run it again. -->

# Robustness

How far a copy can be changed before an audit loses it. The reference is a small Llama-like model
of the zoo, the subject a copy of it after one change, driven from hardly anything to nearly
everything: *in place*, as the change left it, and *re-indexed*, with all residual channels, MLP
units, heads and value channels renumbered besides. One reference, one seed a point.

*Left* is what remains of the reference, known from the making: the mean cosine of the matrices of
the layers, or the share of units or layers kept. The broken lines are what the report itself states
as its least detectable effect when it looks at a stranger of the same shape ({stranger}): below
them it promises nothing.

![What is left of the reference against how far each change is driven](images/robustness.svg)

"""
FIGURES = {
    "in_place": "least share of units found in place, at a cosine of 0.9",
    "diffuse": "least cosine seen by the swap test, if all channels keep their places",
    "reindexed": "least cosine still recovered behind a re-indexing",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What one audit said of one point."""

    curve: str
    setting: float
    reindexed: bool
    left: float
    relation: str
    said: str
    log10_p: float | None
    in_place_share: float | None
    in_place_cosine: float | None
    aligned_cosine: float | None


def _least(result: Any) -> dict[str, float | None]:  # noqa: ANN401
    """Return the least detectable effects a result states."""
    stated = result.least_detectable
    if stated is None:
        return dict.fromkeys(FIGURES)
    in_place = stated.in_place.cosine_0_9 if stated.in_place else None
    return {"in_place": in_place, "diffuse": stated.diffuse, "reindexed": stated.reindexed}


def _evidence(report: Any, kind: str, name: str) -> float | None:  # noqa: ANN401
    found = [getattr(item, name) for item in report.evidence if item.kind == kind]
    return next((value for value in found if value is not None), None)


def measure(point: Point, cache: Path) -> Measured:
    """Make a point and audit it against the reference."""
    from dokja.audit import audit

    left = curves.make(point, cache)
    report = audit(str(point.folder(cache)), [str(store.folder_of(REFERENCE))])
    result = max(report.components, key=lambda row: row.n_parameters)
    return Measured(
        point.curve,
        point.setting,
        point.reindexed,
        left,
        result.relation.value,
        ours.said(result.relation.value).value,
        result.log10_p,
        _evidence(report, "units", "in_place_share"),
        _evidence(report, "units", "in_place_cosine"),
        _evidence(report, "reindexed", "aligned_cosine"),
    )


def stated_limits() -> dict[str, float | None]:
    """Return the least detectable effects the report states for a stranger of the same shape."""
    from dokja.audit import audit

    report = audit(str(store.folder_of(STRANGERS[0])), [str(store.folder_of(REFERENCE))])
    return _least(max(report.components, key=lambda row: row.n_parameters))


# -- the page -------------------------------------------------------------------------------------


def _line(curve: Curve, limits: dict[str, float | None], *, reindexed: bool) -> float | None:
    if reindexed:
        return limits["reindexed"]
    return limits["in_place" if curve.measure == "share" else "diffuse"]


def ends(rows: list[Measured]) -> str:
    """Say where detection ends on a curve, in the order in which it is driven."""
    seen = [row for row in rows if row.said == Said.KIN.value]
    unseen = [row for row in rows if row.said != Said.KIN.value]
    if not unseen:
        return f"found to the end, {rows[-1].left:.3f} left"
    if not seen:
        return f"never found, {rows[0].left:.3f} left at first"
    first = max(unseen, key=lambda row: row.left)
    least = min(row.left for row in seen)
    return f"found down to {least:.3f}, first missed at {first.left:.3f} ({first.relation})"


def _number(value: float | None, form: str = ".3f") -> str:
    return "–" if value is None else format(value, form)


def _table(rows: list[Measured]) -> str:
    heads = ["setting", "form", "left", "answer", "log10 p", "found in place", "aligned cosine"]
    lines = [heads, ["--:", "---", "--:", "---", *["--:"] * 3]]
    lines += [
        [
            f"{row.setting:g}",
            "re-indexed" if row.reindexed else "in place",
            f"{row.left:.3f}",
            row.relation,
            _number(row.log10_p, ".1f"),
            _number(row.in_place_share),
            _number(row.aligned_cosine),
        ]
        for row in rows
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def written(rows: list[Measured], limits: dict[str, float | None]) -> str:
    """Write the page.

    Parameters
    ----------
    rows
        All that was measured.
    limits
        The least detectable effects stated for a stranger.

    Returns
    -------
    str
        Markdown.
    """
    parts = [INTRODUCTION.format(stranger=STRANGERS[0])]
    parts += ["| the report's own limit | least |", "| --- | --: |"]
    parts += [f"| {words} | {_number(limits[name])} |" for name, words in FIGURES.items()]
    summary = ["", "## Where detection ends", "", "| change | in place | re-indexed |"]
    summary.append("| --- | --- | --- |")
    for curve in CURVES:
        forms = [
            ends([r for r in rows if r.curve == curve.name and r.reindexed is form])
            for form in (False, True)
        ]
        summary.append(f"| {curve.name} | {forms[0]} | {forms[1]} |")
    parts += summary
    for curve in CURVES:
        parts += ["", f"## {curve.name.capitalize()}: {curve.knob}", ""]
        parts.append(_table([row for row in rows if row.curve == curve.name]))
    return "\n".join(parts)


def _panel(rows: list[Measured], curve: Curve, limits: dict[str, float | None]) -> Any:  # noqa: ANN401
    import altair as alt

    answers = {"kin": "found", "nothing": "undecided", "strangers": "missed"}
    forms = {False: "in place", True: "re-indexed"}
    data = [
        {
            "place": curve.settings.index(row.setting) + (0.13 if row.reindexed else -0.13),
            "left": round(row.left, 4),
            "form": forms[row.reindexed],
            "answer": answers[row.said],
        }
        for row in rows
        if row.curve == curve.name
    ]
    labels = json.dumps([f"{setting:g}" for setting in curve.settings])
    n = len(curve.settings)
    points = (
        alt.Chart(alt.Data(values=data))
        .mark_point(size=70, filled=True, opacity=1)
        .encode(
            x=alt.X(
                "place:Q",
                title=curve.knob,
                scale=alt.Scale(domain=[-0.5, n - 0.5], nice=False),
                axis=alt.Axis(
                    values=list(range(n)), labelExpr=f"{labels}[datum.value]", grid=False
                ),
            ),
            y=alt.Y(
                "left:Q",
                scale=alt.Scale(type="log", domain=[0.008, 1.2], clamp=True, nice=False),
                axis=alt.Axis(values=[0.01, 0.03, 0.1, 0.3, 1]),
            ),
            color=alt.Color("answer:N", scale=alt.Scale(domain=_ANSWERS, range=_COLOURS)),
            shape=alt.Shape(
                "form:N",
                scale=alt.Scale(domain=list(forms.values()), range=["circle", "triangle-up"]),
            ),
        )
    )
    least = [
        {"least": value, "form": name}
        for form, name in forms.items()
        if (value := _line(curve, limits, reindexed=form)) is not None
    ]
    rules = (
        alt.Chart(alt.Data(values=least))
        .mark_rule(color="#555")
        .encode(
            y=alt.Y("least:Q", title="left"),
            strokeDash=alt.StrokeDash(
                "form:N",
                title="its own limit",
                scale=alt.Scale(domain=list(forms.values()), range=[[6, 3], [1, 3]]),
            ),
        )
    )
    return alt.layer(rules, points).properties(width=230, height=150, title=curve.name)


_ANSWERS = ["found", "undecided", "missed"]
_COLOURS = ["#1b7837", "#d99a00", "#b2182b"]


def plot(rows: list[Measured], limits: dict[str, float | None]) -> str:
    """Draw what is left against each knob, and who was found, as SVG."""
    import altair as alt
    import vl_convert

    panels = [_panel(rows, curve, limits) for curve in CURVES]
    chart = alt.concat(*panels, columns=3).configure(background="white")
    return str(vl_convert.vegalite_to_svg(chart.to_json()))


def _all(cache: Path, n_workers: int) -> list[Measured]:
    wanted, started = curves.points(), time.perf_counter()
    (cache / "curves").mkdir(parents=True, exist_ok=True)
    found: dict[Point, Measured] = {}
    # In place first: the other form is made from it.
    with ProcessPoolExecutor(n_workers) as pool:
        for form in (False, True):
            running = {
                pool.submit(partial(measure, cache=cache), point): point
                for point in wanted
                if point.reindexed is form
            }
            for future in as_completed(running):
                found[running[future]] = future.result()
                spent = time.perf_counter() - started
                print(f"[{len(found)}/{len(wanted)}, {spent:.0f} s] {running[future].name}")
    return [found[point] for point in wanted]


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
    parser = argparse.ArgumentParser(description="Turn each knob until the audit loses the copy.")
    parser.add_argument("--cache", type=Path, default=store.CACHE)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--redraw", action="store_true", help="only page and plot, from the figures"
    )
    options = parser.parse_args(arguments)
    kept = options.cache / "robustness.json"
    if options.redraw:
        stored = json.loads(kept.read_text(encoding="utf-8"))
        rows = [Measured(**row) for row in stored["points"]]
        limits = stored["limits"]
    else:
        rows, limits = _all(options.cache, options.workers), stated_limits()
        document = {"limits": limits, "points": [asdict(row) for row in rows]}
        kept.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    _PAGE.write_text(written(rows, limits), encoding="utf-8")
    _PLOT.write_text(plot(rows, limits) + "\n", encoding="utf-8")
    hiding.main()
    print(_PAGE, _PLOT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
