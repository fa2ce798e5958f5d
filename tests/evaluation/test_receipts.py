"""Receipts: each counted once, exactly, in its own money; the report's totals follow, and the budget is compared."""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from disbursements.actions import funding
from evaluation.actions import judging, receipts, reporting
from evaluation.actions.receipts import Paid
from evaluation.models import ExpenseReceipt, Report
from evaluation.queries.receipts import (
    by_line,
    counted,
    rounding_of,
    spending_facts,
    sums_of,
    variances,
    why_receipts,
)
from evaluation.queries.reports import gaps_of, lines_of
from fundmgmt import journal
from fundmgmt.models import JournalEntry, Paper, Rule, StepRefused
from tests.disbursements.test_amending_pages import english
from tests.evaluation.conftest import LATER
from tests.evaluation.test_receipt_pages import photo
from tests.telling import refused

if TYPE_CHECKING:
    from tests.evaluation.conftest import World

RATES = st.decimals("0.0001", "9999", places=4, allow_nan=False, allow_infinity=False)
PAID = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 10**10), st.one_of(st.none(), RATES)), min_size=1, max_size=30
)


@given(PAID, st.sampled_from(["USD", "CDF"]))
def test_whatever_is_paid_lines_sum_to_the_total_and_rounding_is_known(rows: list[Any], into: str) -> None:
    other = {"USD": "CDF", "CDF": "USD"}[into]
    made = [
        ExpenseReceipt(
            line_no=line,
            amount_minor=minor,
            currency=other if rate else into,
            rate=rate,
            counted_minor=counted(minor, other if rate else into, into, rate),
        )
        for line, minor, rate in rows
    ]
    total = sum(row.counted_minor for row in made)
    assert sum(by_line(made).values()) == total
    rounding = rounding_of(made, into)
    exact = sum(
        (row.amount_minor if row.rate is None else row.amount_minor * _value(row, into) for row in made), Decimal(0)
    )
    assert abs(total - exact - Decimal(rounding.numerator) / Decimal(rounding.denominator)) < Decimal("0.001")
    assert abs(rounding) * 2 <= sum(1 for row in made if row.rate is not None)


def _value(row: ExpenseReceipt, into: str) -> Decimal:
    assert row.rate is not None
    return row.rate if into == "CDF" else 1 / row.rate


def paid(report: Report, **values: Any) -> Paid:
    """A bus ticket in francs."""
    line = lines_of(report)[0].no
    base = {
        "line_no": line,
        "spent_date": report.period_start,
        "payee": "transport",
        "description": "Bus to the school",
        "receipt_no": "No 12/a",
        "amount_minor": 2_850_000,
        "currency": "CDF",
        "rate": Decimal("2850.12345678"),
        "rate_source": "slip",
    }
    return Paid(**{**base, **values})


def test_a_receipt_counts_once_and_the_totals_follow(world: "World") -> None:
    report, by = world.reports[0], {"by": world.owner, "at": LATER}
    first = receipts.add_receipt(report, paid=paid(report), **by)
    assert first.counted_minor == 1000  # 28,500 at 2,850.12345678 is 9.99957
    in_dollars = paid(report, currency="USD", amount_minor=5_00, receipt_no="7", rate=None)
    second = receipts.add_receipt(report, paid=in_dollars, **by)
    line = lines_of(report)[0]
    assert (line.spent_minor, report.spending_given) == (1500, True)
    assert [(one.currency, one.count, one.counted_minor) for one in sums_of(report)] == [
        ("USD", 1, 500),
        ("CDF", 1, 1000),
    ]
    with pytest.raises(StepRefused, match="counted already") as caught:
        receipts.add_receipt(world.reports[1], paid=paid(report, receipt_no="no12A"), **by)
    assert caught.value.field == "receipt_no"
    with pytest.raises(StepRefused, match="counted already"):  # after another counted it in between
        receipts._row(world.reports[1], paid(report), world.owner, LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpenseReceipt.objects.filter(pk=second.pk).update(
            **{name: getattr(first, name) for name in ("receipt_key", "amount_minor", "currency", "rate")},
            rate_source="slip",
        )
    receipts.take_out_receipt(report, receipt=first, **by)
    assert lines_of(report)[0].spent_minor == 500
    receipts.take_out_receipt(report, receipt=second, **by)
    assert (lines_of(report)[0].spent_minor, report.spending_given) == (0, False)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"line_no": 99}, "line_no"),
    ({"receipt_no": " - "}, "receipt_no"),
    ({"amount_minor": 0}, "amount_minor"),
    ({"currency": "EUR"}, "currency"),
    ({"spent_date": dt.date(2025, 1, 1)}, "spent_date"),
    ({"spent_date": LATER.date() + dt.timedelta(days=1)}, "spent_date"),
    ({"rate": None}, "rate"),
    ({"rate": Decimal(0)}, "rate"),
]


def test_a_receipt_that_cannot_be_counted_says_where(world: "World") -> None:
    said = []
    for wrong, _field in WRONG:
        report = world.reports[0]
        with pytest.raises(StepRefused) as caught:
            receipts.add_receipt(report, by=world.owner, at=LATER, paid=paid(report, **wrong))
        said.append(caught.value.field)
    assert (said, ExpenseReceipt.objects.count()) == ([field for _wrong, field in WRONG], 0)
    report = world.reports[0]
    receipts.add_receipt(report, by=world.owner, at=LATER, paid=paid(report))
    assert ExpenseReceipt.objects.count() == 1


def test_without_a_rate_the_funds_own_of_that_day_is_taken(world: "World") -> None:
    report = world.reports[0]
    funding.add_rate(
        by=world.people.approver,
        at=LATER,
        base="USD",
        quote="CDF",
        rate=Decimal("2500.00000001"),
        on_date=report.period_start,
        source="Bank",
    )
    row = receipts.add_receipt(report, by=world.owner, at=LATER, paid=paid(report, rate=None, rate_source=""))
    assert (row.rate_source, row.rate, row.counted_minor) == ("fund", Decimal("2500.0000000100"), 1140)


def test_a_report_has_receipts_or_totals_and_never_both(world: "World") -> None:
    report, by = world.reports[0], {"by": world.owner, "at": LATER}
    line = lines_of(report)[0].no
    reporting.give_spending(report, spent={line: 7_00}, **by)
    with pytest.raises(StepRefused) as caught:
        receipts.add_receipt(report, paid=paid(report), **by)
    assert (caught.value.field, lines_of(report)[0].spent_minor) == ("instead_of_totals", 700)
    receipts.add_receipt(report, paid=paid(report), instead_of_totals=True, **by)
    assert lines_of(report)[0].spent_minor == 1000
    with pytest.raises(StepRefused, match="counts its receipts"):
        reporting.give_spending(report, spent={line: 7_00}, **by)


def test_above_the_amount_of_a_rule_receipts_are_due_and_both_sides_read_why(world: "World") -> None:
    report, by, on = world.reports[0], {"by": world.owner, "at": LATER}, LATER.date()
    amount = world.grant.amount_minor
    since = dt.date(2026, 8, 1)
    book = Rule(
        key="receipts_from_minor", valid_from=since, decided_in="SC-2026-01/9", reason="Closer.", added_at=LATER
    )
    book.value = amount - 1
    book.save()
    world.write(report, share=0)
    assert gaps_of(report, on) == [], "nothing spent has no receipt"
    world.write(report, share=3)
    before = since - dt.timedelta(days=1)
    assert (why_receipts(report, before), gaps_of(report, before)) == ("", []), "the rule of the day speaks"
    why = "Receipts are due because this grant of 27,445.00 USD is over 27,444.99 USD."
    assert [gap.text.replace("\N{NO-BREAK SPACE}", " ") for gap in gaps_of(report, on)] == [
        f"{why} Count each payment as a receipt."
    ]
    with refused(StepRefused, "Receipts are due because", report):
        reporting.submit_report(report, **by)
    for reader in (world.owner, world.officer):
        shelf = english(reader).read(f"{report.get_absolute_url()}receipts/")
        assert why in shelf.text.replace("\N{NO-BREAK SPACE}", " ")
    receipts.add_receipt(report, paid=paid(report), instead_of_totals=True, **by)
    reporting.submit_report(report, **by)
    said = spending_facts(report, lines_of(report), on)[0][1]
    assert said.replace("\N{NO-BREAK SPACE}", " ") == f"1. {why}"


def test_with_the_receipt_its_picture_goes_once_that_is_certain(
    world: "World", django_capture_on_commit_callbacks: Any
) -> None:
    report, by = world.reports[0], {"by": world.owner, "at": LATER}
    pictured = {"photo": photo(), "shows_minor": False}
    row = receipts.add_receipt(report, paid=paid(report), **pictured, **by)
    first = row.paper
    assert first is not None
    storage, old, told = first.file.storage, first.file.name, [(first.pk, first.sha256)]
    with django_capture_on_commit_callbacks(execute=True):
        receipts.add_picture(report, receipt=row, **{**pictured, "photo": photo()}, **by)
    newer = row.paper
    assert newer is not None
    told.append((newer.pk, newer.sha256))
    assert (storage.exists(old), storage.exists(newer.file.name)) == (False, True)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        receipts.take_out_receipt(report, receipt=row, **by)
        raise ZeroDivisionError
    report = world.reports[0]
    assert (storage.exists(newer.file.name), report.receipts.get().paper) == (True, newer), "nothing happened"
    with django_capture_on_commit_callbacks():  # committed, and then the process dies
        receipts.take_out_receipt(report, receipt=row, **by)
    assert storage.exists(newer.file.name), "not before it is committed"
    journal.sweep()
    assert not storage.exists(newer.file.name)
    assert not Paper.objects.filter(pk__in=[pk for pk, _digest in told]).exists()
    gone = JournalEntry.objects.filter(kind="fundmgmt.paper.discard").order_by("id")
    assert [(entry.facts["paper"], entry.facts["sha256"]) for entry in gone] == told


def test_a_sheet_comes_in_whole_or_not_and_twice_is_once(world: "World") -> None:
    report, by = world.reports[0], {"by": world.owner, "at": LATER}
    sheet = [paid(report, receipt_no=str(no), amount_minor=100 * no) for no in range(1, 4)]
    with pytest.raises(StepRefused):
        receipts.add_receipts(report, paid=[*sheet, paid(report, line_no=99)], **by)
    assert not ExpenseReceipt.objects.exists()
    report = world.reports[0]
    assert len(receipts.add_receipts(report, paid=sheet, **by)) == 3
    assert receipts.add_receipts(report, paid=sheet, **by) == []
    assert ExpenseReceipt.objects.count() == 3


def test_beyond_the_band_needs_words_of_the_grantee_and_of_the_officer(world: "World") -> None:
    report, by = world.reports[0], {"by": world.owner, "at": LATER}
    world.write(report, share=0)
    line = lines_of(report)[0]
    edge = line.budget_minor * 11 // 10
    dear = paid(report, currency="USD", rate=None, amount_minor=edge, receipt_no="1")
    receipts.add_receipt(report, paid=dear, **by)
    assert variances(report, lines_of(report), LATER.date())[0].word == "ok"
    receipts.add_receipt(report, paid=paid(report, currency="USD", rate=None, amount_minor=1, receipt_no="2"), **by)
    assert variances(report, lines_of(report), LATER.date())[0].word == "beyond"
    assert [gap.part for gap in gaps_of(report, LATER.date())] == ["spending"]
    receipts.explain_spending(report, notes={line.no: "The bridge broke; the way was longer."}, **by)
    reporting.submit_report(report, **by)
    facts = spending_facts(report, lines_of(report), LATER.date())
    assert [value for _label, value in facts] == ["2", "0", f"{line.no}. {line.description}: 110\N{NO-BREAK SPACE}%"]
    with pytest.raises(StepRefused, match="overspent beyond the rule"):
        judging.accept_report(report, by=world.officer, at=LATER)
    judging.accept_report(report, by=world.officer, at=LATER, reason="Seen on site; the way is longer.")
    assert report.state == "accepted"
