"""Checks of a rail: every difference becomes a finding that stays open until it is gone or explained."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.funding import FUND_THREAD
from disbursements.models import RailCheck, RailFinding
from disbursements.queries.reconciling import Comparison, compare, ours_in, rails_to_check, theirs_in
from disbursements.states import FindingState
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import StepRefused
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from fundmgmt.models import User

LONGEST = 93  # days in one check


def reconcile_rail(rail: str, *, start: dt.date, end: dt.date, by: User | None, at: dt.datetime) -> RailCheck:
    """Compare a rail's account of a period with ours and keep what differs. `by=None` is the nightly check.

    The rail is asked outside of any transaction; nothing is booked and no payment moves by a check.
    """
    require(by, "disbursements.check_rail")
    if rail not in dict(rails_to_check()):
        raise StepRefused(_("This way of paying is not set up."), field="rail")
    if start > end or end > timezone.localdate(at) or (end - start).days > LONGEST:
        said = _("Choose a period of at most %(days)s days that does not lie ahead.")
        raise StepRefused(said % {"days": LONGEST}, field="end")
    theirs = theirs_in(rail, start, end)
    with transaction.atomic():
        comparison = compare(ours_in(rail, start, end), theirs, start, end)
        row = RailCheck.objects.create(
            rail=rail,
            start=start,
            end=end,
            ours=comparison.ours,
            theirs=comparison.theirs,
            agreed=comparison.agreed,
            ran_by=by,
            ran_at=at,
        )
        facts = {
            "rail": rail,
            "start": start,
            "end": end,
            "ours": row.ours,
            "theirs": row.theirs,
            "agreed": row.agreed,
            "count": len(comparison.differences),
        }
        journal.record("disbursements.railcheck.add", row, by=by, at=at, facts=facts, thread=FUND_THREAD)
        _keep(row, comparison, by=by, at=at)
    return row


def _keep(row: RailCheck, comparison: Comparison, *, by: User | None, at: dt.datetime) -> None:
    """New findings are opened, known ones stay as they are, and those of this period that are gone are cleared."""
    standing = RailFinding.objects.filter(rail=row.rail, state=FindingState.OPEN).select_for_update(
        of=("self",), no_key=True
    )
    known = {(one.key, one.kind): one for one in standing}
    explained = set(
        RailFinding.objects.filter(rail=row.rail, state=FindingState.EXPLAINED).values_list(
            "key", "kind", "our_minor", "their_minor"
        )
    )
    seen = set()
    for one in comparison.differences:
        seen.add((one.key, one.kind))
        if (one.key, one.kind) in known or (one.key, one.kind, one.our_minor, one.their_minor) in explained:
            continue
        finding = RailFinding(
            check_run=row,
            thread=row.thread,
            rail=row.rail,
            kind=one.kind,
            key=one.key[:64],
            rail_reference=one.reference[:64],
            on_date=one.on_date,
            currency=one.currency,
            our_minor=one.our_minor,
            their_minor=one.their_minor,
            instruction_id=one.instruction,
        )
        begin(finding, by=by, at=at, facts=_facts(finding))
    for pair, finding in known.items():
        if pair not in seen and row.start <= finding.on_date <= row.end:
            perform(finding, "clear", by=by, at=at, facts=_facts(finding))


def _facts(finding: RailFinding) -> dict[str, Any]:
    return {"rail": finding.rail, "kind": finding.kind, "key": _code(finding.key)}


def _code(text: str) -> str:
    """A rail may write any key; the journal takes letters and figures."""
    return "".join(c for c in text if c.isascii() and (c.isalnum() or c in ".:/+-_"))[:64]


def explain_finding(
    finding: RailFinding, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> RailFinding:
    """A person knows why the two sides differ. Nothing is booked by it."""
    facts = _facts(finding)
    return perform(finding, "explain", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
