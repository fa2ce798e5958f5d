"""Who may do what in this stage. Sees objects, imports no model."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from fundmgmt.access import BELONGS, STAFF, WRITES, anyone, is_signed_in, is_system, policy, predicate, role

OFFICER = role("officer")
EVALUATOR = role("evaluator")
SAFEGUARDING = role("safeguarding")


@predicate(_("You belong to the organisation that runs this project: somebody else must do this."))
def is_outsider(user: Any, obj: Any) -> bool:
    """Not a member of the organisation the row is about."""
    return user is None or obj.organisation_id not in user.organisation_ids


@predicate(_("This evaluation is in the hands of others."))
def is_an_evaluator_of_it(user: Any, obj: Any) -> bool:
    """The evaluator or the second evaluator of this evaluation."""
    return user is not None and user.pk in {obj.evaluator_id, obj.second_id}


@predicate(_("Only the evaluator in charge does this."))
def leads_the_evaluation(user: Any, obj: Any) -> bool:
    """The evaluator in charge."""
    return user is not None and user.pk == obj.evaluator_id


@predicate(
    _(
        "An evaluator had no part in reviewing, deciding or managing the project and belongs to neither side."
        " The journal shows a step of yours in it, or you hold a committee seat."
    )
)
def is_independent(user: Any, obj: Any) -> bool:
    """No step of theirs in this project's story before the evaluation, no seat, no membership."""
    if user is None:
        return False
    return user.seat is None and obj.organisation_id not in user.organisation_ids and not obj.took_part(user)


@predicate(_("The evaluators named for this project are not independent of it: name others."))
def names_independent_evaluators(user: Any, obj: Any) -> bool:
    """Both evaluators are evaluators by role, two people, and independent."""
    people = [person for person in (obj.evaluator, obj.second) if person is not None]
    if obj.evaluator_id == obj.second_id:
        return False
    return all("evaluator" in person.role_codes and is_independent(person, obj) for person in people)


@predicate(_("You wrote this text: a second person validates it."))
def did_not_write_it(user: Any, obj: Any) -> bool:
    """Not an author of any version of the practice text."""
    return user is not None and not obj.was_written_by(user)


@predicate(_("These pages are for organisations that have a project, and for the people of the fund."))
def belongs_somewhere(user: Any, obj: Any) -> bool:
    """Acts for at least one organisation."""
    return bool(is_signed_in(user, obj) and user.organisation_ids)


@predicate(_("Sign in with an account that acts for an organisation, then start your application from here."))
def may_apply(user: Any, obj: Any) -> bool:
    """Acts for at least one organisation."""
    return bool(is_signed_in(user, obj) and user.organisation_ids)


@predicate(_("The organisation reads the evaluation once it is handed in."))
def is_handed_in(user: Any, obj: Any) -> bool:
    """Submitted or final."""
    return obj.state in {"submitted", "final"}


# Reports
policy("evaluation.view_report", BELONGS | STAFF)
policy("evaluation.list_reports", STAFF | belongs_somewhere)
policy("evaluation.queue_reports", OFFICER)
policy("evaluation.begin_report", is_system | OFFICER)
WRITE_REPORT = policy("evaluation.write_report", WRITES)
JUDGE_REPORT = policy("evaluation.judge_report", OFFICER & is_outsider)
PLAN_REPORT = policy("evaluation.plan_report", (OFFICER & is_outsider) | is_system)

# Milestones and visits: asked with the grant
policy("evaluation.verify_milestone", (OFFICER | EVALUATOR) & is_outsider)
policy("evaluation.view_milestones", OFFICER | EVALUATOR)
policy("evaluation.finish_visit", (OFFICER | EVALUATOR) & is_outsider)
policy("evaluation.view_visit", STAFF)

# Evaluations
policy("evaluation.view_evaluation", STAFF | (BELONGS & is_handed_in))
policy("evaluation.list_evaluations", STAFF)
policy("evaluation.begin_evaluation", (OFFICER | EVALUATOR) & names_independent_evaluators)
START_EVALUATION = policy("evaluation.start_evaluation", EVALUATOR & leads_the_evaluation & is_independent)
RATE = policy("evaluation.rate", EVALUATOR & leads_the_evaluation & is_independent)
SCORE = policy("evaluation.score", EVALUATOR & is_an_evaluator_of_it & is_independent)
CORRECT_FACTS = policy("evaluation.correct_facts", WRITES)

# Case records
policy("evaluation.begin_caserecord", is_system)
policy("evaluation.view_caserecord", BELONGS | STAFF)
policy("evaluation.list_cases", STAFF | belongs_somewhere)
SYSTEM = policy("evaluation.system", is_system)
DRAFT_CASE = policy("evaluation.draft_case", is_system | EVALUATOR)
WRITE_CASE = policy("evaluation.write_case", EVALUATOR & is_outsider)
PASS_SAFEGUARDING = policy("evaluation.pass_safeguarding", SAFEGUARDING & did_not_write_it)
SEND_BACK_CASE = policy("evaluation.send_back_case", (SAFEGUARDING | EVALUATOR | OFFICER) & is_outsider)
PUBLISH = policy("evaluation.publish", (EVALUATOR | OFFICER) & is_outsider & did_not_write_it)
RETIRE = policy("evaluation.retire", (EVALUATOR | OFFICER | SAFEGUARDING) & is_outsider)
VIEW_LIBRARY = policy("evaluation.view_library", anyone)
policy("evaluation.replicate", may_apply)
policy("evaluation.replay", is_system)
