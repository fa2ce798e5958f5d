"""Reports, milestones, visits, evaluations and case records of the sample."""

from __future__ import annotations

import calendar
import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from applications.models import Milestone
from evaluation.actions.checking import finish_visit, verify_milestone
from evaluation.actions.judging import accept_report, send_back_report
from evaluation.actions.reporting import Given, give_spending, give_value, submit_report, write_boxes
from evaluation.actions.scheduling import replan_report
from evaluation.management.sample_fund.book import CLOCK, day
from evaluation.models import Report, Visit
from evaluation.states import ReportKind
from fundmgmt import journal
from fundmgmt.models import Indicator

if TYPE_CHECKING:
    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline


def note_learning(book: Book, timeline: Timeline) -> None:
    """What grantees report and what the fund sees for itself."""
    for proposal in book.proposals:
        given, name = proposal.invented, proposal.ref
        if "grant" not in given:
            continue
        timeline.on(given["grant"]["activated"], f"{name} dates of reports", partial(replan, book, proposal))
        for code, when in given.get("milestones", {}).items():
            timeline.on(when, f"{name} {code}", partial(verify, book, proposal, code))
        for number, said in reports_of(proposal).items():
            note_report(book, timeline, proposal, number, said)
        for kind, said in given.get("visits", {}).items():
            timeline.on(said["on"], f"{name} {kind}", partial(visit, book, proposal, kind))


def reports_of(proposal: Proposal) -> dict[int, dict[str, Any]]:
    """Reports with what the file says of them and what the supplement adds."""
    said = {row["no"]: row for row in (proposal.file.get("results") or {}).get("reports", ())}
    added = proposal.invented.get("reports", {})
    return {int(number): {**said.get(int(number), {}), **row} for number, row in added.items()}


def note_report(book: Book, timeline: Timeline, proposal: Proposal, number: int, said: dict[str, Any]) -> None:
    """Handed in, perhaps sent back and handed in again, accepted."""
    name = f"{proposal.ref} report {number}"
    timeline.on(said["received"], name, partial(hand_in, book, proposal, number, said))
    if "sent_back" in said:
        timeline.on(said["sent_back"], name, partial(send_back, book, proposal, number, said["sent_back_reason"]))
        timeline.on(said["resubmitted"], name, partial(hand_in_again, book, proposal, number))
    if "accepted" in said:
        timeline.on(said["accepted"], name, partial(accept, book, proposal, number))


def report(proposal: Proposal, number: int) -> Report:
    """A report of the grant by its number."""
    return Report.objects.get(grant=proposal.grant, no=number)


def period(text: str) -> tuple[dt.date, dt.date]:
    """2024-07..2024-10 as its first and last day."""
    first, last = (dt.date.fromisoformat(f"{month}-01") for month in text.split(".."))
    return first, last.replace(day=calendar.monthrange(last.year, last.month)[1])


def replan(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Periods and days as the file has them; those still to come count from the day of loading, or by the rule."""
    journal.sweep()
    said, to_come = reports_of(proposal), proposal.invented.get("reports_due_days", {})
    by = book.officer(proposal)
    last = None
    for row in Report.objects.filter(grant=proposal.grant).order_by("no"):
        if "period" in said.get(row.no, {}):
            start, end = period(said[row.no]["period"])
            due, reason = day(said[row.no]["due"]), ""
        elif str(row.no) not in to_come:
            continue
        else:
            due, reason = book.in_days(to_come[str(row.no)]), CLOCK
            end = due - dt.timedelta(days=15)
            final = row.kind == ReportKind.FINAL
            start = row.period_start if final or last is None else last + dt.timedelta(days=1)
        replan_report(row, by=by, at=at, period_start=start, period_end=end, due_date=due, reason=reason)
        last = end


def verify(book: Book, proposal: Proposal, code: str, at: dt.datetime) -> None:
    """An officer saw that a milestone is reached."""
    said = next(row for row in proposal.file["milestones"] if row["code"] == code)
    verify_milestone(
        proposal.grant,
        Milestone.objects.get(application=proposal.application, code=code),
        by=book.officer(proposal),
        at=at,
        checked_date=day(said["done"]),
        evidence=said["title"],
    )


def hand_in(book: Book, proposal: Proposal, number: int, said: dict[str, Any], at: dt.datetime) -> None:
    """Eight short texts, values, spending."""
    row, by = report(proposal, number), book.editor(proposal)
    write_boxes(row, by=by, at=at, boxes=said["texts"])
    if row.kind == ReportKind.FINAL:
        give_values(proposal, row, by, at)
    spent = {int(line): amount for line, amount in said["spent"].items()}
    give_spending(row, by=by, at=at, spent=spent)
    submit_report(row, by=by, at=at)


def give_values(proposal: Proposal, row: Report, by: Any, at: dt.datetime) -> None:
    """Counts of the file, with girls and boys where it has them."""
    measured = {item["code"]: item for item in proposal.file["results"]["indicators"]}
    for indicator in Indicator.objects.filter(code__in=measured).exclude(level="fund"):
        item = measured[indicator.code]
        cells = {("sex", part["sex"]): (part["num"], part.get("den")) for part in item["by_sex"] or ()}
        given = Given(item["numerator"], item["denominator"], cells=cells, note=item["note"])
        give_value(row, by=by, at=at, indicator=indicator, given=given)


def send_back(book: Book, proposal: Proposal, number: int, reason: str, at: dt.datetime) -> None:
    """The officer asks for something."""
    send_back_report(report(proposal, number), reason=reason, by=book.officer(proposal), at=at)


def hand_in_again(book: Book, proposal: Proposal, number: int, at: dt.datetime) -> None:
    """Corrected."""
    submit_report(report(proposal, number), by=book.editor(proposal), at=at)


def accept(book: Book, proposal: Proposal, number: int, at: dt.datetime) -> None:
    """Its figures count from now on."""
    accept_report(report(proposal, number), by=book.officer(proposal), at=at)


def visit(book: Book, proposal: Proposal, kind: str, at: dt.datetime) -> None:
    """What an officer found on site."""
    said = proposal.invented["visits"][kind]
    row, by = Visit.objects.get(grant=proposal.grant, kind=kind), book.person(said["by"])
    finish_visit(row, by=by, at=at, done_date=at.date(), finding=said["note"], satisfactory=True)
