"""What a reviewer sees: the list of reviews, one review, the score sheet, the steps."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.actions import reviewing
from applications.forms.review import AcceptForm, ConflictForm, ReopenForm, ScoreForm
from applications.models import Review
from applications.queries import reviews as read
from applications.queries import scoring
from applications.states import REVIEW_READS, ReviewState
from fundmgmt.access import Refused, can
from fundmgmt.forms import StepForm
from fundmgmt.models import RubricItem, StaleObject, StepError
from fundmgmt.pages import Column, DetailPage, EditPage, Gone, ListPage, StepPage, StepSpec


def criteria(on: Any) -> list[RubricItem]:
    """Scoring criteria that carry a weight on a day, in the order of the rubric."""
    weights = read.scoring_rules(on).weights
    return list(RubricItem.objects.filter(rubric=RubricItem.Rubric.SCORING, code__in=weights))


class MyReviews(ListPage):
    """A reviewer's work, what is open first."""

    policy = "applications.list_reviews"
    title = _("My reviews")
    section = "reviews"
    intro = _("You score alone. The others' reviews open to you once everybody has handed in.")
    empty_title = _("No review yet")
    empty_text = _("When an officer asks you to review a proposal, it stands here.")
    order = ("-id",)
    csv_name = "reviews"
    columns = (
        Column("ref", _("Reference"), lambda row: row.application.ref, link=True),
        Column("title", _("Project"), lambda row: str(row.application)),
        Column("state", _("State"), lambda row: row.get_state_display()),
        Column("due", _("Wanted by"), lambda row: row.due_date),
    )

    def get_queryset(self) -> Any:
        """One's own."""
        return (
            Review.objects.visible_to(self.request.user)
            .filter(reviewer=self.request.user)
            .select_related("application")
        )


class ReviewPage:
    """Reviews by number among those the person may see."""

    model = Review
    lookup = "pk"
    section = "reviews"

    def get_queryset(self) -> Any:
        """With the project and its organisation."""
        rows = Review.objects.visible_to(self.request.user)  # type: ignore[attr-defined]
        return rows.select_related("application__organisation", "application__call", "reviewer")


class ReviewDetail(ReviewPage, DetailPage):
    """One review: what it is about, what to do now, and what was scored."""

    policy = "applications.view_review"
    template_name = "applications/review_detail.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The reviewer's own scores; the others' only when the policy lets them be read."""
        review, user = self.object, self.request.user
        mine = review.reviewer_id == user.pk
        sheet = read.sheet_of(review)
        others = []
        if review.state == ReviewState.SUBMITTED:
            rows = Review.objects.visible_to(user).filter(application=review.application_id).exclude(pk=review.pk)
            others = [
                {
                    "no": number,
                    "review": row,
                    "total": scoring.said(read.sheet_of(row).total),
                    "scores": row.scores.all(),
                }
                for number, row in enumerate(
                    rows.filter(state=ReviewState.SUBMITTED).prefetch_related("scores"), start=2
                )
            ]
        labels = {item.code: item.label for item in criteria(self.today)}
        return super().get_context(
            mine=mine,
            may_score=mine and review.state in {ReviewState.ACCEPTED, ReviewState.REOPENED},
            may_read=review.state in REVIEW_READS
            and bool(can(user, "applications.view_application", review.application)),
            scores=[(labels.get(row.criterion, row.criterion), row) for row in review.scores.all()],
            done=sum(row.score is not None for row in review.scores.all()),
            of=len(labels),
            total=scoring.said(sheet.total) if sheet.scores and review.state == ReviewState.SUBMITTED else "",
            others=others,
            labels=labels,
            **extra,
        )

    def shown_steps(self) -> tuple[str, ...]:
        """The reviewer's steps for the reviewer, the officer's for the officer."""
        if self.object.reviewer_id == self.request.user.pk:
            complete = self.object.scores.filter(score__isnull=False).count() >= len(criteria(self.today))
            return ("accept", "submit", "declare_conflict") if complete else ("accept", "declare_conflict")
        return ("reopen", "declare_conflict")


class ScoreSheet(ReviewPage, EditPage):
    """The score sheet: each criterion with its written anchors; drafts are kept."""

    policy = "applications.view_review"
    act_policy = "applications.score_review"
    template_name = "applications/score_sheet.html"
    title = _("Your scores")
    done = _("Kept. Nobody else sees it until you hand in.")
    submit_label = _("Keep the scores")

    def may_act(self) -> Any:
        """Scores change only while the review is open to the reviewer."""
        from_policy = super().may_act()
        if from_policy and self.object.state not in {ReviewState.ACCEPTED, ReviewState.REOPENED}:
            return Gone(_("Scores can be changed only while the review is open to you."))
        return from_policy

    def get_form(self, data: Any = None, files: Any = None) -> ScoreForm:
        """Filled with what was kept."""
        return ScoreForm(
            data,
            files,
            obj=self.object,
            user=self.request.user,
            initial=self.get_initial(),
            criteria=criteria(self.today),
        )

    def get_initial(self) -> dict[str, Any]:
        """Draft scores."""
        found: dict[str, Any] = {"overall": self.object.overall, "recommendation": self.object.recommendation}
        for row in self.object.scores.all():
            found[row.criterion] = row.score
            found[f"{row.criterion}_why"] = row.comment
        return found

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Where to go back to."""
        return super().get_context(autosave=self.request.path, **extra)

    def save(self, form: Any) -> Any:
        """Keep the draft."""
        return reviewing.save_scores(
            self.object,
            by=self.request.user,
            at=self.now,
            expected_version=form.cleaned_data.get("version"),
            **form.values(),
        )

    def success_url(self, result: Any) -> str:
        """On to handing in, when asked for; else back to the review."""
        if "hand_in" in self.request.POST:
            return reverse("applications:review_step", args=[self.object.pk, "submit"])
        return str(self.object.get_absolute_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, or keep a draft for the script that saves while people write."""
        if request.headers.get("X-Autosave") != "1":
            return super().post(request, *args, **kwargs)
        form = self.get_form(request.POST)
        if not self.may_act() or not form.is_valid():
            return JsonResponse({"message": str(_("This cannot be kept yet: look at the marked fields."))}, status=422)
        try:
            self.save(form)
        except StaleObject as error:
            return JsonResponse({"message": str(error.message)}, status=409)
        except (StepError, Refused) as error:
            return JsonResponse({"message": str(error.message)}, status=422)
        return JsonResponse({"version": self.object.version, "at": f"{timezone.localtime(self.now):%H:%M}"})


class ReviewStep(ReviewPage, StepPage):
    """Accept, declare a link, hand in, reopen."""

    policy = "applications.view_review"
    steps = {
        "accept": StepSpec(AcceptForm, reviewing.accept_review),
        "declare_conflict": StepSpec(ConflictForm, reviewing.declare_conflict),
        "submit": StepSpec(StepForm, reviewing.submit_review, template="applications/review_submit.html"),
        "reopen": StepSpec(ReopenForm, reviewing.reopen_review),
    }

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Before handing in: what stands on the sheet."""
        if self.kwargs["step"] == "submit":
            labels = {item.code: item.label for item in criteria(self.today)}
            rows = {row.criterion: row for row in self.object.scores.all()}
            extra["sheet"] = [(label, rows.get(code)) for code, label in labels.items()]
        return super().get_context(**extra)

    def success_url(self, result: Any) -> str:
        """A recused reviewer goes back to the list; an accepted review opens its score sheet."""
        if result.state == ReviewState.RECUSED and result.reviewer_id == self.request.user.pk:
            return reverse("applications:reviews")
        return str(result.get_absolute_url())
