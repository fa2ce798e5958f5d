"""Checkpoints, and an export checked by a program that has nothing but Python: on good books and on forged ones."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from disbursements import tasks
from disbursements.actions.checkpoints import seal_books
from disbursements.management.verify_books import canonical, digest, is_signed
from disbursements.models import BooksCheckpoint, PaymentBatch
from fundmgmt.actions.rules import set_rule
from fundmgmt.tasks import TIMETABLE
from tests.factories import applications as make_people
from tests.factories import batches as put
from tests.factories import grants as make

SEED = "11" * 32
KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SEED)).public_key().public_bytes_raw().hex()
LATER = make.ASKED + 2 * make.DAY
Lines = list[dict[str, Any]]


@pytest.fixture
def books(people: make.Cast, settings: Any, tmp_path: Path) -> Path:
    """An export with two signed checkpoints: before a payment and after it."""
    settings.CHECKPOINT_KEY = SEED
    grant = make.ready(people)
    assert seal_books(at=make.SIGNED) is not None
    make.confirmed(people, make.tranche(grant))
    assert seal_books(at=LATER) is not None
    call_command("export_books", tmp_path / "books", stdout=StringIO())
    return tmp_path / "books"


def check(folder: Path, *more: str) -> tuple[int, list[str]]:
    """The checker of the folder, run by a bare Python in isolation: no site packages, no Django."""
    command = [sys.executable, "-I", "-S", str(folder / "verify_books.py"), str(folder), *more]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.stderr == ""
    said = run.stdout.splitlines()
    return run.returncode, [line.removeprefix("WRONG: ") for line in said if line.startswith("WRONG")] or said[-2:]


def read(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text().splitlines()]


def forged(books: Path, name: str, change: Callable[[Lines], Any], *more: str) -> list[str]:
    """What the checker says of a copy in which somebody changed the lines of one file."""
    copy = books.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(books, copy)
    lines = read(copy / name)
    change(lines)
    (copy / name).write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    code, said = check(copy, *more)
    assert code == 1
    return said


def test_good_books_are_whole_and_each_forgery_is_named(books: Path) -> None:
    ledger, journal = read(books / "ledger.jsonl"), read(books / "journal.jsonl")
    code, said = check(books, "--key", KEY)
    assert (code, said) == (
        0,
        [f"2 checkpoints signed by {KEY}", "WHOLE: every hash, chain, seal, sum and signature fits"],
    )
    last, count = len(ledger), sum(len(entry["lines"]) for entry in ledger)
    out = next(entry["no"] for entry in ledger if entry["kind"] == "in_transit")
    bank = next(minor for account, minor, *_rest in ledger[out - 1]["lines"] if account == "bank")
    sums = read(books / "checkpoints.jsonl")[1]["ledger"]["sums"]

    def more_on_the_bank(lines: Lines) -> None:
        line = next(line for line in lines[out - 1]["lines"] if line[0] == "bank")
        line[1] -= 500

    assert forged(books, "ledger.jsonl", more_on_the_bank) == [
        f"ledger entry {out} was changed: its content does not fit its hash",
        f"ledger entry {out} does not balance: -500 minor units of USD",
        f"checkpoint 2 sealed {sums['bank USD']} minor units on bank USD; the lines sum to {sums['bank USD'] - 500}",
    ]
    assert forged(books, "ledger.jsonl", lambda lines: lines.pop(out - 1)) == [
        f"ledger entry {out} is missing before {out + 1}",
        f"checkpoint 2 sealed {count} ledger lines; there are {count - 2}",
        f"checkpoint 2 sealed {sums['bank USD']} minor units on bank USD; the lines sum to {sums['bank USD'] - bank}",
        f"checkpoint 2 sealed {sums['in_transit USD']} minor units on in_transit USD; the lines sum to {bank}",
        f"ledger.jsonl has {last - 1} lines; the manifest says {last}",
    ]
    assert forged(books, "ledger.jsonl", lambda lines: lines.insert(0, lines.pop(1))) == [
        "ledger entry 1 is missing before 2",
        "ledger entry 1 stands in the wrong place or twice",
    ]
    step = next(row for row in journal if row["kind"] == "disbursements.tranche.approve")
    where = journal.index(step)
    assert forged(books, "journal.jsonl", lambda lines: lines[where]["facts"].update(amount_minor=1)) == [
        f"journal {step['thread']} entry {step['seq']} was changed: its content does not fit its hash"
    ]


def test_whoever_computes_everything_anew_is_found_by_the_checkpoints(books: Path) -> None:
    journal = read(books / "journal.jsonl")
    end = max(at for at, row in enumerate(journal) if row["kind"] == "disbursements.tranche.confirm")

    def hashed_anew(lines: Lines) -> None:
        lines[end]["facts"]["amount_minor"] = 1
        for row in lines[end:]:
            if row["thread"] == journal[end]["thread"]:
                row["prev"] = next(
                    (x["hash"] for x in lines if (x["thread"], x["seq"]) == (row["thread"], row["seq"] - 1)), ""
                )
                row["hash"] = digest(row)

    assert forged(books, "journal.jsonl", hashed_anew) == ["seal 2 of the journal does not fit"]

    def other_key(lines: Lines) -> None:
        thief = Ed25519PrivateKey.generate()
        for row in lines:
            content = {name: value for name, value in row.items() if name not in {"hash", "signature", "key"}}
            row["key"] = thief.public_key().public_bytes_raw().hex()
            row["signature"] = thief.sign(canonical(content)).hex()

    assert forged(books, "checkpoints.jsonl", other_key, "--key", KEY) == [
        "checkpoint 1 is not signed with the key that you named",
        "checkpoint 2 is not signed with the key that you named",
    ]
    wrong = "00" * 64
    assert forged(books, "checkpoints.jsonl", lambda lines: lines[0].update(signature=wrong)) == [
        "checkpoint 1: the signature is false"
    ]
    (books / "ledger.jsonl").unlink()
    assert check(books)[0] == 2
    with pytest.raises(CommandError, match="not empty"):
        call_command("export_books", books)


@pytest.mark.parametrize("layout", ["pain001", "plain"])
def test_a_payment_file_carries_the_signed_checkpoint_and_the_checker_finds_it(
    people: make.Cast, settings: Any, tmp_path: Path, layout: str
) -> None:
    settings.CHECKPOINT_KEY = SEED
    due = make.approved(people, make.tranche(make.ready(people)))
    set_rule(
        "bank_file_layout",
        layout,
        by=make_people.person("another@example.org", "administrator"),
        at=make.RECEIVED,
        valid_from=make.RECEIVED.date(),
        decided_in="SC-2026-01/9",
        reason="Agreed with the bank.",
    )
    seal = seal_books(at=make.ASKED)
    assert seal is not None
    paper = put.released(people, put.opened(people, due)).paper
    assert paper is not None
    with paper.file.open() as stored:
        content = stored.read()
    assert (
        content.count(seal.hash.encode()),
        is_signed(bytes.fromhex(KEY), canonical(seal.content()), bytes.fromhex(seal.signature)),
    ) == (1, True)
    tasks.seal_batch(PaymentBatch.objects.get().pk)
    call_command("export_books", tmp_path / "books", stdout=StringIO())
    at_bank, bent = tmp_path / "at-the-bank", tmp_path / "bent"
    at_bank.write_bytes(content)
    assert check(tmp_path / "books", "--key", KEY, "--file", str(at_bank)) == (
        0,
        ["at-the-bank: checkpoint 1 is in these books", "WHOLE: every hash, chain, seal, sum and signature fits"],
    )
    bent.write_bytes(content.replace(seal.hash.encode(), b"0" * 64))
    assert check(tmp_path / "books", "--file", str(bent)) == (1, ["bent names checkpoint 1, which is another here"])
    bent.write_bytes(content.replace(seal.hash.encode(), b""))
    assert check(tmp_path / "books", "--file", str(bent)) == (1, ["bent names no checkpoint"])


@settings(max_examples=12, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.data())
def test_our_own_check_of_signatures_is_that_of_the_library(seed: bytes, message: bytes, data: st.DataObject) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert is_signed(public, message, signature)
    assert not is_signed(public, message + b"!", signature)
    at, bit = data.draw(st.integers(0, 63)), data.draw(st.integers(0, 7))
    bent = bytearray(signature)
    bent[at] ^= 1 << bit
    assert not is_signed(public, message, bytes(bent))


def test_checkpoints_are_public_unsigned_without_a_key_and_stand_on_the_order(
    people: make.Cast, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    grant = make.ready(people)
    assert TIMETABLE["disbursements.tasks.seal_books"] == 24 * 60
    assert tasks.seal_books() == BooksCheckpoint.objects.get().hash
    assert tasks.seal_books() == ""
    row = BooksCheckpoint.objects.get()
    assert (row.signature, row.key, row.ledger_no) == ("", "", 3)
    page = client.get(reverse("disbursements:checkpoints")).content.decode()
    assert [part in page for part in (row.hash[:32], row.hash[32:])] == [True, True]
    paid = make.sent(people, make.tranche(grant))
    paper = paid.instructions.get().paper
    with paper.file.open() as file:  # type: ignore[union-attr]
        said = "".join("".join(page.extract_text() for page in PdfReader(file).pages).split())
    assert row.hash in said
    with pytest.raises(IntegrityError, match="names the one before"), transaction.atomic():
        BooksCheckpoint.objects.create(
            no=2, at=LATER, occasion="asked", journal_entries=0, ledger_no=0, ledger_lines=0, sums={}, hash="x"
        )
