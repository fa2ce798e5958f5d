"""Pages open to everybody, and the first page of everybody signed in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from fundmgmt import tasks, triggers
from fundmgmt.formats import words
from fundmgmt.inbox import boards, standing_of, waiting_for
from fundmgmt.models import Rule
from fundmgmt.pages import Page
from fundmgmt.pages.signin import second_step_asked
from fundmgmt.queries.people import organisations_of
from fundmgmt.rules import RuleSpec, RuleValue, rules, specs

# What happens, in plain words, and who does it.
PATH = (
    (_("A call opens"), _("It says what for, for whom, how much and until when."), _("The Fund")),
    (
        _("You apply"),
        _("Part by part, in your language. What you wrote is kept; you may stop and go on."),
        _("Your organisation"),
    ),
    (
        _("Somebody looks whether it is complete"),
        _("If something is missing it comes back to you with the reason, and you mend it."),
        _("A programme officer"),
    ),
    (
        _("Three people score it"),
        _("Each alone, with the same written scale. Whoever knows you does not score."),
        _("Reviewers"),
    ),
    (
        _("We look at the organisation"),
        _("Papers, two referees, how children are kept safe. Small grants have a short list."),
        _("A programme officer"),
    ),
    (
        _("The Steering Committee decides"),
        _("Together if it can, else by two thirds. Small grants are decided by the office."),
        _("Steering Committee"),
    ),
    (
        _("You sign, and money comes in parts"),
        _("Before each part the page shows what is met and what is not. Two people release it."),
        _("Treasurers"),
    ),
    (
        _("You tell how it went"),
        _("In eight short boxes and a few numbers. Totals only: never a child's name."),
        _("Your organisation"),
    ),
    (
        _("Everybody learns from it"),
        _("An evaluator rates the work. What others can use is published, mistakes too."),
        _("Evaluators"),
    ),
)


class Home(Page):
    """What the fund does, for strangers; what waits, for everybody who has signed in."""

    policy = "fundmgmt.view_public"
    public_reason = "The first page: open calls and how to sign in; what is personal is shown to oneself only."
    section = "home"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One of the two."""
        shown = boards(self.today, stranger=not request.user.is_authenticated)
        if not request.user.is_authenticated:
            return self.render(template="fundmgmt/landing.html", boards=shown, title=_t("The Fund"))
        user = request.user
        belongs = organisations_of(user)
        return self.render(
            template="fundmgmt/home.html",
            title=_t("Waiting for you"),
            items=waiting_for(user, self.today),
            standing=standing_of(user, self.today) if user.organisation_ids else [],
            boards=[(board, items) for board, items in shown if items],
            belongs=belongs,
            newcomer=not belongs and not user.role_codes and user.seat is None,
            second_step=second_step_asked(user, self.now),
        )


class HowItWorks(Page):
    """The path from a call to a published record, in plain words."""

    policy = "fundmgmt.view_public"
    public_reason = "Whoever thinks of applying must know the path and the rules first."
    template_name = "fundmgmt/how_it_works.html"
    title = _("How it works")
    section = "how"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The steps, in order."""
        return super().get_context(
            path=[{"title": title, "text": text, "who": who} for title, text, who in PATH], **extra
        )


IN_WORDS: dict[str, Callable[[Any], str]] = {
    "bp": words.percent,
    "minor": words.money,
    "hundredths": lambda value: words.number(Decimal(value).scaleb(-2)),
    "days": lambda value: _t("%(n)s days") % {"n": words.number(value)},
    "hours": lambda value: _t("%(n)s hours") % {"n": words.number(value)},
    "int": words.number,
}
"""How a rule of each type is said."""


def say_value(found: RuleValue | RuleSpec, value: Any = None) -> str:
    """A rule's value in words of the reader."""
    spec = found.spec if isinstance(found, RuleValue) else found
    return IN_WORDS.get(spec.type, _say_shape)(found.value if value is None else value)


WINDOW = {"min_minor", "max_minor", "months"}
CODES: dict[object, object] = {
    "micro": _("micro grants"),
    "small": _("small grants"),
    "community": _("community grants"),
    "consortium": _("consortium grants"),
    "safeguarding_training_done": _("safeguarding training held"),
    "report_1_accepted": _("report 1 accepted"),
    "report_2_accepted": _("report 2 accepted"),
    "final_report_accepted": _("final report accepted"),
    "milestones_verified": _("milestones verified"),
    "previous_tranche_spent_80pct": _("most of the tranche before spent"),
    "earlier_tranches_spent_100pct": _("earlier tranches spent in full"),
    "spent_100pct_of_paid": _("all money paid is spent"),
    "closure_checklist_started": _("close-out list begun"),
}
"""Codes that rules hold, in words."""


def _say_shape(value: Any) -> str:
    if isinstance(value, list) and [type(part) for part in value] == [int, int] and value[0] < value[1]:
        return _t("%(part)s of %(whole)s") % {"part": value[0], "whole": value[1]}
    if isinstance(value, dict) and value.keys() == WINDOW:
        said = {"least": words.money(value["min_minor"]), "most": words.money(value["max_minor"])}
        return _t("%(least)s to %(most)s, at most %(months)s months") % {**said, "months": value["months"]}
    if isinstance(value, dict):
        return " · ".join(words.says(_say_shape(key), _say_shape(part)) for key, part in value.items())
    if isinstance(value, list) and value and all(isinstance(part, list) for part in value):
        return words.listed(f"{number}. {_say_shape(part)}" for number, part in enumerate(value, 1))
    if isinstance(value, list):
        return ", ".join(_say_shape(part) for part in value) or _t("none")
    return str(CODES.get(value, value))


class Rules(Page):
    """Every rule in force with its source, and one rule with its history."""

    policy = "fundmgmt.view_rules"
    public_reason = "Everybody who is judged by a rule may read it, who decided it, and since when."
    template_name = "fundmgmt/rules.html"
    title = _("The rules in force")
    section = "rules"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Rules by group, each with its value today."""
        groups: dict[str, list[tuple[RuleValue, str]]] = {}
        for found in rules(list(specs()), self.today).values():
            groups.setdefault(found.spec.group, []).append((found, say_value(found)))
        return super().get_context(groups=sorted(groups.items()), **extra)


class RuleHistory(Page):
    """One rule: today's value, every version before and after, who decided and why."""

    policy = "fundmgmt.view_rules"
    public_reason = Rules.public_reason
    template_name = "fundmgmt/rule.html"
    section = "rules"

    def get_object(self) -> RuleValue:
        """The rule by its key."""
        if self.kwargs["key"] not in specs():
            raise Http404
        return rules([self.kwargs["key"]], self.today)[self.kwargs["key"]]

    def get_title(self) -> str:
        """The rule in words."""
        return self.object.label

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Versions, newest first, the shipped one last."""
        versions = Rule.objects.filter(key=self.object.spec.key).order_by("-valid_from")
        said = [(row, say_value(self.object, row.value)) for row in versions]
        return super().get_context(
            value=say_value(self.object),
            versions=said,
            shipped=say_value(self.object.spec, self.object.spec.value),
            help=_t(self.object.spec.help) if self.object.spec.help else "",
            **extra,
        )


class Health(Page):
    """Whether database, triggers and queue stand: for machines that watch."""

    policy = "fundmgmt.view_public"
    public_reason = "Watchers have no account; it says a few words and nothing about anybody."

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """503 when the database or its triggers do not stand; late workers are said but send nobody away."""
        said = {"database": "ok", "triggers": "ok"}
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            said["triggers"] = "missing" if triggers.missing("default") else "ok"
            for signs in tasks.signs_of_life(self.now):
                said[f"worker_{signs.cluster}"] = "late" if signs.is_late else "ok"
        except DatabaseError:
            said["database"] = "down"
        whole = said["database"] == said["triggers"] == "ok"
        return JsonResponse(said, status=200 if whole else 503, headers={"Cache-Control": "no-store"})
