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
            ("ref", "call", "window", "children_total", "submission", "warnings", "months", *AMOUNT),
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
        Kind(f"{APPLICATION}.correct_to_check", _("Corrected: back to the eligibility check"), case=True),
        Kind(f"{APPLICATION}.correct_to_review", _("Corrected: back to review"), case=True),
        Kind(f"{APPLICATION}.correct_to_due_diligence", _("Corrected: back to due diligence"), case=True),
        Kind(f"{APPLICATION}.correct_to_committee", _("Corrected: back to the Committee"), case=True),
    ]
)
