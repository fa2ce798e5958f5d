"""Gifts on the public page: begun here, paid at the provider, booked when the provider confirms it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from disbursements.actions.answers import OVER, Next
from disbursements.actions.funding import FUND_THREAD
from disbursements.actions.ledger import change_purse, pair, post_entry, purse_code
from disbursements.actions.outbox import put_errand
from disbursements.gateway.protocol import Unknown
from disbursements.gateway.stripe_giving import CURRENCIES, Gift, Giving, Visit, Wish
from disbursements.models import Contribution, Donation, Donor, Rate
from disbursements.pdf import GiftReceipt, render_gift_receipt
from disbursements.queries.donations import aims_of_gifts, limits_of_gifts, said_aim
from disbursements.states import GIFT_HELD, AccountCode, DonationState, DonorKind, EntryKind, Errand
from fundmgmt import journal
from fundmgmt.actions.papers import store_pdf
from fundmgmt.formats.words import money
from fundmgmt.mail import absolute, send
from fundmgmt.models import StepRefused, next_ref
from fundmgmt.money import Money
from fundmgmt.states import PaperKind
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from collections.abc import Callable

    from disbursements.models import Earmark, LedgerEntry
    from fundmgmt.models import Paper

    Clock = Callable[[], dt.datetime]

RATE_DIGITS = 10  # decimals a rate is kept with
PUBLIC = "DN-000"  # the donor under whom all gifts of the public page stand
VISIT_LASTS = dt.timedelta(hours=2)
LOOK_SECONDS, DEBIT_SECONDS = 10 * 60, 6 * 3600  # between two looks at a visit, at a bank debit
MARGIN = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Reader:
    """Somebody without an account who is written to once."""

    email: str
    name: str
    language: str
    is_active: bool = True


def start_gift(*, at: dt.datetime, **wish: Any) -> Donation:
    """A visitor means to give (see begin_gift). It is kept first; then the payment page is opened, if it can be."""
    if not Giving().ready:
        raise StepRefused(_("Gifts by card are not possible here yet."))
    return open_visit(begin_gift(at=at, **wish), at=at, quiet=True)


def begin_gift(
    *,
    at: dt.datetime,
    amount_minor: int,
    currency: str,
    language: str,
    earmark: Earmark | None = None,
    receipt_name: str = "",
    email: str = "",
) -> Donation:
    """Keep what somebody means to give, and ask for a look at it when its time is over. Nobody outside is told."""
    _check(amount_minor, currency, earmark, language, at)
    with transaction.atomic():
        row = Donation(
            ref=next_ref("GF", timezone.localdate(at).year),
            amount_minor=amount_minor,
            currency=currency,
            earmark=earmark,
            language=language,
            receipt_name=receipt_name.strip(),
            email=email.strip(),
            consented_at=at,
            until=(at + VISIT_LASTS).replace(microsecond=0),
        )
        begin(row, by=None, at=at, facts={**_facts(row), "earmark": earmark.code if earmark else None})
        wait = int((VISIT_LASTS + MARGIN).total_seconds())
        put_errand(Errand.GIFT, f"gift:{row.key}", row.pk, thread=row.thread, at=at, wait_seconds=wait)
    return row


def _check(amount_minor: int, currency: str, earmark: Earmark | None, language: str, at: dt.datetime) -> None:
    day = timezone.localdate(at)
    least, most = limits_of_gifts(day)
    if currency not in CURRENCIES:
        raise StepRefused(_("Gifts by card are taken in dollars, euros and pounds."), field="currency")
    if amount_minor < least:
        small = _("The least that can be given by card is %(amount)s.")
        raise StepRefused(small % {"amount": money(least, currency)}, field="amount")
    if amount_minor > most:
        large = _("More than %(amount)s is better sent by bank: write to us and we tell you how.")
        raise StepRefused(large % {"amount": money(most, currency)}, field="amount")
    if earmark is not None and earmark.pk not in {row.pk for row, _said in aims_of_gifts(language, day)}:
        raise StepRefused(_("The fund does not collect for this now. Choose again."), field="earmark")


def _facts(row: Donation, **more: object) -> dict[str, object]:
    return {"amount_minor": row.amount_minor, "currency": row.currency, **more}


def open_visit(donation: Donation, *, at: dt.datetime, quiet: bool = False) -> Donation:
    """Open the provider's payment page for a gift, or find the one that is open. `quiet`: no word when it fails."""
    if donation.state != DonationState.BEGUN or at >= donation.until:
        raise StepRefused(_("This gift cannot be paid any more. You can begin a new one."))
    if donation.visit_url:
        return donation
    with override(donation.language):
        title = gettext("Gift to the Fund, %(ref)s") % {"ref": donation.ref}
    page = absolute(donation.get_public_url())
    found = Giving().open_visit(
        Wish(
            key=donation.key,
            amount_minor=donation.amount_minor,
            currency=donation.currency,
            title=title,
            language=donation.language,
            success_url=page,
            cancel_url=page,
            until=int(donation.until.timestamp()),
            email=donation.email,
        )
    )
    if isinstance(found, Visit):
        return perform(donation, "open_visit", by=None, at=at, visit=found.reference, visit_url=found.url)
    if quiet:
        return donation
    raise StepRefused(_("The card provider does not answer now. Nothing was taken. Try again in a few minutes."))


# What the provider answers ---------------------------------------------------------------------------


def ask_gift(ident: int, *, clock: Clock) -> Next:
    """Ask the provider how a gift stands and apply it. Harmless however often it happens."""
    row = Donation.objects.get(pk=ident)
    if row.state in GIFT_HELD or (row.state == DonationState.EXPIRED and not row.visit):
        return OVER
    if not row.visit:
        return _never_opened(row, clock())
    found = Giving().look_up(row.visit)
    if isinstance(found, Unknown):
        return Next(problem=str(found.reason) or "no certain answer")
    return apply_gift(row, found, at=clock())


def _never_opened(row: Donation, at: dt.datetime) -> Next:
    if at < row.until + MARGIN:
        return Next(wait_seconds=LOOK_SECONDS)
    perform(row, "expire", by=None, at=at, facts=_facts(row))
    return OVER


def apply_gift(donation: Donation, found: Gift, *, at: dt.datetime) -> Next:
    """What the provider says of a visit. Applied twice, late or out of order it changes nothing."""
    if (found.amount_minor, found.currency) != (donation.amount_minor, donation.currency):
        said = f"{found.amount_minor} {found.currency}"
        return Next(problem=f"the provider speaks of {said}, the gift of {donation.amount_minor} {donation.currency}")
    with transaction.atomic():
        row = (
            Donation.objects.select_for_update(of=("self",), no_key=True).select_related("earmark").get(pk=donation.pk)
        )
        if row.state in GIFT_HELD:
            return OVER
        if found.state == "paid":
            _pay(row, found, at=at)
            return OVER
        return _not_paid(row, found, at=at)


def _not_paid(row: Donation, found: Gift, *, at: dt.datetime) -> Next:
    facts = _facts(row)
    if found.state == "open":
        return Next(wait_seconds=LOOK_SECONDS)
    if found.state == "waiting":
        if row.state == DonationState.BEGUN:
            perform(row, "wait", by=None, at=at, facts=facts, payment=found.payment)
        return Next(wait_seconds=DEBIT_SECONDS)
    if found.state == "failed" and row.state in {DonationState.BEGUN, DonationState.WAITING}:
        perform(row, "fail", by=None, at=at, facts=facts)
    if found.state == "expired" and row.state == DonationState.BEGUN:
        perform(row, "expire", by=None, at=at, facts=facts)
    return OVER


def _pay(row: Donation, found: Gift, *, at: dt.datetime) -> None:
    """Money is there: books, number of the receipt, the step, the receipt itself, the letter."""
    paid_at = dt.datetime.fromtimestamp(found.paid_at, dt.UTC) if found.paid_at else at
    contribution, entry = _book(row, found, day=timezone.localdate(paid_at), at=at)
    number = next_ref("RC", timezone.localdate(at).year)
    perform(
        row,
        "pay",
        by=None,
        at=at,
        facts=_facts(row, entry=entry.no, receipt=number),
        payment=found.payment,
        contribution=contribution,
        receipt_no=number,
        when=paid_at,
        settled_minor=found.settled_minor,
        settled_currency=found.settled_currency,
        fee_minor=found.fee_minor,
    )
    row.receipt = _write_receipt(row, at=at)
    row.save(update_fields=["receipt"])
    if row.email:
        put_errand(Errand.RECEIPT, f"receipt:{row.key}", row.pk, thread=row.thread, at=at)


def _book(row: Donation, found: Gift, *, day: dt.date, at: dt.datetime) -> tuple[Contribution, LedgerEntry]:
    """Received is what the provider credited; its fee is a cost of the same money."""
    donor, code, currency = _public_donor(at), purse_code(row.earmark), found.settled_currency
    rate = _rate(row, found, day, at)
    money_in = Contribution(
        donor=donor,
        earmark=row.earmark,
        amount_minor=found.settled_minor,
        currency=currency,
        received_date=day,
        bank_reference=found.payment,
        recorded_at=at,
    )
    money_in.save()
    about = {"earmark": row.earmark, "donor": donor, "rate": rate}
    lines = pair(AccountCode.PROVIDER, AccountCode.CONTRIBUTIONS, found.settled_minor, currency, **about)
    entry = money_in.entry = post_entry(EntryKind.RECEIPT, money_in, lines, by=None, at=at, day=day)
    money_in.save(update_fields=["entry"])
    change_purse(currency, {code: found.settled_minor}, received=1)
    if found.fee_minor:
        fee = pair(AccountCode.FEES, AccountCode.PROVIDER, found.fee_minor, currency, earmark=row.earmark, donor=donor)
        post_entry(EntryKind.FEE, money_in, fee, by=None, at=at, day=day)
        change_purse(currency, {code: found.fee_minor}, costs=1)
    facts = {"amount_minor": found.settled_minor, "currency": currency, "donor": donor.ref, "received_date": day}
    journal.record(
        "disbursements.contribution.add",
        money_in,
        by=None,
        at=at,
        facts={**facts, "entry": entry.no},
        thread=FUND_THREAD,
    )
    return money_in, entry


def send_receipt(ident: int, *, clock: Clock) -> Next:
    """The receipt by mail, to the address that was given for it."""
    row = Donation.objects.select_related("receipt").get(pk=ident)
    if row.receipt is None or not row.email:
        return OVER
    reader = Reader(row.email, row.receipt_name, row.language)
    with row.receipt.file.open() as paper:
        attached = (f"{row.receipt_no}.pdf", paper.read(), row.receipt.mime)
    context = {"no": row.receipt_no, "amount": Money(row.amount_minor, row.currency), "url": row.get_public_url()}
    with override(row.language):
        send("disbursements/gift_receipt", reader, {**context, "action": gettext("Your gift")}, [attached])
    return OVER


def _public_donor(at: dt.datetime) -> Donor:
    with translation.override(settings.LANGUAGE_CODE):
        name = gettext("Gifts on the public page")
    return Donor.objects.get_or_create(ref=PUBLIC, defaults={"name": name, "kind": DonorKind.PERSON, "added_at": at})[0]


def _rate(row: Donation, found: Gift, day: dt.date, at: dt.datetime) -> Rate | None:
    """The rate at which the provider changed the gift, kept with its source."""
    if found.settled_currency == row.currency:
        return None
    whole = (2 * found.settled_minor * 10**RATE_DIGITS + row.amount_minor) // (2 * row.amount_minor)  # half up
    rate = Decimal(whole).scaleb(-RATE_DIGITS)
    facts = {"base": row.currency, "quote": found.settled_currency, "on_date": day}
    kept = Rate.objects.create(**facts, rate=rate, source=f"card provider, {row.ref}", added_at=at)
    journal.record("disbursements.rate.add", kept, by=None, at=at, facts=facts, thread=FUND_THREAD)
    return kept


def _write_receipt(row: Donation, *, at: dt.datetime) -> Paper:
    day = timezone.localdate(row.paid_at)
    receipt = GiftReceipt(
        no=row.receipt_no,
        ref=row.ref,
        language=row.language,
        amount_minor=row.amount_minor,
        currency=row.currency,
        paid_date=day.isoformat(),
        name=row.receipt_name,
        aim=said_aim(row.earmark, row.language, day),
        proof=row.payment,
    )
    with override(row.language):
        title = f"{gettext('Receipt')} {row.receipt_no}"
    return store_pdf(
        row,
        render_gift_receipt(receipt),
        snapshot=receipt.snapshot(),
        kind=PaperKind.RECEIPT,
        title=title,
        policy="disbursements.view_donation",
        by=None,
        at=at,
    )
