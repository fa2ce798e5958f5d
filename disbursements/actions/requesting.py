"""A grantee asks for a tranche: what is authorised, what was spent, for what it asks next, who certifies it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.tranches import OVER, facts_of, locked_tranche
from disbursements.models import FundsRequest, FundsRequestLine
from disbursements.pdf import RequestLine, RequestPaper, render_request
from disbursements.queries.requests import Position, may_lack_plan, paid_so_far, positions
from fundmgmt.actions.papers import store_pdf
from fundmgmt.formats.words import money
from fundmgmt.models import StepRefused
from fundmgmt.states import PaperKind
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from disbursements.models import Tranche
    from fundmgmt.models import User


def request_tranche(
    tranche: Tranche,
    *,
    by: User,
    at: dt.datetime,
    certified_name: str,
    certified_role: str = "",
    spent_stated_minor: int | None = None,
    interest_minor: int = 0,
    plan: Mapping[int, int] | None = None,
    accepted: bool = True,
    reason: str = "",
    expected_version: int | None = None,
) -> Tranche:
    """The grantee asks for the next part, says for which budget lines (`plan`), and an officer of it certifies.

    One tranche after the other. Amounts in minor units; without a figure the spending is what reports say.
    """
    if not accepted:
        raise StepRefused(_("Tick that what you certify is true."), field="accepted")
    if interest_minor < 0:
        raise StepRefused(_("Interest starts at zero."), field="interest_minor")
    with transaction.atomic():
        row = locked_tranche(tranche)
        waiting = row.grant.tranches.filter(no__lt=row.no).exclude(state__in=OVER).order_by("no").first()
        if waiting is not None:
            raise StepRefused(_("Tranche %(no)s comes first.") % {"no": waiting.no})
        lines = planned(row, plan, at)
        spent = spent_stated_minor
        if spent is None:
            spent = sum(line.accepted_minor + line.stated_minor for line in lines)
        told = {"request": row.requests.count() + 1, "by_line": by_line(lines), "interest_minor": interest_minor}
        perform(
            tranche,
            "request",
            by=by,
            at=at,
            facts=facts_of(row, spent_minor=spent, **told),
            reason=reason,
            expected_version=expected_version,
            requester=by,
            when=at,
            certified_name=certified_name,
            spent_stated_minor=spent,
        )
        _certify(tranche, lines, by=by, at=at, role=certified_role, interest_minor=interest_minor)
    return tranche


def by_line(lines: list[Position]) -> bool:
    """Whether the request says for what it asks."""
    return any(line.requested_minor for line in lines)


def planned(tranche: Tranche, plan: Mapping[int, int] | None, at: dt.datetime) -> list[Position]:
    """The lines with what is asked for next. The parts make the amount of the tranche exactly, or it is refused.

    Without a plan only as long as the rule lets this tranche go without; nothing is asked for by line then.
    """
    lines = positions(tranche.grant)
    if not plan or not any(plan.values()):
        if may_lack_plan(tranche, timezone.localdate(at)):
            return lines
        raise StepRefused(_("Say for which budget lines you ask this money."), field=_field(lines))
    known = {line.no for line in lines}
    for no, minor in plan.items():
        if no not in known:
            raise StepRefused(_("The budget has no line %(no)s.") % {"no": no})
        if minor < 0:
            raise StepRefused(_("Spending starts at zero."), field=f"plan_{no}")
    asked = sum(plan.values())
    if asked != tranche.amount_minor:
        said = {"sum": money(asked, tranche.currency), "amount": money(tranche.amount_minor, tranche.currency)}
        raise StepRefused(
            _("The parts make %(sum)s; the tranche is %(amount)s. Change a line.") % said, field=_field(lines)
        )
    return [replace(line, requested_minor=plan.get(line.no, 0)) for line in lines]


def _field(lines: list[Position]) -> str:
    return f"plan_{lines[0].no}" if lines else ""


def _certify(
    tranche: Tranche, lines: list[Position], *, by: User, at: dt.datetime, role: str, interest_minor: int
) -> FundsRequest:
    """Freeze the request with its paper, in the transaction of the step."""
    values: dict[str, Any] = {
        "currency": tranche.currency,
        "authorised_minor": sum(line.authorised_minor for line in lines),
        "paid_minor": paid_so_far(tranche),
        "accepted_minor": sum(line.accepted_minor for line in lines),
        "stated_minor": sum(line.stated_minor for line in lines),
        "spent_minor": tranche.spent_stated_minor,
        "interest_minor": interest_minor,
        "requested_minor": tranche.amount_minor,
        "by_line": by_line(lines),
        "certified_name": tranche.certified_name.strip(),
        "certified_role": role.strip(),
    }
    paper = RequestPaper(
        ref=tranche.ref,
        language=tranche.grant.language,
        organisation=str(tranche.grant.organisation),
        certified_date=timezone.localdate(at).isoformat(),
        entered_by=by.name,
        lines=tuple(RequestLine(**vars(line)) for line in lines),
        **values,
    )
    document = render_request(paper)
    kept = store_pdf(
        tranche,
        document,
        snapshot=paper.snapshot(),
        kind=PaperKind.FUNDS_REQUEST,
        title=f"{_('Request for funds')} {tranche.ref}",
        policy="disbursements.view_paper",
        by=by,
        at=at,
    )
    request = FundsRequest(
        tranche=tranche,
        no=tranche.requests.count() + 1,
        certified_by=by,
        certified_at=at,
        paper=kept,
        sha256=kept.sha256,
        **values,
    )
    FundsRequestLine.objects.bulk_create(_row(request, line) for line in lines)
    request.save(force_insert=True)
    return request


def _row(request: FundsRequest, line: Position) -> FundsRequestLine:
    told = vars(line) | {"line_no": line.no}
    del told["no"]
    return FundsRequestLine(request=request, **told)
