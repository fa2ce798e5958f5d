"""A year of the sample fund is closed, reconciled and proven at a real browser, by the people who would do it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Application
from disbursements.models import BankStatement, Grant, PaymentInstruction
from disbursements.queries.candidates import known
from disbursements.states import LineKind
from fundmgmt.formats.words import day, money, percent
from fundmgmt.models import User
from tests.factories.bank import Entry, Sheet
from tests.signing_in import sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("fund"),
    pytest.mark.django_db(transaction=True),
]

FILE = json.loads((Path(__file__).parents[2] / "fundmgmt/data/sample_proposals.json").read_text(encoding="utf-8"))
CLOSED = {one["id"]: one["results"] for one in FILE["proposals"] if one.get("results")}
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
READS, CHECKS = "treasurer-2", "treasurer-1"  # one says what a line is, the other confirms it
NAMES = {LineKind.PAYMENT: "end_to_end_id", LineKind.REFUND: "party"}  # by what the bank's lines are recognised
WORDS = {  # what the treasurer knows about each line that explains itself to nobody
    "Frais de tenue de compte": "Bank fee",
    "Versement sans communication": "Contribution of Invented Neighbours' Circle, for anything",
    "Intérêts créditeurs ?": "Interest",
    "Commission virement": "Bank fee",
    "Location de la salle": "Cost of the fund",
}


@dataclass
class Seat:
    """Who sits at the browser now, and the page before them."""

    page: Any
    root: str
    who: str = ""

    def sits(self, who: str, language: str = "en") -> Seat:
        """Somebody else takes the seat, signed in a moment ago."""
        User.objects.filter(email=f"{who}@example.org").update(language=language)
        client = sign_in(Client(), User.objects.get(email=f"{who}@example.org"))
        self.page.context.clear_cookies()
        self.page.context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.root}]
        )
        self.who = who
        return self

    def opens(self, name: str, *args: Any) -> Seat:
        """A page by its address, which must be there."""
        answer = self.page.goto(self.root + reverse(name, args=args), wait_until="load")
        assert answer.status == 200, f"{self.who} at {name}: {answer.status}"
        return self

    def follows(self, label: str) -> Seat:
        """A link of the page."""
        self.page.locator("main").get_by_role("link", name=label, exact=True).first.click()
        return self

    def fills(self, submit: str, **values: str) -> Seat:
        """The fields of the form by their names, then its button."""
        for name, value in values.items():
            field = self.page.locator(f"main form [name={name}]")
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value=value)
            else:
                field.fill(value)
        self.page.get_by_role("button", name=submit, exact=True).click()
        return self

    @property
    def says(self) -> str:
        """Everything in the main part, with plain single spaces."""
        return " ".join(self.page.locator("main").inner_text().split())

    def facts(self) -> dict[str, str]:
        """The facts that stand in the page's cards: label and value."""
        pairs = self.page.locator("main dl.facts").locator("dt, dd").all_inner_texts()
        words = [" ".join(one.split()) for one in pairs]
        return dict(zip(words[::2], words[1::2], strict=True))

    def rows(self) -> list[list[str]]:
        """Cells of all tables, row by row."""
        return [
            [" ".join(cell.split()) for cell in row.locator("th, td").all_inner_texts()]
            for row in self.page.locator("main tbody tr, main tfoot tr").all()
        ]

    def downloads(self, label: str) -> list[dict[str, str]]:
        """A table that the page offers."""
        with self.page.expect_download() as kept:
            self.follows(label)
        return list(csv.DictReader(io.StringIO(Path(kept.value.path()).read_text(encoding="utf-8-sig"))))

    @property
    def too_wide(self) -> int:
        """How far the page runs off the screen."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def plain(minor: int, currency: str = "USD") -> str:
    return money(minor, currency).replace("\u00a0", " ")


def rest_of_the_year(yesterday: dt.date) -> Sheet:
    """The bank's file from where the last one ended: what the ledger has, and three things that only the bank knows."""
    last = BankStatement.objects.filter(currency="USD").latest("no")
    start = last.end + dt.timedelta(days=1)
    entries = []
    for one in known("USD"):
        assert start <= one.day <= yesterday
        told = {"end_to_end_id": one.end_to_end_id, "party": one.name, "reference": one.reference}
        kept = NAMES.get(LineKind(one.kind), "reference")
        entries.append(Entry(one.day, one.amount_minor, **{kept: told[kept]}))
    months = [start + dt.timedelta(days=days) for days in (40, 60, 80)]
    entries += [
        Entry(months[0], -2_500, reference="BF-1", text="Frais du trimestre", code="CHRG"),
        Entry(months[1], 2_500_000, reference="BI-2", text="Deuxième versement PL-01"),
        Entry(months[2], -18_000, reference="BO-3", text="Location de la salle"),
    ]
    entries.sort(key=lambda entry: entry.day)
    return Sheet(last.closing_minor, entries, start, yesterday, account=last.account, name="RELEVE-AN")


@pytest.fixture
def seat(browser: Any, live_server: Any) -> Any:
    with browser.new_context(viewport=DESK, accept_downloads=True) as context, context.new_page() as page:
        page.set_default_timeout(15_000)
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        yield Seat(page, live_server.url)
        assert wrong == []


def test_a_year_is_closed_reconciled_and_proven_at_the_screens(seat: Seat) -> None:
    """One statement, seven lines settled by two people, days closed, both sides compared, everything proven."""
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    sheet = rest_of_the_year(yesterday)
    the_statement_comes_in(seat, sheet)
    the_days_stay_open(seat, yesterday)
    two_people_settle_what_is_left(seat)
    the_days_are_closed(seat, yesterday, sheet)
    ways_of_paying_agree(seat)
    the_auditor_proves_the_books(seat, sheet.closing_minor)
    closed_grants_stand_as_in_the_file(seat)
    the_donor_reads_where_the_money_is(seat)
    a_phone_in_french_shows_it_too(seat)


def the_statement_comes_in(seat: Seat, sheet: Sheet) -> None:
    seat.sits(READS).opens("disbursements:statements").follows("Import a bank statement")
    seat.page.locator("input[type=file]").set_input_files(
        {"name": "releve.xml", "mimeType": "application/xml", "buffer": sheet.camt053()}
    )
    seat.fills("Import the statement")
    lines, itself = len(sheet.entries), len(sheet.entries) - 3
    assert itself == 4
    told = seat.facts()
    assert told["Matched by itself"] == f"{percent(itself, lines)} ({itself} / {lines})".replace("\u00a0", " ")
    assert (told["Not settled"], told["Closing balance"]) == ("3", plain(sheet.closing_minor))
    assert "3 lines wait for people" in seat.says
    kinds = sorted(row[4] for row in seat.rows() if row[3] == "matched")
    assert kinds == [
        "Moved between the fund's own accounts",
        "Payment to a grantee",
        "Payment to a grantee",
        "Refund from a grantee",
    ]


def the_days_stay_open(seat: Seat, yesterday: dt.date) -> None:
    """Nothing is written off by closing: the refusal says what is missing and what to do."""
    seat.follows("Bank statements").follows("Days").follows("Close days of the bank")
    close(seat, yesterday)
    assert "7 lines up to this day are unmatched. Settle them first; nothing is written off by closing." in seat.says


def close(seat: Seat, until: dt.date) -> None:
    account = BankStatement.objects.filter(currency="USD").latest("no").account
    seat.fills("Close up to this day", account=f"USD:{account}", day=until.isoformat())


def two_people_settle_what_is_left(seat: Seat) -> None:
    for text, meaning in WORDS.items():
        seat.opens("disbursements:lines")
        seat.page.locator("main tbody tr", has_text=text).get_by_role("link").first.click()
        seat.page.wait_for_load_state()
        line = seat.page.url
        seat.follows("Propose what it is")
        choice = seat.page.locator("main select[name=what] option", has_text=meaning).first.get_attribute("value")
        seat.fills("Propose what it is", what=choice, reason="The bank's letter of the quarter says so.")
        assert "Proposed. A second person confirms what this line is." in seat.says
        seat.page.goto(line)
        seat.page.locator("main details summary").click()
        assert "A second person confirms it" in seat.says
    seat.sits(CHECKS)
    for _line in range(len(WORDS) + 2):  # two of them the system itself had recognised
        seat.opens("disbursements:lines")
        seat.page.locator("main tbody tr").get_by_role("link").first.click()
        seat.follows("Confirm and book it").fills("Confirm and book it")
        assert "Confirmed and booked in the ledger." in seat.says
    assert "Every line is settled" in seat.opens("disbursements:lines").says


def the_days_are_closed(seat: Seat, yesterday: dt.date, sheet: Sheet) -> None:
    seat.follows("Days").follows("Close days of the bank")
    close(seat, yesterday)
    assert "Closed. Nothing of the bank joins these days any more." in seat.page.locator("body").inner_text()
    told = seat.facts()
    assert (told["Lines not settled"], told["Closed up to"]) == ("0", day(yesterday))
    bridge = dict(row[:2] for row in seat.rows()[:2])
    assert bridge == {"In the ledger": plain(sheet.closing_minor), "At the bank": plain(sheet.closing_minor)}


def ways_of_paying_agree(seat: Seat) -> None:
    month = dt.timedelta(days=30)
    for rail in ("bank_file", "paper_order"):
        on = timezone.localdate(PaymentInstruction.objects.filter(rail=rail).latest("prepared_at").prepared_at)
        seat.opens("disbursements:rail_checks").follows("Compare now")
        seat.fills("Compare now", rail=rail, start=f"{on - month}", end=f"{on + month}")
        told = seat.facts()
        found = tuple(told[name] for name in ("Payments in our book", "Payments in theirs", "Agree", "Unexplained"))
        assert found == ("1", "1", "1", "0")
    seat.page.goto(seat.root + reverse("disbursements:findings") + "?state=open")
    assert "No difference" in seat.says


def the_auditor_proves_the_books(seat: Seat, at_the_bank: int) -> None:
    seat.sits("auditor-1").opens("disbursements:ledger")
    rows = seat.downloads("Download as a table (CSV)")
    bank = sum(int(row["Minor units"]) for row in rows if row["Account"] == "Bank" and row["Currency"] == "USD")
    sums = {code: sum(int(row["Minor units"]) for row in rows if row["Currency"] == code) for code in ("USD", "EUR")}
    assert sums == {"USD": 0, "EUR": 0}
    assert bank == at_the_bank
    seat.follows("Prove the ledger")
    entries = len({row["Entry"] for row in rows})
    assert "Everything adds up" in seat.says
    assert f"{entries} entries with {len(rows)} lines were recomputed just now." in seat.says
    assert rows[0]["Seal"] in seat.says
    assert seat.opens("disbursements:fund").facts()["At the bank"] == plain(bank)
    seat.opens("disbursements:checkpoints")
    assert seat.page.locator("main h2").first.inner_text().startswith("Checkpoint ")


def closed_grants_stand_as_in_the_file(seat: Seat) -> None:
    assert list(CLOSED) == ["FPCL-2024-001", "FPCL-2024-002", "FPCL-2024-003"]
    for ref, results in CLOSED.items():
        seat.opens("disbursements:grants").follows(grant_of(ref))
        told = seat.facts()
        found = {name: told[name] for name in ("Paid", "Spent, as accepted reports say", "Returned")}
        expected = {"Paid": "paid", "Spent, as accepted reports say": "spent", "Returned": "refunded"}
        assert found == {name: plain(round(results[key] * 100)) for name, key in expected.items()}
        assert told["Still to account for"] == plain(0)


def grant_of(ref: str) -> str:
    application = Application.objects.get(external_ref=ref)
    return Grant.objects.get(application=application).ref


def the_donor_reads_where_the_money_is(seat: Seat) -> None:
    seat.sits("donor-1").opens("evaluation:statements")
    seat.page.locator("main tbody a").first.click()
    told = dict(seat.rows()[:4])
    minor = {name: cents(value) for name, value in told.items()}
    received = minor.pop("Received")
    assert received == sum(minor.values())
    assert received > minor["With grantees or on its way"] > 0


def cents(shown: str) -> int:
    return int("".join(letter for letter in shown.replace("\N{MINUS SIGN}", "-") if letter.isdigit() or letter == "-"))


def a_phone_in_french_shows_it_too(seat: Seat) -> None:
    """Every page that was read above, on a small screen: nothing runs off its side."""
    statement = BankStatement.objects.filter(currency="USD").latest("no")
    pages: list[tuple[str, tuple[Any, ...]]] = [
        ("disbursements:statements", ()),
        ("disbursements:statement", (statement.pk,)),
        ("disbursements:line", (statement.lines.earliest("id").pk,)),
        ("disbursements:days", ()),
        ("disbursements:rail_checks", ()),
        ("disbursements:ledger", ()),
        ("disbursements:verify_ledger", ()),
        ("disbursements:checkpoints", ()),
        ("disbursements:fund", ()),
        ("evaluation:statement", ("DN-01",)),
        *(("disbursements:grant", (grant_of(ref),)) for ref in CLOSED),
    ]
    seat.sits("auditor-1", "fr").page.set_viewport_size(PHONE)
    wide = {}
    for name, args in pages:
        seat.opens(name, *args)
        assert seat.page.locator("html").get_attribute("lang") == "fr"
        wide[name, args] = seat.too_wide
    assert {page: by for page, by in wide.items() if by > 0} == {}
