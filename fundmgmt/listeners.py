"""What runs on the timetable and after a step for the ground floor: fetch by id, call one thing."""

from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fundmgmt import journal, mail, tasks
from fundmgmt.actions.organisations import InvitationEnded, owners, read_invitation
from fundmgmt.actions.verifying import run_verification
from fundmgmt.forms.kept_file import forget_old_files
from fundmgmt.models import JournalEntry, Membership, Organisation, User, Verification


def beat_money() -> None:
    """The cluster for payments lives."""
    tasks.beat(tasks.MONEY, timezone.now())


def beat_bulk() -> None:
    """The cluster for everything else lives."""
    tasks.beat(tasks.BULK, timezone.now())


def sweep_journal() -> int:
    """Deliver entries that a crash or a failing consumer left behind."""
    return journal.sweep()


def seal_journal() -> str:
    """Seal the chain heads that moved since the last hour."""
    checkpoint = journal.seal_checkpoint(timezone.now())
    return checkpoint.root if checkpoint else ""


def forget_kept_files() -> int:
    """Delete the files of forms that nobody finished."""
    return forget_old_files(timezone.now())


def forget_bytes(entry: JournalEntry) -> None:
    """Delete what a paper that was taken out consisted of; a second time does nothing."""
    default_storage.delete(entry.facts["file"])


@dataclass(frozen=True)
class Guest:
    """Somebody without an account, as far as a message needs to know."""

    email: str
    name: str = ""
    language: str = "fr"
    is_active: bool = True


def mail_invitation(token: str) -> None:
    """Send the signed link to whom it names, in the inviter's language; nothing when it ended meanwhile."""
    try:
        invitation = read_invitation(token, timezone.localdate())
    except InvitationEnded:
        return
    by = invitation.invited_by
    context: dict[str, Any] = {"organisation": invitation.organisation, "by": by}
    context |= {"url": reverse("fundmgmt:join", args=[token]), "action": _("Open the invitation")}
    mail.send("people/invitation", Guest(invitation.email, language=by.language), context)


def mail_welcome(membership_id: int) -> None:
    """Tell somebody with an account that they belong now."""
    row = Membership.objects.select_related("user", "organisation").get(pk=membership_id)
    context = {
        "organisation": row.organisation,
        "url": row.organisation.get_absolute_url(),
        "action": _("Open its page"),
    }
    mail.send("people/welcome", row.user, context)


def mail_hand_over(ident: str) -> None:
    """Tell one person (organisation:user) who is responsible now."""
    organisation_id, user_id = ident.split(":")
    organisation = Organisation.objects.get(pk=organisation_id)
    context = {"organisation": organisation, "owners": owners(organisation, timezone.localdate())}
    context |= {"url": "/", "action": _("Open your page")}
    mail.send("people/hand_over", User.objects.get(pk=user_id), context)


def verify_journal(run_id: int) -> None:
    """Carry out one verification run."""
    run_verification(Verification.objects.get(pk=run_id), clock=timezone.now)
