"""How long the ledger takes to prove, and the treasurer's pages, with 100,000 lines: `python -m tests.bench.ledger`.

The world is that of the torture run: micro grants, each with one tranche. Here each was paid and has arrived, with
sealed entries that follow each other, so that the proof finds nothing wrong and does all its work.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import django

from tests.bench.__main__ import ROOT, environment, python

TRANCHES = 17_000  # six lines each: committed, on its way, arrived
PAID = dt.datetime(2026, 7, 2, 9, tzinfo=dt.UTC)
ARRIVED = dt.datetime(2026, 7, 4, 9, tzinfo=dt.UTC)
PAGES = (
    ("disbursements:fund", ""),
    ("disbursements:ledger", ""),
    ("disbursements:ledger", "?page=last"),
    ("disbursements:ledger", "?grant=GR-T-008000"),
    ("disbursements:queue", ""),
    ("disbursements:checkpoints", ""),
    ("evaluation:statements", ""),
)


def pay_all(payer: Any, owner: Any) -> None:
    """Each tranche left and arrived: instruction, two entries, state. Written past the gate, sealed like the real."""
    from django.db import connection, transaction

    from disbursements.models import Donor, PaymentInstruction, Tranche
    from fundmgmt import triggers

    rows = list(Tranche.objects.filter(state="approved", pk__gte=1000).select_related("grant").order_by("pk"))
    with transaction.atomic():
        triggers.remove()
        orders = [_order(row, payer) for row in rows]
        PaymentInstruction.objects.seed(orders)
        _post(rows, orders, Donor.objects.earliest("pk"), payer)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE disbursements_tranche SET state = 'confirmed', paid_by_id = %s, sent_at = %s, bank_date = %s, "
                "bank_reference = 'BENCH', confirmed_by_id = %s, confirmed_at = %s, received_date = %s, "
                "received_minor = amount_minor WHERE state = 'approved' AND id >= 1000",
                [payer.pk, PAID, PAID.date(), owner.pk, ARRIVED, ARRIVED.date()],
            )
        triggers.lay()


def _order(row: Any, payer: Any) -> Any:
    from disbursements.models import PaymentInstruction

    return PaymentInstruction(
        tranche=row,
        thread=row.thread,
        rail="mobile_money",
        key=f"disb:{row.pk}:v1",
        amount_minor=row.amount_minor,
        currency=row.grant.currency,
        bank_detail_id=row.bank_detail_id,
        payload_hash=row.approved_hash,
        prepared_by=payer,
        prepared_at=PAID,
        state="paid",
    )


def _post(rows: list[Any], orders: list[Any], donor: Any, payer: Any) -> None:
    from django.db.models import F

    from disbursements.actions.ledger import accounts_by_code
    from disbursements.models import LedgerEntry, LedgerHead, LedgerLine, Purse
    from disbursements.queries.hashing import entry_hash

    accounts = accounts_by_code()
    codes = {account.pk: code for code, account in accounts.items()}
    head = LedgerHead.objects.get(name="main")
    entries, lines = [], []
    for row, order in zip(rows, orders, strict=True):
        for kind, cause, at, debit, credit in (
            ("in_transit", order, PAID, "in_transit", "bank"),
            ("disbursement", row, ARRIVED, "grants_paid", "in_transit"),
        ):
            source = f"{cause._meta.label_lower}:{cause.pk}"
            entry = LedgerEntry(no=head.no + 1, kind=kind, source=source, at=at, day=at.date(), prev_hash=head.hash)
            about = {"entry_id": entry.pk, "currency": "USD", "donor": donor, "grant_id": row.grant_id, "tranche": row}
            mine = [
                LedgerLine(account=accounts[code], amount_minor=sign * row.amount_minor, **about)
                for code, sign in ((debit, 1), (credit, -1))
            ]
            entry.hash = entry_hash(entry, mine, codes)
            head.no, head.hash = entry.no, entry.hash
            entries.append(entry)
            lines += mine
    LedgerLine.objects.bulk_create(lines, batch_size=2000)
    LedgerEntry.objects.bulk_create(entries, batch_size=2000)
    head.save()
    paid = sum(row.amount_minor for row in rows)
    Purse.objects.filter(currency="USD", code__in="*-").update(paid_minor=F("paid_minor") + paid)


def timed(name: str, work: Any) -> Any:
    """Do it, and say how long it took."""
    begun, busy = perf_counter(), process_time()
    found = work()
    print(f"{name}: {perf_counter() - begun:.2f} s, CPU {process_time() - busy:.2f} s", flush=True)
    return found


def measure(count: int) -> None:
    """Fill, prove, look at each page."""
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    from disbursements.actions.checkpoints import seal_books
    from disbursements.models import LedgerLine, Tranche
    from disbursements.queries.ledger import verify_ledger
    from disbursements.queries.sources import lots
    from fundmgmt.models import User
    from tests.signing_in import sign_in
    from tests.torture.world import build

    timed(f"filled with {count} tranches", lambda: build(count))
    payer, owner = (User.objects.get(email=f"{name}@example.org") for name in ("treasurer2", "owner"))
    timed("paid", lambda: pay_all(payer, owner))
    print(f"{LedgerLine.objects.count()} lines")
    verdict = timed("verify_ledger", verify_ledger)
    assert verdict.problems == [], verdict.problems[:3]
    timed("checkpoint", lambda: seal_books(at=ARRIVED))
    timed("whose money is left (asked at each release)", lambda: lots("USD", None))
    client = sign_in(Client(), payer)
    tranche = Tranche.objects.latest("pk")
    for name, more in (*PAGES, ("disbursements:tranche", "")):
        url = reverse(name, args=[tranche.pk] if name.endswith("tranche") else []) + more
        client.get(url)
        begun = perf_counter()
        assert client.get(url).status_code == 200
        print(f"page {name}{more}: {(perf_counter() - begun) * 1000:.0f} ms")
    with TemporaryDirectory() as folder:
        books = Path(folder, "books")
        timed("export_books", lambda: call_command("export_books", books, verbosity=0))
        command = [sys.executable, "-I", "-S", str(books / "verify_books.py"), str(books)]
        timed("verify_books", lambda: subprocess.run(command, check=True, capture_output=True))


def main(count: int) -> None:
    """On a database of its own, unless one is given: BENCH_DATABASE_URL."""
    with TemporaryDirectory() as folder:
        database = os.environ.get("BENCH_DATABASE_URL", f"sqlite:///{folder}/ledger.sqlite3")
        python(database, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        command = [sys.executable, "-m", "tests.bench.ledger", "here", str(count)]
        subprocess.run(command, cwd=ROOT, env=environment(database), check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["here"]:
        django.setup()
        measure(int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else TRANCHES)
