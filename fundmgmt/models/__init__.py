"""Models of the ground floor."""

from fundmgmt.models.append_only import AppendOnlyModel, AppendOnlyQuerySet, WrittenOnce
from fundmgmt.models.catalogues import GlossaryTerm, Indicator, Place, PracticeTag, RubricItem, StandardItem
from fundmgmt.models.guards import Guard
from fundmgmt.models.heartbeat import Heartbeat
from fundmgmt.models.invitations import Invitation
from fundmgmt.models.journal import Checkpoint, JournalEntry, Receipt, Remark, SealedHead, ThreadHead
from fundmgmt.models.letters import MailSent
from fundmgmt.models.papers import Paper
from fundmgmt.models.people import Membership, Organisation, RoleGrant, Seat, Term, User
from fundmgmt.models.refs import Sequence, next_ref
from fundmgmt.models.rules import Rule
from fundmgmt.models.verification import Verification
from fundmgmt.models.workflow import (
    NoSuchStep,
    OutsideTheGate,
    StaleObject,
    StepError,
    StepRefused,
    WorkflowModel,
    WorkflowQuerySet,
    WorkflowState,
)

__all__ = [
    "AppendOnlyModel",
    "AppendOnlyQuerySet",
    "Checkpoint",
    "GlossaryTerm",
    "Guard",
    "Heartbeat",
    "Indicator",
    "Invitation",
    "JournalEntry",
    "MailSent",
    "Membership",
    "NoSuchStep",
    "Organisation",
    "OutsideTheGate",
    "Paper",
    "Place",
    "PracticeTag",
    "Receipt",
    "Remark",
    "RoleGrant",
    "RubricItem",
    "Rule",
    "SealedHead",
    "Seat",
    "Sequence",
    "StaleObject",
    "StandardItem",
    "StepError",
    "StepRefused",
    "Term",
    "ThreadHead",
    "User",
    "Verification",
    "WorkflowModel",
    "WorkflowQuerySet",
    "WorkflowState",
    "WrittenOnce",
    "next_ref",
]
