"""What to put into an address whose rows cannot be found from its page class: name of the door -> rows and values."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.core import signing

from fundmgmt.actions.organisations import SALT
from fundmgmt.models import JournalEntry, Membership, Organisation, Paper, RoleGrant

Rows = Iterator[tuple[Any, dict[str, Any]]]


def _rules() -> Rows:
    for key in ("invitation_days", "age_mine_min"):
        yield None, {"key": key}


def _colleagues() -> Rows:
    for row in Membership.objects.filter(valid_until=None).select_related("organisation")[:3]:
        yield row.organisation, {"ref": row.organisation.ref, "pk": row.pk}


def _grants() -> Rows:
    for grant in RoleGrant.objects.filter(valid_until=None).select_related("user")[:3]:
        yield grant.user, {"pk": grant.user_id, "grant": grant.pk}


def _threads() -> Iterator[Any]:
    """Threads of organisations, and of whatever else has a story."""
    yield from islice(Organisation.objects.values_list("thread", flat=True), 1)
    begun = JournalEntry.objects.filter(kind__endswith=".application.begin")
    yield from islice(begun.values_list("thread", flat=True), 12)


def _journal() -> Rows:
    for thread in _threads():
        yield None, {"thread": thread}


def _dossiers() -> Rows:
    for thread in _threads():
        yield thread, {"thread": thread}


def _papers() -> Rows:
    for paper in Paper.objects.all()[:3]:
        yield paper, {"uid": paper.uid}


def _invitations() -> Rows:
    owner = Membership.objects.filter(role="owner", valid_until=None, user__is_active=True).first()
    if owner is not None:
        offer = [owner.organisation_id, "viewer", "invited@example.org", owner.user_id]
        yield None, {"token": signing.dumps(offer, salt=SALT, compress=True)}


SAMPLES: dict[str, Callable[[], Rows]] = {
    "fundmgmt:rule": _rules,
    "fundmgmt:rule_change": _rules,
    "fundmgmt:colleague": _colleagues,
    "fundmgmt:colleague_leave": _colleagues,
    "fundmgmt:role_end": _grants,
    "fundmgmt:journal_thread": _journal,
    "fundmgmt:dossier": _dossiers,
    "fundmgmt:paper": _papers,
    "fundmgmt:join": _invitations,
}
