"""Pages for everybody: published practices and results."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from applications.models import Call
from evaluation.actions.replicating import start_from_practice
from evaluation.forms.practices import CopyForm, LibraryFilter
from evaluation.models import CaseRecord
from evaluation.queries.library import public_practice, published
from evaluation.queries.results import public_totals
from evaluation.redaction import clean
from evaluation.states import CELL_LABELS
from fundmgmt.charts import bars
from fundmgmt.models import Organisation, PracticeTag
from fundmgmt.models.people import in_force
from fundmgmt.pages import EditPage, ObjectPage, Page

MOST_TAGS = 4  # on a card; the practice itself shows them all

PUBLIC = "published practices are there for everybody to learn from"


class Library(Page):
    """Published practices, found by tag, kind, cost, language and words."""

    policy = "evaluation.view_library"
    public_reason = PUBLIC
    title = _("Good practices")
    section = "library"
    template_name = "evaluation/library/list.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Cards."""
        filters = LibraryFilter(self.request.GET or None)
        wanted = filters.chosen() if filters.is_bound and filters.is_valid() else None
        rows = list(published(wanted).order_by("-published_at", "-id")[:60])
        cards = [
            {
                "url": reverse("evaluation:practice", args=[row.ref]),
                "ref": row.ref,
                "title": clean(text.title),
                "summary": clean(text.summary),
                **_shown_tags([use.tag for use in text.tag_uses.all()]),
                "published_at": row.published_at,
            }
            for row in rows
            for text in row.shown_texts
            if text.number == row.published_version
        ]
        return super().get_context(filters=filters, cards=cards, **extra)


def _shown_tags(tags: list[PracticeTag]) -> dict[str, Any]:
    """What a card says at a glance: how proven it is, and what is done where."""
    facets = (PracticeTag.Facet.INTERVENTION, PracticeTag.Facet.SETTING)
    proven = next((tag.label for tag in tags if tag.facet == PracticeTag.Facet.MATURITY), "")
    return {"proven": proven, "tags": [tag for facet in facets for tag in tags if tag.facet == facet][:MOST_TAGS]}


class PublicRecord(ObjectPage):
    """A page about one published record."""

    policy = "evaluation.view_library"
    public_reason = PUBLIC
    model = CaseRecord
    section = "library"

    def get_queryset(self) -> Any:
        """Published ones only."""
        return CaseRecord.objects.published()


class PracticePage(PublicRecord):
    """One practice, to read, print and copy."""

    template_name = "evaluation/library/practice.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Everything through redaction."""
        practice = public_practice(self.object)
        if practice is None:
            raise Http404
        return super().get_context(
            practice=practice,
            title=practice.title,
            chart=results_chart(practice.results),
            results=[result_row(result) for result in practice.results],
            groups=[group for result in practice.results for group in group_rows(result)],
            copy_url=reverse("evaluation:practice_copy", args=[practice.ref]),
            ladder=range(1, 6),
            **{key: value for key, value in extra.items() if key != "title"},
        )

    def get_title(self) -> object:
        """The reference; the template shows the redacted title."""
        return self.object.ref


def result_row(result: Any) -> list[Any]:
    """Indicator, start, goal, result."""
    actual = _t("kept back: too few people") if result.kept_back else str(result.actual)
    if result.actual is not None and result.actual.denominator is not None:
        said = {"part": result.actual.numerator, "whole": result.actual.denominator}
        actual = f"{actual} ({_t('%(part)s of %(whole)s') % said})"
    return [result.indicator.label, result.start, result.goal, actual]


def group_rows(result: Any) -> list[list[Any]]:
    """Cells of a result that may be shown, with their words."""
    rows = []
    for facet, cells in result.cells.items():
        for cell in cells:
            name = str(CELL_LABELS.get((facet, cell.key), cell.key))
            if cell.hidden:
                value = _t("kept back: too few people")
            elif cell.denominator is None:
                value = str(cell.numerator)
            else:
                value = _t("%(part)s of %(whole)s") % {"part": cell.numerator, "whole": cell.denominator}
            rows.append([result.indicator.label, name, value])
    return rows


def results_chart(results: Any) -> Any:
    """Before and after of the first share that moved; None when there is none."""
    for result in results:
        if result.baseline is None or result.actual is None or result.actual.denominator is None:
            continue
        name = result.indicator.label
        said = {"name": name, "before": str(result.baseline), "after": str(result.actual)}
        before, after = result.baseline.percent, result.actual.percent
        title = _t("%(name)s: from %(before)s to %(after)s") % said
        return bars(title, [(_t("At the start"), before), (_t("At the end"), after)], unit="%")
    return None


class CopyPage(EditPage):
    """Start an application from a published practice."""

    policy = "evaluation.view_library"
    public_reason = PUBLIC
    act_policy = "evaluation.replicate"
    model = CaseRecord
    section = "library"
    title = _("Use this practice as a starting point")
    submit_label = _("Start the application")
    done = _("Your application has begun. What you write is yours; the link to the practice is kept.")

    def get_queryset(self) -> Any:
        """Published ones only."""
        return CaseRecord.objects.published()

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """Open calls, own organisations."""
        mine = Organisation.objects.filter(
            in_force(self.today, "memberships__"),
            memberships__user=self.request.user,
            memberships__role__in=["owner", "editor"],
        ).distinct()
        return CopyForm(
            data,
            files,
            calls=Call.objects.filter(state="open"),
            organisations=mine,
            obj=None,
            user=self.request.user,
        )

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the practice."""
        back = reverse("evaluation:practice", args=[self.object.ref])
        return super().get_context(**({"back": back, "submit_label": self.submit_label} | extra))

    def refuse(self, reason: object, back: str = "") -> Any:
        """Back to the practice."""
        return super().refuse(reason, reverse("evaluation:practice", args=[self.object.ref]))

    def save(self, form: Any) -> str:
        """Begin it and go there."""
        application = start_from_practice(self.object, by=self.request.user, at=self.now, **form.values())
        return application.get_absolute_url()


class Results(Page):
    """What all projects reached together: sums of parts, never means of percentages."""

    policy = "evaluation.view_library"
    public_reason = "results of the fund are public; small counts are kept back"
    title = _("Results")
    section = "results"
    template_name = "evaluation/library/results.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Totals."""
        rows = public_totals()
        counts = [row for row in rows if row.share.denominator is None and row.up_to]
        chart = None
        if counts:
            top = max(counts, key=lambda row: row.share.numerator)
            said = {"n": str(top.share), "name": top.indicator.label}
            title = _t("Up to %(n)s: %(name)s") % said
            chart = bars(title, [(row.indicator.label, row.share.numerator) for row in counts])
        return super().get_context(rows=[total_row(row) for row in rows], chart=chart, **extra)


def total_row(row: Any) -> list[Any]:
    """Indicator, total, parts, projects."""
    total = _t("up to %(n)s") % {"n": str(row.share)} if row.up_to else str(row.share)
    parts = ""
    if row.share.denominator is not None:
        parts = _t("%(part)s of %(whole)s") % {"part": row.share.numerator, "whole": row.share.denominator}
    projects = str(row.projects)
    if row.kept_back:
        projects = _t("%(n)s, %(kept)s kept back") % {"n": row.projects, "kept": row.kept_back}
    return [row.indicator.label, total, parts, projects]
