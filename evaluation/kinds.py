"""Journal kinds of this stage. Facts are codes, numbers and dates; a case record gathers those marked case."""

from django.utils.translation import gettext_lazy as _

from fundmgmt.kinds import Kind, register_kinds

PERIOD = ("no", "report_kind", "period_start", "period_end", "due_date")

register_kinds(
    [
        Kind("evaluation.report.begin", _("Report planned"), PERIOD),
        Kind("evaluation.report.replan", _("Report's dates changed"), PERIOD),
        Kind("evaluation.report.begin_writing", _("Report begun"), ("no",)),
        Kind("evaluation.report.fill_part", _("Part of the report written"), ("no", "part")),
        Kind(
            "evaluation.report.submit",
            _("Report handed in"),
            ("no", "report_kind", "due_date", "days_late", "terms"),
            case=True,
        ),
        Kind("evaluation.report.send_back", _("Report sent back"), ("no", "report_kind"), case=True),
        Kind(
            "evaluation.report.accept",
            _("Report accepted"),
            ("no", "report_kind", "spent_minor", "currency"),
            case=True,
        ),
        Kind("evaluation.report.reopen", _("Accepted report reopened"), ("no", "report_kind"), case=True),
        Kind(
            "evaluation.indicatorvalue.accept",
            _("Result recorded"),
            ("indicator", "report", "numerator", "denominator", "method", "lost_to_follow_up", "cells"),
            case=True,
        ),
        Kind(
            "evaluation.milestone.verify",
            _("Milestone verified"),
            ("milestone", "checked_date", "due_date", "sha256"),
            case=True,
        ),
        Kind(
            "evaluation.milestone.unverify", _("Milestone no longer verified"), ("milestone", "checked_date"), case=True
        ),
        Kind("evaluation.visit.plan", _("Visit planned"), ("visit_kind", "rule", "planned_date")),
        Kind(
            "evaluation.visit.finish",
            _("Visit done"),
            ("visit_kind", "done_date", "finding", "serious", "minor"),
            case=True,
        ),
        Kind("evaluation.evaluation.begin", _("Evaluation planned"), ("method", "evaluator", "second")),
        Kind("evaluation.evaluation.begin_work", _("Evaluation begun"), (), case=True),
        Kind("evaluation.evaluation.rate_criterion", _("Criterion rated"), ("criterion", "score", "evidence_level")),
        Kind("evaluation.evaluation.score_items", _("Replicability scored"), ("scorer",)),
        Kind("evaluation.evaluation.classify", _("Practice classed"), ("practice_class", "evidence_level")),
        Kind("evaluation.evaluation.correct_facts", _("Facts corrected by the grantee"), ()),
        Kind("evaluation.evaluation.submit", _("Evaluation handed in"), ()),
        Kind("evaluation.evaluation.take_back", _("Evaluation taken up again"), ()),
        Kind(
            "evaluation.evaluation.make_final",
            _("Evaluation final"),
            (
                "evidence_level",
                "practice_class",
                "replicability_sum",
                "replicability_n",
                "EV-01",
                "EV-02",
                "EV-03",
                "EV-04",
                "EV-05",
                "EV-06",
            ),
            case=True,
        ),
        Kind("evaluation.caserecord.begin", _("Case record opened")),
        Kind("evaluation.caserecord.start_drafting", _("Case record: writing begun")),
        Kind("evaluation.caserecord.write_text", _("Practice text written"), ("text_version",)),
        Kind("evaluation.caserecord.name_practice", _("Practice given its number"), ("ref",), case=True),
        Kind("evaluation.caserecord.send_to_safeguarding", _("Practice text sent to the safeguarding check")),
        Kind("evaluation.caserecord.pass_safeguarding", _("Safeguarding check passed")),
        Kind("evaluation.caserecord.send_back", _("Practice text sent back")),
        Kind("evaluation.caserecord.publish", _("Practice published"), ("text_version", "practice_class"), case=True),
        Kind("evaluation.caserecord.revise", _("Published practice being revised"), ()),
        Kind("evaluation.caserecord.retire", _("Practice retired"), (), case=True),
        Kind("evaluation.caserecord.close_with_thread", _("Case record closed with its project"), ("because",)),
        Kind("evaluation.caserecord.take_up_again", _("Case record open again"), ("because",)),
        Kind("evaluation.caserecord.replicate", _("Practice used as a starting point"), ("copy",)),
    ]
)
