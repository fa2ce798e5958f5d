"""Bank statements in: the whole file or nothing, once, going on where the last ended; then the automatic matching."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions.funding import FUND_THREAD
from disbursements.actions.lines import propose_line, tie_line
from disbursements.gateway.statement import BadFile, ReadStatement
from disbursements.gateway.statement_table import read_statements
from disbursements.models import BankStatement, ClosedDay, StatementFile, StatementLine
from disbursements.queries.accounts import own_numbers
from disbursements.queries.candidates import fact_of, known, proposals
from disbursements.queries.matching import MENTION, Match, match_lines, mentions, told_by_code
from disbursements.states import LineState, MatchedBy, StatementFormat
from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.actions.papers import store_data
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import money
from fundmgmt.models import StepError, StepRefused
from fundmgmt.rules import rule
from fundmgmt.states import PaperKind
from fundmgmt.tasks import enqueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disbursements.queries.matching import Candidate
    from fundmgmt.models import User

SUFFIX = {StatementFormat.CAMT053: "xml", StatementFormat.MT940: "txt", StatementFormat.TABLE: "csv"}
AT_A_TIME = 100  # lines matched in one transaction


class StatementRefused(StepRefused):
    """A file that was not taken; `complaints` say what is wrong, each with its line. Nothing of it was kept."""

    def __init__(self, complaints: Sequence[object]) -> None:
        """The first complaint stands for all in a log."""
        self.complaints = list(map(str, complaints))
        super().__init__(" ".join(self.complaints), field="upload")


def import_statement(name: str, content: bytes, *, by: User, at: dt.datetime) -> StatementFile:
    """Keep a file of the bank with all its lines, or refuse it whole and say why.

    Short statements are matched at once, long ones by a worker of the bulk cluster.
    """
    require(by, "disbursements.import_statement")
    today = timezone.localdate(at)
    if len(content) > rule("statement_max_kb", today).value * 1024:
        raise StatementRefused([_("This file is too large. Ask the bank for one statement for each month.")])
    form, read = _understood(content)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        file = StatementFile(
            name=name[:200],
            format=form,
            sha256=digest,
            size=len(content),
            imported_by=by,
            imported_at=at,
        )
        _save_once(file)
        rows = [row for one in _in_order(read) for row in _keep(file, one, today)]
        StatementLine.objects.bulk_create(rows, batch_size=1000)
        store_data(
            file,
            content,
            suffix=SUFFIX[StatementFormat(form)],
            kind=PaperKind.BANK_STATEMENT,
            title=name,
            policy="disbursements.view_bankstatement",
            by=by,
            at=at,
        )
        facts = {
            "sha256": digest,
            "format": form,
            "statements": len(read),
            "lines": len(rows),
            "currencies": sorted({one.currency for one in read}),
        }
        journal.record("disbursements.statementfile.add", file, by=by, at=at, facts=facts, thread=FUND_THREAD)
        if len(rows) <= rule("statement_match_at_once", today).value:
            match_file(file, at=at)
        else:
            enqueue("disbursements.tasks.match_statement", file.pk)
    return file


def _understood(content: bytes) -> tuple[str, list[ReadStatement]]:
    """The format and the statements of a file that is new and right."""
    digest = hashlib.sha256(content).hexdigest()
    if before := StatementFile.objects.filter(sha256=digest).select_related("imported_by").first():
        raise StatementRefused([_twice(before)])
    try:
        return read_statements(content)
    except BadFile as error:
        raise StatementRefused(error.complaints) from error


def _twice(before: StatementFile) -> str:
    return _t("This very file was imported on %(day)s by %(who)s. Nothing was imported again.") % {
        "day": in_words(before.imported_at),
        "who": before.imported_by.name,
    }


def _save_once(file: StatementFile) -> None:
    try:
        with transaction.atomic():
            file.save()
    except IntegrityError as error:
        raise StatementRefused([_("This very file is being imported by somebody else just now.")]) from error


def _in_order(read: list[ReadStatement]) -> list[ReadStatement]:
    """Statements of one account one after the other, whatever order the file has."""
    return sorted(read, key=lambda one: (one.account, one.currency, one.start, one.end, one.place))


def _keep(file: StatementFile, one: ReadStatement, today: dt.date) -> list[StatementLine]:
    """One statement under the lock of the one before it, and its lines, not yet saved."""
    account = "".join(one.account.split())
    if (account, one.currency) not in own_numbers():
        raise StatementRefused(
            [
                _("line %(line)s: the account %(number)s in %(code)s is none of the fund's own accounts.")
                % {"line": one.place, "number": one.account, "code": one.currency}
            ]
        )
    rows = BankStatement.objects.filter(account=account, currency=one.currency)
    last = rows.order_by("-no").first()
    if complaint := _does_not_follow(one, last, account, today):
        raise StatementRefused([_t("line %(line)s: %(text)s") % {"line": one.place, "text": complaint}])
    statement = BankStatement(
        file=file,
        account=account,
        currency=one.currency,
        no=last.no + 1 if last else 1,
        name=one.name,
        start=one.start,
        end=one.end,
        opening_minor=one.opening_minor,
        closing_minor=one.closing_minor,
        line_count=len(one.lines),
    )
    try:
        with transaction.atomic():
            statement.save()
    except IntegrityError as error:
        raise StatementRefused(
            [_("Another statement of this account was imported just now. Look, then try again.")]
        ) from error
    return _lines_of(statement, one, file)


def _lines_of(statement: BankStatement, one: ReadStatement, file: StatementFile) -> list[StatementLine]:
    """Lines as the bank wrote them, not yet saved."""
    return [
        StatementLine(
            statement=statement,
            thread=file.thread,
            no=number,
            place=line.place,
            booked=line.booked,
            value_date=line.value,
            amount_minor=line.amount_minor,
            currency=one.currency,
            end_to_end_id=line.end_to_end_id,
            bank_reference=line.bank_reference,
            party=line.party,
            text=line.text,
            code=line.code,
        )
        for number, line in enumerate(one.lines, 1)
    ]


def _does_not_follow(one: ReadStatement, last: BankStatement | None, account: str, today: dt.date) -> str:
    """Why this statement does not go on where the last one of the account ended; empty when it does."""
    if one.end > today:
        return _t("the statement ends on %(day)s, which lies ahead") % {"day": in_words(one.end)}
    closed = ClosedDay.objects.filter(account=account, currency=one.currency).order_by("-day").first()
    early = [line.booked for line in one.lines if closed is not None and line.booked <= closed.day]
    if closed is not None and early:
        return _t(
            "%(day)s is closed: the account is closed up to %(closed)s and takes no more lines there. "
            "If the bank corrected an old day, ask it to book the correction today."
        ) % {"day": in_words(min(early)), "closed": in_words(closed.day)}
    if last is None:
        return ""
    if one.start < last.end:
        return _t(
            "the statement begins on %(day)s, but lines up to %(end)s are here already. Hand in only what comes after."
        ) % {"day": in_words(one.start), "end": in_words(last.end)}
    if one.opening_minor != last.closing_minor:
        return _t(
            "it opens with %(opening)s, but the last statement (%(name)s, up to %(end)s) closed with %(closing)s. "
            "A statement between the two is missing, or one of them was changed."
        ) % {
            "opening": money(one.opening_minor, one.currency),
            "name": str(last),
            "end": in_words(last.end),
            "closing": money(last.closing_minor, last.currency),
        }
    return ""


# The automatic matching ------------------------------------------------------------------------------


def match_file(file: StatementFile, *, at: dt.datetime) -> int:
    """Look at every line of a file that was not looked at yet; how many were matched or proposed. May run twice."""
    done = 0
    while True:
        with transaction.atomic():
            waiting = StatementLine.objects.filter(statement__file=file, state=LineState.OPEN, looked_at=None)
            ids = list(waiting.order_by("id").values_list("pk", flat=True)[:AT_A_TIME])
            if not ids:
                return done
            done += _match(ids, at)
            StatementLine.objects.filter(pk__in=ids, looked_at=None).update(looked_at=at)


def match_again(*, by: User, at: dt.datetime) -> int:
    """Look once more at all that is unmatched, after the books have caught up; how many found their match."""
    require(by, "disbursements.match_again")
    ids = list(StatementLine.objects.filter(state=LineState.OPEN).order_by("id").values_list("pk", flat=True))
    done = 0
    for start in range(0, len(ids), AT_A_TIME):
        with transaction.atomic():
            done += _match(ids[start : start + AT_A_TIME], at)
    return done


def _match(ids: list[int], at: dt.datetime) -> int:
    rows = {
        row.pk: row
        for row in StatementLine.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=ids, state=LineState.OPEN)
        .select_related("statement")
    }
    facts = [fact_of(row) for row in rows.values()]
    days = rule("match_days", timezone.localdate(at)).value
    found: list[Match] = []
    for currency in sorted({fact.currency for fact in facts}):
        mine = [fact for fact in facts if fact.currency == currency]
        candidates = known(currency, amounts={fact.amount_minor for fact in mine})
        found += match_lines(mine, candidates, days=days)
    done = 0
    for match in found:
        try:
            tie_line(rows[match.line.id], by=None, at=at, candidate=match.candidate, how=match.how)
        except StepError:
            continue  # somebody was quicker, or the row moved on: the line stays for a person
        done += 1
    left = [rows[fact.id] for fact in facts if rows[fact.id].state == LineState.OPEN]
    return done + sum(_suggest(row, at) for row in left)


def _suggest(line: StatementLine, at: dt.datetime) -> bool:
    """What a line says of itself is proposed by the system; a person confirms."""
    fact = fact_of(line)
    kind = told_by_code(fact)
    if not kind and not mentions(fact) and not (line.end_to_end_id and line.amount_minor > 0):
        return False
    chosen = _likely(proposals(line), kind, mentions(fact), line.end_to_end_id.upper())
    if chosen is None:
        return False
    how = MatchedBy.MENTION
    if chosen.end_to_end_id and chosen.end_to_end_id == line.end_to_end_id.upper():
        how = MatchedBy.END_TO_END
    try:
        propose_line(line, by=None, at=at, candidate=chosen, how=how)
    except StepError:
        return False
    return True


def _likely(options: list[Candidate], kind: str, named: list[str], end_to_end: str) -> Candidate | None:
    """The one option that the line points to; nothing when it points to several or to none."""
    by_id = [one for one in options if end_to_end and one.end_to_end_id == end_to_end]
    by_name = [one for one in options if one.reference in named and MENTION.fullmatch(one.reference)]
    by_code = [one for one in options if kind and one.kind == kind]
    for found in (by_id, by_name, by_code):
        if len(found) == 1:
            return found[0]
    return None
