"""What an officer does with reviews: invite, follow, moderate; and what reviewers bring."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.actions import moderating, reviewing
from applications.forms.review import InviteForm, ModerateForm, ProfileForm
from applications.models import Application, Moderation, ReviewerProfile
from applications.queries import reviews as read
from applications.queries import scoring
from applications.states import ApplicationState, ReviewState
from fundmgmt.access import can
from fundmgmt.charts import Chart, bars
from fundmgmt.models import RubricItem, User
from fundmgmt.models.people import in_force
from fundmgmt.pages import Column, EditPage, ListPage, ObjectPage
from fundmgmt.rules import rule


class PanelPage(ObjectPage):
    """All reviews of one proposal: who, how far, how far apart, and what to do now."""

    policy = "applications.manage_reviews"
    model = Application
    template_name = "applications/review_panel.html"
    section = "applications"

    def get_queryset(self) -> Any:
        """With organisation and call."""
        return super().get_queryset().select_related("organisation", "call")

    def get_title(self) -> object:
        """What this page is about."""
        return _("Reviews of %(ref)s") % {"ref": self.object.ref}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Reviews and, for those who did not review themselves, the scores."""
        application, user = self.object, self.request.user
        summary = read.summary_of(application, self.today)
        may_read = bool(can(user, "applications.moderate", application))
        under_review = application.state in reviewing.UNDER_REVIEW
        rows = application.reviews.select_related("reviewer").prefetch_related("scores")
        moderation = Moderation.objects.visible_to(user).filter(application=application).first()
        return super().get_context(
            back=application.get_absolute_url(),
            reviews=[
                {
                    "review": row,
                    "total": scoring.said(read.sheet_of(row).total)
                    if may_read and row.state == ReviewState.SUBMITTED
                    else "",
                }
                for row in rows
            ],
            checks=[{"label": finding.sentence, "met": finding.met} for finding in summary.panel],
            spread=[{"label": f.sentence, "met": f.met} for f in summary.spread] if may_read else [],
            thresholds=[{"label": f.sentence, "met": f.met} for f in summary.thresholds] if may_read else [],
            mean=scoring.said(summary.mean) if may_read and summary.mean is not None else "",
            may_invite=under_review and not summary.panel[0].met,
            may_moderate=under_review and summary.all_in and may_read,
            needs_talk=application.state == ApplicationState.MODERATION,
            moderation=moderation,
            waiting=sum(row.state != ReviewState.SUBMITTED for row in summary.reviews) if under_review else 0,
            chart=self._chart(summary) if may_read and summary.all_in else None,
            findings=[
                {"label": finding.sentence, "met": finding.met} for finding in read.findings_of(moderation.findings)
            ]
            if moderation
            else [],
            **extra,
        )

    def _chart(self, summary: read.Summary) -> Chart:
        """How far the totals lie apart, to look at."""
        totals = [(str(review.reviewer), round(float(read.sheet_of(review).total), 1)) for review in summary.reviews]
        title = _("Between the lowest and the highest total lie %(points)s points") % {
            "points": scoring.as_text(summary.range)
        }
        return bars(title, totals)


class PanelEdit(EditPage):
    """A form about the reviews of a proposal."""

    policy = "applications.manage_reviews"
    model = Application
    section = "applications"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the panel."""
        return super().get_context(**extra | {"back": reverse("applications:panel", args=[self.object.ref])})

    def success_url(self, result: Any) -> str:
        """Back to the panel."""
        return reverse("applications:panel", args=[self.object.ref])


class InviteReviewer(PanelEdit):
    """Ask one more reviewer."""

    form_class = InviteForm
    title = _("Invite a reviewer")
    submit_label = _("Invite the reviewer")
    done = _("Invited. The review stands on the reviewer's page.")

    def get_initial(self) -> dict[str, Any]:
        """The usual time from today."""
        days = rule("review_days", self.today).value
        return {"today": self.today, "due_date": self.today + dt.timedelta(days=days)}

    def save(self, form: Any) -> Any:
        """Invite."""
        return reviewing.invite_reviewer(self.object, by=self.request.user, at=self.now, **form.values())


class Moderate(PanelEdit):
    """Fix the result of all reviews and begin due diligence."""

    act_policy = "applications.moderate"
    form_class = ModerateForm
    template_name = "applications/moderate.html"
    title = _("Fix the result of the reviews")
    submit_label = _("Fix the result and begin due diligence")
    done = _("The result is fixed. Due diligence has begun.")

    def get_initial(self) -> dict[str, Any]:
        """Empty: the mean stands."""
        return {}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The scores side by side."""
        summary = read.summary_of(self.object, self.today)
        codes = list(read.scoring_rules(self.today).weights)
        names = {row.code: f"{row.code} {row.label}" for row in RubricItem.objects.filter(code__in=codes)}
        sheets = summary.sheets
        return super().get_context(
            table=[[names.get(code, code), *(sheet.scores.get(code) for sheet in sheets)] for code in codes],
            heads=[_("Criterion"), *((f"{_('Review')} {number}", "num") for number in range(1, len(sheets) + 1))],
            totals=[_("Total"), *(scoring.said(sheet.total) for sheet in sheets)],
            mean=scoring.said(summary.mean) if summary.mean is not None else "",
            findings=[{"label": f.sentence, "met": f.met} for f in (*summary.spread, *summary.thresholds)],
            **extra,
        )

    def save(self, form: Any) -> Any:
        """Moderate."""
        return moderating.moderate_application(
            self.object,
            by=self.request.user,
            at=self.now,
            expected_version=form.cleaned_data.get("version"),
            **form.values(),
        )


class Reviewers(ListPage):
    """Who reviews for the fund, and what each brings to a panel."""

    policy = "applications.describe_reviewer"
    title = _("Reviewers")
    section = "applications"
    intro = _("A panel of three has one person who knows the region and one from child protection.")
    order = ("name", "id")
    csv_name = "reviewers"
    columns = (
        Column("name", _("Name"), lambda row: row.name, link=True),
        Column("provinces", _("Knows"), lambda row: ", ".join(_profile(row).provinces)),
        Column("protection", _("Child protection"), lambda row: _("yes") if _profile(row).child_protection else ""),
    )

    def get_queryset(self) -> Any:
        """Holders of the role today."""
        rows = User.objects.filter(in_force(self.today, "role_grants__"), role_grants__role="reviewer")
        return rows.select_related("reviewer_profile").distinct()

    def cells(self, rows: Any) -> list[dict[str, Any]]:
        """Each line leads to the profile's form."""
        return [
            line | {"url": reverse("applications:reviewer_profile", args=[line["object"].pk])}
            for line in super().cells(rows)
        ]


def _profile(user: User) -> ReviewerProfile:
    return getattr(user, "reviewer_profile", None) or ReviewerProfile(user=user)


class DescribeReviewer(EditPage):
    """What one reviewer brings."""

    policy = "applications.describe_reviewer"
    model = User
    lookup = "pk"
    section = "applications"
    form_class = ProfileForm
    submit_label = _("Save the profile")

    def get_object(self) -> User:
        """A holder of the role."""
        if not can(self.request.user, self.policy):
            raise Http404
        rows = User.objects.filter(in_force(self.today, "role_grants__"), role_grants__role="reviewer").distinct()
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get_title(self) -> object:
        """Whose profile."""
        return _("What %(name)s brings as a reviewer") % {"name": self.object}

    def get_initial(self) -> dict[str, Any]:
        """As it stands."""
        profile = _profile(self.object)
        return {"provinces": profile.provinces, "child_protection": profile.child_protection}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the list."""
        return super().get_context(**extra | {"back": reverse("applications:reviewers")})

    def save(self, form: Any) -> str:
        """Describe."""
        reviewing.describe_reviewer(self.object, by=self.request.user, at=self.now, **form.values())
        return reverse("applications:reviewers")
