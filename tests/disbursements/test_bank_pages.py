"""Pages of the bank: each reader reaches what they need, a second look shows everything, a form leads to the act."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from disbursements.models import BankStatement, ClosedDay, FundAccount, Grant, PaymentBatch, RailCheck, StatementLine
from fundmgmt.inbox import waiting_for
from fundmgmt.models import User
from tests.disbursements.test_pages import client_of, page
from tests.factories import applications as make_people
from tests.factories import bank as papers
from tests.factories import batches as put
from tests.factories import grants as make
from tests.factories.bank import Entry

pytestmark = pytest.mark.usefixtures("standing_grant")

JULY = dt.date(2026, 7, 1)


def url(name: str, *args: object) -> str:
    return reverse(f"disbursements:{name}", args=args)


def send(user: User, address: str, status: int = 302, **data: Any) -> str:
    answer = client_of(user).post(address, data)
    assert answer.status_code == status, answer.content.decode()[:4000]
    return answer.content.decode()


@pytest.fixture
def batch(people: make.Cast, grant: Grant) -> PaymentBatch:
    return put.opened(people, make.approved(people, make.tranche(grant)))


def test_only_those_who_handle_the_bank_see_it(people: make.Cast, batch: PaymentBatch) -> None:
    auditor = make_people.person("auditor@example.org", "auditor")
    for user in (people.payer, auditor, people.officer):
        for name in ("batches", "statements", "lines", "days", "rail_checks", "findings", "accounts"):
            page(user, url(name))
        assert "10,978.00" in page(user, batch.get_absolute_url())
    for user in (people.owner, people.lead):
        for name in ("batches", "statements", "lines", "days", "rail_checks", "accounts"):
            page(user, url(name), 404)
        page(user, batch.get_absolute_url(), 404)
    for name in ("batch_new", "statement_new", "day_close"):
        page(people.payer, url(name))
        page(people.officer, url(name), 404)


def test_an_administrator_records_an_own_account(people: make.Cast) -> None:
    admin = make_people.person("admin@example.org", "administrator")
    page(people.payer, url("account_new"), 404)
    values = {
        "currency": "USD",
        "holder": "Fonds",
        "account_number": "0001 0002",
        "bank_name": "Banque",
        "bic": "AAAACDKI",
        "town": "Kinshasa",
        "country": "CD",
        "valid_from": "2026-01-01",
    }
    assert "8 or 11 letters" in send(admin, url("account_new"), 422, **values | {"bic": "nope"})
    assert "check digits are wrong" in send(
        admin, url("account_new"), 422, **values | {"account_number": "BE69539007547034"}
    )
    send(admin, url("account_new"), **values)
    assert FundAccount.objects.get().account_number == "00010002"
    assert "00010002" in page(people.payer, url("accounts"))


def test_a_batch_is_put_together_looked_at_and_released(people: make.Cast, grant: Grant) -> None:
    row = make.approved(people, make.tranche(grant), at=timezone.now())
    put.own_accounts()
    today = timezone.localdate().isoformat()
    assert "GR-2026-0001/1 · Umoja" in page(people.payer, url("batch_new"))
    send(people.payer, url("batch_new"), on_date=today, tranches=[row.pk])
    batch = PaymentBatch.objects.get()
    steps = f"{batch.get_absolute_url()}steps/"
    look = page(people.payer, f"{steps}release/")
    for words in ("Umoja", "account ending 4417", "10,978.00", "first payment to this account", "For each payee"):
        assert words in look
    form = client_of(people.payer).get(f"{steps}release/").context["form"]
    seal, version = form.initial["seal"], batch.version
    assert "I have looked at each payment" in look
    send(people.payer, f"{steps}release/", 422, seal=seal, version=version)
    assert "Another treasurer sends it" in page(people.approver, f"{steps}release/")
    send(people.approver, f"{steps}release/", 422, seal=seal, version=version, looked="on")
    send(people.payer, f"{steps}release/", seal=seal, version=version, looked="on")
    batch.refresh_from_db()
    shown = page(people.payer, batch.get_absolute_url())
    assert batch.paper.sha256 in shown
    first = b"".join(client_of(people.payer).get(batch.paper.get_absolute_url()).streaming_content)
    again = b"".join(client_of(people.approver).get(batch.paper.get_absolute_url()).streaming_content)
    assert first == again
    assert b"pain.001.001.09" in first
    page(people.officer, batch.paper.get_absolute_url(), 404)
    send(people.payer, f"{steps}hand_over/", bank_reference="RCV-1", version=batch.version)
    batch.refresh_from_db()
    assert batch.state == "handed_over"


def test_a_payment_is_taken_out_and_the_batch_dropped(people: make.Cast, batch: PaymentBatch) -> None:
    item = batch.items.get()
    out = url("batch_take_out", batch.ref, item.pk)
    page(people.officer, out, 403)
    send(people.payer, out, version=batch.version)
    assert "The batch is empty" in page(people.payer, batch.get_absolute_url())
    page(people.payer, out, 404)
    batch.refresh_from_db()
    send(people.payer, f"{batch.get_absolute_url()}steps/drop/", reason="Not today.", version=batch.version)
    assert "Nothing of this batch has left" in page(people.payer, batch.get_absolute_url())


def test_what_the_bank_refused_is_recorded_by_another(people: make.Cast, batch: PaymentBatch) -> None:
    put.released(people, batch)
    address = url("batch_refused", batch.ref, batch.items.get().pk)
    assert "You released it" in page(people.payer, address, 403)
    send(people.approver, address, reason="The account is closed.")
    assert batch.items.get().instruction.state == "failed"
    assert "has its answer already" in page(people.approver, address, 403)


def led(user: User, address: str, **data: Any) -> tuple[str, str]:
    """Where a step leads, and the last sentence said there."""
    answer = client_of(user).post(address, data)
    assert answer.status_code == 302, answer.content.decode()[:4000]
    said = [str(one) for one in get_messages(answer.wsgi_request)]
    return answer.headers["Location"], said[-1].partition(". ")[2]


def upload(user: User, one: papers.Sheet, status: int = 302) -> str:
    file = SimpleUploadedFile("july.csv", one.table(), content_type="text/csv")
    return send(user, url("statement_new"), status, upload=file)


def test_a_statement_is_imported_and_its_lines_settled_on_the_screen(people: make.Cast, grant: Grant) -> None:
    put.own_accounts()
    make.sent(people, make.tranche(grant))
    one = put.sheet(
        Entry(JULY, -1_097_800, "", "", "", "virement"),
        Entry(JULY, -2_500, "", "BK7", "", "FRAIS"),
        Entry(JULY, 300, "", "BK8", "", "?"),
        opening_minor=15_000_000,
    )
    wrong = upload(people.payer, put.sheet(Entry(JULY, 1), wrong_closing=3), 422)
    assert "does not add up" in wrong
    assert StatementLine.objects.count() == 0
    upload(people.payer, one)
    assert "imported on" in upload(people.payer, one, 422)
    statement = BankStatement.objects.get()
    shown = page(people.payer, statement.get_absolute_url())
    assert "(0 / 3)" in shown
    assert "FRAIS" in shown
    rows = list(StatementLine.objects.order_by("id"))
    steps = [f"{row.get_absolute_url()}steps/" for row in rows]
    tie = client_of(people.payer).get(f"{steps[0]}tie/").context["form"].options[0].code
    said = {"what": tie, "reason": "Only one of this day.", "version": rows[0].version}
    assert led(people.payer, f"{steps[0]}tie/", **said) == (
        rows[1].get_absolute_url(),
        "2 lines wait. This is the next.",
    )
    assert "Bank fee" in page(people.payer, f"{steps[1]}propose/")
    said = {"what": "fee:", "reason": "Says so.", "version": rows[1].version}
    assert led(people.payer, f"{steps[1]}propose/", **said)[0] == rows[2].get_absolute_url()
    assert "A second person confirms it" in page(people.payer, f"{steps[1]}confirm/", 403)
    rows[1].refresh_from_db()
    assert led(people.payer, f"{steps[2]}ask/", reason="What is it?", version=rows[2].version) == (
        url("lines"),
        "What still waits is for another person, or for the bank's answer.",
    )
    assert led(people.approver, f"{steps[1]}confirm/", reason="", version=rows[1].version)[0] == url("lines")
    assert [row.state for row in StatementLine.objects.order_by("id")] == ["matched", "matched", "asked"]
    told = page(people.payer, rows[1].get_absolute_url())
    for words in ("Bank fee", "treasurer", "Says so.", "Line confirmed and booked"):
        assert words in told
    waiting = page(people.payer, url("lines"))
    assert "BK8" not in waiting
    assert "3.00" in waiting
    assert "FRAIS" not in waiting
    assert "FRAIS" in page(people.payer, url("lines") + "?state=all&text=frais")
    assert "FRAIS" not in page(people.payer, url("lines") + "?state=all&amount=3,00")
    assert "in figures" in page(people.payer, url("lines") + "?state=all&amount=x")
    send(people.payer, url("match_again"))


def test_days_are_closed_on_the_screen_and_say_what_is_missing(people: make.Cast, grant: Grant) -> None:
    put.own_accounts()
    put.imported(people, put.sheet(Entry(JULY, 300, "", "BK8", "", "?"), Entry(JULY + make.DAY, 500, "", "BK9")))
    account = f"USD:{papers.ACCOUNT['USD']}"
    refused = send(people.payer, url("day_close"), 422, account=account, day="2026-07-10")
    assert "2 lines up to this day are unmatched" in refused
    send(people.payer, url("day_close"), account=account, day="2026-06-30")
    assert ClosedDay.objects.get().day == dt.date(2026, 6, 30)
    shown = page(people.payer, url("days"))
    for words in ("On the statement, not settled yet", "8.00", "At the bank", "lie at the bank on 2 July 2026"):
        assert words in shown.replace("\u00a0", " ")


def test_whoever_settles_the_last_line_is_led_to_closing_the_day(people: make.Cast, grant: Grant) -> None:
    put.own_accounts()
    put.imported(people, put.sheet(Entry(JULY, -2_500, "", "BK7", "", "FRAIS"), opening_minor=15_000_000))
    row = StatementLine.objects.get()
    steps = f"{row.get_absolute_url()}steps/"
    said = {"what": "fee:", "reason": "Says so.", "version": row.version}
    waits = "What still waits is for another person, or for the bank's answer."
    proposed = f"A second person confirms what this line is. {waits}"
    assert led(people.payer, f"{steps}propose/", **said) == (url("lines"), proposed)
    row.refresh_from_db()
    address, words = led(people.approver, f"{steps}confirm/", reason="", version=row.version)
    assert words == "Every line is settled: the days up to 15 July 2026 may be closed now."
    form = client_of(people.approver).get(address).context["form"]
    assert form["account"].value() == f"USD:{papers.ACCOUNT['USD']}"
    assert (form["day"].value(), address.partition("?")[0]) == ("2026-07-15", url("day_close"))
    shown = page(people.approver, row.get_absolute_url())
    assert "Close days of the bank" in shown
    send(people.approver, url("day_close"), account=form["account"].value(), day=form["day"].value())
    assert ClosedDay.objects.get().day == dt.date(2026, 7, 15)
    assert "This page says what else lies between" in page(people.approver, row.get_absolute_url())


def test_a_way_of_paying_is_compared_on_the_screen(people: make.Cast, batch: PaymentBatch) -> None:
    put.released(people, batch)
    today = timezone.localdate()
    values = {"rail": "bank_file", "start": (today - dt.timedelta(days=7)).isoformat(), "end": today.isoformat()}
    send(people.payer, url("rail_check_new"), **values)
    assert "Nothing new differs" in page(people.payer, RailCheck.objects.get().get_absolute_url())
    assert "at most 93 days" in send(people.payer, url("rail_check_new"), 422, **values | {"start": "2020-01-01"})
    page(people.officer, url("rail_check_new"), 404)


def test_lists_of_the_bank_can_be_downloaded(people: make.Cast) -> None:
    put.own_accounts()
    file = put.imported(people, put.sheet(Entry(JULY, -300, "E1", "BK8", "=cmd", "Words")))
    statement = file.statements.get()
    for address in (url("lines"), statement.get_absolute_url()):
        answer = client_of(people.payer).get(address, {"format": "csv"})
        rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert "-300" in rows[1]
        assert "'=cmd" in rows[1]
        assert papers.ACCOUNT["USD"] in rows[1]


def test_what_waits_for_a_treasurer_at_the_bank(people: make.Cast, grant: Grant) -> None:
    def desk(user: User) -> list[str]:
        found = [str(item.what) for item in waiting_for(user, make.ASKED.date())]
        return [what for what in found if what.startswith(("Confirm what", "Settle", "Explain", "Look at a", "Bring"))]

    batch = put.opened(people, make.approved(people, make.tranche(grant)))
    assert desk(people.payer) == ["Look at a payment batch and release it"]
    put.released(people, batch)
    assert desk(people.payer) == ["Bring the payment file to the bank"]
    put.imported(people, put.sheet(Entry(JULY, -300, "", "BK8", code="CHRG"), Entry(JULY, 5)), "camt053")
    assert desk(people.payer) == [
        "Bring the payment file to the bank",
        "Confirm what a line of the bank is",
        "Settle lines of the bank statement",
    ]
    assert desk(people.officer) == []


def test_a_statement_that_is_too_large_is_refused_before_it_is_read(people: make.Cast) -> None:
    put.own_accounts()
    one = put.sheet(*[Entry(JULY, 100, text="x" * 400) for _n in range(13_000)])
    assert "too large" in upload(people.payer, one, 422)
    assert StatementLine.objects.count() == 0
