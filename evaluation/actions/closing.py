"""What evaluation knows of a grant's close-out list when it is laid out: reports and evaluations of before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from disbursements.actions.closing import settle_known
from disbursements.states import ClosureCode
from evaluation.models import Evaluation, Report
from evaluation.states import EvaluationState, ReportKind, ReportState

if TYPE_CHECKING:
    import datetime as dt

    from disbursements.models import Grant


def tell_what_is_settled(grant: Grant, *, at: dt.datetime) -> list[str]:
    """Settle the lines that were made true before there was a list; which ones."""
    known = []
    if Report.objects.filter(grant=grant, kind=ReportKind.FINAL, state=ReportState.ACCEPTED).exists():
        known.append(ClosureCode.FINAL_REPORT)
    evaluation = Evaluation.objects.filter(grant=grant).first()
    if evaluation is not None:
        known.append(ClosureCode.EVALUATION)
        if evaluation.state == EvaluationState.FINAL:
            known.append(ClosureCode.PRACTICE)
    return [str(code) for code in known if settle_known(grant, code, at=at)]
