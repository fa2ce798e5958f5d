"""Random people pay, stop, change and take back, on random days, through a rail that answers as it likes.

Whatever they do: the ledger holds, no tranche is paid twice, and no money leaves without its people and conditions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from disbursements.actions import (
    amending,
    correcting,
    decisions,
    errands,
    grants,
    holds,
    releasing,
    requesting,
    spending,
    tranches,
)
from disbursements.actions.ledger import NotEnoughMoney
from disbursements.gateway.protocol import Accepted, Rejected, Status, Unknown
from disbursements.models import BankDetail, Grant, Hold, LedgerLine, PaymentInstruction, Refund, Tranche
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.requests import positions, proposed_plan
from fundmgmt.access import Refused
from fundmgmt.journal import verify
from fundmgmt.models import JournalEntry
from fundmgmt.models.workflow import StepError
from tests.factories import grants as make
from tests.factories.changing import amounts, shifted
from tests.factories.rails import Clock, spoken

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.by_chance]

SELDOM = st.integers(0, 3)  # only at 0
LEFT = ("sent", "confirmed", "reversed")
REFUSED = Rejected("closed", "The wallet is closed.")
ANSWERS = (Accepted(reference="R-1"), REFUSED, Unknown("Nothing was heard."), OSError())


class Paying(RuleBasedStateMachine):
    """One example is some months of one grant, taken back at its end."""

    done: Counter[str] = Counter()

    @initialize(micro=st.booleans())
    def award(self, *, micro: bool) -> None:
        """A micro grant paid to a wallet in two parts, or a small one paid to a bank in three."""
        self.world = transaction.atomic()
        self.world.__enter__()
        self.speaking = spoken()
        self.rail = self.speaking.__enter__()
        self.cast = make.cast()
        make.wallet_limits(self.cast)
        self.grant = make.ready(self.cast, pay_to=make.wallet, **make.MICRO) if micro else make.ready(self.cast)
        cast = self.cast
        self.people = [cast.owner, cast.officer, cast.signer, cast.checker, cast.lead]
        self.people += [cast.approver, cast.payer, cast.second]
        self.clock = Clock(make.ASKED)
        self.reports = 0
        self.signed = amounts(self.grant, 1)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            assert not hasattr(self, "grant") or verify(self.grant.thread).problems == []
        finally:
            self.speaking.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.world.__exit__(None, None, None)

    @contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """A refusal is an answer, and leaves no trace in the journal."""
        before = JournalEntry.objects.count()
        try:
            with transaction.atomic():
                yield
        except (StepError, Refused, NotEnoughMoney):
            assert JournalEntry.objects.count() == before, f"{what} was refused and wrote"
        else:
            type(self).done[what] += 1

    def ahead(self, *states: str) -> Tranche | None:
        row = self.grant.tranches.filter(state__in=states).order_by("no").first()
        return make.tranche(self.grant, row.no) if row else None

    def step(self, what: str, states: tuple[str, ...], act: Callable[[Tranche], Any]) -> None:
        row = self.ahead(*states)
        if row is not None:
            with self.trying(what):
                act(row)

    # Days and people ------------------------------------------------------------------------------

    @rule(days=st.integers(1, 45))
    def days_go_by(self, days: int) -> None:
        self.clock.forward(days=days)

    @rule(who=st.integers(0, 7))
    def ask(self, who: int) -> None:
        by = self.people[who] if who > 4 else self.cast.owner

        def act(row: Tranche) -> None:
            plan = proposed_plan(row.amount_minor, positions(row.grant))
            requesting.request_tranche(row, by=by, at=self.clock(), certified_name="Responsible", plan=plan)

        self.step("ask", ("planned",), act)

    @rule(who=st.integers(0, 7))
    def check(self, who: int) -> None:
        by = self.people[who] if who > 5 else self.cast.checker
        self.step("check", ("requested",), lambda row: tranches.check_tranche(row, by=by, at=self.clock()))

    @rule(who=st.integers(2, 7))
    def approve(self, who: int) -> None:
        by = self.people[who]
        self.step("approve", ("checked",), lambda row: tranches.approve_tranche(row, by=by, at=self.clock()))

    @rule(who=st.integers(4, 7), by_rail=st.booleans())
    def let_go(self, who: int, *, by_rail: bool) -> None:
        """By the rail, or by a paper order that the bank took."""
        by, at = self.people[who], self.clock()

        def act(row: Tranche) -> None:
            if by_rail:
                releasing.release_tranche(row, by=by, at=at, rail="mobile_money")
            else:
                tranches.pay_tranche(row, by=by, at=at, bank_reference=f"OUT-{at:%j%H}-{row.no}", bank_date=at.date())
            grant = Grant.objects.get(pk=self.grant.pk)
            assert grant.state == "active"
            assert not grant.holds.standing().exists()

        self.step("let go", ("approved", "checked"), act)

    @rule(amount=st.integers(1, 10_000_000))
    def confirm(self, amount: int) -> None:
        at = self.clock()

        def act(row: Tranche) -> None:
            said = min(amount, row.amount_minor)
            tranches.confirm_receipt(row, by=self.cast.owner, at=at, received_date=at.date(), received_minor=said)

        self.step("confirm", ("sent",), act)

    @rule(steps=st.integers(1, 4), who=st.integers(5, 7))
    def go_on(self, steps: int, who: int) -> None:
        """As on most days: whoever should takes the next step, and so on."""
        for step in range(steps):
            row = self.ahead("planned", "requested", "checked", "blocked", "approved", "sent", "on_hold")
            if row is not None:
                self.next_of(row, 5 + (who + step) % 3)

    def next_of(self, row: Tranche, who: int) -> None:
        by_rail = row.grant.amount_minor < make.AWARD
        todo: dict[str, Callable[[], None]] = {
            "planned": lambda: self.ask(0),
            "requested": lambda: self.check(0),
            "checked": lambda: self.approve(who),
            "approved": lambda: self.let_go(who, by_rail=by_rail),
            "sent": lambda: self.confirm(row.amount_minor),
            "on_hold": self.lift,
        }
        todo.get(row.state, lambda: self.report(100))()

    # What the rail says ---------------------------------------------------------------------------

    @rule(answer=st.sampled_from(ANSWERS))
    def the_rail_hears(self, answer: Any) -> None:
        self.rail.answers.append(answer)
        errands.run_due(clock=self.clock)
        self.rail.answers.clear()

    @rule(state=st.sampled_from(["paid", "failed", "returned"]))
    def the_rail_decides(self, state: str) -> None:
        """The newest payment it took ends; one that ended as paid may only come back."""
        for key in reversed(self.rail.payments):
            before = self.rail.ended.get(key)
            if before is None or (before.state, state) == ("paid", "returned"):
                self.rail.ended[key] = Status(state if before or state != "returned" else "paid", reference="R-1")
                break
        self.clock.forward(hours=25)
        errands.run_due(clock=self.clock)

    @rule()
    def decide_again(self) -> None:
        at, by = self.clock(), self.cast.payer
        act = releasing.decide_again
        self.step("decide again", ("approved",), lambda row: act(row, by=by, at=at, reason="It failed for certain."))

    # What stops and changes -----------------------------------------------------------------------

    @rule(kind=st.sampled_from(["other", "security", "safeguarding"]), luck=SELDOM)
    def suspend(self, kind: str, luck: int) -> None:
        if luck:
            return
        with self.trying("suspend"):
            holds.suspend_grant(self.fresh(), by=self.cast.officer, at=self.clock(), kind=kind, reason="Seen.")

    @rule()
    def lift(self) -> None:
        hold = Hold.objects.filter(grant=self.grant).standing().order_by("pk").first()
        if hold is None:
            return
        with self.trying("lift"):
            second = self.cast.approver if hold.kind != "safeguarding" else self.cast.signer
            first = self.cast.lead if hold.kind == "safeguarding" else self.cast.signer
            holds.propose_lift(hold, by=first, at=self.clock(), lift_reason="Safe again.")
            holds.confirm_lift(Hold.objects.get(pk=hold.pk), by=second, at=self.clock())

    @rule(number=st.integers(1000, 9999), to_wallet=st.booleans(), luck=SELDOM)
    def change_bank_details(self, number: int, luck: int, *, to_wallet: bool) -> None:
        if luck:
            return
        with self.trying("change bank details"):
            if to_wallet:
                make.wallet(self.cast, f"+243 810 00 {number}", self.clock())
            else:
                make.bank(self.cast, f"00123 {number}", self.clock())
        newest = BankDetail.objects.order_by("-no").first()
        for row in Tranche.objects.filter(grant=self.grant, state="approved"):
            assert row.bank_detail == newest, "an approval outlived its details"

    @rule(luck=SELDOM)
    def take_back(self, luck: int) -> None:
        if luck:
            return
        by, act = self.cast.approver, tranches.void_approval
        self.step("take back", ("approved",), lambda row: act(row, by=by, at=self.clock(), reason="No."))

    @rule()
    def cancel(self) -> None:
        act = tranches.cancel_tranche
        last = self.grant.tranches.filter(state="planned").order_by("-no").first()
        if last is not None and self.reports > 1:
            with self.trying("cancel"):
                act(make.tranche(self.grant, last.no), by=self.cast.officer, at=self.clock(), reason="Not needed.")

    @rule(share=st.integers(0, 100))
    def report(self, share: int) -> None:
        """What was paid and not yet told is spent by this share, and the report is accepted."""
        paid = sum(self.grant.tranches.filter(state="confirmed").values_list("amount_minor", flat=True))
        spent = max(paid - grants.spent_of(self.grant), 0) * share // 100
        self.reports += 1
        with self.trying("report"):
            make.report(self.cast, self.fresh(), min(self.reports, 2), spent, self.clock())

    @rule(amount=st.integers(1, 400_000))
    def refund(self, amount: int) -> None:
        at = self.clock()
        with self.trying("refund"):
            spending.record_refund(
                self.fresh(),
                by=self.cast.payer,
                at=at,
                amount_minor=amount,
                received_date=at.date(),
                bank_reference=f"BACK-{at:%y%j%H}-{amount}",
                reason="It came back." if amount % 2 else "",
            )

    @rule(who=st.integers(0, 7))
    def take_a_refund_back(self, who: int) -> None:
        found = Refund.objects.filter(grant=self.grant).last()
        if found is not None and found.entry is not None:
            with self.trying("take a refund back"):
                correcting.take_back_entry(found.entry, by=self.people[who], at=self.clock(), reason="A slip.")

    # Changes of the terms -------------------------------------------------------------------------

    @rule(share_bp=st.integers(1, 2500), who=st.integers(0, 7))
    def ask_to_shift_the_budget(self, share_bp: int, who: int) -> None:
        with self.trying("ask for a shift"):
            lines, by = shifted(self.fresh(), share_bp), self.people[who if who < 4 else 0]
            amending.ask_budget_shift(self.fresh(), by=by, at=self.clock(), lines=lines, reason="Prices rose.")

    @rule(moved=st.integers(-300_000, 300_000), days=st.integers(0, 40), who=st.integers(0, 7))
    def ask_to_phase_anew(self, moved: int, days: int, who: int) -> None:
        """The next tranche is larger or smaller and comes on another day; the last one makes up for it."""
        rows = list(self.grant.tranches.filter(state="planned").order_by("no"))
        if len(rows) < 2:
            return
        first, last, day = rows[0], rows[-1], (self.clock() + days * make.DAY).date()
        parts = {first.no: (first.amount_minor + moved, day)}
        parts[last.no] = (last.amount_minor - moved, max(last.planned_date, day))
        with self.trying("ask to phase anew"):
            by = self.people[who if who < 4 else 0]
            amending.ask_phasing(self.fresh(), by=by, at=self.clock(), parts=parts, reason="The rains.")

    @rule(who=st.integers(1, 3), carried=st.booleans())
    def decide_a_change(self, who: int, *, carried: bool) -> None:
        """By notice, by an officer, or by the Committee, as the rules weighed it: in force at once, or not at all."""
        change = self.fresh().amendments.undecided().order_by("pk").first()
        if change is None:
            return
        with self.trying(f"decide: {change.kind}"):
            if change.decider == "notice":
                amending.notify_amendment(change, by=self.cast.owner, at=self.clock())
            elif change.decider == "officer":
                amending.approve_amendment(change, by=self.people[who], at=self.clock())
            else:
                grant, at = self.fresh(), self.clock()
                decisions.decide_amendment(grant, decision_ref="SC-2026-09/1", carried=carried, at=at)

    def fresh(self) -> Grant:
        return Grant.objects.get(pk=self.grant.pk)

    # What always holds ----------------------------------------------------------------------------

    @invariant()
    def the_ledger_holds(self) -> None:
        if hasattr(self, "grant"):
            assert verify_ledger().problems == []

    @invariant()
    def what_left_has_its_people_and_its_lines(self) -> None:
        if not hasattr(self, "grant"):
            return
        for row in Tranche.objects.filter(grant=self.grant, state__in=LEFT):
            people = [row.requested_by_id, row.checked_by_id, row.approved_by_id, row.paid_by_id]
            assert None not in people
            assert len(set(people)) == len(people)
            assert row.approvals.filter(round=row.approval_round).values("approver").distinct().count() >= 1
            assert LedgerLine.objects.filter(tranche=row).exists()

    @invariant()
    def the_rail_paid_no_tranche_twice(self) -> None:
        if not hasattr(self, "grant"):
            return
        paid = Counter(key.split(":")[1] for key in self.rail.payments if self.may_have_paid(key))
        assert all(count == 1 for count in paid.values()), paid
        open_now = PaymentInstruction.objects.filter(state__in=["prepared", "accepted", "unknown"])
        assert len(set(open_now.values_list("tranche", flat=True))) == open_now.count()

    def may_have_paid(self, key: str) -> bool:
        ended = self.rail.ended.get(key)
        return ended is None or ended.state == "paid"

    @invariant()
    def changes_make_no_money_and_keep_what_was_signed(self) -> None:
        if not hasattr(self, "grant"):
            return
        grant = self.fresh()
        applied = grant.amendments.filter(state="applied")
        assert (amounts(grant, 1), sum(amounts(grant).values())) == (self.signed, sum(self.signed.values()))
        assert grant.terms_no == 1 + applied.count()
        assert all(one.decided_by_id != one.asked_by_id for one in applied.filter(decider="officer"))

    @invariant()
    def tranches_make_up_the_award(self) -> None:
        if hasattr(self, "grant"):
            rows = self.grant.tranches.exclude(state="reversed")
            assert sum(rows.values_list("amount_minor", flat=True)) == self.fresh().amount_minor


def test_whatever_people_and_rails_do_the_money_is_right() -> None:
    Paying.done = Counter()
    run_state_machine_as_test(
        Paying,
        settings=settings(
            max_examples=12,
            stateful_step_count=40,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(dict(Paying.done))  # noqa: T201 -- shown with -s and when it fails
    happened = {"ask", "check", "approve", "let go"}
    assert happened <= Paying.done.keys(), "too little of what was tried happened to prove anything"
