"""The rail of paper: what it takes, what it refuses for certain, and that it never claims to know more."""

import datetime as dt
from dataclasses import replace

import pytest

from disbursements.actions import tranches
from disbursements.gateway.paper_order import PaperOrder
from disbursements.gateway.protocol import Accepted, Instruction, Rejected, Status, Unknown
from disbursements.gateway.registry import NoSuchRail
from disbursements.gateway.registry import rail as rail_of
from disbursements.models import BankDetail, Grant, PaymentInstruction
from fundmgmt.models import StepRefused
from fundmgmt.money import MINOR_DIGITS
from tests.factories import grants as make
from tests.telling import refused

ORDER = Instruction(
    key="GR-2026-0001-1-v1",
    amount_minor=1_097_800,
    currency="USD",
    payee="Umoja",
    account="001234417",
    bank="Rawbank",
    purpose="GR-2026-0001, 1",
    on_date=dt.date(2026, 7, 1),
    facts={"approved_by": "Treasurer 1", "issued_by": "Treasurer 2", "payload": "0" * 64},
)


def test_the_same_instruction_gives_the_same_paper() -> None:
    first, again = PaperOrder().submit(ORDER, ORDER.key), PaperOrder().submit(ORDER, ORDER.key)
    assert isinstance(first, Accepted)
    assert first.document.startswith(b"%PDF-")
    assert (first, first.reference) == (again, "")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"currency": "XAU"}, ["The fund does not keep this currency."]),
        ({"amount_minor": 0}, ["The amount must be above zero."]),
        ({"amount_minor": -1}, ["The amount must be above zero."]),
        ({"payee": " "}, ["Account holder, bank and account number are needed."]),
        ({"account": ""}, ["Account holder, bank and account number are needed."]),
        (
            {"bank": "", "amount_minor": 0},
            [
                "The amount must be above zero.",
                "Account holder, bank and account number are needed.",
            ],
        ),
    ],
)
def test_what_cannot_be_paid_is_rejected_with_every_reason(wrong: dict, words: list[str]) -> None:
    order = replace(ORDER, **wrong)
    assert [str(one) for one in PaperOrder().validate(order)] == words
    assert PaperOrder().submit(order, order.key) == Rejected("invalid", "; ".join(words))
    assert PaperOrder().validate(ORDER) == []


def test_a_key_names_one_instruction() -> None:
    assert PaperOrder().submit(ORDER, "GR-2026-0001-1-v2") == Rejected("invalid", "key")


def test_paper_knows_nothing_by_itself() -> None:
    rail = PaperOrder()
    assert rail.status(ORDER.key) == Status("unknown")
    assert rail.cancel(ORDER.key) == Unknown("ask the bank")
    assert rail.parse_event(b"paid", {}) is None
    assert list(rail.reconcile(dt.date(2026, 1, 1), dt.date(2026, 12, 31))) == []
    assert rail.capabilities().currencies == frozenset(MINOR_DIGITS)
    assert rail.capabilities().by_hand is True
    assert rail_of(rail.code).code == "paper_order"
    with pytest.raises(NoSuchRail):
        rail_of("pigeon")


def test_an_order_the_rail_rejects_leaves_nothing_behind(people: make.Cast) -> None:
    """Bank details with an empty holder: the treasurer reads why, no instruction and no key are given."""
    make.donor(people)
    grant: Grant = make.signed(people)
    make.conditions.meet_named(grant, "safeguarding_training_done", by=people.checker, at=make.SIGNED)
    detail = make.banking.enter_bank_detail(
        people.organisation, by=people.owner, at=make.SIGNED, holder=" ", bank_name="Rawbank", account_number="1"
    )
    make.banking.verify_bank_detail(detail, by=people.checker, at=make.SIGNED, called_number="+243")
    row = make.approved(people, make.tranche(grant))
    with refused(StepRefused, "could not be made: Account holder, bank and account number", row):
        tranches.issue_order(row, by=people.payer, at=make.ASKED)
    assert BankDetail.objects.count() == 1
    assert not PaymentInstruction.objects.exists()
