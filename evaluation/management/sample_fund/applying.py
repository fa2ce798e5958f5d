"""Applications of the sample: written section by section, handed in, screened."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from applications.actions.intake import start_application, submit_application
from applications.actions.screening import accept_for_review, answer_items, begin_check, find_ineligible
from applications.actions.sections import add_file, save_row, save_section
from applications.states import EligibilityAnswer, FileRole, Section
from evaluation.management.sample_fund.book import cents, day
from evaluation.management.sample_fund.letters import host_letter
from fundmgmt.models import Indicator

if TYPE_CHECKING:
    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline


def note_applications(book: Book, timeline: Timeline) -> None:
    """Each written in one go, handed in and checked on its day."""
    indicators = {row.code: row for row in Indicator.objects.all()}
    for proposal in book.proposals:
        given, name = proposal.invented, proposal.ref
        timeline.on(given["started"], name, partial(write, book, proposal, indicators))
        if "submitted" in given:
            timeline.on(given["submitted"], name, partial(hand_in, book, proposal))
        if "screened" in given:
            timeline.on(given["screened"], name, partial(screen, book, proposal))


def write(book: Book, proposal: Proposal, indicators: dict[str, Indicator], at: dt.datetime) -> None:
    """Begin a draft and fill every section that the file fills."""
    by = book.editor(proposal)
    application = start_application(
        book.rows[proposal.file["call"]["code"]],
        book.organisation(proposal),
        by=by,
        at=at,
        language=book.owner(proposal).language,
        external_ref=proposal.ref,
    )
    proposal.rows["application"] = application
    for section, values in sections(proposal).items():
        save_section(application, section, by=by, at=at, **values)
    for name, rows in tables(proposal, indicators).items():
        for row in rows:
            save_row(application, name, by=by, at=at, **row)
    if "host" in proposal.invented and "submitted" in proposal.invented:
        host = book.organisations[proposal.invented["host"]]
        upload = SimpleUploadedFile("lettre-hote.pdf", host_letter(host.name, application.organisation.name, at.date()))
        add_file(application, upload, role=FileRole.HOST, title=host.name, by=by, at=at)


def sections(proposal: Proposal) -> dict[str, dict[str, Any]]:
    """Columns of each section; what the file lacks stays empty."""
    file, place, people = proposal.file, proposal.file["location"], proposal.file["participants"]
    counts = {**people["children"], **{name: people[name] for name in ("households", "adults", "youth_18_24")}}
    return {
        Section.PROJECT: {
            **{f"title_{code}": text for code, text in file["title"].items()},
            "pillar": file["pillar"],
            "start_date": day(file["start"]),
            "end_date": day(file["end"]),
            "tags": file["tags"],
            "standards": file["standards"],
        },
        Section.PLACE: {
            "province": place["province"],
            "territory": place["territory_or_city"],
            "commune": place["commune_or_sector"],
            "settings": place["setting"],
            "public_precision": place["public_precision"],
        },
        Section.PROBLEM: {"problem": file["problem"], "summary": file["summary"]},
        Section.PARTICIPANTS: counts,
        Section.BUDGET: {
            "cofinance_cash_minor": cents(file["cofinance"]["cash"]),
            "cofinance_kind_minor": cents(file["cofinance"]["in_kind"]),
        },
        Section.RISKS: {
            **file["safeguarding"],
            "safeguarding_plan": proposal.invented.get("safeguarding_plan", ""),
        },
    }


def decimal(value: float | None) -> Decimal | None:
    """An exact number of what the file writes with decimals."""
    return None if value is None else Decimal(str(value))


def tables(proposal: Proposal, indicators: dict[str, Indicator]) -> dict[str, list[dict[str, Any]]]:
    """Rows of each table, in the order of the file."""
    file, reasons = proposal.file, proposal.invented.get("line_reasons", {})
    return {
        "activities": file["activities"],
        "lines": [
            {
                "no": row["no"],
                "category": row["category"],
                "description": row["description"],
                "unit": row["unit"],
                "quantity": Decimal(row["quantity"]),
                "unit_cost_minor": cents(row["unit_cost"]),
                "justification": reasons.get(str(row["no"]), ""),
            }
            for row in file["budget_lines"]
        ],
        "indicators": [
            {
                "indicator": indicators[row["code"]],
                "baseline_num": row.get("num_base"),
                "baseline_den": row.get("den_base"),
                "baseline_value": None if "den_base" in row else decimal(row["baseline"]),
                "target_value": decimal(row["target"]),
            }
            for row in file["indicators"]
        ],
        "milestones": [
            {
                "code": row["code"],
                "title": row["title"],
                "due_date": day(row["due"]),
                "releases_tranche": row["releases_tranche"],
            }
            for row in file["milestones"]
        ],
        "tranches": [
            {"no": row["no"], "share_bp": row["percent"] * 100, "planned_date": day(row["planned_date"])}
            for row in file["tranches"]
        ],
        "risks": file["risks"],
    }


def hand_in(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Submit."""
    submit_application(proposal.application, declared=True, by=book.owner(proposal), at=at)


def screen(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Answer the ten questions; accept, or refuse with the reasons."""
    application, by, given = proposal.application, book.officer(proposal), proposal.invented
    begin_check(application, by=by, at=at)
    notes = given.get("eligibility_notes", {})
    answers = {
        code: (EligibilityAnswer.YES if met else EligibilityAnswer.NO, notes.get(code, ""))
        for code, met in given["eligibility"].items()
    }
    answer_items(application, answers, by=by, at=at)
    if all(given["eligibility"].values()):
        accept_for_review(application, by=by, at=at)
    else:
        find_ineligible(application, reason=given["reason"], by=by, at=at)
