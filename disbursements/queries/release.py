"""May this tranche leave? The release conditions (domain 5.10) as a pure function over facts.

`load_facts` reads what is known about any number of tranches in a fixed number of queries; `release_checks` says of
each condition whether it is met, the fact behind it and the rule that spoke. Grantee and treasurer read the same.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _t

from disbursements.models import BankDetail, ClosureItem, Condition, Earmark, Hold, ReportedSpend, Tranche
from disbursements.queries.funds import allocate, cash_in, fits, purses
from disbursements.states import (
    MONEY_LEFT,
    PAYABLE,
    ConditionKind,
    HoldState,
    TrancheState,
)
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import money, percent
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RULES = ["spend_previous_share_bp", "spend_earlier_share_bp"]
ALL = 10_000  # basis points of a whole


@dataclass(frozen=True)
class Check:
    """One condition: met or not, the fact behind it, the rule that spoke; a meter when it is a share."""

    code: str
    label: str
    met: bool | None  # None: nothing is wrong, and the fact is still to come
    reason: str
    rule: str = ""
    value: int | None = None
    max: int | None = None
    low: int | None = None


@dataclass(frozen=True)
class Attested:
    """A condition people attest."""

    code: str
    label: str
    met_date: dt.date | None
    due_date: dt.date | None
    is_report: bool


@dataclass(frozen=True)
class BankFact:
    """The newest bank details of the grantee."""

    masked: str
    verified_date: dt.date | None
    usable_from: dt.datetime | None
    changed: bool


@dataclass(frozen=True)
class SpendFact:
    """What was paid by tranche before this one, and what accepted reports say was spent."""

    paid: tuple[tuple[int, int], ...]  # (number, minor units) of tranches that left
    spent_minor: int

    def share_of(self, no: int) -> tuple[int, int]:
        """(spent, paid) of one tranche when money is spent in the order it came."""
        before = sum(amount for other, amount in self.paid if other < no)
        amount = sum(amount for other, amount in self.paid if other == no)
        return max(0, min(self.spent_minor - before, amount)), amount


@dataclass(frozen=True)
class Facts:
    """All that is known about one tranche on one day."""

    no: int
    amount_minor: int
    currency: str
    at: dt.datetime
    running: bool
    signed_date: dt.date | None
    bank: BankFact | None
    diligence_until: dt.date
    spend: SpendFact
    attested: tuple[Attested, ...] = ()
    overdue: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    holds: int = 0
    closure_started: bool = False
    usable_cash: int = 0
    people: tuple[int | None, ...] = (None, None, None, None)
    left: bool = False
    previous_bp: int = 8000
    earlier_bp: int = ALL
    origins: dict[str, str] = field(default_factory=dict)

    @property
    def on(self) -> dt.date:
        """The day."""
        return timezone.localdate(self.at)


def release_checks(facts: Facts) -> list[Check]:
    """Every condition of this tranche, in the order of the rule book."""
    checks = [_agreement(facts), _bank(facts), _diligence(facts)]
    checks += [_attested(one) for one in facts.attested]
    checks += _spending(facts)
    if ConditionKind.CLOSURE_STARTED in facts.kinds:
        label = _t("Close-out list begun")
        checks.append(
            Check(
                "closure", label, facts.closure_started, _t("begun") if facts.closure_started else _t("not begun yet")
            )
        )
    return [*checks, _holds(facts), _money(facts), _people(facts)]


def unmet(checks: Iterable[Check]) -> list[Check]:
    """Those that stand in the way."""
    return [check for check in checks if not check.met]


def _agreement(facts: Facts) -> Check:
    label = _t("Agreement signed by both, grant running")
    if facts.signed_date is None:
        return Check("agreement", label, met=False, reason=_t("not signed yet"))
    signed = _t("signed on %(day)s") % {"day": in_words(facts.signed_date)}
    if not facts.running:
        return Check(
            "agreement", label, met=False, reason=_t("%(signed)s; the grant is not running") % {"signed": signed}
        )
    return Check("agreement", label, met=True, reason=signed)


def _bank(facts: Facts) -> Check:
    label, bank = _t("Bank details verified by a second person"), facts.bank
    if bank is None:
        return Check("bank", label, met=False, reason=_t("no bank details on file"), rule="bank_change_wait_hours")
    if bank.verified_date is None or bank.usable_from is None:
        reason = _t("%(account)s: a second person still calls back") % {"account": bank.masked}
        return Check("bank", label, met=False, reason=reason, rule="bank_change_wait_hours")
    if bank.usable_from > facts.at:
        reason = _t("%(account)s: changed, may be used from %(day)s") % {
            "account": bank.masked,
            "day": in_words(bank.usable_from),
        }
        return Check("bank", label, met=False, reason=reason, rule="bank_change_wait_hours")
    reason = _t("%(account)s: call-back on %(day)s") % {"account": bank.masked, "day": in_words(bank.verified_date)}
    return Check("bank", label, met=True, reason=reason, rule="bank_change_wait_hours")


def _diligence(facts: Facts) -> Check:
    met = facts.diligence_until >= facts.on
    words = _t("until %(day)s") if met else _t("ended on %(day)s; renew it")
    return Check(
        "diligence",
        _t("Due diligence and safeguarding check valid today"),
        met,
        words % {"day": in_words(facts.diligence_until)},
    )


def _attested(one: Attested) -> Check:
    if one.met_date is not None:
        return Check(one.code, one.label, met=True, reason=in_words(one.met_date))
    reason = _t("still open")
    if one.due_date:
        reason = _t("still open, due on %(day)s") % {"day": in_words(one.due_date)}
    return Check(one.code, one.label, met=False, reason=reason)


def _spending(facts: Facts) -> list[Check]:
    """80 % of the tranche before, all of those earlier; or all of everything where the schedule says so."""
    before = sorted(no for no, _amount in facts.spend.paid if no < facts.no)
    if not before:
        return []
    if ConditionKind.ALL_SPENT in facts.kinds:
        paid = sum(amount for no, amount in facts.spend.paid if no < facts.no)
        spent = min(facts.spend.spent_minor, paid)
        return [
            _share("all_spent", _t("All money paid so far is spent"), spent, paid, ALL, facts, "spend_earlier_share_bp")
        ]
    last, earlier = before[-1], before[:-1]
    label = _t("At least %(share)s of tranche %(no)s spent") % {"share": percent(facts.previous_bp), "no": last}
    checks = [
        _share(
            "previous_spent", label, *facts.spend.share_of(last), facts.previous_bp, facts, "spend_previous_share_bp"
        )
    ]
    if earlier:
        shares = [facts.spend.share_of(no) for no in earlier]
        spent, paid = sum(s for s, _p in shares), sum(p for _s, p in shares)
        label = _t("Earlier tranches spent (%(share)s)") % {"share": percent(facts.earlier_bp)}
        checks.append(_share("earlier_spent", label, spent, paid, facts.earlier_bp, facts, "spend_earlier_share_bp"))
    return checks


def _share(code: str, label: str, spent: int, paid: int, asked_bp: int, facts: Facts, rule: str) -> Check:  # noqa: PLR0917 -- one share
    """Compare exactly: spent / paid against basis points, in whole numbers."""
    reason = _t("%(spent)s of %(paid)s (%(share)s)") % {
        "spent": money(spent, facts.currency),
        "paid": money(paid, facts.currency),
        "share": percent(spent, paid),
    }
    return Check(code, label, spent * ALL >= paid * asked_bp, reason, rule, spent, paid, paid * asked_bp // ALL)


def _holds(facts: Facts) -> Check:
    label = _t("No hold, no overdue report")
    if facts.holds:
        return Check("hold", label, met=False, reason=_t("payments are stopped for now"))
    if facts.overdue:
        return Check("hold", label, met=False, reason=_t("overdue: %(what)s") % {"what": ", ".join(facts.overdue)})
    return Check("hold", label, met=True, reason=_t("none"))


def _money(facts: Facts) -> Check:
    label = _t("The fund has the money, and its donors allow this use")
    if facts.left or facts.usable_cash >= facts.amount_minor:
        return Check("fund", label, met=True, reason=_t("enough at the bank for this purpose"))
    short = money(facts.amount_minor - facts.usable_cash, facts.currency)
    return Check("fund", label, met=False, reason=_t("%(amount)s missing for this purpose") % {"amount": short})


def _people(facts: Facts) -> Check:
    """Requester, checker, approver, payer: whoever has acted so far, all different."""
    known = [person for person in facts.people if person is not None]
    requested, checked, approved, paid = facts.people
    steps = [
        (requested, _t("requested by the grantee")),
        (checked, _t("checked by the programme office")),
        (approved, _t("approved by a treasurer")),
        (paid, _t("sent by another treasurer")),
    ]
    said = ", ".join(words for person, words in steps if person is not None) or _t("nobody has acted yet")
    apart = len(known) == len(set(known))
    met = apart and (True if requested is not None and checked is not None else None)
    return Check("people", _t("Different people at each step"), met, said)


# Facts -------------------------------------------------------------------------------------------


def load_facts(tranches: Sequence[Tranche], at: dt.datetime) -> dict[int, Facts]:
    """Facts of each tranche by id (nine queries however many). Give tranches with grant and application joined."""
    grants = {tranche.grant_id: tranche.grant for tranche in tranches}
    values = rules(RULES, timezone.localdate(at))
    conditions = _by_grant(Condition.objects.filter(grant__in=grants).select_related("tranche"))
    holds = _by_grant(Hold.objects.filter(grant__in=grants).exclude(state=HoldState.LIFTED))
    siblings = _by_grant(Tranche.objects.filter(grant__in=grants, state__in=MONEY_LEFT))
    spent = dict(
        ReportedSpend.objects.filter(grant__in=grants).order_by().values_list("grant_id").annotate(Sum("spent_minor"))
    )
    closing = set(ClosureItem.objects.filter(grant__in=grants).order_by().values_list("grant_id", flat=True))
    banks = _newest_banks({grant.organisation_id for grant in grants.values()})
    earmarks = list(Earmark.objects.order_by("code"))
    room = {
        currency: {code: cash_in(purse) for code, purse in purses(currency).items()}
        for currency in {grant.currency for grant in grants.values()}
    }
    found = {}
    for tranche in tranches:
        grant = tranche.grant
        rows = conditions.get(grant.pk, [])
        order = [*(e for e in earmarks if fits(e, grant.application)), None]
        plan = allocate(tranche.amount_minor, order, room[grant.currency])
        found[tranche.pk] = Facts(
            no=tranche.no,
            amount_minor=tranche.amount_minor,
            currency=grant.currency,
            at=at,
            running=grant.state in PAYABLE,
            signed_date=timezone.localdate(grant.fund_signed_at) if grant.fund_signed_at else None,
            bank=banks.get(grant.organisation_id),
            diligence_until=grant.due_diligence_until_date,
            spend=SpendFact(
                tuple((t.no, t.amount_minor) for t in siblings.get(grant.pk, []) if t.pk != tranche.pk),
                spent.get(grant.pk, 0),
            ),
            attested=tuple(_as_attested(c) for c in rows if not c.computed and c.tranche_id in {None, tranche.pk}),
            overdue=tuple(str(c) for c in rows if not c.computed and _is_overdue(c, timezone.localdate(at))),
            kinds=frozenset(c.kind for c in rows if c.tranche_id == tranche.pk),
            holds=len(holds.get(grant.pk, [])),
            closure_started=grant.pk in closing,
            usable_cash=tranche.amount_minor - plan.short,
            people=(tranche.requested_by_id, tranche.checked_by_id, tranche.approved_by_id, tranche.paid_by_id),
            left=tranche.state in {*MONEY_LEFT, TrancheState.REVERSED},
            previous_bp=values["spend_previous_share_bp"].value,
            earlier_bp=values["spend_earlier_share_bp"].value,
            origins={key: value.origin for key, value in values.items()},
        )
    return found


def checks_of(tranche: Tranche, at: dt.datetime) -> list[Check]:
    """The conditions of one tranche."""
    return release_checks(load_facts([tranche], at)[tranche.pk])


def _by_grant(rows: Iterable[object]) -> dict[int, list]:
    found: dict[int, list] = {}
    for row in rows:
        found.setdefault(row.grant_id, []).append(row)  # type: ignore[attr-defined]
    return found


def _as_attested(row: Condition) -> Attested:
    return Attested(
        code=row.name,
        label=str(row),
        met_date=timezone.localdate(row.met_at) if row.met_at else None,
        due_date=row.due_date,
        is_report=row.kind in {ConditionKind.REPORT_ACCEPTED, ConditionKind.FINAL_REPORT_ACCEPTED},
    )


def _is_overdue(row: Condition, on: dt.date) -> bool:
    reports = {ConditionKind.REPORT_ACCEPTED, ConditionKind.FINAL_REPORT_ACCEPTED}
    return row.kind in reports and row.met_at is None and row.due_date is not None and row.due_date < on


def _newest_banks(organisations: set[int]) -> dict[int, BankFact]:
    found: dict[int, BankFact] = {}
    for row in BankDetail.objects.filter(organisation__in=organisations, refused_at__isnull=True).order_by("no"):
        found[row.organisation_id] = BankFact(
            masked=str(row.masked),
            verified_date=timezone.localdate(row.verified_at) if row.verified_at else None,
            usable_from=row.usable_from,
            changed=row.organisation_id in found,
        )
    return found
