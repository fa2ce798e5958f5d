"""May this tranche leave? The release conditions (domain 5.10) as a pure function over facts.

`release_checks` says of each condition whether it is met, the fact behind it, the rule that spoke and what to do next.
Grantee and treasurer read the same. The database asks the same again when a tranche is sent (models/sending.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _t

from disbursements.queries.thresholds import Asked
from disbursements.states import ConditionKind, WaivableCode
from fundmgmt.formats.words import day as in_words
from fundmgmt.formats.words import listed, money, percent
from fundmgmt.rules import specs

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL = 10_000  # basis points of a whole


@dataclass(frozen=True)
class Check:
    """One condition: met or not, the fact behind it, the rule that spoke, what to do next; a meter for a share."""

    code: str
    label: str
    met: bool | None  # None: nothing is wrong, and the fact is still to come
    reason: str
    rule: str = ""
    value: int | None = None
    max: int | None = None
    low: int | None = None
    todo: str = ""
    ident: str = ""  # what a waiver names; empty when nobody may set this condition aside
    waived: bool = False

    @property
    def rule_label(self) -> str:
        """The rule that spoke, in words."""
        return _t(specs()[self.rule].label) if self.rule else ""


@dataclass(frozen=True)
class Attested:
    """A condition people attest."""

    code: str
    label: str
    met_date: dt.date | None
    due_date: dt.date | None
    is_report: bool
    ident: str = ""


@dataclass(frozen=True)
class BankFact:
    """The newest bank details of the grantee."""

    masked: str
    verified_date: dt.date | None
    usable_from: dt.datetime | None
    changed: bool
    proven: bool = True  # these are the first details, or a grantee confirmed that money arrived there


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
    psea_until: dt.date | None = None
    attested: tuple[Attested, ...] = ()
    overdue: tuple[str, ...] = ()
    kinds: frozenset[str] = frozenset()
    holds: int = 0
    findings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    closure_started: bool = False
    usable_cash: int = 0
    people: tuple[int | None, ...] = (None, None, None, None)
    one_person_twice: bool = False
    unfit: bool = False  # somebody who checked or approved has a part, a link or a membership now
    approvers: int = 0
    approved: bool = False
    asked: Asked | None = None
    functional_minor: int | None = None
    cap_minor: int | None = None
    left: bool = False
    previous_bp: int = 8000
    earlier_bp: int = ALL
    waived: dict[str, dt.date] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    @property
    def on(self) -> dt.date:
        """The day."""
        return timezone.localdate(self.at)


def release_checks(facts: Facts) -> list[Check]:
    """Every condition of this tranche, in the order of the rule book."""
    checks = [_agreement(facts), _bank(facts), _diligence(facts)]
    if facts.psea_until is not None:
        checks.append(_psea(facts, facts.psea_until))
    checks += [_attested(one) for one in facts.attested]
    checks += _spending(facts)
    if ConditionKind.CLOSURE_STARTED in facts.kinds:
        checks.append(_closure(facts))
    checks += [_holds(facts), _overdue(facts), _findings(facts)]
    if facts.doubts:
        checks.append(_doubts(facts))
    return [*(_aside(check, facts) for check in checks), _money(facts), _people(facts)]


def unmet(checks: Iterable[Check]) -> list[Check]:
    """Those that stand in the way."""
    return [check for check in checks if not check.met]


def _aside(check: Check, facts: Facts) -> Check:
    """A condition that two people set aside for this tranche says so."""
    day = facts.waived.get(check.ident) if check.ident and not check.met else None
    if day is None:
        return check
    said = _t("%(reason)s; two people waived it on %(day)s") % {"reason": check.reason, "day": in_words(day)}
    return replace(check, met=True, reason=said, waived=True, todo="")


def _agreement(facts: Facts) -> Check:
    label = _t("Agreement signed by both, grant running")
    todo = _t("The responsible person signs, then the fund.")
    if facts.signed_date is None:
        return Check("agreement", label, met=False, reason=_t("not signed yet"), todo=todo)
    signed = _t("signed on %(day)s") % {"day": in_words(facts.signed_date)}
    if not facts.running:
        reason = _t("%(signed)s; the grant is not running") % {"signed": signed}
        return Check(
            "agreement", label, met=False, reason=reason, todo=_t("The programme office starts the grant or goes on.")
        )
    return Check("agreement", label, met=True, reason=signed)


def _bank(facts: Facts) -> Check:
    label, bank = _t("Bank details verified by a second person"), facts.bank
    wait = "bank_change_wait_hours"
    if bank is None:
        todo = _t("The grantee hands in its bank details.")
        return Check("bank", label, met=False, reason=_t("no bank details on file"), rule=wait, todo=todo)
    if bank.verified_date is None or bank.usable_from is None:
        reason = _t("%(account)s: a second person still calls back") % {"account": bank.masked}
        todo = _t("The fund calls the number it had on file before; be ready to read the details out.")
        return Check("bank", label, met=False, reason=reason, rule=wait, todo=todo)
    if bank.usable_from > facts.at:
        reason = _t("%(account)s: changed, may be used from %(day)s") % {
            "account": bank.masked,
            "day": in_words(bank.usable_from),
        }
        todo = _t("Nothing to do but wait. If you did not ask for this change, call the fund now.")
        return Check("bank", label, met=False, reason=reason, rule=wait, todo=todo)
    if _over_the_cap(facts, bank):
        return _first_payment(facts, label, bank)
    reason = _t("%(account)s: call-back on %(day)s") % {"account": bank.masked, "day": in_words(bank.verified_date)}
    return Check("bank", label, met=True, reason=reason, rule=wait)


def _over_the_cap(facts: Facts, bank: BankFact) -> bool:
    if bank.proven or facts.left or facts.cap_minor is None:
        return False
    return facts.functional_minor is None or facts.functional_minor > facts.cap_minor


def _first_payment(facts: Facts, label: str, bank: BankFact) -> Check:
    cap = money(facts.cap_minor or 0, facts.asked.currency if facts.asked else facts.currency)
    reason = _t("%(account)s: the first payment to changed details is at most %(cap)s") % {
        "account": bank.masked,
        "cap": cap,
    }
    todo = _t("The programme office plans a smaller tranche first; once it has arrived the rest may follow.")
    return Check("bank", label, met=False, reason=reason, rule="first_payment_cap_minor", todo=todo)


def _valid(code: str, label: str, until: dt.date, facts: Facts, rule: str) -> Check:
    met = until >= facts.on
    words = _t("until %(day)s") if met else _t("ended on %(day)s; renew it")
    todo = "" if met else _t("The programme office checks the organisation again and records the new day.")
    return Check(code, label, met, words % {"day": in_words(until)}, rule, todo=todo, ident=code)


def _diligence(facts: Facts) -> Check:
    label = _t("Due diligence and safeguarding check valid today")
    if facts.psea_until is not None:
        label = _t("Due diligence valid today")
    return _valid(WaivableCode.DILIGENCE.value, label, facts.diligence_until, facts, "dd_valid_months")


def _psea(facts: Facts, until: dt.date) -> Check:
    return _valid(
        WaivableCode.PSEA.value, _t("Safeguarding (PSEA) check valid today"), until, facts, "psea_valid_months"
    )


def _attested(one: Attested) -> Check:
    if one.met_date is not None:
        return Check(one.code, one.label, met=True, reason=in_words(one.met_date), ident=one.ident)
    reason = _t("still open")
    if one.due_date:
        reason = _t("still open, due on %(day)s") % {"day": in_words(one.due_date)}
    todo = _t("The programme office records it when it has seen the proof.")
    if one.is_report:
        todo = _t("The grantee sends the report; the programme office accepts it or says what is missing.")
    return Check(one.code, one.label, met=False, reason=reason, todo=todo, ident=one.ident)


def _spending(facts: Facts) -> list[Check]:
    """80 % of the tranche before, all of those earlier; or all of everything where the schedule says so."""
    before = sorted(no for no, _amount in facts.spend.paid if no < facts.no)
    if not before:
        return []
    previous, earlier = "spend_previous_share_bp", "spend_earlier_share_bp"
    if ConditionKind.ALL_SPENT in facts.kinds:
        paid = sum(amount for no, amount in facts.spend.paid if no < facts.no)
        share = (min(facts.spend.spent_minor, paid), paid)
        return [
            _share(WaivableCode.ALL_SPENT, _t("All money paid so far is spent"), share, ALL, facts=facts, rule=earlier)
        ]
    last = before[-1]
    label = _t("At least %(share)s of tranche %(no)s spent") % {"share": percent(facts.previous_bp), "no": last}
    share = facts.spend.share_of(last)
    checks = [_share(WaivableCode.PREVIOUS_SPENT, label, share, facts.previous_bp, facts=facts, rule=previous)]
    if before[:-1]:
        shares = [facts.spend.share_of(no) for no in before[:-1]]
        share = (sum(s for s, _p in shares), sum(p for _s, p in shares))
        label = _t("Earlier tranches spent (%(share)s)") % {"share": percent(facts.earlier_bp)}
        checks.append(_share(WaivableCode.EARLIER_SPENT, label, share, facts.earlier_bp, facts=facts, rule=earlier))
    return checks


def _share(code: WaivableCode, label: str, share: tuple[int, int], asked_bp: int, *, facts: Facts, rule: str) -> Check:
    """Compare exactly: spent / paid against basis points, in whole numbers."""
    spent, paid = share
    reason = _t("%(spent)s of %(paid)s (%(share)s)") % {
        "spent": money(spent, facts.currency),
        "paid": money(paid, facts.currency),
        "share": percent(spent, paid),
    }
    met = spent * ALL >= paid * asked_bp
    todo = "" if met else _t("The grantee spends and reports more; an accepted report changes this by itself.")
    low = paid * asked_bp // ALL
    return Check(code.value, label, met, reason, rule, spent, paid, low, todo=todo, ident=code.value)


def _closure(facts: Facts) -> Check:
    met = facts.closure_started
    reason = _t("begun") if met else _t("not begun yet")
    todo = "" if met else _t("The programme office begins the close-out.")
    code = WaivableCode.CLOSURE.value
    return Check(code, _t("Close-out list begun"), met, reason, todo=todo, ident=code)


def _holds(facts: Facts) -> Check:
    label = _t("No hold")
    if facts.holds:
        todo = _t("Two people of the fund lift the hold when it is safe again.")
        return Check("hold", label, met=False, reason=_t("payments are stopped for now"), todo=todo)
    return Check("hold", label, met=True, reason=_t("none"))


def _overdue(facts: Facts) -> Check:
    label, code = _t("No overdue report"), WaivableCode.OVERDUE.value
    if facts.overdue:
        reason = _t("overdue: %(what)s") % {"what": ", ".join(facts.overdue)}
        return Check(code, label, met=False, reason=reason, todo=_t("The grantee sends the report."), ident=code)
    return Check(code, label, met=True, reason=_t("none"), ident=code)


def _findings(facts: Facts) -> Check:
    label, code = _t("Findings of high priority answered"), WaivableCode.FINDING.value
    if facts.findings:
        reason = _t("not answered: %(what)s") % {"what": ", ".join(facts.findings)}
        todo = _t("The grantee tells the programme office what it changed; the office records the answer.")
        return Check(code, label, met=False, reason=reason, todo=todo, ident=code)
    return Check(code, label, met=True, reason=_t("none"), ident=code)


def _doubts(facts: Facts) -> Check:
    return Check(
        "double",
        _t("Not paid twice"),
        met=False,
        reason=listed(facts.doubts),
        rule="double_payment_days",
        todo=_t("Another person of the fund looks at both and writes why this is not the same payment."),
    )


def _money(facts: Facts) -> Check:
    label = _t("The fund has the money, and its donors allow this use")
    if facts.left or facts.usable_cash >= facts.amount_minor:
        return Check("fund", label, met=True, reason=_t("enough at the bank for this purpose"))
    short = money(facts.amount_minor - facts.usable_cash, facts.currency)
    reason = _t("%(amount)s missing for this purpose") % {"amount": short}
    todo = _t("The fund waits for a donor's money that may be used for this project.")
    return Check("fund", label, met=False, reason=reason, todo=todo)


def _people(facts: Facts) -> Check:
    """Requester, checker, approvers, payer: whoever has acted so far, all different, and as many as the rules ask."""
    known = [person for person in facts.people if person is not None]
    requested, checked, approved, paid = facts.people
    steps = [
        (requested, _t("requested by the grantee")),
        (checked, _t("checked by the programme office")),
        (approved, _t("approved by a treasurer")),
        (paid, _t("sent by another treasurer")),
    ]
    said = ", ".join(words for person, words in steps if person is not None) or _t("nobody has acted yet")
    apart = len(known) == len(set(known)) and not facts.one_person_twice
    met = apart and (True if requested is not None and checked is not None else None)
    rule, todo = "", ""
    if facts.asked is not None and facts.asked.needed > 1:
        rule = facts.asked.rule
        given = {"given": facts.approvers, "needed": facts.asked.needed, "why": facts.asked.why}
        counted = _t("%(given)s of %(needed)s approvals: %(why)s") % given
        said = listed([said, counted])
        if facts.approved and not facts.left and facts.approvers < facts.asked.needed:
            met = False
            todo = _t("A treasurer takes the approval back; then as many people approve as are asked for.")
    if facts.unfit and not facts.left:
        met = False
        said = _t("%(said)s; one of them has a part in the project or a link with the organisation") % {"said": said}
        todo = _t("The approval is taken back or the request returned, and other people take these steps.")
    if facts.one_person_twice:
        todo = _t("Two accounts with one phone are one person. Somebody else takes the step.")
    return Check("people", _t("Different people at each step"), met, said, rule, todo=todo)
