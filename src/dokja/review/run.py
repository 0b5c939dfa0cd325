"""The main job: from a dossier, a policy and what people signed to a report.

The module calls the others in their order; it reads no weights and judges nothing itself.
"""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from typing import TYPE_CHECKING

from dokja.document.review_policy import QuorumRule, ReviewPolicy
from dokja.policy.review import load_review_policy
from dokja.policy.review.judge import judge_review
from dokja.policy.review.people import People
from dokja.review.dossier import read_dossier
from dokja.review.gather import gather
from dokja.review.sign_off import check_sign_offs, read_sign_offs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dokja.document.review import ReviewReport

__all__ = ["review"]


def review(
    dossier: str | Path,
    *,
    policy: str | Path | ReviewPolicy = "k-sovereign-2026",
    sign_offs: Sequence[str | Path] = (),
    quorum: int | None = None,
    on: dt.date | None = None,
    seed: int = 0,
    max_bytes: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ReviewReport:
    """Review a submission under three views.

    Parameters
    ----------
    dossier
        The dossier, or the folder that holds ``dossier.yaml``.
    policy
        The policy, its name, or the path of its file.
    sign_offs
        Files of what people signed.
    quorum
        People it takes to set another outcome than the machine's, in place of the policy's number;
        the report says that it was given.
    on
        Day of the review; today if not given. Nothing may be dated after it.
    seed
        Seed of audits and trajectories that have to be made.
    max_bytes
        Refuse an audit of more bytes than this.
    progress
        Called with a label, bytes done and bytes in all.

    Returns
    -------
    ReviewReport
        The same files, policy, day and seed give the same report.

    Raises
    ------
    DossierError
        If the dossier, a file it names, or a sign-off file cannot be read or does not fit.
    PolicyError
        If the policy cannot be read; nothing else was read then.

    Examples
    --------
    >>> report = review("dossier.yaml")  # doctest: +SKIP
    >>> report.verdict.outcome  # doctest: +SKIP
    'inconclusive'
    """
    judged_by = policy if isinstance(policy, ReviewPolicy) else load_review_policy(policy)
    day = on or dt.datetime.now(tz=dt.UTC).date()
    files = read_dossier(dossier, on=day)
    read = [(path, *read_sign_offs(path)) for path in sign_offs]
    submission = gather(files, judged_by, seed=seed, max_bytes=max_bytes, progress=progress)
    rows = {(case.row.artefact, case.row.component) for case in submission.cases}
    for step, (path, found, held, _) in enumerate(read):
        check_sign_offs(
            found,
            held,
            uri=str(path),
            dossier=files.dossier.id,
            policy=judged_by,
            rows=rows,
            on=day,
            since=files.dossier.date,
            maker=files.dossier.maker,
            known=[one for _, other, _, _ in read[:step] for one in other.reviewers],
        )
    signers = {one.id: one for _, found, _, _ in read for one in found.reviewers}
    people = People(
        reviewers=tuple(signers.values()),
        sign_offs=tuple(one for _, found, _, _ in read for one in found.sign_offs),
        exceptions=tuple(one for _, found, _, _ in read for one in found.exceptions),
        ladder=tuple(one for _, found, _, _ in read for one in found.ladder),
        maker=files.dossier.maker,
    )
    return judge_review(
        submission,
        judged_by,
        people,
        program=version("dokja"),
        on=day,
        quorum=None if quorum is None else _with(judged_by.quorum, quorum),
        sign_off_digests=tuple(digest for _, _, _, digest in read),
    )


def _with(rule: QuorumRule, overrule: int) -> QuorumRule:
    fields = {name: getattr(rule, name) for name in type(rule).model_fields}
    return QuorumRule.model_validate({**fields, "overrule": overrule})
