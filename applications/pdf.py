"""The application on paper: frozen data in, a document out. PDF and print page are drawn from the same document."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _

from applications.states import (
    BudgetCategory,
    DecisionType,
    FileRole,
    ItemResult,
    MeetingMode,
    Pillar,
    RiskLevel,
    Window,
)
from fundmgmt.formats import words
from fundmgmt.money import Money, split
from fundmgmt.pdf import Bullets, Document, Facts, Heading, Note, Paragraph, Table
from fundmgmt.states import LegalStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fundmgmt.pdf import Block


@dataclass(frozen=True)
class ApplicationPaper:
    """One submission as it was frozen (queries.snapshot.freeze), and the language it is written in."""

    said: Mapping[str, Any]
    language: str


WHOLE = 10_000  # basis points
SIGNS = {"percent": "\u00a0%"}


def _day(text: str | None) -> Any:
    return dt.date.fromisoformat(text) if text else None


def _label(choices: Any, code: str) -> str:
    return str(dict(choices.choices).get(code, code))


def application_document(paper: ApplicationPaper) -> Document:
    """The paper, in its own language."""
    said = paper.said
    with translation.override(paper.language):
        title = next(
            (said[f"title_{code}"] for code in (paper.language, "fr", "en", "sw") if said[f"title_{code}"]), ""
        )
        blocks = (
            *_who(said),
            Heading(_("The problem")),
            Paragraph(said["problem"]),
            Heading(_("The answer")),
            Paragraph(said["summary"]),
            *_people(said),
            *_work(said, paper.language),
            *_budget(said),
            *_safety(said),
        )
        return Document(
            title=title or said["ref"],
            ref=said["ref"],
            language=paper.language,
            blocks=blocks,
            on=_day(said["at"][:10]),
            subtitle=said["organisation"]["name"],
            foot=_foot(said["submissions"]),
        )


def _foot(submissions: int) -> str:
    if not submissions:
        return _("A draft: nothing is submitted yet.")
    return _("Submission %(no)s. A frozen copy: what was changed later is not in it.") % {"no": submissions}


def _who(said: Mapping[str, Any]) -> tuple[Block, ...]:
    organisation = said["organisation"]
    place = ", ".join(part for part in (said["commune"], said["territory"], said["province"]) if part)
    pairs: list[tuple[Any, Any]] = [
        (_("Call"), f"{said['call']['ref']} {said['call']['title']}"),
        (_("Organisation"), f"{organisation['name']} ({organisation['ref']})"),
        (_("Legal standing"), _label(LegalStatus, organisation["legal_status"])),
    ]
    if organisation["host"]:
        pairs.append((_("Fiscal host"), organisation["host"]))
    pairs += [
        (_("Place"), place),
        (_("Strand of work"), _label(Pillar, said["pillar"])),
        (_("From"), _day(said["start"])),
        (_("Until"), _day(said["end"])),
        (_("Months"), said["months"]),
        (_("Amount asked for"), Money(said["requested_minor"], said["currency"])),
        (_("Window"), _label(Window, said["window"])),
    ]
    return (Facts(tuple(pairs)),)


def _people(said: Mapping[str, Any]) -> tuple[Block, ...]:
    labels = {
        "children_total": _("Children in all"),
        "girls": _("Girls"),
        "boys": _("Boys"),
        "age_5_11": _("Aged 5 to 11"),
        "age_12_14": _("Aged 12 to 14"),
        "age_15_17": _("Aged 15 to 17"),
        "with_disability": _("Children with disabilities"),
        "households": _("Households"),
        "adults": _("Adults"),
        "youth_18_24": _("Young people aged 18 to 24"),
    }
    return (Heading(_("Children and families")), Facts(tuple((label, said[name]) for name, label in labels.items())))


def _starts(row: Mapping[str, Any]) -> str:
    if row["baseline_num"] is not None:
        share = words.percent(row["baseline_num"], row["baseline_den"])
        return _("%(part)s of %(whole)s (%(share)s)") % {
            "part": row["baseline_num"],
            "whole": row["baseline_den"],
            "share": share,
        }
    return words.number(row["baseline_value"])


def _work(said: Mapping[str, Any], language: str) -> tuple[Block, ...]:
    months = (_("From month"), "num"), (_("To month"), "num")
    blocks: list[Block] = [
        Heading(_("Activities")),
        Table(
            (_("What"), *months),
            tuple(
                (f"{row['code']} {row['title']}", row["start_month"], row["end_month"]) for row in said["activities"]
            ),
        ),
        Heading(_("What will change")),
        Table(
            (_("Indicator"), _("Today"), (_("At the end"), "num")),
            tuple(
                (
                    f"{row['code']} {row['names'].get(language) or row['names']['en']}",
                    _starts(row),
                    f"{words.number(row['target'])}{SIGNS.get(row['unit'], '')}",
                )
                for row in said["indicators"]
            ),
        ),
    ]
    if said["milestones"]:
        rows = tuple(
            (f"{row['code']} {row['title']}", _day(row["due_date"]), row["releases_tranche"])
            for row in said["milestones"]
        )
        blocks += [
            Heading(_("Milestones")),
            Table((_("What will be done"), _("By when"), (_("Releases tranche"), "num")), rows),
        ]
    shares = [row["share_bp"] for row in said["planned_tranches"]]
    parts = split(said["requested_minor"] or 0, [*shares, max(WHOLE - sum(shares), 0)])
    tranches = tuple(
        (row["no"], _day(row["planned_date"]), words.percent(row["share_bp"]), Money(part, said["currency"]))
        for row, part in zip(said["planned_tranches"], parts, strict=False)
    )
    blocks += [
        Heading(_("Tranches")),
        Table((_("Tranche"), _("Planned for"), (_("Share"), "num"), (_("Amount"), "num")), tranches),
    ]
    return tuple(blocks)


def _budget(said: Mapping[str, Any]) -> tuple[Block, ...]:
    currency = said["currency"]
    rows = tuple(
        (
            row["no"],
            f"{row['category']} {row['description']}",
            f"{words.number(row['quantity'])} {row['unit']}",
            Money(row["unit_cost_minor"], currency),
            Money(row["total_minor"], currency),
        )
        for row in said["budget_lines"]
    )
    columns = (_("Line"), _("What it is"), _("How many"), (_("Cost of one"), "num"), (_("Total"), "num"))
    total = (_("Total"), "", "", "", Money(said["requested_minor"], currency))
    reasons = [
        _("Line %(no)s: %(why)s") % {"no": row["no"], "why": row["justification"]}
        for row in said["budget_lines"]
        if row["justification"]
    ]
    kinds = ", ".join(f"{code} {label}" for code, label in BudgetCategory.choices)
    blocks: list[Block] = [Heading(_("Budget")), Table(columns, rows, total), Paragraph(kinds, "soft")]
    if reasons:
        blocks.append(Bullets(tuple(reasons)))
    own = (
        (_("Own money and other donors"), Money(said["cofinance_cash_minor"], currency)),
        (_("Work and goods given"), Money(said["cofinance_kind_minor"], currency)),
    )
    return (*blocks, Facts(own))


def _safety(said: Mapping[str, Any]) -> tuple[Block, ...]:
    blocks: list[Block] = [
        Heading(_("Child safeguarding")),
        Facts(
            (
                (_("Focal person named"), said["focal_person_named"]),
                (_("Code of conduct signed"), said["code_signed"]),
                (_("Where a child in danger is referred"), said["referral_route"]),
                (_("How children and families can speak up"), said["feedback_channel"]),
            )
        ),
        Paragraph(said["safeguarding_plan"]),
    ]
    if said["risks"]:
        rows = tuple((row["risk"], _label(RiskLevel, row["level"]), row["response"]) for row in said["risks"])
        blocks += [
            Heading(_("Risks")),
            Table((_("What could go wrong"), _("How serious"), _("What will be done")), rows),
        ]
    if said["files"]:
        files = tuple(f"{_label(FileRole, row['role'])}: {row['title']}" for row in said["files"])
        blocks += [Heading(_("Documents")), Bullets(files)]
    if said["submissions"]:
        confirmed = _(
            "The organisation confirmed that this is true, that it declared its links, and that data may be used."
        )
        blocks.append(Note(confirmed))
    return tuple(blocks)


# Minutes of the Steering Committee ----------------------------------------------------------------


def minutes_document(said: Mapping[str, Any]) -> Document:
    """Minutes from their snapshot (queries.minutes.freeze_minutes), in the language they were drawn up in."""
    with translation.override(said["language"]):
        blocks: list[Block] = [
            Facts(
                (
                    (_("Day"), _day(said["held"])),
                    (_("How the Committee met"), _label(MeetingMode, said["mode"])),
                    (_("Voting seats present"), ", ".join(said["present"])),
                    (_("Observers present"), ", ".join(said["observers"])),
                )
            )
        ]
        for item in said["items"]:
            blocks += _minuted(item)
        if said["information"]:
            rows = tuple(
                (row["ref"], row["title"], Money(row["amount_minor"], row["currency"])) for row in said["information"]
            )
            blocks.append(Heading(_("For information: micro grants approved by the office")))
            blocks.append(Table((_("Reference"), _("Project"), (_("Amount"), "num")), rows))
        return Document(
            title=_("Minutes of meeting %(ref)s") % {"ref": said["ref"]},
            ref=said["ref"],
            language=said["language"],
            blocks=tuple(blocks),
            on=_day(said["held"]),
            subtitle=_("Steering Committee"),
            foot=_("Drawn up from what was recorded at the meeting; seats are named, not persons."),
        )


def _minuted(item: Mapping[str, Any]) -> list[Block]:
    votes = _("%(for)s for, %(against)s against, %(abstain)s abstained; %(present)s voted, %(needed)s were needed.") % {
        "for": item["count_in_favour"],
        "against": item["count_against"],
        "abstain": item["count_abstain"],
        "present": item["count_present"],
        "needed": item["count_needed"],
    }
    pairs: list[tuple[Any, Any]] = [
        (_("Asked"), _label(DecisionType, item["decision_type"])),
        (_("Result"), _label(ItemResult, item["result"])),
        (_("Votes"), votes),
    ]
    if item["project"]:
        pairs.insert(0, (_("Project"), f"{item['project']} · {item['organisation']}"))
    if item["amount_minor"] is not None:
        pairs.append((_("Amount"), Money(item["amount_minor"], item["currency"])))
    if item["recused"]:
        pairs.append((_("Seats that took no part (declared link)"), ", ".join(item["recused"])))
    if item["departs_because"]:
        pairs.append((_("Why the Committee departed from the scores"), item["departs_because"]))
    blocks: list[Block] = [Heading(f"{item['ref']} {item['title']}"), Facts(tuple(pairs))]
    if item["conditions"]:
        blocks.append(
            Bullets(
                tuple(
                    " · ".join(part for part in (c["text"], c["owner"], c["due"] and words.day(_day(c["due"]))) if part)
                    for c in item["conditions"]
                )
            )
        )
    return blocks
