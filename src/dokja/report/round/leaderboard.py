"""The page of a leaderboard: models, organisations and countries, each figure with its stamp.

The module shows the order that stands in the documents; it never subtracts one snapshot from
another.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from dokja.document.number import Known, written
from dokja.report.round.html import BOOK
from dokja.report.round.parts import (
    Badge,
    Bullets,
    Cell,
    Choice,
    Figure,
    Fold,
    Page,
    Section,
    Table,
    Words,
)
from dokja.report.round.shapes import Bars, colour
from dokja.report.round.speaker import by_words, figure_cell, marks_legend, padded, plain, signed
from dokja.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dokja.document.leaderboard import (
        IndexStamp,
        LeaderboardBook,
        LeaderboardReport,
        LeaderboardRow,
        LeaderboardView,
        RatioReport,
    )
    from dokja.document.number import Figure as Number
    from dokja.report.renderer import Language
    from dokja.report.round.parts import Part, Tone

__all__ = ["leaderboard_page"]

_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_VIEWS: Final[tuple[LeaderboardView, ...]] = ("country", "organisation", "model")
_MOST_COLOURS: Final = 6
_TONES: Final[dict[str, Tone]] = {
    "agrees": "good",
    "consistent": "open",
    "differs": "bad",
    "not computable": "open",
}


def leaderboard_page(book: LeaderboardBook, language: Language) -> Page:
    """Make the page of some snapshots.

    Parameters
    ----------
    book
        Every view of every snapshot.
    language
        Language of the reader.

    Returns
    -------
    Page
        Newest snapshot first; index, version and date stand on every figure.
    """
    maker = _Maker(book, language)
    text = maker.text
    snapshots = list(dict.fromkeys(report.snapshot for report in reversed(book.reports)))
    sections = [maker.snapshot(name) for name in snapshots]
    if book.comparisons:
        sections.append(maker.comparisons())
    sections += [maker.ratios(report) for report in book.ratios]
    newest = maker.reports(snapshots[0])[0]
    return Page(
        language=language,
        kicker=text("kicker.leaderboard"),
        stamp=maker.stamp(newest.stamp),
        label=text("label.index"),
        subject=maker.stamp(newest.stamp),
        facts=text("board.facts", n=len(snapshots)),
        headline=maker.headline(snapshots[0]),
        summary=text("board.summary"),
        badges=maker.badges(snapshots[0]),
        sections=tuple(sections),
        made_by=text("frame.made_by", version=book.dokja),
    )


class _Maker:
    """Makes the sections of one book in one language."""

    def __init__(self, book: LeaderboardBook, language: Language) -> None:
        self.text = Text(language, BOOK)
        self._language = language
        self._book = book
        self._names: dict[str, str] = {}
        for report in book.reports:
            for row in report.rows:
                self._names[f"{report.view} {row.id}"] = row.name.text(language)
        self._ids = {key.partition(" ")[2]: name for key, name in self._names.items()}

    def reports(self, snapshot: str) -> list[LeaderboardReport]:
        """Return all views of a snapshot."""
        return [report for report in self._book.reports if report.snapshot == snapshot]

    def stamp(self, stamp: IndexStamp) -> str:
        """Write index, version and date."""
        version = stamp.version or self.text("board.no_version")
        return self.text("board.stamp", index=stamp.index, version=version, date=stamp.dated_on)

    def _name(self, view: LeaderboardView, name: str | None) -> str:
        return "–" if name is None else self._names.get(f"{view} {name}", name)

    def _named(self, words: str) -> str:
        """Put names in place of ids."""
        return _ID.sub(lambda one: self._ids.get(one[0], one[0]), words)

    def _list(self, view: LeaderboardView, names: Iterable[str]) -> str:
        return ", ".join(self._name(view, name) for name in names) or "–"

    def _rank(self, rank: Number, *, tied: bool) -> str:
        if isinstance(rank, Known):
            return self.text("rank.tied" if tied else "rank.exact", n=written(rank.value))
        if rank.low is None:
            return self.text("figure.unknown")
        if rank.high is None:
            return self.text("board.or_lower", n=written(rank.low))
        return self.text("rank.range", low=written(rank.low), high=written(rank.high))

    def headline(self, snapshot: str) -> str:
        """Name the first countries, as far as their places are known."""
        report = next(
            one
            for one in self.reports(snapshot)
            if (one.view, one.weights, one.derivatives) == ("country", "all", "adapter")
        )
        firsts = [
            self.text(
                "board.place",
                name=row.name.text(self._language),
                rank=self._rank(row.rank, tied=bool(row.tied_with)),
            )
            for row in report.rows[:3]
        ]
        return self.text("board.headline", places=", ".join(firsts)) if firsts else "–"

    def badges(self, snapshot: str) -> tuple[Badge, ...]:
        """Count how published claims came out."""
        checks = self.reports(snapshot)[0].checks
        if not checks:
            return ()
        counts = dict.fromkeys(_TONES, 0)
        for check in checks:
            counts[check.status] += 1
        words = self.text(
            "board.claims_count",
            agrees=counts["agrees"],
            consistent=counts["consistent"],
            differs=counts["differs"],
            open=counts["not computable"],
        )
        return (Badge(words, "bad" if counts["differs"] else "good"),)

    # -- one snapshot -----------------------------------------------------------------------------

    def snapshot(self, name: str) -> Section:
        """Show every view of a snapshot, claims and sources."""
        text, reports = self.text, self.reports(name)
        first = reports[0]
        stamp = self.stamp(first.stamp)
        options = []
        for weights in ("all", "open"):
            for derivatives in ("adapter", "donor"):
                chosen = [
                    one
                    for view in _VIEWS
                    for one in reports
                    if (one.view, one.weights, one.derivatives) == (view, weights, derivatives)
                ]
                label = text(f"board.{weights}_{derivatives}")
                options.append((label, self._views(chosen)))
        parts: list[Part] = [Choice(text("board.switch"), tuple(options))]
        if first.checks:
            parts.append(self._claims(first))
        sentences = dict.fromkeys(
            sentence.text(self._language) for one in reports for sentence in one.sentences[1:]
        )
        if sentences:
            parts.append(Bullets(tuple(sentences), text("board.notes")))
        parts.append(Fold(text("sources.title"), (self._sources(first), marks_legend(text))))
        short = " ".join(filter(None, (first.stamp.version, first.stamp.dated_on)))
        return Section(slug=f"snapshot-{_slug(name)}", title=stamp, nav=short, parts=tuple(parts))

    def _views(self, reports: Sequence[LeaderboardReport]) -> tuple[Part, ...]:
        parts: list[Part] = []
        for report in reports:
            parts.append(Words((report.sentences[0].text(self._language),), quiet=True))
            if report.view == "model":
                parts += self._bars(report)
            parts.append(self._table(report))
        return tuple(parts)

    def _bars(self, report: LeaderboardReport) -> list[Part]:
        rows = [row for row in report.rows if isinstance(row.score, Known)]
        if not rows:
            return []
        homes = list(dict.fromkeys(self._home(row) for row in rows))
        shown = homes[: _MOST_COLOURS - 1] if len(homes) > _MOST_COLOURS else homes
        other = self.text("board.others")
        bars = []
        for row in rows:
            assert isinstance(row.score, Known)
            home = self._home(row)
            value = row.score.value
            group = home if home in shown else other
            bars.append((row.name.text(self._language), float(value), written(value), group))
        groups = [*shown, *([other] if len(shown) < len(homes) else [])]
        shape = Bars(
            rows=tuple(bars),
            series=tuple((colour(place), name) for place, name in enumerate(groups)),
            axis=self.text("board.score"),
            high=1.18 * max(bar[1] for bar in bars),
        )
        alt = "; ".join(f"{name}: {words}" for name, _, words, _ in bars)
        title = self.text("board.bars")
        return [Figure(shape, title, alt, self.stamp(report.stamp), shape.series)]

    def _home(self, row: LeaderboardRow) -> str:
        return self._list("country", row.countries)

    def _table(self, report: LeaderboardReport) -> Table:
        text = self.text
        digits = by_words([row.score for row in report.rows])
        names = {
            "model": ("rank", "score", "makers", "country", "open"),
            "organisation": ("rank", "score", "best", "country", "open"),
            "country": ("rank", "score", "best", "makers", "n_models"),
        }[report.view]
        columns = (text(f"board.{report.view}"), *(text(f"board.{name}") for name in names))
        rows = tuple(
            (
                Cell(row.name.text(self._language)),
                *(self._cell(name, row, digits) for name in names),
            )
            for row in report.rows
        )
        return Table(
            text(f"board.by_{report.view}", stamp=self.stamp(report.stamp)),
            columns,
            rows,
            numeric=(1, 2),
        )

    def _cell(self, name: str, row: LeaderboardRow, digits: int) -> Cell:
        makers: dict[str, Callable[[LeaderboardRow], Cell]] = {
            "rank": self._rank_cell,
            "score": partial(self._score_cell, digits=digits),
            "open": self._open_cell,
            "best": lambda row: Cell(self._name("model", row.best_model)),
            "makers": lambda row: Cell(self._list("organisation", row.organisations)),
            "country": lambda row: Cell(self._home(row)),
            "n_models": lambda row: Cell(str(len(row.models))),
        }
        return makers[name](row)

    def _rank_cell(self, row: LeaderboardRow) -> Cell:
        words = self._rank(row.rank, tied=bool(row.tied_with))
        return Cell(words, tone="plain" if isinstance(row.rank, Known) else "open")

    def _score_cell(self, row: LeaderboardRow, digits: int) -> Cell:
        if isinstance(row.score, Known):
            return Cell(padded(row.score.value, digits), mark=row.score.confidence)
        return figure_cell(row.score, self.text, digits)

    def _open_cell(self, row: LeaderboardRow) -> Cell:
        if row.open_weight is None:
            return Cell(self.text("figure.unknown"), tone="open")
        return Cell(self.text("word.true" if row.open_weight else "word.false"))

    def _claims(self, report: LeaderboardReport) -> Table:
        text = self.text
        titles = {source.id: source.title for source in report.sources}
        names = ("says", "published", "computed", "status", "source")
        rows = tuple(
            (
                Cell(_upper(self._named(check.says.text(self._language)))),
                Cell(self._named(signed(check.published))),
                Cell(self._named(signed(check.computed_text))),
                Cell(
                    text(f"claim.{check.status.replace(' ', '_')}"),
                    tone=_TONES[check.status],
                    note=""
                    if check.reason is None
                    else self._named(check.reason.text(self._language)),
                ),
                Cell(titles.get(check.source, check.source), mark=check.confidence),
            )
            for check in report.checks
        )
        title = text("board.claims", stamp=self.stamp(report.stamp))
        return Table(title, tuple(text(f"board.{name}") for name in names), rows, wide=(3,))

    def _sources(self, report: LeaderboardReport) -> Table:
        text = self.text
        rows = tuple(
            (
                Cell(source.title, mark=source.confidence),
                Cell(source.where),
                Cell(source.published_on or "–"),
                Cell(source.retrieved_on or "–"),
            )
            for source in report.sources
        )
        names = ("sources.title_of", "sources.reference", "sources.published", "board.retrieved")
        title = self.stamp(report.stamp)
        return Table(title, tuple(text(name) for name in names), rows)

    # -- beside each other ------------------------------------------------------------------------

    def comparisons(self) -> Section:
        """Show snapshots side by side; figures of unlike versions have no difference."""
        text = self.text
        parts: list[Part] = []
        for one in self._book.comparisons:
            between = f"{self.stamp(one.before)} → {self.stamp(one.after)}"
            reason = _upper(one.reason.text(self._language))
            key = "board.comparable" if one.comparable else "board.not_comparable"
            parts.append(Words((between, f"{text(key)} {reason}")))
            if one.changes:
                rows = tuple(
                    (
                        Cell(self._name("model", change.model)),
                        Cell(written(change.before)),
                        Cell(written(change.after)),
                        Cell(signed(written(change.change))),
                    )
                    for change in one.changes
                )
                names = ("model", "before", "after", "change")
                columns = tuple(text(f"board.{name}") for name in names)
                parts.append(Table(between, columns, rows, numeric=(1, 2, 3)))
        return Section(
            slug="comparisons",
            title=text("board.comparisons"),
            nav=text("board.comparisons"),
            lead=text("board.comparisons_lead"),
            parts=tuple(parts),
        )

    def ratios(self, report: RatioReport) -> Section:
        """Show ratios of averages beside what was printed."""
        text = self.text
        names = ("reference", "ratio", "printed", "status")
        rows = tuple(
            (
                Cell(one.reference),
                Cell(f"{plain(one.percent.value, 6)}%")
                if isinstance(one.percent, Known)
                else figure_cell(one.percent, text),
                Cell("–" if one.published is None else f"{written(one.published)}%"),
                Cell(
                    text(f"claim.{one.status.replace(' ', '_')}"),
                    tone=_TONES.get(one.status, "quiet"),
                ),
            )
            for one in report.ratios
        )
        table = Table(
            text("board.ratios_of", name=report.own),
            tuple(text(f"board.{name}") for name in names),
            rows,
            numeric=(1, 2),
        )
        sentences = tuple(one.text(self._language) for one in report.sentences)
        return Section(
            slug=f"ratios-{_slug(report.comparison)}",
            title=text("board.ratios"),
            nav=text("board.ratios"),
            parts=(table, Bullets(sentences)),
        )


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _slug(name: str) -> str:
    return "".join(one if one.isascii() and one.isalnum() else "-" for one in name)[:60]
