"""One entry of the ledger: its lines and its cause; and taking it back when it was a mistake."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.actions import correcting
from disbursements.models import LedgerEntry
from disbursements.queries.corrections import why_not_taken_back
from disbursements.queries.ledger import entries_for_page
from disbursements.views.treasurer import account_label
from fundmgmt.access import can
from fundmgmt.forms import ReasonForm, VersionedForm
from fundmgmt.money import Money
from fundmgmt.pages import DetailPage, EditPage


class EntryPage(DetailPage):
    """One entry."""

    model = LedgerEntry
    lookup = "no"
    policy = "disbursements.view_ledger"
    section = "ledger"
    template_name = "disbursements/entry.html"

    def get_queryset(self) -> QuerySet[LedgerEntry]:
        """With its lines and what takes it back."""
        return entries_for_page(self.request.user)

    def get_title(self) -> object:
        """Its number."""
        return _t("Ledger entry %(no)s") % {"no": self.object.no}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Facts and lines."""
        entry = self.object
        mirror = getattr(entry, "reversed_by", None)
        facts = [
            (_("Kind"), str(entry.get_kind_display())),
            (_("Value day"), entry.day),
            (_("Recorded for"), entry.at),
        ]
        lines, columns = entry_table(entry)
        return super().get_context(
            facts=facts,
            lines=lines,
            columns=columns,
            mirror=mirror,
            takes_back=entry.reverses,
            **self.way_back(),
            **extra,
        )

    def way_back(self) -> dict[str, Any]:
        """Whether this treasurer may take it back, and else why not and what to do."""
        entry, user = self.object, self.request.user
        if entry.reverses or hasattr(entry, "reversed_by") or "treasurer" not in user.role_codes:
            return {"may_take_back": False}
        answer = can(user, "disbursements.take_back_entry", entry)
        why_not = why_not_taken_back(entry) if answer else answer.reason
        return {"may_take_back": not why_not, "why_not": why_not}


def entry_table(entry: LedgerEntry) -> tuple[list[tuple[Any, ...]], tuple[Any, ...]]:
    """Its lines, with the columns that say something about at least one of them."""
    rows = [
        (
            account_label(line.account.code),
            line.grant.ref if line.grant else None,
            line.donor.ref if line.donor else None,
            str(line.earmark) if line.earmark else None,
            Money(line.amount_minor, line.currency),
        )
        for line in entry.lines.all()
    ]
    columns = (_("Account"), _("Grant"), _("Donor"), _("Meant for"), (_("Amount"), "num"))
    kept = [no for no in range(len(columns)) if any(row[no] is not None for row in rows)]
    return [tuple(row[no] for no in kept) for row in rows], tuple(columns[no] for no in kept)


class TakeBack(EditPage):
    """Take an entry back that a person recorded by mistake."""

    model = LedgerEntry
    lookup = "no"
    policy = "disbursements.view_ledger"
    act_policy = "disbursements.take_back_entry"
    section = "ledger"
    title = _("Take back what was a mistake")
    form_class = ReasonForm
    submit_label = _("Take it back")
    done = _("It is taken back: its mirror image stands in the ledger. Record what is right anew.")

    def get_queryset(self) -> QuerySet[LedgerEntry]:
        """As on its page."""
        return entries_for_page(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What it is."""
        entry = self.object
        facts = [
            (_("Ledger entry"), entry.no),
            (_("Kind"), str(entry.get_kind_display())),
            (_("Value day"), entry.day),
            *(
                (account_label(line.account.code), Money(line.amount_minor, line.currency))
                for line in entry.lines.all()
                if line.amount_minor > 0
            ),
        ]
        return super().get_context(facts=facts, **extra)

    def save(self, form: VersionedForm) -> Any:
        """Post the mirror image."""
        return correcting.take_back_entry(self.object, by=self.request.user, at=self.now, **form.values())
