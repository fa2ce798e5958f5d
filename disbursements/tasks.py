"""What workers do for this stage: read the row by its id, call one thing."""

from __future__ import annotations

import datetime as dt
import logging

from django.utils import timezone

from disbursements.actions import answers, checkpoints, disputes, errands, signing, statements
from disbursements.gateway.stripe_giving import Giving
from disbursements.models import PaymentBatch, SigningCode, StatementFile
from disbursements.queries.gift_check import differences
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.letters import letters_for
from disbursements.states import Occasion
from fundmgmt import mail, sms
from fundmgmt.models import JournalEntry

logger = logging.getLogger("disbursements.tasks")
WEEKS_OF_GIFTS = 5  # a bank debit takes days, and somebody may notice late


class LedgerBroken(Exception):
    """The ledger does not add up: the run stands among the failed ones until somebody looks."""


def prove_ledger() -> str:
    """Every night: recompute the ledger. What is wrong goes to the log, and the run fails for all to see."""
    verdict = verify_ledger()
    for problem in verdict.problems:
        logger.critical("ledger: %s", problem)
    if not verdict.whole:
        raise LedgerBroken(f"{len(verdict.problems)} problems in {verdict.entries} entries: manage.py verify_ledger")
    return verdict.root


def seal_books() -> str:
    """Each day: a checkpoint of journal and ledger, when something moved."""
    row = checkpoints.seal_books(at=timezone.now())
    return row.hash if row else ""


def seal_batch(ident: int) -> str:
    """The checkpoint of a batch that was released; its second run finds it there."""
    batch = PaymentBatch.objects.get(pk=ident)
    row = checkpoints.seal_books(at=timezone.now(), occasion=Occasion.BATCH, batch=batch)
    return row.hash if row else ""


def match_statement(file_id: int) -> int:
    """Match a long statement line by line; harmless however often it runs."""
    return statements.match_file(StatementFile.objects.get(pk=file_id), at=timezone.now())


class GiftsDiffer(Exception):
    """The card provider and our books do not have the same gifts: the run stands among the failed ones."""


def prove_gifts() -> int:
    """Every night: hold the gifts and disputes of the last weeks against the card provider's own account of them."""
    if not Giving().ready:
        return 0
    today = timezone.now().date()
    since = today - dt.timedelta(days=WEEKS_OF_GIFTS * 7)
    problems = disputes.look_for_disputes(since, today, clock=timezone.now) + differences(since, today)
    for problem in problems:
        logger.critical("gifts: %s", problem)
    if problems:
        raise GiftsDiffer(f"{len(problems)} gifts are not alike with the card provider and in our books")
    return len(problems)


def send_letters(entry_id: int) -> None:
    """The letters of one journal entry, each once to each reader."""
    entry = JournalEntry.objects.select_related("remark").get(pk=entry_id)
    mail.send_letters(entry, letters_for(entry, timezone.localdate()))


def send_code(ident: int) -> str:
    """The code that a signatory asked for; tried again, a new one is made, and only the last one counts."""
    row = SigningCode.objects.select_related("person", "grant", "paper").get(pk=ident)
    try:
        return signing.send_code(row, at=timezone.now())
    except sms.SmsRefused as error:
        logger.warning("signing code %s: the phone cannot be reached: %s", ident, error)
        signing.note_unsent(row, why=error.why, at=timezone.now())
        return "refused"


def run_errand(ident: int) -> str:
    """One try at one errand of the outbox, and at a few others that are due."""
    said = errands.run_errand(ident, clock=timezone.now)
    errands.run_due(clock=timezone.now, limit=2)
    return said


def sweep_outbox() -> int:
    """Each minute: errands whose wake-up was lost, whose worker died or whose wait is over."""
    return errands.run_due(clock=timezone.now)


def look_again() -> int:
    """Every night: whether something that was paid came back."""
    return answers.look_again(at=timezone.now())
