"""Who has a part in a grant or a tie with it: they do not release its money."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Q

from applications.models import Declaration
from fundmgmt.models import JournalEntry

PART = (
    *("disbursements.grant.begin", "disbursements.grant.sign"),
    "disbursements.grant.sign_on_paper",
    "disbursements.grant.sign_by_mark",
    "disbursements.grant.countersign",
    "disbursements.grant.activate",
    "disbursements.condition.meet",
)

PART_TAKEN = Q(kind__startswith="applications.") | Q(kind__in=PART)


class HasPeople:
    """A project's people, read from its journal and from declarations."""

    thread: Any
    organisation: Any
    application: Any
    application_id: int

    @cached_property
    def people_with_a_part(self) -> frozenset[int]:
        """Who reviewed, decided, opened or signed: they do not release this money (one query)."""
        entries = JournalEntry.objects.filter(thread=self.thread, actor__isnull=False)
        return frozenset(entries.filter(PART_TAKEN).order_by().values_list("actor_id", flat=True).distinct())

    @cached_property
    def people_with_a_tie(self) -> frozenset[int]:
        """Who declared a conflict: with the organisation, as reviewer of the project, or at an item about it."""
        found = set(self.organisation.ties.filter(ended_at__isnull=True).values_list("user_id", flat=True))
        found |= set(self.application.conflicts.values_list("user_id", flat=True))
        told = Declaration.objects.filter(item__application=self.application_id)
        return frozenset(found | set(told.exclude(conflict="").values_list("user_id", flat=True)))

    def took_part(self, user: Any) -> bool:
        """Whether this person has a part in the project, under whichever account."""
        return bool(user.is_one_of(self.people_with_a_part))

    def is_tied(self, user: Any) -> bool:
        """Whether this person declared a conflict, under whichever account."""
        return bool(user.is_one_of(self.people_with_a_tie))
