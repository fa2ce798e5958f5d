"""What waits for people in this stage, the money of a project in its dossier, and the menu."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications.models import TITLES
from disbursements.models import (
    AgreementWording,
    Amendment,
    Approval,
    BankDetail,
    BatchItem,
    ClosureItem,
    Doubt,
    Grant,
    Hold,
    Outbox,
    PaymentBatch,
    RailFinding,
    StatementLine,
    Tranche,
    Waiver,
)
from disbursements.panels.giving import about_money_in
from disbursements.queries.forecasts import likely_to_leave, outlook_in_words
from disbursements.queries.funds import owed_back
from disbursements.queries.grants import awards_to_open, grants_for_list
from disbursements.states import (
    MONEY_LEFT,
    AmendmentState,
    BatchState,
    ClosureCode,
    Decider,
    DoubtState,
    ErrandState,
    FindingState,
    GrantState,
    HoldKind,
    HoldState,
    LineState,
    TrancheState,
    WaiverState,
    WordingState,
)
from fundmgmt.dossier import Panel, register_panel
from fundmgmt.formats.words import money
from fundmgmt.inbox import READ, Item, register_inbox, register_standing
from fundmgmt.money import Money
from fundmgmt.pages import Section, register_section
from fundmgmt.rules import rule

MOST_STANDING = 5
TITLE = tuple(f"application__{name}" for name in TITLES)


def waiting(user: Any, today: dt.date) -> Iterator[Item]:
    """Everything of this stage that waits for this person."""
    codes = user.role_codes
    if user.organisation_ids:
        yield from _for_grantee(user, today)
    if "officer" in codes:
        yield from _for_officer(user, today)
        yield from _changes(user)
        yield from _likely_left(user, today)
    if "treasurer" in codes:
        yield from _for_treasurer(user)
        yield from _bank(user)
        yield from _owed(Grant.objects.all())
        yield from about_money_in(user, today)
    if codes & {"officer", "administrator"}:
        yield from _wordings(user)
    if codes & {"treasurer", "administrator"}:
        yield from _parked()
    elif user.seat is not None and user.seat.votes:
        yield from _third_approvals(user)
    if codes & {"officer", "treasurer"}:
        yield from _call_backs(user)
    if codes & {"officer", "treasurer", "safeguarding"}:
        yield from _holds(user)
        yield from _waivers(user)
    if codes & {"officer", "treasurer"}:
        yield from _doubts(user)


def _owed(grants: QuerySet[Grant]) -> Iterator[Item]:
    """Money that was paid once too often, until it has come back."""
    owed = owed_back()
    for grant in grants.filter(pk__in=owed).select_related("application", "organisation").order_by("pk")[:READ]:
        why = _t("%(amount)s was paid once too often.") % {"amount": money(owed[grant.pk], grant.currency)}
        yield Item(
            _("See that the money comes back"), grant.title, grant.get_absolute_url(), ref=grant.ref, why=why, tone="no"
        )


def _for_grantee(user: Any, today: dt.date) -> Iterator[Item]:
    mine = Grant.objects.filter(organisation_id__in=user.organisation_ids)
    yield from _owed(mine)
    for grant in _signing(mine.filter(grantee_signed_at__isnull=True)):
        yield Item(_("Read and sign the grant agreement"), grant.title, grant.get_absolute_url(), ref=grant.ref)
    rows = Tranche.objects.filter(grant__organisation_id__in=user.organisation_ids)
    wait = rule("receipt_confirm_days", today).value
    for row in _joined(rows.filter(state=TrancheState.SENT)):
        due = timezone.localdate(row.sent_at) + dt.timedelta(days=wait) if row.sent_at else None
        url = f"{row.get_absolute_url()}steps/confirm/"
        yield Item(_("Confirm what arrived"), row.grant.title, url, ref=row.ref, due=due)
    soon = today + dt.timedelta(days=rule("tranche_notice_days", today).value)
    earlier = Tranche.objects.filter(grant=OuterRef("grant"), no__lt=OuterRef("no")).exclude(state__in=MONEY_LEFT)
    planned = rows.filter(state=TrancheState.PLANNED, planned_date__lte=soon, grant__state=GrantState.ACTIVE)
    planned = planned.filter(~Exists(earlier))
    for row in _joined(planned):
        url = row.grant.get_absolute_url()
        yield Item(_("Ask for your next tranche"), row.grant.title, url, ref=row.ref, day=row.planned_date)
    for row in _joined(rows.filter(state=TrancheState.BLOCKED)):
        why = _("A condition is not met yet.")
        yield Item(
            _("See what the tranche waits for"),
            row.grant.title,
            row.get_absolute_url(),
            ref=row.ref,
            why=why,
            tone="no",
        )
    open_questions = ClosureItem.objects.filter(code=ClosureCode.FEEDBACK, settled_at__isnull=True)
    for grant in _soonest(mine.filter(state=GrantState.CLOSING, closure_items__in=open_questions)):
        url = reverse("disbursements:feedback", args=[grant.ref])
        yield Item(_("Say what you think of the fund"), grant.title, url, ref=grant.ref)
    without = mine.filter(state__in=[GrantState.SIGNED, GrantState.ACTIVE]).exclude(
        organisation_id__in=BankDetail.objects.filter(refused_at__isnull=True).values("organisation_id")
    )
    for grant in without.select_related("application", "organisation")[:READ]:
        url = reverse("disbursements:bank_detail_new", args=[grant.organisation.ref])
        yield Item(_("Give your bank details"), grant.title, url, ref=grant.ref)


def standing(user: Any, today: dt.date) -> Iterator[Item]:
    """Grants that run, with what is paid so far."""
    mine = grants_for_list(user).filter(organisation_id__in=user.organisation_ids)
    for grant in mine.exclude(state__in=[GrantState.CLOSED, GrantState.TERMINATED]).order_by("-ref")[:MOST_STANDING]:
        said = {"paid": money(grant.paid_minor, grant.currency), "all": money(grant.amount_minor, grant.currency)}
        why = _t("%(paid)s of %(all)s paid") % said
        tone = "no" if grant.state == GrantState.SUSPENDED else "ok"
        yield Item(grant.get_state_display(), grant.title, grant.get_absolute_url(), grant.ref, why, tone=tone)


def _signing(rows: Any) -> list[Grant]:
    return _soonest(rows.filter(state=GrantState.AGREEMENT_DRAFT))


def _soonest(rows: Any) -> list[Grant]:
    return list(rows.select_related("application").only("ref", "end_date", *TITLE).order_by("end_date", "id")[:READ])


def _joined(rows: Any) -> list[Tranche]:
    """Of each tranche what an item says, the first planned first."""
    read = ("no", "planned_date", "sent_at", "grant__ref", *(f"grant__{name}" for name in TITLE))
    return list(rows.select_related("grant__application").only(*read).order_by("planned_date", "no")[:READ])


def _for_officer(user: Any, today: dt.date) -> Iterator[Item]:
    for award in awards_to_open(user)[:READ]:
        url = reverse("disbursements:open_grant", args=[award.ref])
        yield Item(_("Open the grant of this award"), award.title, url, ref=award.ref)
    others = ~Q(organisation_id__in=user.organisation_ids)
    signed = Grant.objects.filter(others, grantee_signed_at__isnull=False).exclude(opened_by=user)
    for grant in _signing(signed):
        url = f"{grant.get_absolute_url()}steps/countersign/"
        yield Item(_("Sign the agreement for the fund"), grant.title, url, ref=grant.ref)
    for grant in _soonest(Grant.objects.filter(others, state=GrantState.SIGNED)):
        yield Item(_("Start the grant"), grant.title, grant.get_absolute_url(), ref=grant.ref)
    over = Grant.objects.filter(Q(state=GrantState.ACTIVE, end_date__lt=today) | Q(state=GrantState.ENDED))
    for grant in _soonest(over):
        yield Item(_("Close the grant out"), grant.title, grant.get_absolute_url(), ref=grant.ref, due=grant.end_date)
    outside = ~Q(grant__organisation_id__in=user.organisation_ids)
    for row in _joined(Tranche.objects.filter(outside, state=TrancheState.REQUESTED)):
        yield Item(_("Check the request for a tranche"), row.grant.title, row.get_absolute_url(), ref=row.ref)


def _likely_left(user: Any, today: dt.date) -> Iterator[Item]:
    """Grants that will likely leave money, and no change of them is asked for."""
    asked = Amendment.objects.undecided().filter(grant=OuterRef("pk"))
    grants = Grant.objects.filter(~Exists(asked), ~Q(organisation_id__in=user.organisation_ids))
    for grant, found in likely_to_leave(today, grants, READ):
        why = outlook_in_words(found, grant.currency)
        what = _("Talk about money that may be left")
        yield Item(what, grant.title, grant.get_absolute_url(), ref=grant.ref, why=why)


def _changes(user: Any) -> Iterator[Item]:
    """Changes of terms: the office's own to decide, and the Committee's to put on an agenda or in force."""
    rows = Amendment.objects.undecided().exclude(grant__organisation_id__in=user.organisation_ids)
    said = {
        Decider.OFFICER: _("Decide a change of a grant"),
        Decider.COMMITTEE: _("Put a change of a grant before the Committee"),
    }
    for row in rows.exclude(asked_by=user, decider=Decider.OFFICER).select_related("grant__application")[:READ]:
        what = _("Put a decided change in force") if row.state == AmendmentState.APPROVED else said.get(row.decider)
        if what:
            yield Item(what, row.grant.title, row.get_absolute_url(), ref=row.ref)


def _for_treasurer(user: Any) -> Iterator[Item]:
    outside = Tranche.objects.exclude(grant__organisation_id__in=user.organisation_ids)
    mine = Approval.objects.filter(tranche=OuterRef("pk"), round=OuterRef("approval_round"), approver=user)
    outside = outside.filter(~Exists(mine))
    for row in _joined(outside.filter(state=TrancheState.CHECKED).exclude(checked_by=user)):
        yield Item(_("Approve the release of a tranche"), row.grant.title, row.get_absolute_url(), ref=row.ref)
    for row in _joined(outside.filter(state=TrancheState.APPROVED).exclude(approved_by=user).exclude(checked_by=user)):
        why = _("Another treasurer approved it.")
        yield Item(_("Send a tranche"), row.grant.title, row.get_absolute_url(), ref=row.ref, why=why)


def _bank(user: Any) -> Iterator[Item]:
    """What the bank wrote and nobody has settled, and batches on their way to it."""
    lines = StatementLine.objects.order_by("booked", "id")
    for line in lines.filter(state=LineState.PROPOSED).exclude(proposed_by=user)[:READ]:
        amount = money(line.amount_minor, line.currency)
        yield Item(_("Confirm what a line of the bank is"), amount, line.get_absolute_url(), ref=line.bank_reference)
    waiting = lines.filter(state=LineState.OPEN).count()
    if waiting:
        about = ngettext("%(n)s line is unmatched", "%(n)s lines are unmatched", waiting) % {"n": waiting}
        yield Item(_("Settle lines of the bank statement"), about, reverse("disbursements:lines"))
    differ = RailFinding.objects.filter(state=FindingState.OPEN).count()
    if differ:
        about = ngettext("%(n)s payment differs", "%(n)s payments differ", differ) % {"n": differ}
        yield Item(
            _("Explain differences with ways of paying"), about, f"{reverse('disbursements:findings')}?state=open"
        )
    batches = PaymentBatch.objects.order_by("on_date", "id")
    filled = Exists(BatchItem.objects.filter(batch=OuterRef("pk"), taken_out_at=None))
    for batch in batches.filter(filled, state=BatchState.OPEN)[:READ]:
        yield Item(_("Look at a payment batch and release it"), batch.ref, batch.get_absolute_url(), day=batch.on_date)
    for batch in batches.filter(state=BatchState.RELEASED)[:READ]:
        yield Item(_("Bring the payment file to the bank"), batch.ref, batch.get_absolute_url(), due=batch.on_date)


def _parked() -> Iterator[Item]:
    for row in Outbox.objects.filter(state=ErrandState.PARKED).order_by("settled_at")[:READ]:
        what = _("Look at parked work for a payment rail")
        yield Item(what, str(row.get_kind_display()), row.get_absolute_url(), ref=row.key, tone="no")


def _third_approvals(user: Any) -> Iterator[Item]:
    """Two treasurers have approved and a third is asked: a voting member of the Committee may be it."""
    given = Count("approvals", filter=Q(approvals__round=F("approval_round")))
    rows = Tranche.objects.filter(state=TrancheState.CHECKED).annotate(given=given).filter(given__gte=2)
    mine = Approval.objects.filter(tranche=OuterRef("pk"), round=OuterRef("approval_round"), approver=user)
    rows = rows.filter(~Exists(mine)).exclude(grant__organisation_id__in=user.organisation_ids)
    for row in rows.select_related("grant__application").order_by("planned_date", "no")[:READ]:
        if not row.grant.took_part(user) and not row.grant.is_tied(user):
            yield Item(_("Approve a large payment as the third"), row.grant.title, row.get_absolute_url(), ref=row.ref)


def _call_backs(user: Any) -> Iterator[Item]:
    rows = BankDetail.objects.filter(verified_at__isnull=True, refused_at__isnull=True).exclude(entered_by=user)
    for row in rows.exclude(organisation_id__in=user.organisation_ids).select_related("organisation")[:READ]:
        yield Item(_("Call back and verify bank details"), str(row.organisation), row.get_absolute_url())


def _holds(user: Any) -> Iterator[Item]:
    lead = "safeguarding" in user.role_codes
    rows = Hold.objects.select_related("grant__application").order_by("review_date")
    proposed = rows.filter(state=HoldState.LIFT_PROPOSED).exclude(lift_proposed_by=user).exclude(opened_by=user)
    for row in proposed[:READ]:
        yield Item(
            _("Confirm or refuse the lifting of a hold"), row.grant.title, row.get_absolute_url(), ref=row.grant.ref
        )
    mine = rows.filter(state=HoldState.OPEN)
    if not lead:
        mine = (
            mine.exclude(kind__in=[HoldKind.SAFEGUARDING, HoldKind.COMMITTEE])
            if "officer" in user.role_codes
            else mine.none()
        )
    for row in mine[:READ]:
        what = _("Look at a hold again")
        yield Item(what, row.grant.title, row.get_absolute_url(), ref=row.grant.ref, due=row.review_date, tone="no")


def _waivers(user: Any) -> Iterator[Item]:
    rows = Waiver.objects.filter(state=WaiverState.PROPOSED).exclude(proposed_by=user)
    rows = rows.exclude(tranche__grant__organisation_id__in=user.organisation_ids)
    if user.role_codes & {"treasurer", "safeguarding"}:
        for row in rows.select_related("tranche__grant__application")[:READ]:
            what = _("Confirm or refuse the waiver of a condition")
            yield Item(what, row.grant.title, row.get_absolute_url(), ref=row.ref)


def _wordings(user: Any) -> Iterator[Item]:
    for row in AgreementWording.objects.filter(state=WordingState.PROPOSED).exclude(proposed_by=user)[:READ]:
        what = _("Read a new wording of the agreement and put it in force")
        yield Item(what, row.code, row.get_absolute_url(), ref=row.decision, due=row.from_date)


def _doubts(user: Any) -> Iterator[Item]:
    rows = Doubt.objects.filter(state=DoubtState.OPEN).exclude(tranche__checked_by=user)
    rows = rows.exclude(tranche__grant__organisation_id__in=user.organisation_ids)
    for row in rows.select_related("tranche__grant__application")[:READ]:
        what = _("Look whether something is paid twice")
        yield Item(what, row.grant.title, row.get_absolute_url(), ref=row.ref, tone="no")


def money_panel(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
    """The money of a project, for those who may see its grant."""
    grant = Grant.objects.visible_to(user).filter(thread=thread).select_related("application").first()
    if grant is None:
        return None
    rows = list(grant.tranches.order_by("no"))
    for row in rows:
        row.grant = grant
    paid = sum(row.amount_minor for row in rows if row.state in {TrancheState.SENT, TrancheState.CONFIRMED})
    facts = [
        (_t("Amount"), Money(grant.amount_minor, grant.currency)),
        (_t("Paid"), Money(paid, grant.currency)),
        (_t("Schedule"), grant.schedule),
    ]
    return {"grant": grant, "rows": rows, "facts": facts, "changes": list(grant.amendments.undecided())}


GRANTS = _("Grants and tranches")
MONEY = _("The fund's money")


def register() -> None:
    """Once, at start-up."""
    register_inbox("disbursements", waiting)
    register_standing("disbursements", standing)
    register_panel(Panel("money", 40, _("Money"), "disbursements/parts/panel.html", money_panel))
    for section in (
        Section(30, "awards", _("Awards"), "disbursements:awards", "disbursements.list_awards", group=GRANTS),
        Section(31, "grants", _("Grants"), "disbursements:grants", "disbursements.list_grants", group=GRANTS),
        Section(32, "queue", _("Tranches"), "disbursements:queue", "disbursements.queue", group=GRANTS),
        Section(33, "holds", _("Holds"), "disbursements:holds", "disbursements.view_hold", group=GRANTS),
        Section(37, "ties", _("Declared links"), "disbursements:ties", "disbursements.view_tie", group=GRANTS),
        Section(
            38,
            "wordings",
            _("Wording of the agreement"),
            "disbursements:wordings",
            "disbursements.view_agreementwording",
            group=GRANTS,
        ),
        Section(34, "fund", _("The fund today"), "disbursements:fund", "disbursements.view_fund", group=MONEY),
        Section(35, "donors", _("Donors"), "disbursements:donors", "disbursements.view_donor", group=MONEY),
        Section(38, "work", _("Work for rails"), "disbursements:work", "disbursements.view_outbox", group=MONEY),
        Section(92, "give", _("Give"), "disbursements:give", "disbursements.invite_to_give"),
        Section(39, "gifts", _("Gifts"), "disbursements:gifts", "disbursements.view_donation", group=MONEY),
        Section(36, "ledger", _("Ledger"), "disbursements:ledger", "disbursements.view_ledger", group=MONEY),
        Section(
            37, "batches", _("Payment batches"), "disbursements:batches", "disbursements.view_paymentbatch", group=MONEY
        ),
        Section(
            38,
            "statements",
            _("Bank statements"),
            "disbursements:statements",
            "disbursements.view_bankstatement",
            group=MONEY,
        ),
    ):
        register_section(section)
