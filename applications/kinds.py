"""Kinds of journal entry of this stage that tell of calls and applications."""

from django.utils.translation import gettext_lazy as _

from fundmgmt.kinds import Kind, register_kinds

CALL = "applications.call"
APPLICATION = "applications.application"
AMOUNT = ("amount_minor", "currency")

register_kinds(
    [
        Kind(f"{CALL}.begin", _("Call prepared"), ("call", *AMOUNT)),
        Kind(f"{CALL}.edit", _("Call changed"), ("fields",)),
        Kind(f"{CALL}.open", _("Call opened"), ("closes_at",)),
        Kind(f"{CALL}.keep_open", _("Call kept open longer"), ("closes_at", "was")),
        Kind(f"{CALL}.close", _("Call closed"), ("applications",)),
        Kind(f"{CALL}.correct_to_open", _("Call opened again"), ("closes_at",)),
        Kind(f"{CALL}.archive", _("Call put in the archive")),
        Kind(f"{APPLICATION}.begin", _("Application begun"), ("ref", "call", "organisation", "external_ref")),
        Kind(f"{APPLICATION}.edit_section", _("Application changed"), ("section", "fields", "action", "row")),
        Kind(
            f"{APPLICATION}.submit",
            _("Application submitted"),
            ("ref", "window", "children_total", "submission", "warnings", "months", *AMOUNT),
            case=True,
        ),
        Kind(f"{APPLICATION}.begin_check", _("Eligibility check begun")),
        Kind(f"{APPLICATION}.answer_check", _("Eligibility question answered"), ("item", "answer", "round")),
        Kind(
            f"{APPLICATION}.accept",
            _("Found eligible, sent to review"),
            ("round", "items_met", "items", "window", *AMOUNT),
            case=True,
        ),
        Kind(f"{APPLICATION}.return_to_applicant", _("Sent back for changes"), ("sections", "answer_by"), case=True),
        Kind(
            f"{APPLICATION}.resubmit",
            _("Submitted again"),
            ("ref", "window", "children_total", "submission", "warnings", "months", *AMOUNT),
            case=True,
        ),
        Kind(
            f"{APPLICATION}.find_ineligible",
            _("Found not eligible"),
            ("failed", "caps", "appeal_until", "round"),
            case=True,
        ),
        Kind(
            f"{APPLICATION}.begin_moderation",
            _("Scores far apart: comparison begun"),
            ("range_bp", "criteria", "reviews"),
            case=True,
        ),
        Kind(
            f"{APPLICATION}.begin_due_diligence",
            _("Due diligence begun"),
            ("mean_bp", "reviews", "moderated"),
            case=True,
        ),
        Kind(f"{APPLICATION}.send_to_committee", _("Sent to the Committee"), ("meeting", "item", "risk"), case=True),
        Kind(
            f"{APPLICATION}.approve",
            _("Approved"),
            ("decision", "rule", "in_favour", "against", "abstain", "window", *AMOUNT),
            case=True,
        ),
        Kind(
            f"{APPLICATION}.approve_with_conditions",
            _("Approved with conditions"),
            ("decision", "rule", "in_favour", "against", "abstain", "conditions", "window", *AMOUNT),
            case=True,
        ),
        Kind(f"{APPLICATION}.meet_award_conditions", _("Conditions of the award met"), ("conditions",), case=True),
        Kind(
            f"{APPLICATION}.defer",
            _("Decision put off"),
            ("decision", "rule", "in_favour", "against", "abstain"),
            case=True,
        ),
        Kind(
            f"{APPLICATION}.reject",
            _("Not selected"),
            ("decision", "rule", "in_favour", "against", "abstain", "appeal_until"),
            case=True,
        ),
        Kind(f"{APPLICATION}.withdraw", _("Withdrawn by the organisation"), case=True),
        Kind(f"{APPLICATION}.mark_agreed", _("Agreement signed"), ("grant", *AMOUNT)),
        Kind(f"{APPLICATION}.correct_to_submitted", _("Corrected: withdrawal undone"), case=True),
        Kind(f"{APPLICATION}.correct_to_check", _("Corrected: back to the eligibility check"), ("appeal",), case=True),
        Kind(f"{APPLICATION}.correct_to_review", _("Corrected: back to review"), case=True),
        Kind(f"{APPLICATION}.correct_to_due_diligence", _("Corrected: back to due diligence"), ("appeal",), case=True),
        Kind(f"{APPLICATION}.correct_to_committee", _("Corrected: back to the Committee"), ("appeal",), case=True),
    ]
)

# Review, due diligence, committee

_COUNTS = (
    "eligible",
    "needed",
    "present",
    "in_favour",
    "against",
    "abstain",
    "recused",
    "observers",
    "quorum",
    "result",
    "why",
)

register_kinds(
    [
        Kind("applications.review.begin", _("Reviewer invited"), ("reviewer", "due_date")),
        Kind("applications.review.accept", _("Reviewer accepted, without a conflict")),
        Kind("applications.review.declare_conflict", _("Reviewer recused for a conflict of interest"), ("conflict",)),
        Kind(
            "applications.review.submit",
            _("Review handed in"),
            ("scores", "weights", "total_num", "total_den", "recommendation"),
        ),
        Kind("applications.review.reopen", _("Review reopened")),
        Kind(
            "applications.reviewerprofile.describe",
            _("Reviewer's profile changed"),
            ("user", "child_protection", "provinces"),
        ),
        Kind(
            "applications.moderation.record",
            _("Scores moderated"),
            ("mean_num", "mean_den", "moderated_tenths", "reviews", "criteria", "meets", "opened_by"),
            case=True,
        ),
        Kind(
            "applications.conflictofinterest.declare",
            _("Conflict of interest declared"),
            ("user", "conflict", "source"),
        ),
        Kind("applications.check.record", _("Due diligence item rated"), ("item", "rating", "evidence")),
        Kind("applications.openitem.open", _("Open item noted in due diligence"), ("item",)),
        Kind("applications.openitem.close", _("Open item closed"), ("item", "as_condition")),
        Kind("applications.sanctionslead.find", _("Sanctions lead to clear"), ("matched", "list_date")),
        Kind("applications.sanctionslead.clear", _("Sanctions lead cleared by a person"), ("same_person",)),
        Kind(
            "applications.duediligence.finish",
            _("Due diligence finished"),
            ("overall", "psea_total", "psea_band", "valid_until", "psea_valid_until", "conditions"),
            case=True,
        ),
        Kind("applications.meeting.begin", _("Committee meeting prepared"), ("ref", "mode", "held_date")),
        Kind("applications.meeting.call", _("Committee meeting called"), ("ref", "answers_until", "items")),
        Kind("applications.meeting.move_day", _("Committee meeting moved"), ("ref", "held_date", "was")),
        Kind("applications.meeting.open", _("Committee meeting opened"), ("ref", "seats")),
        Kind("applications.meeting.attend", _("Present at the meeting"), ("seat", "channel")),
        Kind("applications.meeting.close", _("Committee meeting closed"), ("ref", "items")),
        Kind("applications.meeting.draft_minutes", _("Minutes drafted"), ("ref", "paper", "sha256")),
        Kind("applications.meeting.approve_minutes", _("Minutes approved"), ("ref", "sha256")),
        Kind("applications.agendaitem.begin", _("Put on the Committee's agenda"), ("ref", "decision_type")),
        Kind("applications.agendaitem.declare", _("Interest declared for an agenda item"), ("ref", "seat", "conflict")),
        Kind("applications.agendaitem.vote", _("Vote cast"), ("ref", "seat", "value", "was", "channel")),
        Kind("applications.agendaitem.comment", _("Comment on an agenda item"), ("ref", "seat")),
        Kind("applications.agendaitem.ask_for_meeting", _("A member asked for a meeting"), ("ref", "seat")),
        Kind("applications.agendaitem.add_condition", _("Condition proposed"), ("ref", "no", "kind", "due_date")),
        Kind("applications.agendaitem.withdraw_condition", _("Proposed condition taken back"), ("ref", "no")),
        Kind(
            "applications.agendaitem.decide",
            _("Committee decided"),
            ("ref", "decision_type", "amount_minor", "currency", "conditions", "rules_from", *_COUNTS),
            case=True,
        ),
        Kind(
            "applications.agendaitem.defer",
            _("Committee deferred the item"),
            ("ref", "decision_type", *_COUNTS),
            case=True,
        ),
    ]
)

# Appeals

_OPINIONS = ("ref", "allow", "dismiss")

register_kinds(
    [
        Kind("applications.appeal.begin", _("Appeal lodged"), ("ref", "against", "decision", "until")),
        Kind("applications.appeal.give_opinion", _("Opinion on the appeal given"), ("ref", "opinion")),
        Kind("applications.appeal.uphold", _("Appeal upheld"), _OPINIONS),
        Kind("applications.appeal.dismiss", _("Appeal dismissed"), _OPINIONS),
        Kind("applications.appeal.withdraw", _("Appeal withdrawn"), ("ref",)),
    ]
)
