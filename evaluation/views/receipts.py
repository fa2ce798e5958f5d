"""Receipts of a report: what was paid, line by line, by hand or by a sheet."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from evaluation.actions.receipts import Paid, add_picture, add_receipt, add_receipts, take_out_receipt
from evaluation.forms.receipts import OneReceiptForm, PictureForm, Preview, SheetForm, preview_of
from evaluation.models import Report
from evaluation.queries.receipts import page_of, rounding_said, sums_of, variance_chart, variances, why_receipts
from evaluation.queries.reports import lines_of
from evaluation.resources import FORMATS, read_sheet, write_sheet
from evaluation.states import RateSource
from evaluation.views.grantee import Closed
from fundmgmt.access import can
from fundmgmt.formats.words import says
from fundmgmt.forms import StepForm, VersionedForm
from fundmgmt.models.workflow import StepError
from fundmgmt.pages import EditPage, ObjectPage, ShowsConflict


class OfReport(ObjectPage):
    """A page about one report."""

    policy = "evaluation.view_report"
    model = Report
    lookup = "pk"
    section = "reports"

    @property
    def shelf(self) -> str:
        """Address of the receipts."""
        return reverse("evaluation:receipts", args=[self.object.pk])

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """With the way back to the report."""
        return super().get_context(**{"grant": self.object.grant, "shelf": self.shelf} | extra)


class ReceiptShelf(OfReport):
    """All receipts of a report, what they come to, and how that compares with the budget."""

    title = _("Receipts")
    template_name = "evaluation/grantee/receipts.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Receipts by page; sums of all."""
        report = self.object
        rows, page, pages = page_of(report, self.request.GET.get("page", ""))
        found = variances(report, lines_of(report), self.today)
        sums = sums_of(report)
        return super().get_context(
            rows=rows,
            number=page,
            newer=page - 1,
            older=page + 1 if page < pages else 0,
            variances=found,
            chart=variance_chart(found),
            sums=sums,
            due=why_receipts(report, self.today),
            count=sum(one.count for one in sums),
            total_minor=sum(one.counted_minor for one in sums),
            rounding=rounding_said(report.receipts.filter(rate__isnull=False), report.grant.currency),
            currency=report.grant.currency,
            may_write=report.is_writable and bool(can(self.request.user, "evaluation.write_report", report)),
            **extra,
        )


class WritesReceipts(ShowsConflict, OfReport, EditPage):
    """A change of the receipts, while the report can be written."""

    act_policy = "evaluation.write_report"

    def may_act(self) -> Any:
        """The policy, and the report must still be writable."""
        answer = super().may_act()
        return Closed() if answer and not self.object.is_writable else answer

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the receipts."""
        report = self.object
        crumbs = [(report.ref, report.get_absolute_url()), (_("Receipts"), self.shelf), (self.get_title(), "")]
        return super().get_context(**{"back": self.shelf, "crumbs": crumbs} | extra)

    def common(self, form: VersionedForm) -> dict[str, Any]:
        """Who, when, and the version that was seen."""
        return {"by": self.request.user, "at": self.now, "expected_version": form.cleaned_data.get("version")}


class AddReceipt(WritesReceipts):
    """One receipt by hand."""

    title = _("Add a receipt")
    submit_label = _("Count this receipt")
    done = _("The receipt is counted.")

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """With the lines of the budget; line and money as in the receipt before."""
        report = self.object
        last = report.receipts.order_by("pk").last()
        initial: dict[str, Any] = {"currency": report.grant.currency}
        if last:
            initial = {"line_no": last.line_no, "currency": last.currency}
        if last and last.rate_source != RateSource.FUND:
            initial |= {"rate": last.rate_written, "rate_source": last.rate_source}
        return OneReceiptForm(
            data,
            files,
            obj=report,
            user=self.request.user,
            initial=initial,
            lines=lines_of(report),
            grant_currency=report.grant.currency,
            has_totals=last is None and report.expenditures.filter(spent_minor__gt=0).exists(),
        )

    def save(self, form: VersionedForm) -> str:
        """Count it, and offer the next."""
        assert isinstance(form, OneReceiptForm)
        data = form.cleaned_data
        add_receipt(
            self.object,
            paid=form.paid(),
            photo=data["photo"],
            shows_minor=data["shows_minor"],
            instead_of_totals=data.get("instead_of_totals", False),
            **self.common(form),
        )
        return self.shelf


class OneReceipt(WritesReceipts):
    """A change of one receipt."""

    def get_object(self) -> Any:
        """The report, and which of its receipts; another's is 404."""
        report = super().get_object()
        self.receipt = report.receipts.filter(pk=self.kwargs["receipt"]).first()
        if self.receipt is None:
            raise Http404
        return report

    def get_initial(self) -> dict[str, Any]:
        """Nothing."""
        return {}


class TakeOutReceipt(OneReceipt):
    """A receipt that does not belong to this report."""

    title = _("Take out a receipt")
    submit_label = _("Take it out")
    done = _("The receipt is taken out.")
    form_class = StepForm

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What goes."""
        row = self.receipt
        intro = _("%(no)s: %(what)s. You can add it again, with another line or amount.")
        return super().get_context(intro=intro % {"no": row.receipt_no, "what": row.description}, **extra)

    def save(self, form: VersionedForm) -> str:
        """Out."""
        take_out_receipt(self.object, receipt=self.receipt, **self.common(form))
        return self.shelf


class AddPicture(OneReceipt):
    """A picture of the paper of a receipt that is counted."""

    title = _("Add a picture")
    submit_label = _("Keep the picture")
    done = _("The picture is kept with the receipt.")
    form_class = PictureForm

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Which receipt."""
        row = self.receipt
        return super().get_context(intro=says(row.receipt_no, row.description), **extra)

    def save(self, form: VersionedForm) -> str:
        """Kept."""
        data = form.cleaned_data
        common = self.common(form)
        add_picture(self.object, receipt=self.receipt, photo=data["photo"], shows_minor=data["shows_minor"], **common)
        return self.shelf


class ReceiptSheet(OfReport):
    """The sheet to fill in, with the lines of the budget and what is counted already."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The file."""
        kind = self.kwargs["kind"]
        if kind not in FORMATS:
            raise Http404
        answer = HttpResponse(write_sheet(self.object, kind), content_type=FORMATS[kind])
        name = f"{self.object.grant.ref}-R{self.object.no}.{kind}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


class UploadReceipts(WritesReceipts):
    """A filled sheet: first what it says, cell by cell; then, when nothing is wrong and somebody agrees, all of it."""

    title = _("Receipts from a sheet")
    submit_label = _("Look at the sheet")
    template_name = "evaluation/grantee/receipt_sheet.html"
    form_class = SheetForm

    def get_initial(self) -> dict[str, Any]:
        """Nothing."""
        return {}

    @property
    def salt(self) -> str:
        """What was looked at is for this report."""
        return f"evaluation.receipts:{self.object.pk}"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Look at a file, or take over what was looked at."""
        answer = self.may_act()
        if not answer:
            return self.refuse(answer.reason)
        if "rows" in request.POST:
            return self.take_over(request)
        form = self.get_form(request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                found = preview_of(self.object, read_sheet(upload.name or "", upload.read()), self.now)
            except StepError as error:
                form.take(error)
            else:
                return self.render(form=form, **self.seen(found), status=422 if found.errors else 200)
        return self.render(form=form, status=422)

    def seen(self, found: Preview) -> dict[str, Any]:
        """What the sheet says, and the same rows sealed, so that what is taken over is what was looked at."""
        has_totals = not self.object.receipts.exists() and self.object.expenditures.filter(spent_minor__gt=0).exists()
        return {
            "found": found,
            "has_totals": has_totals,
            "rows": signing.dumps(_packed(found), salt=self.salt, compress=True),
        }

    def take_over(self, request: HttpRequest) -> HttpResponse:
        """All rows, or none."""
        form = StepForm(request.POST, obj=self.object)
        empty = self.get_form()
        try:
            rows = _unpacked(signing.loads(request.POST["rows"], salt=self.salt))
        except signing.BadSignature:
            form.add_error(None, _("Look at the sheet again: what you saw cannot be read any more."))
            return self.render(form=empty, told=form, status=422)
        if form.is_valid():
            agreed = request.POST.get("instead_of_totals") == "on"
            try:
                new = add_receipts(self.object, paid=rows, instead_of_totals=agreed, **self.common(form))
            except StepError as error:
                form.take(error)
            else:
                said = ngettext("One receipt is counted.", "%(n)s receipts are counted.", len(new))
                messages.success(request, said % {"n": len(new)})
                return HttpResponseRedirect(self.shelf)
        return self.render(form=empty, told=form, status=409)


def _packed(found: Preview) -> list[dict[str, Any]]:
    return [
        {**asdict(one), "spent_date": one.spent_date.isoformat(), "rate": None if one.rate is None else str(one.rate)}
        for one in found.new
    ]


def _unpacked(rows: list[dict[str, Any]]) -> list[Paid]:
    return [
        Paid(
            **{
                **row,
                "spent_date": dt.date.fromisoformat(row["spent_date"]),
                "rate": None if row["rate"] is None else Decimal(row["rate"]),
            }
        )
        for row in rows
    ]
