"""The statement of a donor on paper: values in, bytes out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from fundmgmt.pdf import Document, Facts, Heading, Note, Paragraph, Table, render

if TYPE_CHECKING:
    from evaluation.queries.statements import Outcome, Statement
    from fundmgmt.pdf import Block


def render_statement(statement: Statement, *, on: dt.date, language: str) -> bytes:
    """The same statement on the same day gives the same bytes. Call in the reader's language."""
    donor = statement.donor
    return render(
        Document(
            title=_("Statement for a donor"),
            subtitle=donor.name,
            ref=donor.ref,
            language=language,
            blocks=tuple(_blocks(statement)),
            on=on,
        )
    )


def _blocks(statement: Statement) -> list[Block]:
    money = statement.money
    blocks: list[Block] = [Heading(_("At a glance"))]
    for account in money.accounts:
        facts = (
            (_("Received"), account.received),
            *([(_("Given back, or taken back by givers' banks"), account.back)] if account.back.minor else []),
            (_("With grantees or on its way"), account.to_grants),
            (_("Running costs and fees"), account.costs),
            (_("With the fund still"), account.left),
        )
        blocks.append(Facts(facts))
    rows = tuple(
        (
            row.received_date,
            row.pledge.ref if row.pledge else "",
            str(row.earmark) if row.earmark else _("unrestricted"),
            row.money,
        )
        for row in money.contributions
    )
    amount = (_("Amount"), "num")
    blocks.append(Table((_("Day"), _("Pledge"), _("Meant for"), amount), rows, caption=_("Money received")))
    uses = tuple((use.day, use.name, use.state, use.wish or _("unrestricted"), use.amount) for use in money.uses)
    columns = (_("Day"), _("Grant and tranche"), _("State"), _("Meant for"), amount)
    blocks.append(Table(columns, uses, caption=_("Where it went")))
    blocks.append(Heading(_("What came of it")))
    for outcome in statement.outcomes:
        blocks += _outcome(outcome)
    blocks.append(
        Note(_("The oldest money that may be used for a project is spent first. Small counts are kept back."))
    )
    return blocks


def _outcome(outcome: Outcome) -> list[Block]:
    blocks: list[Block] = [Heading(f"{outcome.grant.ref} · {outcome.place}", 2)]
    if outcome.practice is not None:
        said = {"ref": outcome.practice.ref, "title": outcome.practice_title}
        blocks.append(Paragraph(_("Published practice %(ref)s: %(title)s") % said))
    rows = tuple((row.indicator.label, row.goal, row.said) for row in outcome.lines)
    if rows:
        blocks.append(Table((_("Result"), (_("Aim"), "num"), (_("Reached"), "num")), rows))
    else:
        blocks.append(Paragraph(_("No accepted report has told results yet."), "soft"))
    return blocks
