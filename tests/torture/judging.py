"""The rail's book against ours: who was paid twice, who was lost, and whether both agree to the last unit."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from disbursements.models import LedgerLine, PaymentInstruction, RailEventRecord, Tranche
from disbursements.queries.ledger import verify_ledger
from disbursements.states import AccountCode
from fundmgmt import journal

OURS = {"COMPLETED": "paid", "RETURNED": "returned", "FAILED": "failed"}


@dataclass
class Verdict:
    """What is true at the end."""

    payments: int
    twice: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    rail_minor: int = 0
    ledger_minor: int = 0
    rail: Counter[str] = field(default_factory=Counter)
    events: int = 0

    @property
    def holds(self) -> bool:
        return not (self.twice or self.lost or self.problems) and self.rail_minor == self.ledger_minor

    def __str__(self) -> str:
        line = f"{self.payments} payments: {len(self.twice)} paid twice, {len(self.lost)} lost"
        agree = "equal" if self.rail_minor == self.ledger_minor else "NOT equal"
        said = [f"{line}; ledger {self.ledger_minor}, rail {self.rail_minor}: {agree}"]
        said.append(f"  rail: {dict(self.rail)}; {self.events} messages kept")
        return "\n".join([*said, *(f"  {problem}" for problem in self.problems[:20])])


def judge(book: list[Any], wanted: set[int]) -> Verdict:
    """`book` are the rail's payouts, `wanted` the tranches that people released."""
    verdict = Verdict(len(wanted))
    by_tranche: dict[int, list[Any]] = defaultdict(list)
    by_key: dict[str, list[str]] = defaultdict(list)
    for payout in book:
        verdict.rail[payout.status] += 1
        by_key[payout.key].append(payout.status)
        if payout.status in {"COMPLETED", "RETURNED"}:
            by_tranche[int(payout.key.split(":")[1])].append(payout)
        if payout.status == "COMPLETED":
            verdict.rail_minor += int(Decimal(payout.amount).scaleb(2))
    verdict.twice = sorted(number for number, paid in by_tranche.items() if len(paid) > 1)
    states = dict(Tranche.objects.filter(pk__in=wanted).values_list("pk", "state"))
    for number in sorted(wanted):
        paid = [payout.status for payout in by_tranche[number]]
        if not paid or states[number] != ("reversed" if "RETURNED" in paid else "sent"):
            verdict.lost.append(number)
    for row in PaymentInstruction.objects.exclude(rail="paper_order").order_by("pk"):
        said = {OURS.get(status, "open") for status in by_key.pop(row.key, ["FAILED"])}
        if said != {row.state}:
            verdict.problems.append(f"{row.key}: we say {row.state}, the rail says {sorted(said)}")
    verdict.problems += [f"{key}: the rail paid what nobody instructed" for key in by_key]
    transit = LedgerLine.objects.filter(account__code=AccountCode.TRANSIT)
    verdict.ledger_minor = transit.aggregate(total=Sum("amount_minor"))["total"] or 0
    verdict.problems += verify_ledger().problems + journal.verify().problems
    verdict.events = RailEventRecord.objects.count()
    return verdict
