"""Money in: donors, pledges, contributions; and the fund's own costs."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.ledger import Line, change_purse, pair, post_entry, purse_code, spend
from disbursements.models import Contribution, Donor, Earmark, LedgerEntry, Pledge, PledgeInstalment, Rate
from disbursements.queries.funds import received_of
from disbursements.states import AccountCode, CheckOutcome, EntryKind, PledgeState
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.formats.words import day as in_words
from fundmgmt.models import StepRefused, next_ref
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from fundmgmt.models import User

Instalments = list[tuple[dt.date, int]]
FUND_THREAD = uuid.uuid5(uuid.NAMESPACE_DNS, "ledger.fund")  # what belongs to the fund and to no project


def add_donor(
    *, by: User, at: dt.datetime, name: str, kind: str, ref: str = "", checked_until_date: dt.date | None = None
) -> Donor:
    """A donor of the fund."""
    with transaction.atomic():
        require(by, "disbursements.add_donor")
        donor = Donor.objects.create(
            ref=ref or next_ref("DN"),
            name=name.strip(),
            kind=kind,
            checked_until_date=checked_until_date,
            added_by=by,
            added_at=at,
        )
        facts = {"code": donor.ref, "kind": donor.kind}
        journal.record("disbursements.donor.add", donor, by=by, at=at, facts=facts, thread=FUND_THREAD)
    return donor


def add_earmark(
    *,
    by: User,
    code: str,
    label: str,
    provinces: list[str] | None = None,
    pillars: list[str] | None = None,
    tags: list[str] | None = None,
) -> Earmark:
    """A donor's wish, by places, pillars or tags."""
    require(by, "disbursements.add_earmark")
    return Earmark.objects.get_or_create(
        code=code,
        defaults={"label": label, "provinces": provinces or [], "pillars": pillars or [], "tags": tags or []},
    )[0]


def require_accepted(donor: Donor) -> None:
    """The newest check of a donor did not refuse it."""
    newest = donor.checks.first()
    if newest is not None and newest.outcome == CheckOutcome.REFUSED:
        raise StepRefused(
            _("The check of %(day)s refused this donor: its money is not accepted. Send it back to where it came from.")
            % {"day": in_words(newest.checked_date)}
        )


def record_pledge(
    donor: Donor,
    *,
    by: User,
    at: dt.datetime,
    amount_minor: int,
    currency: str,
    pledged_date: dt.date | None = None,
    earmark: Earmark | None = None,
    instalments: Instalments | None = None,
    ref: str = "",
) -> Pledge:
    """A promise, noted as a memo in its own currency (minor units). Parts must sum to the pledge."""
    if amount_minor <= 0:
        raise StepRefused(_("Write an amount above zero."), field="amount_minor")
    if instalments and sum(minor for _day, minor in instalments) != amount_minor:
        raise StepRefused(_("The parts do not sum to the pledge."), field="instalments")
    with transaction.atomic():
        pledge = Pledge(
            ref=ref or next_ref("PL"),
            donor=donor,
            amount_minor=amount_minor,
            currency=currency,
            earmark=earmark,
            pledged_date=pledged_date or timezone.localdate(at),
        )
        facts = {
            "amount_minor": amount_minor,
            "currency": currency,
            "donor": donor.ref,
            "earmark": earmark.code if earmark else None,
        }
        begin(pledge, by=by, at=at, facts=facts)
        PledgeInstalment.objects.bulk_create(
            [PledgeInstalment(pledge=pledge, due_date=day, amount_minor=minor) for day, minor in instalments or []]
        )
        about = {"earmark": earmark, "donor": donor}
        lines = pair(AccountCode.PLEDGED, AccountCode.PLEDGED_BY, amount_minor, currency, **about)
        post_entry(EntryKind.PLEDGE, pledge, lines, by=by, at=at, day=pledge.pledged_date)
    return pledge


def sign_pledge(pledge: Pledge, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Pledge:
    """The donor's signature is on file."""
    require_accepted(pledge.donor)
    return perform(pledge, "sign", by=by, at=at, expected_version=expected_version)


def record_contribution(
    donor: Donor,
    *,
    by: User,
    at: dt.datetime,
    amount_minor: int,
    currency: str,
    received_date: dt.date,
    bank_reference: str,
    pledge: Pledge | None = None,
    earmark: Earmark | None = None,
) -> Contribution:
    """Money that stands on the bank's statement. With a pledge it takes the pledge's earmark and moves its machine."""
    require_accepted(donor)
    _check_contribution(donor, pledge, at, amount_minor=amount_minor, currency=currency, received_date=received_date)
    with transaction.atomic():
        require(by, "disbursements.record_contribution")
        if pledge is not None:
            Pledge.objects.select_for_update(no_key=True, of=("self",)).get(pk=pledge.pk)
        wish = pledge.earmark if pledge else earmark
        row = Contribution(
            donor=donor,
            pledge=pledge,
            earmark=wish,
            amount_minor=amount_minor,
            currency=currency,
            received_date=received_date,
            bank_reference=bank_reference.strip(),
            recorded_by=by,
            recorded_at=at,
        )
        _save_once(row)
        row.entry = post_entry(EntryKind.RECEIPT, row, _receipt_lines(row), by=by, at=at, day=received_date)
        row.save(update_fields=["entry"])
        change_purse(currency, {purse_code(wish): amount_minor}, received=1)
        facts = {
            "amount_minor": amount_minor,
            "currency": currency,
            "donor": donor.ref,
            "received_date": received_date,
            "entry": row.entry.no,
        }
        journal.record("disbursements.contribution.add", row, by=by, at=at, facts=facts, thread=FUND_THREAD)
        if pledge is not None:
            _move_pledge(pledge, row, by=by, at=at)
    return row


def _save_once(row: Contribution) -> None:
    """One line of the bank's statement is one contribution."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise StepRefused(_("This line of the bank statement is recorded already."), field="bank_reference") from error


def _receipt_lines(row: Contribution) -> list[Line]:
    """To the bank; and off the memo of the pledge, as far as it goes."""
    about = {"earmark": row.earmark, "donor": row.donor}
    lines = pair(AccountCode.BANK, AccountCode.CONTRIBUTIONS, row.amount_minor, row.currency, **about)
    if row.pledge is not None:
        before = received_of(row.pledge) - row.amount_minor
        part = min(row.amount_minor, max(row.pledge.amount_minor - before, 0))
        lines += pair(AccountCode.PLEDGED_BY, AccountCode.PLEDGED, part, row.currency, **about)
    return lines


def _check_contribution(
    donor: Donor, pledge: Pledge | None, at: dt.datetime, *, amount_minor: int, currency: str, received_date: dt.date
) -> None:
    if amount_minor <= 0:
        raise StepRefused(_("Write an amount above zero."), field="amount_minor")
    if received_date > timezone.localdate(at):
        raise StepRefused(_("The day on the bank's statement cannot lie ahead."), field="received_date")
    if pledge is None:
        return
    if pledge.donor_id != donor.pk:
        raise StepRefused(_("This pledge is another donor's."), field="pledge")
    if pledge.state not in {PledgeState.SIGNED, PledgeState.PARTLY_PAID}:
        raise StepRefused(_("This pledge takes no money now: it is not signed yet, or settled."), field="pledge")
    if pledge.currency != currency:
        raise StepRefused(_("The pledge is kept in %(code)s.") % {"code": pledge.currency}, field="currency")


def _move_pledge(pledge: Pledge, row: Contribution, *, by: User, at: dt.datetime) -> None:
    entry = row.entry
    facts = {"amount_minor": row.amount_minor, "currency": row.currency, "entry": entry.no if entry else None}
    if received_of(pledge) >= pledge.amount_minor:
        step = "receive_all"
    else:
        step = "receive_more" if pledge.state == PledgeState.PARTLY_PAID else "receive_part"
    perform(pledge, step, by=by, at=at, facts=facts)


def write_off_pledge(
    pledge: Pledge, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> Pledge:
    """What is missing of a pledge will not come: the memo is taken back."""
    with transaction.atomic():
        rest = pledge.amount_minor - received_of(pledge)
        facts = {"amount_minor": rest, "currency": pledge.currency}
        perform(pledge, "write_off", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
        about = {"earmark": pledge.earmark, "donor": pledge.donor}
        lines = pair(AccountCode.PLEDGED_BY, AccountCode.PLEDGED, rest, pledge.currency, **about)
        post_entry(EntryKind.PLEDGE_WRITTEN_OFF, pledge, lines, by=by, at=at)
    return pledge


def record_cost(
    *,
    by: User,
    at: dt.datetime,
    amount_minor: int,
    currency: str,
    cost_date: dt.date,
    bank_reference: str,
    fee: bool = False,
) -> LedgerEntry:
    """A running cost or a bank fee, paid from unrestricted money; the bank's reference is its cause."""
    if amount_minor <= 0:
        raise StepRefused(_("Write an amount above zero."), field="amount_minor")
    with transaction.atomic():
        require(by, "disbursements.record_cost")
        change_purse(currency, {purse_code(None): amount_minor}, costs=1)
        kind, account = (EntryKind.FEE, AccountCode.FEES) if fee else (EntryKind.COST, AccountCode.COSTS)
        lines = spend(account, AccountCode.BANK, amount_minor, currency, earmark=None)
        entry = post_entry(kind, f"bank:{bank_reference.strip()}"[:96], lines, by=by, at=at, day=cost_date)
        facts = {"amount_minor": amount_minor, "currency": currency, "entry": entry.no}
        journal.record("disbursements.cost.add", entry, by=by, at=at, facts=facts, thread=FUND_THREAD)
    return entry


def add_rate(*, by: User, at: dt.datetime, base: str, quote: str, on_date: dt.date, rate: Decimal, source: str) -> Rate:
    """One unit of `base` in `quote` on a day, with its source."""
    if rate <= 0 or base == quote:
        raise StepRefused(_("A rate is above zero and stands between two currencies."), field="rate")
    with transaction.atomic():
        require(by, "disbursements.add_rate")
        row = Rate.objects.create(
            base=base, quote=quote, on_date=on_date, rate=rate, source=source, added_by=by, added_at=at
        )
        facts = {"base": base, "quote": quote, "on_date": on_date}
        journal.record("disbursements.rate.add", row, by=by, at=at, facts=facts, thread=FUND_THREAD)
    return row
