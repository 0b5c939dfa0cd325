"""A stored report computed anew from the same inputs, with every value that came out otherwise.

The module knows that two reports must agree, never which of them is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.round_report import ReplayReport
from dokja.errors import ProgrammeError
from dokja.programme.flat import differences, flatten
from dokja.programme.score import score_round
from dokja.programme.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.results import Entry
    from dokja.document.round import RoundFile
    from dokja.document.round_report import CriteriaLock, FileRecord, RoundReport
    from dokja.programme.audits import StoredReport

__all__ = ["replay"]


def replay(
    found: RoundFile,
    entries: Sequence[Entry],
    stored: RoundReport,
    *,
    audits: Mapping[str, StoredReport] | None = None,
    files: Sequence[FileRecord] = (),
    lock: CriteriaLock | None = None,
    notes: Sequence[Localized] = (),
) -> ReplayReport:
    """Compute a report anew and list every difference from the stored one.

    Parameters
    ----------
    found
        The round.
    entries
        Results.
    stored
        The report that somebody published.
    audits
        Stored audit reports by digest.
    files
        Files that were read, beside those of the entries.
    lock
        The criteria's lock, if the stored report was made with one.
    notes
        What was noted when the results were read; it stands first in the report.

    Returns
    -------
    ReplayReport
        The seed, the draws and the accepted marks are those of the stored report. The version of
        the program is no difference, and neither is where a file lay.

    Raises
    ------
    ProgrammeError
        If the report is that of another round, or the results do not fit.
    """
    if stored.round != found.id:
        raise ProgrammeError(
            f"the report is that of the round {stored.round!r}, not {found.id!r}",
            hint="Give the round file that the report was made of.",
        )
    past = stored.provenance
    anew = score_round(
        found.model_copy(update={"accept": past.accept}),
        entries,
        audits=audits,
        files=files,
        lock=lock,
        seed=past.seed,
        n_draws=past.n_draws,
    )
    anew = anew.model_copy(update={"notes": (*notes, *anew.notes)})
    digests = {record.digest for record in past.files}
    same_inputs = past.round_digest == anew.provenance.round_digest
    same_inputs = same_inputs and digests == {record.digest for record in anew.provenance.files}
    found_differences = differences(_values(stored), _values(anew))
    identical = not found_differences
    n = len(found_differences)
    if identical:
        summary = say("Every value came out again.", "모든 값이 그대로 재현되었습니다.")
    else:
        summary = say(f"{n} values came out otherwise.", f"값 {n}개가 다르게 나왔습니다.")
    if not same_inputs:
        summary = say(
            f"{summary.en} The inputs are not those of the report.",
            f"{summary.ko} 입력 자료가 보고서의 것과 다릅니다.",
        )
    return ReplayReport(
        schema_version="1",
        round=found.id,
        same_inputs=same_inputs,
        identical=identical,
        differences=found_differences,
        summary=summary,
    )


def _values(report: RoundReport) -> dict[str, str]:
    content = report.model_dump(exclude={"provenance": {"dokja", "files", "round_digest"}})
    return flatten(content)
