"""Papers of this stage: the grant agreement and the payment order. Frozen data in, bytes out, no query."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from fundmgmt.formats.words import day, money, percent
from fundmgmt.pdf import Bullets, Document, Facts, Heading, Note, Paragraph, Signature, Table, render


@dataclass(frozen=True)
class AgreementPart:
    """One tranche as the agreement promises it."""

    no: int
    share_bp: int
    amount_minor: int
    planned_date: str
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Agreement:
    """All an agreement says. Days are ISO texts, so that the snapshot is plain JSON."""

    ref: str
    language: str
    title: str
    organisation: str
    place: str
    amount_minor: int
    currency: str
    start_date: str
    end_date: str
    schedule: str
    refund_days: int
    prepared_date: str
    parts: tuple[AgreementPart, ...]
    award_conditions: tuple[str, ...]

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON, kept beside the bytes."""
        return asdict(self)


def agreement_from(snapshot: dict[str, Any]) -> Agreement:
    """The agreement of a snapshot."""
    parts = tuple(AgreementPart(**{**part, "conditions": tuple(part["conditions"])}) for part in snapshot["parts"])
    return Agreement(**{**snapshot, "parts": parts, "award_conditions": tuple(snapshot["award_conditions"])})


def _iso(text: str) -> str:
    return day(dt.date.fromisoformat(text))


def agreement_duties(agreement: Agreement) -> list[str]:
    """What both sides promise, in the active language. The page and the paper say the same."""
    return [
        _("The grantee uses the money for this project only, by its budget, and keeps all receipts."),
        _("No child works in this project, and every worker has signed the code of conduct."),
        _("The grantee tells the fund at once when a child is harmed or in danger and refers the child."),
        _("The grantee reports on results and money after each period. The fund answers in 10 working days."),
        _("Money that is not spent goes back within %(days)s days after the end.") % {"days": agreement.refund_days},
        _("The fund may visit, look at books and speak with people of the project, after telling the grantee."),
        _("The fund may stop payments at once when children or money may be at risk, and says why when it can."),
        _("Both may end this agreement in writing with 30 days' notice."),
        _("Books and receipts are kept for seven years. Nobody pays anything to anyone to receive this grant."),
    ]


def _blocks(agreement: Agreement) -> tuple[Any, ...]:
    facts = Facts(
        (
            (_("Grantee"), agreement.organisation),
            (_("Project"), agreement.title),
            (_("Place"), agreement.place),
            (_("Amount"), money(agreement.amount_minor, agreement.currency)),
            (_("From"), _iso(agreement.start_date)),
            (_("Until"), _iso(agreement.end_date)),
        )
    )
    rows = tuple(
        (part.no, percent(part.share_bp), _iso(part.planned_date), money(part.amount_minor, agreement.currency))
        for part in agreement.parts
    )
    table = Table(
        (_("No."), _("Share"), _("Planned"), (_("Amount"), "num")),
        rows,
        total=("", "", _("Together"), money(agreement.amount_minor, agreement.currency)),
        caption=_("Tranches"),
    )
    blocks: list[Any] = [facts, Heading(_("Tranches and their conditions")), table]
    for part in agreement.parts:
        blocks.append(Paragraph(_("Before tranche %(no)s:") % {"no": part.no}))
        blocks.append(Bullets(part.conditions))
    if agreement.award_conditions:
        blocks += [Heading(_("Conditions of the award")), Bullets(agreement.award_conditions)]
    blocks += [Heading(_("What both sides promise")), Bullets(tuple(agreement_duties(agreement)))]
    blocks += [
        Note(_("A tranche leaves when its conditions are met. Two treasurers release it, neither of them alone.")),
        Signature(((agreement.organisation, _("For the grantee"), ""), (_("The Fund"), _("For the fund"), ""))),
    ]
    return tuple(blocks)


def render_agreement(agreement: Agreement) -> bytes:
    """The agreement in the grantee's language; the same snapshot gives the same bytes."""
    with translation.override(agreement.language):
        return render(
            Document(
                title=_("Grant agreement"),
                ref=agreement.ref,
                language=agreement.language,
                blocks=_blocks(agreement),
                on=dt.date.fromisoformat(agreement.prepared_date),
                subtitle=agreement.title,
            )
        )


@dataclass(frozen=True)
class PaymentOrder:
    """All a payment order says."""

    key: str
    amount_minor: int
    currency: str
    payee: str
    bank: str
    account: str
    purpose: str
    on_date: dt.date
    approved_by: str
    issued_by: str
    payload: str
    checkpoint: str = ""
    language: str = "fr"


@dataclass(frozen=True)
class GiftReceipt:
    """All a receipt for a gift says. Days are ISO texts, so that the snapshot is plain JSON."""

    no: str
    ref: str
    language: str
    amount_minor: int
    currency: str
    paid_date: str
    name: str
    aim: str
    proof: str

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON, kept beside the bytes."""
        return asdict(self)


def render_gift_receipt(receipt: GiftReceipt) -> bytes:
    """The receipt in the giver's language; the same snapshot gives the same bytes."""
    with translation.override(receipt.language):
        pairs = [
            (_("Number"), receipt.no),
            (_("Received"), money(receipt.amount_minor, receipt.currency)),
            (_("On"), _iso(receipt.paid_date)),
            (_("From"), receipt.name or _("a giver who wishes not to be named")),
            (_("For"), receipt.aim or _("where it is needed most")),
            (_("Gift"), receipt.ref),
            (_("Proof of the card provider"), receipt.proof),
        ]
        thanks = Paragraph(_("The Fund thanks you. Your gift helps keep children at school and out of the mines."))
        note = Note(_("Nothing was given in return for this gift. Keep this receipt; each number is given once."))
        return render(
            Document(
                title=_("Receipt for a gift"),
                ref=receipt.no,
                language=receipt.language,
                blocks=(Facts(tuple(pairs)), thanks, note),
                on=dt.date.fromisoformat(receipt.paid_date),
            )
        )


def render_payment_order(order: PaymentOrder) -> bytes:
    """The order for the bank, with lines for two signatures."""
    with translation.override(order.language):
        facts = Facts(
            (
                (_("Pay"), money(order.amount_minor, order.currency)),
                (_("To"), order.payee),
                (_("Bank"), order.bank),
                (_("Account"), order.account),
                (_("For"), order.purpose),
                (_("Key of this payment"), order.key),
            )
        )
        people = Signature(
            ((order.approved_by, _("Treasurer who approved"), ""), (order.issued_by, _("Treasurer who sends"), ""))
        )
        note = Note(
            _("Please write your reference and the date of execution on the copy. Pay once: the key is unique.")
        )
        seal = Paragraph(_("Approved content (SHA-256): %(hash)s") % {"hash": order.payload}, "soft")
        text = _("Last checkpoint of the books, number and SHA-256: %(said)s")
        sealed = (Paragraph(text % {"said": order.checkpoint}, "soft"),) if order.checkpoint else ()
        return render(
            Document(
                title=_("Payment order"),
                ref=order.key,
                language=order.language,
                blocks=(facts, note, people, seal, *sealed),
                on=order.on_date,
            )
        )
