"""Pages of evaluators: their evaluations, rating, replicability."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from disbursements.models import Grant
from evaluation.actions.evaluating import (
    begin_evaluation,
    classify_practice,
    correct_facts,
    make_final,
    plan_evaluation,
    rate_criterion,
    score_replicability,
    submit_evaluation,
    take_back_evaluation,
)
from evaluation.forms.practices import ClassForm, FactForm, PlanForm, RateForm, ScoreForm
from evaluation.models import Evaluation
from evaluation.models.evaluations import CRITERIA
from evaluation.queries.arithmetic import mean_in_tenths
from evaluation.queries.evaluations import gaps_of, replicability_of, rubric
from evaluation.queries.results import results_of
from evaluation.views.offers import apart
from fundmgmt.access import No, can
from fundmgmt.formats import words
from fundmgmt.forms import ReasonForm, StepForm
from fundmgmt.models import RubricItem
from fundmgmt.pages import Column, DetailPage, EditPage, ListPage, StepPage, StepSpec


class EvaluationList(ListPage):
    """Evaluations; the reader's own stand in "waiting for you"."""

    policy = "evaluation.list_evaluations"
    title = _("Evaluations")
    section = "evaluations"
    order = ("-id",)
    csv_name = "evaluations"
    columns = (
        Column("grant", _("Grant"), lambda row: row.grant.ref),
        Column("organisation", _("Organisation"), lambda row: str(row.grant.organisation)),
        Column("evaluator", _("Evaluator"), lambda row: row.evaluator.name),
        Column("second", _("Second evaluator"), lambda row: row.second.name if row.second else None),
        Column("method", _("How deep"), lambda row: row.get_method_display()),
        Column("state", _("State"), lambda row: row.get_state_display()),
    )
    empty_title = _("No evaluation yet")
    empty_text = _("Plan one from the page of a grant's milestones and visits.")

    def get_queryset(self) -> Any:
        """All that the reader may see."""
        return Evaluation.objects.visible_to(self.request.user)


class PlanPage(EditPage):
    """Name two independent evaluators for a grant."""

    policy = "evaluation.view_milestones"
    model = Grant
    section = "evaluations"
    form_class = PlanForm
    title = _("Plan the evaluation")
    submit_label = _("Plan the evaluation")
    done = _("The evaluation is planned; both evaluators see it among what waits for them.")

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Where to go back to."""
        return super().get_context(
            **(
                {"back": reverse("evaluation:checks_of", args=[self.object.ref]), "submit_label": self.submit_label}
                | extra
            )
        )

    def save(self, form: Any) -> Evaluation:
        """One action."""
        return plan_evaluation(self.object, by=self.request.user, at=self.now, **form.values())


class EvaluationPage(DetailPage):
    """One evaluation: what is rated, what is missing, what the organisation says."""

    policy = "evaluation.view_evaluation"
    model = Evaluation
    lookup = "pk"
    section = "evaluations"
    template_name = "evaluation/evaluator/evaluation.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Ratings beside their criteria."""
        evaluation = self.object
        ratings = {rating.criterion: rating for rating in evaluation.ratings.all()}
        total, n = replicability_of(evaluation)
        may_rate = can(self.request.user, "evaluation.rate", evaluation)
        open_ = evaluation.state == "in_progress"
        return apart(
            super().get_context(
                grant=evaluation.grant,
                criteria=[
                    (item, ratings.get(item.code), reverse("evaluation:rate", args=[evaluation.pk, item.code]))
                    for item in rubric("EV")
                ],
                scores=_scores(evaluation),
                mean=words.tenths(mean_in_tenths(total, n)) if n else "",
                mean_sum=total,
                mean_n=n,
                gaps=gaps_of(evaluation, self.today) if open_ and may_rate else [],
                may_rate=bool(may_rate) and open_,
                may_score=bool(can(self.request.user, "evaluation.score", evaluation)) and open_,
                may_correct=bool(can(self.request.user, "evaluation.correct_facts", evaluation))
                and evaluation.state == "submitted",
                corrections=evaluation.corrections.select_related("by"),
                lessons=[line for line in evaluation.lessons.splitlines() if line.strip()],
                results=results_of(evaluation.grant),
                **extra,
            )
        )

    def shown_steps(self) -> tuple[str, ...]:
        """Acts have their own screens."""
        return ("begin_work", "submit", "take_back", "make_final")


def _scores(evaluation: Evaluation) -> list[tuple[Any, list[int]]]:
    found: dict[str, list[int]] = {}
    for score in evaluation.scores.order_by("item", "scorer"):
        found.setdefault(score.item, []).append(score.score)
    return [(item, found.get(item.code, [])) for item in rubric("RP")]


class Writing(EditPage):
    """A screen of an evaluation; only while it is in progress."""

    policy = "evaluation.view_evaluation"
    act_policy = "evaluation.rate"
    model = Evaluation
    lookup = "pk"
    section = "evaluations"
    open_in: ClassVar[str] = "in_progress"

    def may_act(self) -> Any:
        """The policy, and the state."""
        answer = super().may_act()
        if answer and self.object.state != self.open_in:
            return No(_("This is not possible now: look at where the evaluation stands."))
        return answer

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the evaluation."""
        return super().get_context(
            **({"back": self.object.get_absolute_url(), "submit_label": self.submit_label} | extra)
        )

    def common(self, form: Any) -> dict[str, Any]:
        """Who, when, and the version seen."""
        return {"by": self.request.user, "at": self.now, "expected_version": form.cleaned_data.get("version")}


class RatePage(Writing):
    """One criterion."""

    submit_label = _("Save the rating")
    template_name = "evaluation/evaluator/rate.html"

    def get_object(self) -> Any:
        """The evaluation and the criterion."""
        evaluation = super().get_object()
        items = {item.code: item for item in RubricItem.objects.filter(code__in=[self.kwargs["criterion"], "LE-01"])}
        if self.kwargs["criterion"] not in CRITERIA or len(items) < 2:  # noqa: PLR2004 -- criterion and ladder
            raise Http404
        self.item, self.ladder = items[self.kwargs["criterion"]], items["LE-01"]
        return evaluation

    def get_title(self) -> object:
        """The criterion."""
        return str(self.item)

    def get_initial(self) -> dict[str, Any]:
        """What stands there now."""
        rating = self.object.ratings.filter(criterion=self.item.code).first()
        if rating is None:
            return {}
        return {"score": rating.score, "evidence_level": rating.evidence_level, "reason": rating.reason}

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """With the anchors."""
        common = {"obj": self.object, "user": self.request.user, "initial": self.get_initial()}
        return RateForm(data, files, item=self.item, evidence=self.ladder, **common)

    def save(self, form: Any) -> Any:
        """Rate it."""
        return rate_criterion(self.object, criterion=self.item.code, **self.common(form), **form.values())


class ScorePage(Writing):
    """Nine questions of replicability."""

    act_policy = "evaluation.score"
    title = _("How well could others repeat it?")
    submit_label = _("Save my scores")

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """With the anchors and this person's own scores."""
        mine = dict(self.object.scores.filter(scorer=self.request.user).values_list("item", "score"))
        return ScoreForm(data, files, items=rubric("RP"), obj=self.object, user=self.request.user, initial=mine)

    def save(self, form: Any) -> Any:
        """Score them."""
        return score_replicability(self.object, scores=form.scores(), **self.common(form))


class ClassPage(Writing):
    """Class, evidence, summary, lessons."""

    title = _("What kind of learning is it?")
    form_class = ClassForm

    def save(self, form: Any) -> Any:
        """Class it."""
        return classify_practice(self.object, **self.common(form), **form.values())


class FactPage(Writing):
    """The organisation corrects a fact."""

    act_policy = "evaluation.correct_facts"
    open_in = "submitted"
    title = _("Correct a fact")
    submit_label = _("Send the correction")
    form_class = FactForm

    def get_initial(self) -> dict[str, Any]:
        """Empty."""
        return {}

    def save(self, form: Any) -> Any:
        """Tell it."""
        return correct_facts(self.object, **self.common(form), **form.values())


class EvaluationStep(StepPage):
    """Steps of an evaluation."""

    policy = "evaluation.view_evaluation"
    model = Evaluation
    lookup = "pk"
    section = "evaluations"
    steps: ClassVar = {
        "begin_work": StepSpec(StepForm, begin_evaluation),
        "submit": StepSpec(StepForm, submit_evaluation),
        "take_back": StepSpec(ReasonForm, take_back_evaluation),
        "make_final": StepSpec(StepForm, make_final),
    }
