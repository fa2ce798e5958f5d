"""The facts behind the release conditions, read for any number of tranches in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils import timezone

from disbursements.models import (
    Approval,
    BankDetail,
    ClosureItem,
    Condition,
    Doubt,
    Earmark,
    Finding,
    FundsRequest,
    Hold,
    ReportedSpend,
    Tie,
    Tranche,
    Waiver,
)
from disbursements.models.taking_part import PART_TAKEN
from disbursements.queries.checks import Attested, BankFact, Check, Facts, SpendFact, release_checks, unmet
from disbursements.queries.doubles import Likeness, likenesses
from disbursements.queries.funds import allocate, cash_in, fits, purses
from disbursements.queries.thresholds import sizes
from disbursements.states import (
    MONEY_LEFT,
    PAYABLE,
    ConditionKind,
    DoubtKind,
    DoubtState,
    HoldState,
    TrancheState,
    WaiverState,
)
from fundmgmt.formats.words import says
from fundmgmt.models import JournalEntry, Membership, User
from fundmgmt.models.people import in_force
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Check", "checks_of", "load_facts", "release_checks", "unmet"]

RULES = ["spend_previous_share_bp", "spend_earlier_share_bp"]
REPORTS = {ConditionKind.REPORT_ACCEPTED, ConditionKind.FINAL_REPORT_ACCEPTED}
PEOPLE = ("requested_by_id", "checked_by_id", "approved_by_id", "paid_by_id")


@dataclass
class _Read:
    """Rows about some tranches, read once."""

    tranches: Sequence[Tranche]
    at: dt.datetime
    conditions: dict[int, list] = field(init=False)
    siblings: dict[int, list] = field(init=False)
    banks: dict[int, tuple[BankDetail, BankFact]] = field(init=False)

    def __post_init__(self) -> None:
        """About the grants, then about the tranches."""
        grants = {tranche.grant_id: tranche.grant for tranche in self.tranches}
        self.on = timezone.localdate(self.at)
        self.values = rules(RULES, self.on)
        self.conditions = _by(Condition.objects.filter(grant__in=grants).select_related("tranche"), "grant_id")
        self.holds = _by(Hold.objects.filter(grant__in=grants).exclude(state=HoldState.LIFTED), "grant_id")
        self.siblings = _by(Tranche.objects.filter(grant__in=grants, state__in=MONEY_LEFT), "grant_id")
        self.findings = _by(Finding.objects.filter(grant__in=grants, answered_at__isnull=True), "grant_id")
        spent = ReportedSpend.objects.filter(grant__in=grants).order_by().values_list("grant_id")
        self.spent = dict(spent.annotate(Sum("spent_minor")))
        self.closing = set(ClosureItem.objects.filter(grant__in=grants).order_by().values_list("grant_id", flat=True))
        self.banks = _newest_banks({grant.organisation_id for grant in grants.values()})
        self.earmarks = list(Earmark.objects.order_by("code"))
        self.room = {
            currency: {code: cash_in(purse) for code, purse in purses(currency).items()}
            for currency in {grant.currency for grant in grants.values()}
        }
        self.sizes = sizes(self.tranches, self.at)
        self.alike = likenesses(self.tranches, self.at)
        mine = [tranche.pk for tranche in self.tranches]
        self.doubts = _by(Doubt.objects.filter(tranche__in=mine), "tranche_id")
        self.waivers = _by(Waiver.objects.filter(tranche__in=mine, state=WaiverState.CONFIRMED), "tranche_id")
        self.approvals = _by(Approval.objects.filter(tranche__in=mine).select_related("approver"), "tranche_id")
        self.seals = _seals([tranche for tranche in self.tranches if not tranche.approved_hash])
        people = {getattr(tranche, column) for tranche in self.tranches for column in PEOPLE}
        self.unfit = _unfit(self.tranches, self.approvals, self.on)
        self.phones = dict(User.objects.filter(pk__in=people - {None}).values_list("pk", "phone_key"))


def load_facts(tranches: Sequence[Tranche], at: dt.datetime) -> dict[int, Facts]:
    """Facts of each tranche by id (a fixed number of queries). Give tranches with grant and application joined."""
    read = _Read(tranches, at)
    return {tranche.pk: _facts(tranche, read) for tranche in tranches}


def _facts(tranche: Tranche, read: _Read) -> Facts:
    grant, at = tranche.grant, read.at
    rows = read.conditions.get(grant.pk, [])
    order = [*(e for e in read.earmarks if fits(e, grant.application)), None]
    plan = allocate(tranche.amount_minor, order, read.room[grant.currency])
    detail, bank = read.banks.get(grant.organisation_id, (None, None))
    size = read.sizes[tranche.pk]
    approvers = _approvers(tranche, detail, read)
    return Facts(
        no=tranche.no,
        amount_minor=tranche.amount_minor,
        currency=grant.currency,
        at=at,
        running=grant.state in PAYABLE,
        signed_date=timezone.localdate(grant.fund_signed_at) if grant.fund_signed_at else None,
        bank=bank,
        diligence_until=grant.due_diligence_until_date,
        psea_until=grant.psea_until_date,
        spend=SpendFact(
            tuple((t.no, t.amount_minor) for t in read.siblings.get(grant.pk, []) if t.pk != tranche.pk),
            read.spent.get(grant.pk, 0),
        ),
        attested=tuple(_as_attested(c) for c in rows if not c.computed and c.tranche_id in {None, tranche.pk}),
        overdue=tuple(str(c) for c in rows if not c.computed and _is_overdue(c, read.on)),
        kinds=frozenset(c.kind for c in rows if c.tranche_id == tranche.pk),
        holds=len(read.holds.get(grant.pk, [])),
        findings=tuple(str(row) for row in read.findings.get(grant.pk, [])),
        doubts=_open_doubts(tranche, read),
        closure_started=grant.pk in read.closing,
        usable_cash=tranche.amount_minor - plan.short,
        people=tuple(getattr(tranche, column) for column in PEOPLE),
        one_person_twice=_same_phone(tranche, approvers, read),
        unfit=tranche.pk in read.unfit,
        approvers=len(approvers),
        approved=bool(tranche.approved_hash),
        asked=size.asked,
        functional_minor=size.functional_minor,
        cap_minor=size.cap_minor,
        left=tranche.state in {*MONEY_LEFT, TrancheState.REVERSED},
        previous_bp=read.values["spend_previous_share_bp"].value,
        earlier_bp=read.values["spend_earlier_share_bp"].value,
        waived={row.ident: timezone.localdate(row.decided_at) for row in read.waivers.get(tranche.pk, [])},
        origins={key: value.origin for key, value in read.values.items()},
    )


def checks_of(tranche: Tranche, at: dt.datetime) -> list[Check]:
    """The conditions of one tranche."""
    return release_checks(load_facts([tranche], at)[tranche.pk])


def _by(rows: Iterable[Any], column: str) -> dict[int, list]:
    found: dict[int, list] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


def _seals(tranches: Sequence[Tranche]) -> dict[int, str]:
    """The seal of each request that counts (two queries)."""
    asked = [tranche.pk for tranche in tranches if tranche.requested_at]
    rows = FundsRequest.objects.filter(tranche__in=asked).order_by("no").prefetch_related("lines")
    return {row.tranche_id: row.fingerprint() for row in rows}


def _approvers(tranche: Tranche, detail: BankDetail | None, read: _Read) -> list[User]:
    """People whose approval counts: of this round, for what stands there now."""
    seal = read.seals.get(tranche.pk, "")
    wanted = tranche.approved_hash or (tranche.payload_hash(detail, seal) if detail else "")
    rows = [row for row in read.approvals.get(tranche.pk, []) if row.round == tranche.approval_round]
    return [row.approver for row in rows if row.payload_hash == wanted]


def _unfit(tranches: Sequence[Tranche], approvals: dict[int, list], on: dt.date) -> set[int]:
    """Tranches that somebody checked or approved who has a part, a link or a membership now (three queries)."""
    threads = {tranche.thread for tranche in tranches}
    organisations = {tranche.grant.organisation_id for tranche in tranches}
    entries = JournalEntry.objects.filter(thread__in=threads).filter(PART_TAKEN)
    parts = set(entries.order_by().values_list("thread", "actor_id").distinct())
    ties = Tie.objects.filter(organisation__in=organisations, ended_at__isnull=True)
    members = Membership.objects.filter(in_force(on), organisation__in=organisations)
    near = {*ties.values_list("organisation_id", "user_id"), *members.values_list("organisation_id", "user_id")}
    found = set()
    for tranche in tranches:
        movers = {row.approver_id for row in approvals.get(tranche.pk, []) if row.round == tranche.approval_round}
        acted = movers | {tranche.checked_by_id}
        organisation = tranche.grant.organisation_id
        if any((tranche.thread, who) in parts for who in movers) or any((organisation, who) in near for who in acted):
            found.add(tranche.pk)
    return found


def _same_phone(tranche: Tranche, approvers: list[User], read: _Read) -> bool:
    """Whether two accounts among those who acted belong to one person."""
    phones = {getattr(tranche, column): read.phones.get(getattr(tranche, column), "") for column in PEOPLE}
    phones |= {user.pk: user.phone_key for user in approvers}
    known = [phone for phone in phones.values() if phone]
    return len(known) != len(set(known))


def _open_doubts(tranche: Tranche, read: _Read) -> tuple[str, ...]:
    """Likenesses nobody looked at: those written down, and those that are new since."""
    rows = read.doubts.get(tranche.pk, [])
    seen = {(row.kind, row.other) for row in rows}
    found = [_said(row) for row in rows if row.state == DoubtState.OPEN]
    if tranche.state in {*MONEY_LEFT, TrancheState.REVERSED}:
        return tuple(found)
    return (*found, *(_said(one) for one in read.alike.get(tranche.pk, []) if (one.kind, one.other) not in seen))


def _said(one: Doubt | Likeness) -> str:
    """The grantee reads this too: another organisation is not named."""
    label = str(DoubtKind(one.kind).label)
    return says(label, one.other) if one.kind == DoubtKind.AMOUNT else label


def _as_attested(row: Condition) -> Attested:
    return Attested(
        code=row.name,
        label=str(row),
        met_date=timezone.localdate(row.met_at) if row.met_at else None,
        due_date=row.due_date,
        is_report=row.kind in REPORTS,
        ident=f"condition-{row.pk}",
    )


def _is_overdue(row: Condition, on: dt.date) -> bool:
    return row.kind in REPORTS and row.met_at is None and row.due_date is not None and row.due_date < on


def _newest_banks(organisations: set[int]) -> dict[int, tuple[BankDetail, BankFact]]:
    """The details in use; changed ones are proven when a grantee confirmed that money arrived there."""
    found: dict[int, tuple[BankDetail, BankFact]] = {}
    rows = BankDetail.objects.filter(organisation__in=organisations, refused_at__isnull=True).order_by("no")
    proven = set(
        Tranche.objects.filter(state=TrancheState.CONFIRMED, bank_detail__in=rows)
        .order_by()
        .values_list("bank_detail_id", flat=True)
    )
    verified: set[int] = set()  # organisations that had verified details before these
    for row in rows:
        fact = BankFact(
            masked=str(row.masked),
            verified_date=timezone.localdate(row.verified_at) if row.verified_at else None,
            usable_from=row.usable_from,
            changed=row.organisation_id in found,
            proven=row.organisation_id not in verified or row.pk in proven,
        )
        found[row.organisation_id] = (row, fact)
        if row.verified_at:
            verified.add(row.organisation_id)
    return found
