"""Papers of this stage: the grant agreement and the payment order. Frozen data in, bytes out, no query."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from disbursements.queries.wording import FIRST, wording
from fundmgmt.formats.words import day, money, percent
from fundmgmt.pdf import Block, Bullets, Document, Facts, Heading, Note, Paragraph, Signature, Table, render


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
    """All an agreement says, its words too. Days are ISO texts, so that the snapshot is plain JSON."""

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
    wording: str
    wording_sha256: str
    words: dict[str, str]
    duties: tuple[str, ...]

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON, kept beside the bytes."""
        return asdict(self)


def agreement_from(snapshot: dict[str, Any]) -> Agreement:
    """The agreement of a snapshot; one that was frozen without its words has those of the first version."""
    if "wording" not in snapshot:
        first = wording(FIRST, snapshot["language"])
        said = {"wording": first.version, "wording_sha256": first.sha256, "words": first.words}
        snapshot = {**snapshot, **said, "duties": first.duties}
    parts = tuple(AgreementPart(**{**part, "conditions": tuple(part["conditions"])}) for part in snapshot["parts"])
    lists = {name: tuple(snapshot[name]) for name in ("award_conditions", "duties")}
    return Agreement(**{**snapshot, **lists, "parts": parts})


def _iso(text: str) -> str:
    return day(dt.date.fromisoformat(text))


def agreement_blocks(agreement: Agreement) -> tuple[Block, ...]:
    """What it says, piece by piece, as its own language writes it. The paper and the page are made of these."""
    words, currency = agreement.words, agreement.currency
    with translation.override(agreement.language):
        facts = Facts(
            (
                (words["grantee"], agreement.organisation),
                (words["project"], agreement.title),
                (words["place"], agreement.place),
                (words["amount"], money(agreement.amount_minor, currency)),
                (words["start"], _iso(agreement.start_date)),
                (words["end"], _iso(agreement.end_date)),
            )
        )
        rows = tuple(
            (part.no, percent(part.share_bp), _iso(part.planned_date), money(part.amount_minor, currency))
            for part in agreement.parts
        )
        table = Table(
            (words["number"], words["share"], words["planned"], (words["amount"], "num")),
            rows,
            total=("", "", words["together"], money(agreement.amount_minor, currency)),
            caption=words["tranches"],
        )
    blocks: list[Block] = [facts, Heading(words["parts"]), table]
    for part in agreement.parts:
        blocks += [Paragraph(words["before"] % {"no": part.no}), Bullets(part.conditions)]
    if agreement.award_conditions:
        blocks += [Heading(words["award"]), Bullets(agreement.award_conditions)]
    duties = tuple(one % {"days": agreement.refund_days} for one in agreement.duties)
    return (*blocks, Heading(words["promises"]), Bullets(duties), Note(words["note"]))


def agreement_page(agreement: Agreement) -> list[dict[str, Any]]:
    """The same pieces for a template: each with its kind, so that a page says what the paper says."""
    page: list[dict[str, Any]] = []
    for block in agreement_blocks(agreement):
        piece = {"kind": type(block).__name__.lower(), **vars(block)}
        if isinstance(block, Table):
            known = [cell for cell in block.total if cell != ""]
            piece["total"] = [known[0], *[""] * (len(block.columns) - 2), known[-1]]
        page.append(piece)
    return page


def render_agreement(agreement: Agreement) -> bytes:
    """The agreement in the grantee's language; the same snapshot gives the same bytes."""
    words = agreement.words
    lines = ((agreement.organisation, words["for_grantee"], ""), (words["fund"], words["for_fund"], ""))
    return render(
        Document(
            title=words["title"],
            ref=agreement.ref,
            language=agreement.language,
            blocks=(*agreement_blocks(agreement), Signature(lines)),
            on=dt.date.fromisoformat(agreement.prepared_date),
            subtitle=agreement.title,
            foot=f"{words['title']} · {agreement.wording}",
        )
    )


Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Certificate:
    """All the record of the signatures says, word for word, so that nothing but these bytes can come of it."""

    ref: str
    language: str
    heading: str
    title: str
    sealed_date: str
    parts: tuple[tuple[str, Pairs], ...]
    columns: tuple[str, ...]
    steps: tuple[tuple[str, ...], ...]
    seal: str
    foot: str

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON, kept beside the bytes."""
        return asdict(self)


def certificate_from(snapshot: dict[str, Any]) -> Certificate:
    """The record of a snapshot."""
    parts = tuple((heading, tuple((label, value) for label, value in pairs)) for heading, pairs in snapshot["parts"])
    steps = tuple(tuple(row) for row in snapshot["steps"])
    return Certificate(**{**snapshot, "parts": parts, "steps": steps, "columns": tuple(snapshot["columns"])})


def render_certificate(record: Certificate) -> bytes:
    """The record in the grantee's language; the same snapshot gives the same bytes."""
    blocks: list[Block] = []
    for heading, pairs in record.parts:
        blocks += [Heading(heading), Facts(pairs)]
    blocks += [Table(record.columns, record.steps), Note(record.seal), Paragraph(record.foot, "soft")]
    return render(
        Document(
            title=record.heading,
            ref=record.ref,
            language=record.language,
            blocks=tuple(blocks),
            on=dt.date.fromisoformat(record.sealed_date),
            subtitle=record.title,
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
    request: str = ""


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
            (_("Given by"), receipt.name or _("a giver who wishes not to be named")),
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
        seals = [Paragraph(_("Approved content (SHA-256): %(hash)s") % {"hash": order.payload}, "soft")]
        if order.request:
            seals.append(Paragraph(_("Request of the grantee (SHA-256): %(hash)s") % {"hash": order.request}, "soft"))
        if order.checkpoint:
            text = _("Last checkpoint of the books, number and SHA-256: %(said)s")
            seals.append(Paragraph(text % {"said": order.checkpoint}, "soft"))
        return render(
            Document(
                title=_("Payment order"),
                ref=order.key,
                language=order.language,
                blocks=(facts, note, people, *seals),
                on=order.on_date,
            )
        )


@dataclass(frozen=True)
class RequestLine:
    """A budget line in a request for funds."""

    no: int
    description: str
    authorised_minor: int
    accepted_minor: int
    stated_minor: int
    requested_minor: int


@dataclass(frozen=True)
class RequestPaper:
    """All a certified request for funds says. Days are ISO texts, so that the snapshot is plain JSON."""

    ref: str
    language: str
    organisation: str
    currency: str
    authorised_minor: int
    paid_minor: int
    accepted_minor: int
    stated_minor: int
    spent_minor: int
    interest_minor: int
    requested_minor: int
    by_line: bool
    certified_name: str
    certified_role: str
    certified_date: str
    entered_by: str
    lines: tuple[RequestLine, ...]

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON, kept beside the bytes."""
        return asdict(self)


def request_statement() -> str:
    """What the officer of the grantee certifies, in the active language. Form, page and paper say the same."""
    return _("What I state is true, receipts are kept, and the money is used for this project only.")


def request_from(snapshot: dict[str, Any]) -> RequestPaper:
    """The request of a snapshot."""
    return RequestPaper(**{**snapshot, "lines": tuple(RequestLine(**line) for line in snapshot["lines"])})


def render_request(paper: RequestPaper) -> bytes:
    """The request in the grantee's language; the same snapshot gives the same bytes."""

    def said(minor: int) -> str:
        return money(minor, paper.currency)

    with translation.override(paper.language):
        facts = Facts(
            (
                (_("Grantee"), paper.organisation),
                (_("Asked for"), said(paper.requested_minor)),
                (_("Paid so far"), said(paper.paid_minor)),
                (_("Spent, as the request states"), said(paper.spent_minor)),
                (_("Interest, apart from the spending"), said(paper.interest_minor)),
            )
        )
        sums = (paper.authorised_minor, paper.accepted_minor, paper.stated_minor)
        asked = said(paper.requested_minor) if paper.by_line else "–"
        table = Table(
            (
                _("Budget line"),
                (_("Authorised"), "num"),
                (_("Spent, accepted"), "num"),
                (_("Spent, handed in"), "num"),
                (_("Asked for"), "num"),
            ),
            tuple(
                (
                    f"{line.no}. {line.description}",
                    said(line.authorised_minor),
                    said(line.accepted_minor),
                    said(line.stated_minor),
                    said(line.requested_minor) if paper.by_line else "–",
                )
                for line in paper.lines
            ),
            total=(_("Together"), *map(said, sums), asked),
        )
        signed = _("%(name)s on %(day)s") % {"name": paper.entered_by, "day": _iso(paper.certified_date)}
        people = Signature(((paper.certified_name, paper.certified_role or _("For the grantee"), signed),))
        return render(
            Document(
                title=_("Request for funds"),
                ref=paper.ref,
                language=paper.language,
                blocks=(facts, table, Note(request_statement()), people),
                on=dt.date.fromisoformat(paper.certified_date),
            )
        )
