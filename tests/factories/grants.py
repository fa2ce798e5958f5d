"""Money, donors and grants for tests, built only through the real actions, as the people who would do it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from applications.actions import intake, sections
from applications.models import Application
from disbursements.actions import banking, conditions, funding, grants, requesting, spending, tranches
from disbursements.models import Donor, Grant, Tranche
from disbursements.queries.requests import positions, proposed_plan
from disbursements.queries.thresholds import size_of
from fundmgmt.actions import rules
from fundmgmt.models import Organisation, User
from fundmgmt.money import split
from fundmgmt.workflow import perform
from tests.factories import applications as make
from tests.factories import signing
from tests.factories.catalogues import put_catalogues

DAY = dt.timedelta(days=1)
RECEIVED = dt.datetime(2026, 2, 3, 9, tzinfo=dt.UTC)
DECIDED = dt.datetime(2026, 5, 20, 9, tzinfo=dt.UTC)
OPENED = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
SIGNED = dt.datetime(2026, 6, 10, 9, tzinfo=dt.UTC)
ASKED = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
NUMBER = "+243 970 000 000"  # on file for the grantee
VALID_UNTIL = dt.date(2028, 2, 14)
AWARD = 2_744_500  # 40/40/20: 10,978.00, 10,978.00 and 5,489.00


@dataclass
class Cast:
    """Everybody a payment needs."""

    officer: User = field(default_factory=lambda: make.person("pmo@example.org", "officer"))
    signer: User = field(default_factory=lambda: make.person("pmo2@example.org", "officer"))
    checker: User = field(default_factory=lambda: make.person("pmo3@example.org", "officer"))
    approver: User = field(default_factory=lambda: make.person("treasurer@example.org", "treasurer"))
    payer: User = field(default_factory=lambda: make.person("treasurer2@example.org", "treasurer"))
    second: User = field(default_factory=lambda: make.person("second@example.org", "treasurer"))
    lead: User = field(default_factory=lambda: make.person("lead@example.org", "safeguarding"))
    owner: User = field(default_factory=lambda: make.person("owner@example.org"))
    organisation: Organisation | None = None


def cast() -> Cast:
    """The people, and the grantee's organisation."""
    put_catalogues()
    people = Cast()
    people.organisation = make.organisation(people.owner)
    return people


def donor(people: Cast, amount_minor: int = 15_000_000, **values: Any) -> Donor:
    """A donor whose unrestricted pledge arrived in full."""
    row = funding.add_donor(by=people.officer, at=RECEIVED, name="Battery makers", kind="private_sector")
    pledge = funding.record_pledge(
        row, by=people.officer, at=RECEIVED, amount_minor=amount_minor, currency="USD", **values
    )
    funding.sign_pledge(pledge, by=people.officer, at=RECEIVED)
    funding.record_contribution(
        row,
        by=people.officer,
        at=RECEIVED,
        amount_minor=amount_minor,
        currency="USD",
        received_date=RECEIVED.date(),
        bank_reference=f"IN-{row.ref}",
        pledge=pledge,
    )
    return row


def awarded(people: Cast, amount_minor: int = AWARD) -> Application:
    """An application the Committee approved; its budget is exactly the award."""
    call = make.open_call(people.officer)
    application = make.fill(make.draft(call, people.organisation, people.owner), people.owner)
    rest = amount_minor - sum(line.total_minor for line in application.budget_lines.all())
    extra = [("SAF", rest // 20), ("MON", rest // 20)]
    left = rest - sum(minor for _category, minor in extra)
    extra += [("DIR", part) for part in split(left, [1, 1, 1])]
    for category, minor in extra:
        values = {"category": category, "description": "Repas", "unit": "lot", "quantity": Decimal(1)}
        sections.save_row(application, "lines", by=people.owner, at=make.WRITTEN, unit_cost_minor=minor, **values)
    application.refresh_from_db()
    intake.submit_application(application, declared=True, by=people.owner, at=make.SUBMITTED)
    make.in_review(application, people.officer)
    perform(application, "begin_due_diligence", by=people.signer, at=DECIDED)
    perform(application, "send_to_committee", by=people.signer, at=DECIDED)
    perform(
        application,
        "approve",
        by=None,
        at=DECIDED,
        decided_at=DECIDED,
        amount_minor=amount_minor,
        decision_ref="SC-2026-01/1",
    )
    return application


def drafted(people: Cast, amount_minor: int = AWARD, schedule: str = "40/40/20") -> Grant:
    """A grant whose agreement waits for signatures."""
    return grants.open_grant(
        awarded(people, amount_minor),
        by=people.officer,
        at=OPENED,
        schedule=schedule,
        due_diligence_until_date=VALID_UNTIL,
    )


def signed(people: Cast, **values: Any) -> Grant:
    """Signed by both, active."""
    grant = drafted(people, **values)
    signing.both(grant, by=people.owner, other=people.signer, at=SIGNED)
    return grants.activate(grant, by=people.signer, at=SIGNED)


def bank(people: Cast, number: str = "00123 4417", at: dt.datetime = SIGNED) -> None:
    """Bank details, verified by a call-back."""
    detail = banking.enter_bank_detail(
        people.organisation, by=people.owner, at=at, holder="Umoja", bank_name="Rawbank", account_number=number
    )
    banking.verify_bank_detail(detail, by=people.checker, at=at, called_number=NUMBER)


def wallet(people: Cast, number: str = "+243 810 000 123", at: dt.datetime = SIGNED) -> None:
    """A mobile wallet of the person who signs, verified by a call-back."""
    detail = banking.enter_bank_detail(
        people.organisation,
        by=people.owner,
        at=at,
        kind="mobile_wallet",
        holder="Responsible person",
        bank_name="Vodacom",
        account_number=number,
    )
    banking.verify_bank_detail(detail, by=people.checker, at=at, called_number=NUMBER)


MICRO = {"amount_minor": 900_000, "schedule": "80/20"}  # 7,200.00 and 1,800.00
LIMITS = {"USD": {"once": 1_000_000, "day": 1_000_000, "month": 2_000_000}}


def wallet_limits(people: Cast, limits: dict[str, Any] | None = None) -> None:
    """What mobile money may carry, as the Committee decided; the fund's starting rule is far lower."""
    admin = make.person("admin@example.org", "administrator")
    rules.set_rule(
        "mobile_money_limits",
        limits or LIMITS,
        by=admin,
        at=RECEIVED,
        valid_from=RECEIVED.date(),
        decided_in="SC-2026-01/9",
        reason="Operators carry more now.",
    )


def ready(people: Cast, pay_to: Callable[..., None] | None = None, **values: Any) -> Grant:
    """Active, with bank details and the training held: the first tranche may be asked for."""
    donor(people)
    grant = signed(people, **values)
    (pay_to or bank)(people)
    conditions.meet_named(grant, "safeguarding_training_done", by=people.checker, at=SIGNED)
    return grant


def tranche(grant: Grant, no: int = 1) -> Tranche:
    """One tranche, freshly read."""
    return Tranche.objects.select_related("grant__application", "bank_detail").get(grant=grant, no=no)


def requested(people: Cast, row: Tranche, at: dt.datetime = ASKED) -> Tranche:
    """Asked for by the grantee."""
    plan = proposed_plan(row.amount_minor, positions(row.grant))
    return requesting.request_tranche(row, by=people.owner, at=at, certified_name="Responsible person", plan=plan)


def checked(people: Cast, row: Tranche, at: dt.datetime = ASKED) -> Tranche:
    """Checked by the programme office; blocked when a condition is open."""
    return tranches.check_tranche(requested(people, row, at), by=people.checker, at=at)


def approved(people: Cast, row: Tranche, at: dt.datetime = ASKED) -> Tranche:
    """Approved by as many treasurers as the amount asks for; the approver's word is the last."""
    row = checked(people, row, at)
    if size_of(row, at).asked.needed > 1:
        tranches.approve_tranche(row, by=people.second, at=at)
    return tranches.approve_tranche(row, by=people.approver, at=at)


def sent(people: Cast, row: Tranche, at: dt.datetime = ASKED) -> Tranche:
    """Sent by the other."""
    row = approved(people, row, at)
    return tranches.pay_tranche(row, by=people.payer, at=at, bank_reference=f"OUT-{row.no}", bank_date=at.date())


def confirmed(people: Cast, row: Tranche, at: dt.datetime = ASKED) -> Tranche:
    """Confirmed by the grantee."""
    row = sent(people, row, at)
    return tranches.confirm_receipt(row, by=people.owner, at=at + DAY, received_date=at.date())


def report(people: Cast, grant: Grant, no: int, spent_minor: int, at: dt.datetime = ASKED + 60 * DAY) -> None:
    """An accepted report that says how much was spent."""
    spending.record_spent(grant, no, {1: spent_minor}, by=people.checker, at=at)
    conditions.meet_named(grant, f"report_{no}_accepted", by=people.checker, at=at)
