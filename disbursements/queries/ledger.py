"""Reading the ledger, and proving it: every invariant as a query that says in plain words what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Min, Prefetch, Q, Sum
from django.utils.translation import gettext as _

from disbursements.models import Grant, LedgerEntry, LedgerHead, LedgerLine, Purse, Tranche
from disbursements.models.ledger import WHOLE
from disbursements.queries import ledger_causes
from disbursements.queries.funds import balances, taken_for_disputes, total_of
from disbursements.queries.hashing import seal, sealed_content
from disbursements.states import HELD_AT, MONEY_LEFT, AccountCode, EntryKind, TrancheState
from fundmgmt.access import can
from fundmgmt.formats.words import money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet


def lines_for_list(user: Any) -> QuerySet[LedgerLine]:
    """Lines with entry, account, earmark and grant, for the list and its CSV."""
    rows = LedgerLine.objects.select_related("entry", "account", "earmark", "grant", "tranche", "donor")
    return rows if can(user, "disbursements.view_ledger") else rows.none()


def entries_for_page(user: Any) -> QuerySet[LedgerEntry]:
    """Entries with their lines (two queries)."""
    lines = LedgerLine.objects.select_related("account", "earmark", "grant", "donor")
    rows = LedgerEntry.objects.select_related("reverses", "reversed_by", "recorded_by")
    rows = rows.prefetch_related(Prefetch("lines", queryset=lines))
    return rows if can(user, "disbursements.view_ledger") else rows.none()


def held_in(account: AccountCode, currency: str) -> int:
    """What lies on one account in one currency, in minor units."""
    rows = LedgerLine.objects.filter(account__code=account, currency=currency)
    return rows.aggregate(total=Sum("amount_minor"))["total"] or 0


@dataclass
class Verdict:
    """What verify_ledger() found: whole when there are no problems."""

    entries: int = 0
    lines: int = 0
    root: str = ""
    checked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Everything adds up."""
        return not self.problems


def verify_ledger() -> Verdict:
    """Recompute every invariant of the ledger from its rows. Reads only."""
    verdict = Verdict()
    for label, check in (
        (_("Every entry sums to zero in each currency"), _balanced),
        (_("Nothing was changed, taken out or put in"), _chain),
        (_("Money at the bank and the card provider is what was received, less what was paid and spent"), _bank),
        (_("No account of the fund is below nothing"), _accounts),
        (_("No money is paid that was not received, whatever it was given for"), _cover),
        (_("No grant received more than was committed to it, from any money"), _grants),
        (_("Tranches of each grant sum to its amount"), _sums),
        (_("Each tranche that left has one entry, of its amount"), _tranches),
        (_("The purses that guard against paying twice agree with the lines"), _purses),
        (_("Each entry has one cause, which stands"), ledger_causes.causes),
        (_("Fees, costs, gains and losses on exchange stand in entries of their own kind"), ledger_causes.kinds),
        (_("A reversal takes back the whole of what it names"), ledger_causes.reversals),
        (_("What is on its way and what has arrived is what the tranches say"), ledger_causes.tranches),
        (_("Nothing is committed beyond an award, or before the fund signed"), ledger_causes.commitments),
        (
            _("Each payment that a rail was told stands in the ledger once, and no failed one"),
            ledger_causes.instructions,
        ),
        (_("The bank confirmed what its statements show, and nothing else"), ledger_causes.confirmed),
        (_("What payees still give back is what the bank's lines show"), ledger_causes.owed),
        (_("Nothing was changed after approval, and no person took two steps"), ledger_causes.approvals),
        (_("Contributions and refunds stand in the ledger with their amounts"), ledger_causes.money_in),
        (_("What the card provider took for disputes and brought back stands in the ledger"), ledger_causes.disputes),
        (_("What donors still promise is what the memo shows"), ledger_causes.pledges),
        (_("No donor's money is spent twice"), ledger_causes.donors),
    ):
        verdict.checked.append(label)
        verdict.problems += check(verdict)
    return verdict


def _balanced(_verdict: Verdict) -> Iterator[str]:
    rows = LedgerLine.objects.order_by().values("entry__no", "currency").annotate(total=Sum("amount_minor"))
    for row in rows.exclude(total=0):
        yield _("Entry %(no)s does not balance: %(rest)s left over.") % {
            "no": row["entry__no"],
            "rest": money(row["total"], row["currency"]),
        }
    for entry in LedgerEntry.objects.annotate(n=Count("lines")).filter(n__lt=2):
        yield _("Entry %(no)s has fewer than two lines.") % {"no": entry.no}


def _chain(verdict: Verdict) -> Iterator[str]:
    expected, digest = 1, ""
    for content, sealed in sealed_content():
        no = content["no"]
        verdict.entries += 1
        verdict.lines += len(content["lines"])
        if no != expected:
            yield _("Entry %(no)s is missing.") % {"no": expected}
        if content["prev"] != digest:
            yield _("Entry %(no)s does not follow the one before it.") % {"no": no}
        if seal(content) != sealed:
            yield _("Entry %(no)s was changed.") % {"no": no}
        expected, digest = no + 1, sealed
    head = LedgerHead.objects.filter(name="main").first()
    verdict.root = digest
    if head and (head.no, head.hash) != (expected - 1, digest):
        yield _("The last entry is not the one the ledger remembers.")


def _bank(_verdict: Verdict) -> Iterator[str]:
    rows = balances()
    banks = dict(
        LedgerLine.objects.filter(account__code__in=HELD_AT)
        .order_by()
        .values_list("currency")
        .annotate(Sum("amount_minor"))
    )
    for currency in {row.currency for row in rows}:
        whole = total_of(rows, currency)
        if banks.get(currency, 0) != whole.cash:
            yield _("What the fund holds in %(currency)s does not fit the other accounts.") % {"currency": currency}


def _accounts(_verdict: Verdict) -> Iterator[str]:
    rows = LedgerLine.objects.filter(account__code__in=HELD_AT).order_by("account__code", "currency")
    for code, currency, total in rows.values_list("account__code", "currency").annotate(Sum("amount_minor")):
        if total < 0:
            yield _("%(account)s: %(amount)s less than nothing. Record what was moved there.") % {
                "account": AccountCode(code).label,
                "amount": money(-total, currency),
            }


def _cover(_verdict: Verdict) -> Iterator[str]:
    for row in balances():
        if row.cash < 0:
            name = row.earmark.label if row.earmark else _("unrestricted")
            took = taken_for_disputes(row.currency)
            yield (
                _(
                    "More was paid from “%(name)s” than was received for it: %(missing)s is missing. "
                    "Givers' banks took back %(taken)s, which was spent already."
                )
                if took
                else _("More was paid from “%(name)s” than was received for it.")
            ) % {"name": name, "missing": money(-row.cash, row.currency), "taken": money(took, row.currency)}


def _grants(_verdict: Verdict) -> Iterator[str]:
    paid = Q(account__code__in=[AccountCode.GRANTS_PAID, AccountCode.TRANSIT])
    rows = (
        LedgerLine.objects.filter(grant__isnull=False)
        .order_by()
        .values("grant__ref", "earmark__label")
        .annotate(
            paid=Sum("amount_minor", filter=paid, default=0),
            committed=Sum("amount_minor", filter=Q(account__code=AccountCode.COMMITTED), default=0),
        )
    )
    for row in rows.filter(paid__gt=F("committed")):
        yield _("%(ref)s received more from “%(name)s” than was committed to it from there.") % {
            "ref": row["grant__ref"],
            "name": row["earmark__label"] or _("unrestricted"),
        }


def _sums(_verdict: Verdict) -> Iterator[str]:
    kept = ~Q(tranches__state=TrancheState.REVERSED)
    rows = Grant.objects.annotate(total=Sum("tranches__amount_minor", filter=kept, default=0))
    for grant in rows.exclude(total=F("amount_minor")):
        yield _("The tranches of %(ref)s do not sum to its amount.") % {"ref": grant.ref}


def _tranches(_verdict: Verdict) -> Iterator[str]:
    standing = Q(kind=EntryKind.IN_TRANSIT, reversed_by__isnull=True)  # an attempt that failed is taken back
    transit = standing & Q(lines__account__code=AccountCode.TRANSIT)
    rows = (
        LedgerEntry.objects.filter(transit)
        .order_by()
        .values_list("lines__tranche")
        .annotate(total=Sum("lines__amount_minor"), first=Min("no"), n=Count("id", distinct=True))
    )
    posted = {tranche: (total, n) for tranche, total, _first, n in rows}
    for tranche in Tranche.objects.filter(state__in=[*MONEY_LEFT, TrancheState.REVERSED]).select_related("grant"):
        if posted.pop(tranche.pk, None) != (tranche.amount_minor, 1):
            yield _("Tranche %(ref)s left, but the ledger does not show its amount once.") % {"ref": tranche.ref}
    for tranche_id in posted:
        yield _("The ledger shows a payment for tranche %(id)s that did not leave.") % {"id": tranche_id}


def _purses(_verdict: Verdict) -> Iterator[str]:
    rows = balances()
    wanted = {(row.code, row.currency): row for row in rows}
    wanted |= {(WHOLE, currency): total_of(rows, currency) for currency in {row.currency for row in rows}}
    for purse in Purse.objects.all():
        row = wanted.get((purse.code, purse.currency))
        kept = (purse.received_minor, purse.committed_minor, purse.paid_minor, purse.costs_minor)
        wrong = kept != ((row.received, row.committed, row.paid, row.costs) if row else (0, 0, 0, 0))
        if wrong or purse.short_minor != purse.missing_minor:
            yield _("The purse %(code)s %(currency)s does not agree with the lines.") % {
                "code": purse.code,
                "currency": purse.currency,
            }
