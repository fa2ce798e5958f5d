"""The ledger against everything around it: causes, tranches, instructions, approvals, the bank's lines, donors.

Each check yields one sentence for each fault, which names the row. `verify_ledger` asks them all.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.utils.translation import gettext as _

from disbursements.models import (
    Approval,
    BatchItem,
    Contribution,
    DisputeMovement,
    Grant,
    LedgerEntry,
    LedgerLine,
    PaymentInstruction,
    Pledge,
    Refund,
    StatementLine,
    Tranche,
)
from disbursements.queries.sources import PAID_OUT, RECEIVED_ON
from disbursements.states import (
    ACCOUNTS_OF,
    LIVE,
    MONEY_LEFT,
    SPENT_FROM,
    AccountCode,
    EntryKind,
    InstructionState,
    LineKind,
    LineState,
    PledgeState,
    TrancheState,
)
from fundmgmt.formats.words import money

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTRUCTION = PaymentInstruction._meta.label_lower
APPROVED = (TrancheState.APPROVED, *MONEY_LEFT, TrancheState.REVERSED)


def causes(_verdict: Any) -> Iterator[str]:
    """Each entry has its one cause, and the row that caused it stands."""
    twice = LedgerEntry.objects.order_by().values("kind", "source").annotate(n=Count("id")).filter(n__gt=1)
    for row in twice:
        yield _("%(source)s caused more than one entry of the kind “%(kind)s”.") % {
            "source": row["source"],
            "kind": EntryKind(row["kind"]).label,
        }
    wanted: dict[str, dict[str, int]] = defaultdict(dict)
    for no, source in LedgerEntry.objects.order_by("no").values_list("no", "source").iterator():
        label, _colon, key = source.partition(":")
        if label.count(".") == 1:  # others are references of the bank
            wanted[label].setdefault(key, no)
    for label, keys in wanted.items():
        model = apps.get_model(label)
        there = {str(pk) for pk in model._base_manager.values_list("pk", flat=True).iterator()}
        for key, no in keys.items():
            if key not in there:
                yield _("Entry %(no)s: what caused it (%(source)s) is gone.") % {"no": no, "source": f"{label}:{key}"}


def kinds(_verdict: Any) -> Iterator[str]:
    """An entry touches the accounts of its kind only: no gain, loss, fee or rounding hides in another entry."""
    rows = LedgerLine.objects.order_by().values_list("entry__kind", "account__code").distinct()
    for kind, account in rows:
        if kind in ACCOUNTS_OF and account not in ACCOUNTS_OF[EntryKind(kind)]:
            found = LedgerEntry.objects.filter(kind=kind, lines__account__code=account).order_by("no")
            for no in found.values_list("no", flat=True).distinct():
                yield _("Entry %(no)s (%(kind)s) touches the account “%(account)s”, which is not for it.") % {
                    "no": no,
                    "kind": EntryKind(kind).label,
                    "account": AccountCode(account).label,
                }


def reversals(_verdict: Any) -> Iterator[str]:
    """A reversal takes back the whole of what it names, line by line."""
    pairs = LedgerEntry.objects.filter(kind=EntryKind.REVERSAL).select_related("reverses")
    for entry in pairs.prefetch_related("lines", "reverses__lines").order_by("no").iterator(chunk_size=500):
        first = entry.reverses
        if first is None or _content(first, 1) != _content(entry, -1):
            yield _("Entry %(no)s does not take back the whole of entry %(first)s.") % {
                "no": entry.no,
                "first": first.no if first else "-",
            }


def _content(entry: LedgerEntry, sign: int) -> list[tuple[Any, ...]]:
    return sorted(
        (
            line.account_id,
            line.currency,
            line.earmark_id or 0,
            line.donor_id or 0,
            line.grant_id or 0,
            line.tranche_id or 0,
            sign * line.amount_minor,
        )
        for line in entry.lines.all()
    )


def tranches(_verdict: Any) -> Iterator[str]:
    """Sent is on its way, confirmed has arrived, and nothing else is either: tranche by tranche."""
    left = Q(account__code__in=PAID_OUT, tranche__isnull=False)
    rows = LedgerLine.objects.filter(left).order_by().values_list("tranche", "account__code")
    held: dict[tuple[int, str], int] = {}
    for tranche, code, total in rows.annotate(Sum("amount_minor")):
        held[tranche, code] = total
    named = Tranche.objects.filter(Q(pk__in={pk for pk, _code in held}) | Q(state__in=MONEY_LEFT))
    for row in named.select_related("grant").order_by("pk"):
        wanted = {
            AccountCode.TRANSIT: row.amount_minor if row.state == TrancheState.SENT else 0,
            AccountCode.GRANTS_PAID: row.amount_minor if row.state == TrancheState.CONFIRMED else 0,
        }
        for code, amount in wanted.items():
            there = held.get((row.pk, str(code)), 0)
            if there != amount:
                yield _("Tranche %(ref)s is %(state)s: %(wanted)s should stand on “%(account)s”, not %(there)s.") % {
                    "ref": row.ref,
                    "state": row.get_state_display(),
                    "wanted": money(amount, row.currency),
                    "account": AccountCode(code).label,
                    "there": money(there, row.currency),
                }


def commitments(_verdict: Any) -> Iterator[str]:
    """Nothing is committed before the fund signed, nor more than the award."""
    rows = LedgerLine.objects.filter(account__code=AccountCode.COMMITTED, grant__isnull=False).order_by()
    totals = dict(rows.values_list("grant").annotate(Sum("amount_minor")))
    for grant in Grant.objects.filter(pk__in=totals).order_by("pk"):
        total = totals[grant.pk]
        if total > grant.amount_minor:
            yield _("%(committed)s is committed to %(ref)s, more than its award of %(award)s.") % {
                "committed": money(total, grant.currency),
                "ref": grant.ref,
                "award": money(grant.amount_minor, grant.currency),
            }
        if total and grant.fund_signed_by_id is None:
            yield _("Money is committed to %(ref)s, which the fund has not signed.") % {"ref": grant.ref}


def instructions(_verdict: Any) -> Iterator[str]:
    """One entry “on its way” for each instruction that a rail was told, of its amount; none stands for a failed one."""
    entries = LedgerEntry.objects.filter(kind=EntryKind.IN_TRANSIT, source__startswith=f"{INSTRUCTION}:")
    rows = entries.filter(lines__account__code=AccountCode.TRANSIT).order_by()
    posted = {}
    for source, gone, total in rows.values_list("source", "reversed_by").annotate(Sum("lines__amount_minor")):
        posted[source.partition(":")[2]] = (total, gone is None)
    late = StatementLine.objects.filter(kind=LineKind.LATE, entry__kind=EntryKind.IN_TRANSIT).order_by()
    transit = Q(entry__lines__account__code=AccountCode.TRANSIT)
    after_all = late.filter(transit).values_list("instruction", "entry__reversed_by")
    for pk, gone, total in after_all.annotate(Sum("entry__lines__amount_minor")):
        posted[str(pk)] = (total, gone is None)
    told = PaymentInstruction.objects.exclude(state=InstructionState.PREPARED, tranche__state=TrancheState.APPROVED)
    for row in told.order_by("pk").iterator():
        wanted = row.state in LIVE or row.state == InstructionState.RETURNED
        total, stands = posted.get(str(row.pk), (0, False))
        if wanted and (total, stands) != (row.amount_minor, True):
            yield _("Payment %(key)s is %(state)s, but the ledger does not show its %(amount)s on the way once.") % {
                "key": row.key,
                "state": row.get_state_display(),
                "amount": money(row.amount_minor, row.currency),
            }
        if row.state == InstructionState.FAILED and stands:
            yield _("Payment %(key)s failed, but the ledger still shows it on its way.") % {"key": row.key}


def confirmed(_verdict: Any) -> Iterator[str]:
    """A payment has its bank confirmation in the ledger when a matched line of a statement shows it, and only then."""
    lines = StatementLine.objects.filter(state=LineState.MATCHED)
    alone = lines.filter(kind__in=[LineKind.PAYMENT, LineKind.LATE])
    shown = set(alone.exclude(instruction=None).values_list("instruction", flat=True))
    batches = lines.filter(kind=LineKind.BATCH, batch=OuterRef("batch"), currency=OuterRef("instruction__currency"))
    shown |= set(BatchItem.objects.filter(Exists(batches)).values_list("instruction", flat=True))
    noted = LedgerEntry.objects.filter(kind=EntryKind.BANK_CONFIRMATION).values_list("source", flat=True)
    kept = {int(source.partition(":")[2]) for source in noted}
    keys = dict(PaymentInstruction.objects.filter(pk__in=shown ^ kept).values_list("pk", "key"))
    for pk in sorted(shown - kept):
        yield _("The bank's statement shows payment %(key)s, but the ledger has no bank confirmation of it.") % {
            "key": keys[pk]
        }
    for pk in sorted(kept - shown):
        yield _("The ledger says that the bank confirmed payment %(key)s, but no line of a statement shows it.") % {
            "key": keys.get(pk, pk)
        }


def owed(_verdict: Any) -> Iterator[str]:
    """What payees have to give back is what lines of the bank show as paid too often, less what came back."""
    lines = StatementLine.objects.filter(state=LineState.MATCHED).order_by()
    shown: dict[int, int] = defaultdict(int)
    about = lines.filter(kind__in=[LineKind.OVERPAID, LineKind.RECOVERED]).values_list("grant")
    for grant, total in about.annotate(Sum("amount_minor")):
        shown[grant] = -total
    booked = LedgerLine.objects.filter(account__code=AccountCode.OWED).order_by().values_list("grant")
    there: dict[int, int] = defaultdict(int, booked.annotate(Sum("amount_minor")))
    for grant in Grant.objects.filter(pk__in={*shown, *there}).order_by("pk"):
        if there[grant.pk] != shown[grant.pk] or there[grant.pk] < 0:
            yield _("%(ref)s: the bank shows %(shown)s as still to be given back, the ledger %(there)s.") % {
                "ref": grant.ref,
                "shown": money(shown[grant.pk], grant.currency),
                "there": money(there[grant.pk], grant.currency),
            }


def approvals(_verdict: Any) -> Iterator[str]:
    """What was approved is what stands there, approved by enough people, none of whom asked, checked or paid."""
    rows = Tranche.objects.filter(state__in=APPROVED).select_related("grant", "bank_detail").order_by("pk")
    given: dict[tuple[int, int], list[Approval]] = defaultdict(list)
    for one in Approval.objects.filter(tranche__state__in=APPROVED).order_by("pk"):
        given[one.tranche_id, one.round].append(one)
    for row in rows.prefetch_related("requests__lines").iterator(chunk_size=1000):
        mine, payload = given[row.pk, row.approval_round], row.payload_hash()
        if row.approved_hash != payload or any(one.payload_hash != payload for one in mine):
            yield _("Tranche %(ref)s was changed after it was approved.") % {"ref": row.ref}
        if len(mine) < max((one.needed for one in mine), default=1):
            yield _("Tranche %(ref)s has fewer approvals than were asked for.") % {"ref": row.ref}
        people = [row.requested_by_id, row.checked_by_id, row.paid_by_id, *(one.approver_id for one in mine)]
        known = [person for person in people if person is not None]
        if len(known) != len(set(known)):
            yield _("One person took two steps of tranche %(ref)s.") % {"ref": row.ref}


def money_in(_verdict: Any) -> Iterator[str]:
    """Each contribution and each refund has its entry, of its amount; the memo of a pledge is what has not come."""
    for model, account, said in (
        (Contribution, AccountCode.CONTRIBUTIONS, _("Contribution %(id)s of %(amount)s: the ledger shows %(there)s.")),
        (Refund, AccountCode.GRANTS_PAID, _("Refund %(id)s of %(amount)s: the ledger shows %(there)s.")),
    ):
        currency = F("currency") if model is Contribution else F("grant__currency")
        posted = Sum("entry__lines__amount_minor", filter=Q(entry__lines__account__code=account), default=0)
        rows = model._base_manager.annotate(there=posted, code=currency).exclude(there=-F("amount_minor"))
        for row in rows.order_by("pk"):
            yield said % {
                "id": row.pk,
                "amount": money(row.amount_minor, row.code),
                "there": money(-row.there, row.code),
            }
        mirrored = Q(entry__reversed_by__isnull=False)
        half = Q(taken_back_at=None) & mirrored | Q(taken_back_at__isnull=False) & ~mirrored
        for no in model._base_manager.filter(half).order_by("entry__no").values_list("entry__no", flat=True):
            yield _("Entry %(no)s is only half taken back: its row and the ledger do not agree.") % {"no": no}


def disputes(_verdict: Any) -> Iterator[str]:
    """What the provider took for a dispute, with its fee, and brought back is what its account shows in the ledger."""
    shown: dict[int, int] = defaultdict(int)
    label = DisputeMovement._meta.label_lower
    caused = Q(entry__source__startswith=f"{label}:") | Q(entry__reverses__source__startswith=f"{label}:")
    lines = LedgerLine.objects.filter(caused, account__code=AccountCode.PROVIDER).order_by()
    for source, first, total in lines.values_list("entry__source", "entry__reverses__source").annotate(
        Sum("amount_minor")
    ):
        shown[int((first or source).partition(":")[2])] += total
    moved: dict[int, list[DisputeMovement]] = defaultdict(list)
    for row in DisputeMovement.objects.select_related("dispute__donation").order_by("pk"):
        moved[row.dispute_id].append(row)
    for rows in moved.values():
        wanted, there = sum(row.amount_minor - row.fee_minor for row in rows), sum(shown[row.pk] for row in rows)
        if wanted != there:
            yield _("Dispute of %(ref)s: the card provider moved %(wanted)s, the ledger shows %(there)s.") % {
                "ref": rows[0].dispute.donation.ref,
                "wanted": money(wanted, rows[0].currency),
                "there": money(there, rows[0].currency),
            }


def pledges(_verdict: Any) -> Iterator[str]:
    """What the memo shows as promised is what was promised, less what came, less what was written off."""
    rows = LedgerLine.objects.filter(account__code=AccountCode.PLEDGED).order_by().values_list("donor", "currency")
    memo = {(donor, code): total for donor, code, total in rows.annotate(Sum("amount_minor"))}
    open_now: dict[tuple[int, str], int] = defaultdict(int)
    names = {}
    promised = Pledge.objects.select_related("donor").annotate(
        came=Sum("contributions__amount_minor", filter=Q(contributions__taken_back_at=None), default=0)
    )
    for row in promised:
        key = (row.donor_id, row.currency)
        names[key] = row.donor.ref
        if row.state != PledgeState.WRITTEN_OFF:
            open_now[key] += max(row.amount_minor - row.came, 0)
    for key, name in names.items():
        if memo.get(key, 0) != open_now[key]:
            yield _("%(donor)s still promises %(wanted)s, but the memo shows %(there)s.") % {
                "donor": name,
                "wanted": money(open_now[key], key[1]),
                "there": money(memo.get(key, 0), key[1]),
            }


def donors(_verdict: Any) -> Iterator[str]:
    """Nobody's money is spent twice: of each donor no more, for each purpose, than that donor gave for it.

    What was given back or taken back does not count: the fee of a gift stays with the fund when the gift goes back, and
    a gift that is disputed after it was spent is a lack of the purse, which `_cover` tells.
    """
    rows = LedgerLine.objects.filter(account__code__in=[*RECEIVED_ON, *SPENT_FROM]).order_by()
    back = [EntryKind.GIVEN_BACK, EntryKind.DISPUTED]
    rows = rows.exclude(entry__kind__in=back).exclude(entry__reverses__kind__in=back)
    names = ("donor__ref", "earmark__label", "currency")
    for donor, wish, currency, total in rows.values_list(*names).annotate(total=Sum("amount_minor")).order_by(*names):
        if total > 0:
            yield _("%(amount)s more was spent of what %(donor)s gave for “%(wish)s” than was given.") % {
                "amount": money(total, currency),
                "donor": donor or _("the fund itself"),
                "wish": wish or _("unrestricted"),
            }
