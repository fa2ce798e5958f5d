"""A rail's own account against our book: every difference is found once, stays until it is gone or explained."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from disbursements.actions import reconciling
from disbursements.actions.answers import submit_instruction
from disbursements.gateway import registry
from disbursements.gateway.bank_file import BankFile
from disbursements.gateway.protocol import Capabilities, RailLine, Status
from disbursements.models import Grant, RailCheck, RailFinding
from disbursements.queries.ledger import verify_ledger
from disbursements.queries.reconciling import Ours, compare
from disbursements.states import RailCode
from fundmgmt.access import Refused
from fundmgmt.models import StepRefused
from tests.disbursements.test_pages import client_of, page
from tests.factories import bank as papers
from tests.factories import batches as put
from tests.factories import grants as make

FIRST, LAST = dt.date(2026, 7, 1), dt.date(2026, 7, 31)


class Service(BankFile):
    """A rail that keeps an account of its own."""

    lines: tuple[RailLine, ...] = ()

    def capabilities(self) -> Capabilities:
        return Capabilities(currencies=frozenset({"USD"}))

    def reconcile(self, start: dt.date, end: dt.date) -> Iterable[RailLine]:
        return [line for line in type(self).lines if start <= line.on_date <= end]


def ours(key: str = "A", amount: int = 100, day: dt.date = FIRST, **values: Any) -> Ours:
    return Ours(
        **{"id": 1, "key": key, "amount_minor": amount, "currency": "USD", "on_date": day, "alive": True, **values}
    )


def theirs(key: str = "A", amount: int = 100, day: dt.date = FIRST, currency: str = "USD") -> RailLine:
    return RailLine(key=key, reference=f"r-{key}", amount_minor=amount, currency=currency, on_date=day)


def kinds(mine: list[Ours], lines: list[RailLine]) -> list[tuple[str, str]]:
    return [(one.kind, one.key) for one in compare(mine, lines, FIRST, LAST).differences]


def test_both_sides_agree_or_say_how_they_differ() -> None:
    assert kinds([ours()], [theirs()]) == []
    assert kinds([], [theirs()]) == [("rail_only", "A")]
    assert kinds([ours()], []) == [("ours_only", "A")]
    assert kinds([ours()], [theirs(amount=99)]) == [("differs", "A")]
    assert kinds([ours()], [theirs(currency="CDF")]) == [("differs", "A")]


def test_what_the_rail_paid_twice_differs() -> None:
    found = compare([ours()], [theirs(), theirs()], FIRST, LAST).differences
    assert [(one.kind, one.our_minor, one.their_minor) for one in found] == [("differs", 100, 200)]


def test_what_failed_here_and_was_paid_there_is_found() -> None:
    assert kinds([ours(alive=False)], [theirs()]) == [("rail_only", "A")]
    assert kinds([ours(alive=False)], []) == []


def test_paid_and_sent_back_may_show_both_movements() -> None:
    assert kinds([ours(returned=True)], [theirs(), theirs(amount=-100)]) == []
    assert kinds([ours(returned=True)], [theirs()]) == []
    assert kinds([ours()], [theirs(), theirs(amount=-100)]) == [("differs", "A")]


def test_a_neighbours_midnight_is_no_difference() -> None:
    before = FIRST - make.DAY
    assert kinds([ours(day=FIRST)], [theirs(day=before)]) == []
    assert kinds([ours(day=before)], [theirs(day=before)]) == []
    assert compare([ours(day=before)], [theirs(day=before)], FIRST, LAST).ours == 0


KEYS = st.sampled_from(["A", "B", "C", "D"])
SIDES = st.dictionaries(KEYS, st.integers(1, 3))


@given(SIDES, SIDES)
def test_each_payment_agrees_or_is_found_once(mine: dict[str, int], held: dict[str, int]) -> None:
    found = compare([ours(k, v) for k, v in mine.items()], [theirs(k, v) for k, v in held.items()], FIRST, LAST)
    assert found.agreed == sum(mine.get(key) == held.get(key) for key in mine)
    assert {one.key for one in found.differences} == {key for key in {*mine, *held} if mine.get(key) != held.get(key)}
    assert len(found.differences) == len({one.key for one in found.differences})
    assert found.agreed + len(found.differences) == len({*mine, *held})


# Kept ------------------------------------------------------------------------------------------------


@pytest.fixture
def key(people: make.Cast, grant: Grant, monkeypatch: pytest.MonkeyPatch) -> str:
    """One payment of a batch, on a rail that keeps an account of its own from now on."""
    row = make.approved(people, make.tranche(grant))
    put.released(people, put.opened(people, row))
    instruction = row.instructions.get()
    submit_instruction(instruction.pk, clock=lambda: make.ASKED)
    monkeypatch.setitem(registry.RAILS, RailCode.BANK_FILE, f"{__name__}.Service")
    registry._load.cache_clear()
    monkeypatch.setattr(registry, "_load", lambda _dotted: Service())
    return instruction.key


def check(people: make.Cast, *lines: RailLine) -> RailCheck:
    Service.lines = lines
    return reconciling.reconcile_rail("bank_file", start=FIRST, end=dt.date(2026, 7, 15), by=people.payer, at=put.LATER)


def standing() -> list[tuple[str, str, str]]:
    return list(RailFinding.objects.order_by("pk").values_list("kind", "key", "state"))


def test_differences_stay_until_they_are_gone_or_explained(people: make.Cast, key: str) -> None:
    row = check(people, theirs("stranger"))
    assert (row.ours, row.theirs, row.agreed) == (1, 1, 0)
    assert standing() == [("ours_only", key, "open"), ("rail_only", "stranger", "open")]
    check(people, theirs("stranger"))
    assert len(standing()) == 2
    check(people, theirs("stranger"), theirs(key, 1_097_800))
    assert standing() == [("ours_only", key, "gone"), ("rail_only", "stranger", "open")]
    finding = RailFinding.objects.get(key="stranger")
    with pytest.raises(Refused):
        reconciling.explain_finding(finding, by=people.officer, at=put.LATER, reason="x")
    reconciling.explain_finding(finding, by=people.payer, at=put.LATER, reason="A test payment of the service.")
    check(people, theirs("stranger"), theirs(key, 1_097_800))
    assert standing() == [("ours_only", key, "gone"), ("rail_only", "stranger", "explained")]
    check(people, theirs("stranger", 7), theirs(key, 1_097_800))
    assert standing()[-1] == ("rail_only", "stranger", "open")
    assert verify_ledger().problems == []


def test_whoever_explains_a_difference_is_led_to_the_next(people: make.Cast, key: str) -> None:
    check(people, theirs("stranger"))
    first, second = RailFinding.objects.order_by("pk")
    ahead = {first: second.get_absolute_url(), second: reverse("disbursements:rail_checks")}
    for row, place in ahead.items():
        data = {"reason": "A test payment.", "version": row.version}
        answer = client_of(people.payer).post(f"{row.get_absolute_url()}steps/explain/", data)
        assert (answer.status_code, answer.headers["Location"]) == (302, place)
    assert "No difference is left unexplained." in page(people.payer, second.get_absolute_url())


def test_what_people_carry_is_looked_for_on_the_statements(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant))
    put.released(people, put.opened(people, row))
    from_bank = [
        papers.Entry(FIRST, -1_097_800, f"DISB-{row.pk}-V1", "B1"),
        papers.Entry(FIRST, -700, "DISB-99-V1", "B2"),
    ]
    submit_instruction(row.instructions.get().pk, clock=lambda: make.ASKED)
    run = {"start": FIRST, "end": dt.date(2026, 7, 15), "by": people.payer, "at": put.LATER}
    before = reconciling.reconcile_rail("bank_file", **run)
    assert (before.ours, before.theirs) == (1, 0)
    put.imported(people, put.sheet(*from_bank, opening_minor=15_000_000))
    after = reconciling.reconcile_rail("bank_file", **run)
    assert (after.ours, after.theirs, after.agreed) == (1, 2, 1)
    assert standing() == [("ours_only", f"disb:{row.pk}:v1", "gone"), ("rail_only", "disb:99:v1", "open")]


class Silent(Service):
    """A rail without a list: it answers for one payment at a time."""

    answer = Status("paid", "r1")

    def capabilities(self) -> Capabilities:
        return Capabilities(currencies=frozenset({"USD"}), keeps_list=False)

    def status(self, key: str) -> Status:
        return type(self).answer


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Status("paid", "r1"), []),
        (Status("pending"), []),
        (Status("unknown"), []),
        (Status("absent"), ["ours_only"]),
        (Status("paid", amount_minor=7, currency="USD"), ["differs"]),
    ],
)
def test_a_rail_without_a_list_is_asked_for_each_payment(
    people: make.Cast, key: str, monkeypatch: pytest.MonkeyPatch, answer: Status, found: list[str]
) -> None:
    monkeypatch.setattr(registry, "_load", lambda _dotted: Silent())
    monkeypatch.setattr(Silent, "answer", answer)
    check(people)
    assert [kind for kind, _key, _state in standing()] == found


def test_a_check_moves_no_payment(people: make.Cast, key: str) -> None:
    check(people, theirs(key, 5))
    assert standing() == [("differs", key, "open")]
    assert RailFinding.objects.get().instruction.state == "accepted"


def test_only_rails_that_are_set_up_and_only_for_those_who_may(people: make.Cast) -> None:
    def run(**values: Any) -> None:
        about = {"rail": "fax", "start": FIRST, "end": FIRST, "by": people.payer, "at": put.LATER, **values}
        reconciling.reconcile_rail(about.pop("rail"), **about)

    with pytest.raises(StepRefused, match="not set up"):
        run()
    with pytest.raises(Refused):
        run(by=people.officer)


def test_a_period_is_short_and_over(people: make.Cast, key: str) -> None:
    for start, end in ((LAST, FIRST), (FIRST, LAST), (FIRST - 100 * make.DAY, FIRST)):
        with pytest.raises(StepRefused, match="at most 93 days"):
            reconciling.reconcile_rail("bank_file", start=start, end=end, by=people.payer, at=put.LATER)


def test_the_command_lists_what_differs_and_fails(
    people: make.Cast, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Service.lines = (theirs(key, 5),)
    with pytest.raises(CommandError, match="1 differences"):
        call_command("reconcile_rail", "bank_file", "--from", "2026-07-01", "--to", "2026-07-15")
    assert key in capsys.readouterr().out
    Service.lines = (theirs(key, 1_097_800),)
    call_command("reconcile_rail", "bank_file", "--from", "2026-07-01", "--to", "2026-07-15")
    assert "1 agree" in capsys.readouterr().out
    with pytest.raises(CommandError, match="not set up"):
        call_command("reconcile_rail", "fax")
