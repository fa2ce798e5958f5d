"""Payment files: the official schema takes them, the bank's own rules hold, the same batch is the same bytes."""

import csv
import io
import subprocess
import sys
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from sepaxml.validation import ValidationError, try_valid_xml

from disbursements.gateway.bank_file import BankFile, write_file, wrong_in
from disbursements.gateway.file_batch import LONGEST_ID, bank_text, end_to_end_id, is_iban
from disbursements.gateway.protocol import Accepted, Rejected
from disbursements.states import FileLayout
from fundmgmt.env import BASE_DIR
from tests.factories import bank as make

NAMES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
SWIFT = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-?:().,'+ ")
OUTSIDE = BASE_DIR.parent / "shared" / "validators" / "validate_pain001.py"


@cache
def schema() -> Any:
    """The official schema, as an installed package carries it."""
    folder = find_spec("sepaxml").submodule_search_locations[0]
    return etree.XMLSchema(etree.parse(f"{folder}/schemas/pain.001.001.09.xsd"))


def two_currencies() -> Any:
    return make.file_batch(
        make.instruction(1),
        make.instruction(2, 548_900),
        make.instruction(3, 2_500_000_00, "CDF", payee="Mères & Pères «Ŋanda»", account="BE68539007547034"),
    )


def pain(batch: Any) -> Any:
    return etree.fromstring(write_file(batch, FileLayout.PAIN001))


def texts(root: Any, path: str) -> list[str]:
    return root.xpath(f"{path}/text()", namespaces=NAMES)


def test_the_official_schema_takes_the_file() -> None:
    content = write_file(two_currencies(), FileLayout.PAIN001)
    try_valid_xml(content, "pain.001.001.09")
    broken = content.replace(b"<PmtMtd>TRF</PmtMtd>", b"")
    with pytest.raises(ValidationError):
        try_valid_xml(broken, "pain.001.001.09")
    assert schema().validate(etree.fromstring(content))
    assert not schema().validate(etree.fromstring(broken))


def test_counts_sums_and_names_are_what_a_bank_checks() -> None:
    root = pain(two_currencies())
    assert texts(root, "//p:GrpHdr/p:NbOfTxs") == ["3"]
    amounts = [Decimal(text) for text in texts(root, "//p:InstdAmt")]
    assert Decimal(texts(root, "//p:GrpHdr/p:CtrlSum")[0]) == sum(amounts)
    for block in root.findall(".//p:PmtInf", NAMES):
        inside = [Decimal(one.text) for one in block.findall(".//p:InstdAmt", NAMES)]
        assert int(block.findtext("p:NbOfTxs", namespaces=NAMES)) == len(inside)
        assert Decimal(block.findtext("p:CtrlSum", namespaces=NAMES)) == sum(inside)
        currency = block.findtext("p:DbtrAcct/p:Ccy", namespaces=NAMES)
        assert {one.get("Ccy") for one in block.findall(".//p:InstdAmt", NAMES)} == {currency}
    names = texts(root, "//p:EndToEndId")
    assert names == ["DISB-3-V1", "DISB-1-V1", "DISB-2-V1"]
    assert texts(root, "//p:PmtInfId") == ["PB-2026-001-CDF", "PB-2026-001-USD"]
    assert set(texts(root, "//p:ChrgBr")) == {"DEBT"}
    for path in ("//p:Nm", "//p:Ustrd", "//p:TwnNm"):
        assert set("".join(texts(root, path))) <= SWIFT


def test_accounts_without_iban_stand_in_other_identification() -> None:
    root = pain(two_currencies())
    assert texts(root, "//p:CdtrAcct/p:Id/p:IBAN") == ["BE68539007547034"]
    assert texts(root, "//p:CdtrAcct/p:Id/p:Othr/p:Id") == ["00000000020000000000001", "00000000020000000000002"]
    assert texts(root, "//p:DbtrAcct/p:Id/p:Othr/p:Id") == [make.ACCOUNT["CDF"], make.ACCOUNT["USD"]]


@pytest.mark.skipif(not OUTSIDE.exists(), reason="the validator shared with other projects is not beside this folder")
def test_the_shared_validator_has_nothing_to_say(tmp_path: Path) -> None:
    path = tmp_path / "batch.xml"
    path.write_bytes(write_file(two_currencies(), FileLayout.PAIN001))
    run = subprocess.run([sys.executable, OUTSIDE, path, "--strict"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, "batch.xml: valid as pain.001.001.09 (0 errors, 0 warnings)")


@pytest.mark.parametrize("layout", FileLayout.values)
def test_the_same_batch_gives_the_same_bytes(layout: str) -> None:
    assert write_file(two_currencies(), layout) == write_file(two_currencies(), layout)


def test_the_plain_table_holds_each_payment_once() -> None:
    text = write_file(two_currencies(), FileLayout.PLAIN).decode("ascii")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["end_to_end_id"], row["amount"], row["currency"]) for row in rows] == [
        ("DISB-3-V1", "2500000.00", "CDF"),
        ("DISB-1-V1", "10978.00", "USD"),
        ("DISB-2-V1", "5489.00", "USD"),
    ]
    assert rows[0]["payee"] == "Meres + Peres 'Nanda'"
    assert {row["checkpoint"] for row in rows} == {f"12 {'ab' * 32}"}


def test_a_payee_that_looks_like_a_formula_is_written_without_it() -> None:
    batch = make.file_batch(make.instruction(payee="=+Association"))
    assert b",Association," in write_file(batch, FileLayout.PLAIN)


@pytest.mark.parametrize(
    ("payment", "words"),
    [
        (make.instruction(currency="EUR"), "dollars"),
        (make.instruction(amount_minor=0), "above zero"),
        (make.instruction(account="1" * 35), "34 characters"),
        (make.instruction(account="12_34"), "letters that banks do not take"),
        (make.instruction(account="CD1512345678901234567"), "no IBAN"),
        (make.instruction(payee="组织"), "how the bank spells it"),
        (make.instruction(payee=" "), "Account holder"),
        (make.instruction(account=make.ACCOUNT["USD"]), "same account"),
    ],
)
def test_what_a_bank_would_refuse_is_said_before(payment: Any, words: str) -> None:
    assert wrong_in(make.file_batch(make.instruction(9))) == []
    assert words in " ".join(wrong_in(make.file_batch(make.instruction(9), payment)))


def test_a_batch_without_own_account_or_with_one_payment_twice_is_wrong() -> None:
    assert "no own account in USD" in " ".join(wrong_in(make.file_batch(make.instruction(), accounts={})))
    assert "twice" in " ".join(wrong_in(make.file_batch(make.instruction(1), make.instruction(1))))
    assert "do not know" in " ".join(wrong_in(make.file_batch(make.instruction(1), charges="")))


def test_the_rail_takes_what_fits_and_says_why_not() -> None:
    rail, good, bad = BankFile(), make.instruction(), make.instruction(account="")
    assert rail.submit(good, good.key) == Accepted(reference="DISB-1-V1")
    assert isinstance(rail.submit(bad, bad.key), Rejected)
    assert isinstance(rail.submit(good, "disb:2:v1"), Rejected)
    assert rail.status(good.key).state not in {"paid", "failed"}


@given(st.integers(1, 10**9), st.integers(1, 999), st.integers(1, 10**9), st.integers(1, 999))
def test_each_key_has_one_name_on_the_banks_papers(one: int, v: int, other: int, w: int) -> None:
    keys = {f"disb:{one}:v{v}", f"disb:{other}:v{w}"}
    names = {end_to_end_id(key) for key in keys}
    assert len(names) == len(keys)
    assert all(len(name) <= LONGEST_ID and set(name) <= SWIFT for name in names)


@given(st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=80))
def test_other_keys_are_short_and_different_too(one: str, other: str) -> None:
    assert len(end_to_end_id(one)) <= LONGEST_ID
    assert (end_to_end_id(one) == end_to_end_id(other)) == (one == other)


@given(st.text(max_size=300))
def test_any_text_becomes_one_that_banks_take(text: str) -> None:
    written = bank_text(text)
    assert set(written) <= SWIFT
    assert len(written) <= 140
    assert bank_text(written) == written


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 10**12), st.sampled_from(["USD", "CDF"]), st.text("Éa&ŋ «»", min_size=1, max_size=30)),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_is_in_a_batch_the_file_adds_up(rows: list[tuple[int, str, str]]) -> None:
    payments = [
        make.instruction(number, amount, currency, payee=f"A {name}")
        for number, (amount, currency, name) in enumerate(rows, 1)
    ]
    root = pain(make.file_batch(*payments))
    assert schema().validate(root), schema().error_log
    total = sum(Decimal(amount).scaleb(-2) for amount, _currency, _name in rows)
    assert sum(Decimal(text) for text in texts(root, "//p:InstdAmt")) == total
    assert Decimal(texts(root, "//p:GrpHdr/p:CtrlSum")[0]) == total


def test_check_digits_tell_an_iban_from_a_number() -> None:
    assert is_iban("BE68539007547034")
    assert not is_iban("BE69539007547034")
    assert not is_iban("00000000010000000000101")
