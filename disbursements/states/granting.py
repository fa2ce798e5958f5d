"""Grants, tranches, and what stands between a request and money."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class GrantState(models.TextChoices):
    """Life of a grant."""

    AGREEMENT_DRAFT = "agreement_draft", pgettext_lazy("grant", "agreement being signed")
    SIGNED = "signed", pgettext_lazy("grant", "signed")
    ACTIVE = "active", pgettext_lazy("grant", "active")
    SUSPENDED = "suspended", pgettext_lazy("grant", "suspended")
    ENDED = "ended", pgettext_lazy("grant", "ended")
    CLOSING = "closing", pgettext_lazy("grant", "closing")
    CLOSED = "closed", pgettext_lazy("grant", "closed")
    TERMINATED = "terminated", pgettext_lazy("grant", "terminated")


STOPPABLE = (
    GrantState.AGREEMENT_DRAFT,
    GrantState.SIGNED,
    GrantState.ACTIVE,
    GrantState.ENDED,
    GrantState.CLOSING,
)


AMENDABLE = (GrantState.SIGNED, GrantState.ACTIVE, GrantState.SUSPENDED, GrantState.ENDED)


class TrancheState(models.TextChoices):
    """Life of one part of a grant's money."""

    PLANNED = "planned", pgettext_lazy("tranche", "planned")
    REQUESTED = "requested", pgettext_lazy("tranche", "requested")
    CHECKED = "checked", pgettext_lazy("tranche", "checked")
    BLOCKED = "blocked", pgettext_lazy("tranche", "blocked")
    APPROVED = "approved", pgettext_lazy("tranche", "approved")
    ON_HOLD = "on_hold", pgettext_lazy("tranche", "on hold")
    SENT = "sent", pgettext_lazy("tranche", "sent")
    CONFIRMED = "confirmed", pgettext_lazy("tranche", "confirmed")
    CANCELLED = "cancelled", pgettext_lazy("tranche", "cancelled")
    REVERSED = "reversed", pgettext_lazy("tranche", "reversed")


BEFORE_SENT = (
    TrancheState.PLANNED,
    TrancheState.REQUESTED,
    TrancheState.CHECKED,
    TrancheState.BLOCKED,
    TrancheState.APPROVED,
)


MONEY_LEFT = (TrancheState.SENT, TrancheState.CONFIRMED)


class HoldState(models.TextChoices):
    """Life of a stop."""

    OPEN = "open", pgettext_lazy("hold", "open")
    LIFT_PROPOSED = "lift_proposed", pgettext_lazy("hold", "lifting proposed")
    LIFTED = "lifted", pgettext_lazy("hold", "lifted")


class HoldKind(models.TextChoices):
    """Why payments stop."""

    SAFEGUARDING = "safeguarding", _("Safeguarding")
    FRAUD = "fraud", _("Suspected fraud")
    LATENESS = "lateness", _("Report more than 30 days late")
    SECURITY = "security", _("Security")
    LEGAL = "legal", _("Legal question")
    COMMITTEE = "committee", _("Decision of the Committee")
    OTHER = "other", _("Another reason")


class ConditionKind(models.TextChoices):
    """What must be true before money moves. The first group is attested by people, the second computed from facts."""

    SAFEGUARDING_TRAINING = "safeguarding_training_done", _("Safeguarding training held")
    REPORT_ACCEPTED = "report_accepted", _("Report %(code)s accepted")
    FINAL_REPORT_ACCEPTED = "final_report_accepted", _("Final report accepted")
    MILESTONE_VERIFIED = "milestones_verified", _("Milestone %(code)s verified")
    CLOSURE_STARTED = "closure_checklist_started", _("Close-out list begun")
    AWARD = "award_condition", _("Condition of the award")
    AGREEMENT_SIGNED = "agreement_signed", _("Agreement signed by both")
    BANK_VERIFIED = "bank_details_verified", _("Bank details verified by a second person")
    DILIGENCE_VALID = "due_diligence_valid", _("Due diligence valid on the day")
    PREVIOUS_SPENT = "previous_tranche_spent_80pct", _("Most of the tranche before is spent")
    EARLIER_SPENT = "earlier_tranches_spent_100pct", _("Earlier tranches wholly spent")
    ALL_SPENT = "spent_100pct_of_paid", _("All paid money is spent")
    NO_HOLD = "no_open_hold", _("No open hold")


# Met by the acceptance of a report or by a look at a milestone, and by nobody's tick.
OF_A_STEP = frozenset(
    {ConditionKind.REPORT_ACCEPTED, ConditionKind.FINAL_REPORT_ACCEPTED, ConditionKind.MILESTONE_VERIFIED}
)
ATTESTED = frozenset(
    {
        ConditionKind.SAFEGUARDING_TRAINING,
        ConditionKind.REPORT_ACCEPTED,
        ConditionKind.FINAL_REPORT_ACCEPTED,
        ConditionKind.MILESTONE_VERIFIED,
        ConditionKind.AWARD,
    }
)


class WaivableCode(models.TextChoices):
    """What two people may set aside for one tranche. Agreement, bank details, holds, money and people are not here."""

    ATTESTED = "attested", _("A condition that people attest")
    DILIGENCE = "diligence", _("Due diligence valid today")
    PSEA = "psea", _("Safeguarding (PSEA) check valid today")
    PREVIOUS_SPENT = "previous_spent", _("Share of the tranche before that is spent")
    EARLIER_SPENT = "earlier_spent", _("Earlier tranches spent")
    ALL_SPENT = "all_spent", _("All money paid so far is spent")
    CLOSURE = "closure", _("Close-out list begun")
    OVERDUE = "overdue", _("No overdue report")
    FINDING = "finding", _("Findings of high priority answered")


class WaiverState(models.TextChoices):
    """Life of a waiver."""

    PROPOSED = "proposed", pgettext_lazy("waiver", "proposed")
    CONFIRMED = "confirmed", pgettext_lazy("waiver", "confirmed")
    REFUSED = "refused", pgettext_lazy("waiver", "refused")


class WordingState(models.TextChoices):
    """Life of a wording of the agreement."""

    PROPOSED = "proposed", pgettext_lazy("wording", "proposed")
    IN_FORCE = "in_force", pgettext_lazy("wording", "in force")
    DECLINED = "declined", pgettext_lazy("wording", "not used")


class DoubtKind(models.TextChoices):
    """What may mean that something is paid twice."""

    AMOUNT = "same_amount", _("Same amount to the same organisation")
    FILE = "same_file", _("The same file as proof")
    ACCOUNT = "shared_account", _("The same account as another organisation")


class DoubtState(models.TextChoices):
    """Life of a doubt."""

    OPEN = "open", pgettext_lazy("doubt", "open")
    CLEARED = "cleared", pgettext_lazy("doubt", "cleared")


class TieKind(models.TextChoices):
    """Links that bar from moving an organisation's money (domain 5.6)."""

    FAMILY = "family", _("Family")
    WORK = "work", _("Work there in the last three years")
    BOARD = "board", _("Board or shares")
    TRADE = "trade", _("Buying from it or selling to it")
    FUNDER = "funder", _("Funds it otherwise")
    RIVAL = "rival", _("Rival")
    POSITION = "position", _("Strong public position")


class ConditionOwner(models.TextChoices):
    """Who has to act."""

    GRANTEE = "grantee", _("Grantee")
    OFFICER = "officer", _("Programme office")
    TREASURER = "treasurer", _("Treasurer")


class CloseCode(models.TextChoices):
    """How a grant ended."""

    COMPLETED = "completed", _("Completed")
    WITH_REFUND = "completed_with_refund", _("Completed, unspent money returned")
    EARLY = "ended_early", _("Ended early")
    FOR_CAUSE = "terminated_for_cause", _("Terminated for cause")


class ClosureCode(models.TextChoices):
    """What must be settled before a grant is closed (domain 5.12)."""

    FINAL_REPORT = "final_report", _("Final report accepted")
    ACCOUNTS = "accounts", _("Accounts reconciled with receipts")
    REFUND = "refund", _("Unspent money returned")
    ASSETS = "assets", _("Assets over the limit listed and handed over")
    DELETION = "data_deletion", _("Note on personal data deleted")
    PRACTICE = "practice_note", _("Practice note written")
    EVALUATION = "evaluation_decision", _("Evaluation decided")
    FEEDBACK = "grantee_feedback", _("Grantee's feedback about the fund")


PAYABLE = (GrantState.ACTIVE, GrantState.ENDED, GrantState.CLOSING)
