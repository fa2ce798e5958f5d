"""The one order in which a step locks rows, so that two steps at once wait for each other and never in a ring.

1. What a person has before them and nobody else's step reaches for: a line of a statement, a batch.
2. The grant; of several the lowest number first. Then its organisation.
3. The tranches of these grants, the lowest number first.
4. Rows that hang on a grant: hold, waiver, doubt, condition, amendment, report, instruction. Or a pledge.
5. The purses: of each currency the whole first (`change_purse`).
6. The ledger's head, in `post_entry`, which has the purse of the currency by then.
7. The heads of the journal's threads, in `record`, and so in `perform` as soon as it has saved.

A step that only takes rows on one line of this list may skip the lines above. Whoever comes to a tranche, a purse or
the ledger after it has told the story asks for the lock here first, at its beginning: a lock that one has is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disbursements.models import Grant, LedgerHead, Purse, Tranche
from disbursements.models.ledger import WHOLE
from fundmgmt.models import Organisation

if TYPE_CHECKING:
    from collections.abc import Iterable

MAIN = "main"


def lock_grant(grant_id: int) -> Grant:
    """The grant as it stands now, and its tranches. Call inside a transaction."""
    grant = Grant.objects.select_for_update(no_key=True).get(pk=grant_id)
    lock_tranches([grant_id])
    return grant


def lock_payees(grant_ids: Iterable[int]) -> None:
    """These grants, their organisations, so that neither terms nor bank details change, and all they are paid.

    The tranches of an organisation's other grants too: an approval may look like one of theirs.
    """
    wanted = list(Grant.objects.select_for_update(no_key=True).filter(pk__in=grant_ids).order_by("pk"))
    payees = {grant.organisation_id for grant in wanted}
    list(Organisation.objects.select_for_update(no_key=True).filter(pk__in=payees).order_by("pk"))
    lock_tranches(Grant.objects.filter(organisation__in=payees).values_list("pk", flat=True))


def lock_tranches(grant_ids: Iterable[int]) -> None:
    """Every tranche of these grants, in one order."""
    rows = Tranche.objects.select_for_update(of=("self",), no_key=True).filter(grant__in=grant_ids)
    list(rows.order_by("pk").values_list("pk", flat=True))


def lock_books(currencies: Iterable[str]) -> LedgerHead:
    """The whole purse of each currency that has one, then the ledger's head: nobody posts or spends meanwhile."""
    purses = Purse.objects.select_for_update(no_key=True).filter(code=WHOLE, currency__in=currencies)
    list(purses.order_by("currency"))
    LedgerHead.objects.get_or_create(name=MAIN)
    return LedgerHead.objects.select_for_update(no_key=True).get(name=MAIN)
