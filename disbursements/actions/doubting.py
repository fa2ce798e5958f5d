"""Writing down what looks like paying twice, the moment it shows."""

from __future__ import annotations

import datetime as dt

from disbursements.models import Doubt, Tranche
from disbursements.queries.doubles import likenesses
from fundmgmt.workflow import begin


def note_doubts(tranche: Tranche, *, at: dt.datetime) -> list[Doubt]:
    """A doubt for each likeness that has none yet. The system's own step: nobody has to notice."""
    known = {(row.kind, row.other) for row in tranche.doubts.all()}
    found = []
    for one in likenesses([tranche], at)[tranche.pk]:
        if (one.kind, one.other) in known:
            continue
        row = Doubt(tranche=tranche, thread=tranche.thread, kind=one.kind, other=one.other, found_at=at)
        facts = {"no": tranche.no, "doubt_kind": str(one.kind), "other": one.other}
        found.append(begin(row, by=None, at=at, facts=facts))
    return found
