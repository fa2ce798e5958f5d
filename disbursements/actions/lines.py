"""What becomes of a line of a bank statement: matched by the system or a person, proposed and confirmed, or asked.

A tie books nothing: the ledger has it already, to the last cent. Whatever the ledger does not have is proposed by one
person (or the system) and booked when another confirms.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from disbursements.actions.batches import settle_batch_of
from disbursements.actions.booking import book_line
from disbursements.actions.ledger import pair, post_entry
from disbursements.actions.rails import instruction_facts
from disbursements.models import ClosedDay, LedgerEntry, StatementLine
from disbursements.queries.candidates import proposals, ties
from disbursements.queries.matching import Candidate
from disbursements.states import ON_ITS_WAY, AccountCode, EntryKind, LineKind, LineState, MatchedBy
from fundmgmt import journal
from fundmgmt.models import StepRefused
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from disbursements.models import PaymentInstruction
    from fundmgmt.models import User

SILENT = (
    LineKind.CONTRIBUTION,
    LineKind.REFUND,
    LineKind.COST,
    LineKind.MOVED,
)  # ties that changed nothing but the line


def line_facts(line: StatementLine, **more: Any) -> dict[str, Any]:
    """Facts every entry about a line carries: codes and amounts, never the bank's words."""
    return {
        "line": line.pk,
        "amount_minor": line.amount_minor,
        "currency": line.currency,
        "booked": line.booked,
        **more,
    }


def _chosen(options: list[Candidate], what: str) -> Candidate:
    for one in options:
        if one.code == what:
            return one
    raise StepRefused(_("This is not possible any more: look at the line again."), field="what")


def tie_line(
    line: StatementLine,
    *,
    by: User | None,
    at: dt.datetime,
    what: str = "",
    candidate: Candidate | None = None,
    how: str = MatchedBy.PERSON,
    reason: str = "",
    expected_version: int | None = None,
) -> StatementLine:
    """The line proves something that stands in the books with the same amount. Nothing is booked."""
    chosen = candidate or _chosen(ties(line), what)
    if chosen.amount_minor != line.amount_minor or chosen.currency != line.currency:
        raise StepRefused(_("The amounts differ. Propose what the rest is instead."), field="what")
    try:
        with transaction.atomic():
            facts = line_facts(line, kind=chosen.kind, how=how)
            perform(
                line,
                "tie",
                by=by,
                at=at,
                facts=facts,
                reason=reason,
                expected_version=expected_version,
                kind=chosen.kind,
                how=how,
                person=by,
                when=at,
                **chosen.about,
            )
            _settle_payments(line, by=by, at=at)
    except IntegrityError as error:
        raise StepRefused(_("Another line shows this already."), field="what") from error
    return line


def _settle_payments(line: StatementLine, *, by: User | None, at: dt.datetime) -> None:
    """The bank has paid: the instructions behind the line are settled, and their batch when it was the last."""
    if line.kind == LineKind.BATCH and line.batch is not None:
        items = line.batch.items.filter(instruction__currency=line.currency)
        rows = [item.instruction for item in items.select_related("instruction__tranche__grant") if item.instruction]
    else:
        rows = [line.instruction] if line.kind in {LineKind.PAYMENT, LineKind.LATE} and line.instruction else []
    for row in rows:
        settle_payment(row, line, by=by, at=at)


def settle_payment(row: PaymentInstruction, line: StatementLine, *, by: User | None, at: dt.datetime) -> None:
    """Monotone: one that has its answer already keeps it."""
    if row.state in ON_ITS_WAY:
        facts = instruction_facts(row)
        perform(row, "settle", by=by, at=at, facts=facts, rail_reference=line.bank_reference[:64])
        settle_batch_of(row, at=at)
    _confirm_by_bank(row, line, by=by, at=at)


def _confirm_by_bank(row: PaymentInstruction, line: StatementLine, *, by: User | None, at: dt.datetime) -> None:
    """The ledger notes that the bank shows the payment. A memo: the money left the bank's account at the release."""
    if LedgerEntry.objects.filter(kind=EntryKind.BANK_CONFIRMATION, source=journal.subject_of(row)).exists():
        return
    about = {"grant": row.tranche.grant, "tranche": row.tranche}
    memo = pair(AccountCode.EXECUTED, AccountCode.EXECUTED_BY, row.amount_minor, row.currency, **about)
    post_entry(EntryKind.BANK_CONFIRMATION, row, memo, by=by, at=at, day=line.booked)


def propose_line(
    line: StatementLine,
    *,
    by: User | None,
    at: dt.datetime,
    what: str = "",
    candidate: Candidate | None = None,
    how: str = MatchedBy.PERSON,
    reason: str = "",
    expected_version: int | None = None,
) -> StatementLine:
    """One says what the ledger does not have yet; nothing is booked until another confirms."""
    chosen = candidate or _chosen(proposals(line), what)
    try:
        return perform(
            line,
            "propose",
            by=by,
            at=at,
            facts=line_facts(line, kind=chosen.kind, how=how),
            reason=reason,
            expected_version=expected_version,
            kind=chosen.kind,
            how=how,
            person=by,
            when=at,
            **chosen.about,
        )
    except IntegrityError as error:
        raise StepRefused(_("Another line shows this already."), field="what") from error


def confirm_line(
    line: StatementLine, *, by: User, at: dt.datetime, reason: str = "", expected_version: int | None = None
) -> StatementLine:
    """A second person agrees: the ledger gets its entry, with the line as its cause, in the same transaction."""
    with transaction.atomic():
        row = StatementLine.objects.select_for_update(of=("self",), no_key=True).get(pk=line.pk)
        if row.state != LineState.PROPOSED:
            raise StepRefused(_("Nothing is proposed for this line now."))
        booked = book_line(row, by=by, at=at, reason=reason)
        entry = booked.get("entry")
        facts = line_facts(row, kind=row.kind, how=row.matched_by, entry=entry.no if entry else None)
        perform(
            line,
            "confirm",
            by=by,
            at=at,
            facts=facts,
            reason=reason,
            expected_version=expected_version,
            person=by,
            when=at,
            **booked,
        )
        _settle_payments(line, by=by, at=at)
    return line


def refuse_proposal(
    line: StatementLine, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> StatementLine:
    """It is something else: the line is unmatched again, with the reason on record."""
    facts = line_facts(line, kind=line.kind)
    return perform(line, "refuse", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)


def ask_bank(
    line: StatementLine, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> StatementLine:
    """Nobody knows what it is: the bank is asked, and the line stays in the list."""
    return perform(line, "ask", by=by, at=at, facts=line_facts(line), reason=reason, expected_version=expected_version)


def untie_line(
    line: StatementLine, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> StatementLine:
    """A wrong match is undone by another person, while its day is open and when nothing followed from it."""
    if line.kind not in SILENT or line.proposed_at is not None:
        raise StepRefused(
            _("By this match something was booked or settled. It is corrected by a new entry, not undone.")
        )
    statement = line.statement
    if ClosedDay.objects.filter(account=statement.account, currency=statement.currency, day__gte=line.booked).exists():
        raise StepRefused(_("The day of this line is closed."))
    facts = line_facts(line, kind=line.kind)
    return perform(line, "untie", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
