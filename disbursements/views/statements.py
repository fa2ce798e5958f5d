"""The treasurer: statements of the bank, lines that wait for a person, the bank's days."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from disbursements.actions import lines, statements
from disbursements.forms import banking as forms
from disbursements.models import BankStatement, StatementLine
from disbursements.queries.candidates import fact_of
from disbursements.queries.matching import mentions
from disbursements.queries.statements import lines_for_list, rate_of, statements_for_list, what_it_is
from disbursements.states import LineKind, LineState
from disbursements.views.done import SaysDone
from disbursements.views.going_on import MOVES_ON, Ahead, after_line
from fundmgmt.access import can
from fundmgmt.formats.words import day, money, percent
from fundmgmt.forms import ReasonForm, RemarkForm, VersionedForm
from fundmgmt.models import Paper
from fundmgmt.money import Money
from fundmgmt.pages import Column, DetailPage, ListPage, NewPage, Page, StepSpec
from fundmgmt.queries.story import story, why_of


def bank_tabs(current: str) -> list[dict[str, Any]]:
    """The pages about the bank, beside each other."""
    pages = (
        ("statements", _("Statements")),
        ("lines", _("Lines to settle")),
        ("days", _("Days")),
        ("rail_checks", _("Ways of paying")),
        ("accounts", _("Own accounts")),
    )
    return [
        {"label": label, "url": reverse(f"disbursements:{name}"), "current": name == current} for name, label in pages
    ]


class StatementList(ListPage):
    """Statements, newest first."""

    policy = "disbursements.view_bankstatement"
    section = "statements"
    title = _("Bank statements")
    order = ("-id",)
    csv_name = "statements"
    template_name = "disbursements/statements.html"
    empty_title = _("No statement yet")
    empty_text = _("Import the bank's statement: its lines are matched with what the fund sent and received.")
    columns = (
        Column("name", _("Statement"), str, link=True),
        Column("account", _("Account"), lambda s: f"{s.currency} {s.account}"),
        Column("start", _("From"), lambda s: s.start),
        Column("end", _("Until"), lambda s: s.end),
        Column("closing", _("Closing balance"), lambda s: Money(s.closing_minor, s.currency), numeric=True),
        Column("lines", _("Lines"), lambda s: s.line_count, numeric=True),
        Column("waiting", _("Not settled"), lambda s: s.waiting, numeric=True),
        Column("by", _("Imported by"), lambda s: s.file.imported_by.name, csv_only=True),
        Column("sha256", _("Seal of the file"), lambda s: s.file.sha256, csv_only=True),
    )

    def get_queryset(self) -> QuerySet[BankStatement]:
        """All."""
        return statements_for_list(self.request.user)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Who may import, and how well the matching does."""
        may = bool(can(self.request.user, "disbursements.import_statement"))
        rate = rate_of(StatementLine.objects.visible_to(self.request.user))
        return super().get_context(tabs=bank_tabs("statements"), may_import=may, rate=rate, **extra)


class ImportStatement(NewPage):
    """A file of the bank."""

    policy = "disbursements.import_statement"
    section = "statements"
    title = _("Import a bank statement")
    form_class = forms.StatementForm
    submit_label = _("Import the statement")
    done = _("The statement is imported.")
    template_name = "disbursements/statement_import.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the list."""
        return super().get_context(**extra) | {"back": reverse("disbursements:statements")}

    def save(self, form: VersionedForm) -> Any:
        """Import it; one file may hold several statements."""
        upload = form.cleaned_data["upload"]
        file = statements.import_statement(upload.name or "", upload.read(), by=self.request.user, at=self.now)
        return file.statements.order_by("id").first()


def what_it_writes(row: StatementLine) -> str:
    """Its words; a line without any is told by its reference, and at last by its code."""
    words = " · ".join(filter(None, (row.party, row.text)))
    return words or row.end_to_end_id or row.bank_reference or row.code


LINE_COLUMNS = (
    Column("booked", _("Booked"), lambda row: day(row.booked, "medium")),
    Column("amount", _("Amount"), lambda row: Money(row.amount_minor, row.currency), numeric=True),
    Column("party", _("The bank writes"), what_it_writes),
    Column("state", _("State"), lambda row: str(row.get_state_display())),
    Column("kind", _("What it is"), lambda row: str(LineKind(row.kind).label) if row.kind else None),
    Column("what", _("Which"), what_it_is),
    Column("value_date", _("Value day"), lambda row: row.value_date, csv_only=True),
    Column("minor", _("Minor units"), lambda row: row.amount_minor, csv_only=True),
    Column("currency", _("Currency"), lambda row: row.currency, csv_only=True),
    Column("end_to_end", _("End-to-end id"), lambda row: row.end_to_end_id, csv_only=True),
    Column("reference", _("Bank reference"), lambda row: row.bank_reference, csv_only=True),
    Column("account", _("Account"), lambda row: row.statement.account, csv_only=True),
    Column("matched_by", _("Matched by"), lambda row: str(row.get_matched_by_display()), csv_only=True),
    Column("entry", _("Ledger entry"), lambda row: row.entry.no if row.entry else None, csv_only=True),
)


class LineList(ListPage):
    """Lines that wait for a person: nothing is ever written off by itself."""

    policy = "disbursements.view_statementline"
    section = "statements"
    title = _("Lines to settle")
    intro = _(
        "Each line of the bank is settled by a person who says what it is, and a second one where money is booked."
    )
    order = ("booked", "id")
    csv_name = "bank-lines"
    filter_form = forms.LineFilter
    template_name = "disbursements/lines.html"
    empty_title = _("Every line is settled")
    empty_text = _(
        "Lines of a statement that the system does not know stand here until a person has said what they are."
    )
    columns = LINE_COLUMNS

    def get_queryset(self) -> QuerySet[StatementLine]:
        """Those not settled, unless a state is asked for."""
        rows = lines_for_list(self.request.user)
        return rows if self.request.GET.get("state") else rows.unsettled()

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Who may look once more."""
        may = bool(can(self.request.user, "disbursements.match_again"))
        return super().get_context(tabs=bank_tabs("lines"), may_match=may, **extra)


class MatchAgain(Page):
    """Look once more at all unmatched lines."""

    policy = "disbursements.match_again"
    section = "statements"
    title = _("Match once more")
    template_name = "disbursements/match_again.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """How many wait."""
        waiting = StatementLine.objects.visible_to(self.request.user).unsettled().count()
        return super().get_context(waiting=waiting, tabs=bank_tabs("lines"), **extra)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Match."""
        found = statements.match_again(by=request.user, at=self.now)
        said = ngettext("%(n)s line found its match.", "%(n)s lines found their match.", found)
        messages.success(request, said % {"n": found})
        return HttpResponseRedirect(reverse("disbursements:lines"))


class StatementPage(ListPage):
    """One statement: balances, how much was matched, its lines."""

    policy = "disbursements.view_bankstatement"
    section = "statements"
    order = ("no", "id")
    csv_name = "statement"
    template_name = "disbursements/statement.html"
    empty_title = _("No line")
    empty_text = _("Nothing moved on this account in this time.")
    columns = LINE_COLUMNS

    def get_object(self) -> BankStatement:
        """Found and visible."""
        try:
            return get_object_or_404(statements_for_list(self.request.user), pk=self.kwargs["pk"])
        except ValueError as error:
            raise Http404 from error

    def get_title(self) -> object:
        """The bank's name of it."""
        return _t("Statement %(name)s") % {"name": self.object}

    def get_queryset(self) -> QuerySet[StatementLine]:
        """Its lines."""
        return lines_for_list(self.request.user).filter(statement=self.object)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Figures, rate, file."""
        row: BankStatement = self.object
        rate = rate_of(StatementLine.objects.filter(statement=row))
        facts = [
            (_("Account"), f"{row.currency} {row.account}"),
            (_("From"), row.start),
            (_("Until"), row.end),
            (_("Opening balance"), Money(row.opening_minor, row.currency)),
            (_("Closing balance"), Money(row.closing_minor, row.currency)),
            (_("Matched by itself"), f"{percent(rate.by_itself, rate.lines)} ({rate.by_itself} / {rate.lines})"),
            (_("Not settled"), rate.waiting),
            (_("Imported by"), row.file.imported_by.name),
            (_("Imported"), row.file.imported_at),
        ]
        subject = f"{row.file._meta.label_lower}:{row.file_id}"
        papers = Paper.objects.filter(subject=subject)
        files = [
            {"url": p.get_absolute_url(), "title": p.title, "kind": p.mime, "size": p.size, "at": p.added_at}
            for p in papers
        ]
        return super().get_context(facts=facts, rate=rate, files=files, **extra)


class LinePage(DetailPage):
    """One line: what the bank wrote, what it is, and the acts that settle it."""

    model = StatementLine
    lookup = "pk"
    policy = "disbursements.view_statementline"
    section = "statements"
    template_name = "disbursements/line.html"

    def get_queryset(self) -> QuerySet[StatementLine]:
        """With what it is tied to."""
        return lines_for_list(self.request.user).select_related("proposed_by", "settled_by")

    def get_title(self) -> object:
        """Its amount."""
        return _t("Line of %(amount)s") % {"amount": money(self.object.amount_minor, self.object.currency)}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The bank's words, the match, the story."""
        row = self.object
        told = story(self.request.user, row.thread, subject=f"{row._meta.label_lower}:{row.pk}")
        ahead = after_line(row, self.request.user, self.today) if row.state == LineState.MATCHED else None
        return super().get_context(facts=line_facts(row), matched=match_facts(row), story=told, ahead=ahead, **extra)


def line_facts(row: StatementLine) -> list[tuple[object, object]]:
    """What the bank wrote."""
    found: list[tuple[object, object]] = [
        (_("Amount"), Money(row.amount_minor, row.currency)),
        (_("Booked"), row.booked),
        (_("Value day"), row.value_date),
        (_("Other party"), row.party),
        (_("Text"), row.text),
        (_("End-to-end id"), row.end_to_end_id),
        (_("Bank reference"), row.bank_reference),
        (_("Code"), row.code),
        (_("Names"), ", ".join(mentions(fact_of(row)))),
        (_("Line of the file"), row.place),
    ]
    return [(label, value) for label, value in found if value != ""]


def match_facts(row: StatementLine) -> list[tuple[object, object]]:
    """What it is, by whose word."""
    if not row.kind:
        return []
    found: list[tuple[object, object]] = [
        (_("It is"), str(row.get_kind_display())),
        (_("Which"), what_it_is(row)),
        (_("Matched by"), str(row.get_matched_by_display())),
    ]
    if row.proposed_at:
        found.append((_("Proposed by"), row.proposed_by.name if row.proposed_by else _t("the system")))
        found.append((_("Why"), why_of(row, "propose")))
    if row.settled_at:
        found.append((_("Settled by"), row.settled_by.name if row.settled_by else _t("the system")))
    if row.entry:
        found.append((_("Ledger entry"), row.entry.no))
    return [(label, value) for label, value in found if value not in (None, "")]


class LineSteps(SaysDone):
    """What a person says a line is."""

    model = StatementLine
    lookup = "pk"
    policy = "disbursements.view_statementline"
    section = "statements"
    steps = {
        "tie": StepSpec(forms.TieForm, lines.tie_line, template="disbursements/steps/line.html"),
        "propose": StepSpec(forms.ProposeForm, lines.propose_line, template="disbursements/steps/line.html"),
        "confirm": StepSpec(RemarkForm, lines.confirm_line, template="disbursements/steps/line.html"),
        "refuse": StepSpec(ReasonForm, lines.refuse_proposal, template="disbursements/steps/line.html"),
        "ask": StepSpec(ReasonForm, lines.ask_bank, template="disbursements/steps/line.html"),
        "untie": StepSpec(ReasonForm, lines.untie_line, template="disbursements/steps/line.html"),
    }

    def get_queryset(self) -> QuerySet[StatementLine]:
        """With what it is tied to."""
        return lines_for_list(self.request.user).select_related("proposed_by", "settled_by")

    @cached_property
    def ahead(self) -> Ahead | None:
        """Where to go once the step is taken."""
        moves = self.kwargs["step"] in MOVES_ON
        return after_line(self.object, self.request.user, self.today) if moves else None

    def get_done(self) -> object:
        """What happened, and what comes now."""
        said = str(super().get_done())
        return f"{said} {self.ahead.said}" if self.ahead else said

    def success_url(self, result: Any) -> str:
        """On to the next line, or to closing the day."""
        return self.ahead.url if self.ahead else super().success_url(result)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The bank's words beside the form."""
        row = self.object
        return super().get_context(facts=line_facts(row), matched=match_facts(row), **extra)
