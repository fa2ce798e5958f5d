"""Statements of the bank are read whole and right, or refused whole with the line that is wrong."""

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disbursements.gateway.statement import BadFile, ReadStatement
from disbursements.gateway.statement_table import COLUMNS, format_of, read_statements
from tests.factories.bank import ACCOUNT, Entry, Sheet

NOV = dt.date(2026, 11, 1)
FORMATS = pytest.mark.parametrize("form", ["camt053", "mt940", "table"])


def sheet(**values: Any) -> Sheet:
    entries = [
        Entry(dt.date(2026, 11, 5), -1_097_800, "DISB-14-V1", "BK0001", "Association exemple", "GR-2026-0001 1"),
        Entry(dt.date(2026, 11, 6), -2_500, "", "BK0002", "", "FRAIS", "NCHG"),
        Entry(dt.date(2026, 11, 9), 12_000_000, "", "BK0003", "Donateur exemple", "PL-001"),
    ]
    given_values = {
        "opening_minor": 5_000_000,
        "entries": entries,
        "start": NOV,
        "end": dt.date(2026, 11, 30),
        **values,
    }
    return Sheet(**given_values)


def read(content: bytes) -> list[ReadStatement]:
    return read_statements(content)[1]


def complaints(content: bytes) -> list[str]:
    with pytest.raises(BadFile) as caught:
        read_statements(content)
    return [str(one) for one in caught.value.complaints]


@FORMATS
def test_each_format_gives_the_same_statement(form: str) -> None:
    content = getattr(sheet(), form)()
    assert format_of(content) == form
    one = read(content)[0]
    assert (one.account, one.currency) == (ACCOUNT["USD"], "USD")
    assert (one.opening_minor, one.closing_minor) == (5_000_000, 15_899_700)
    assert (one.start, one.end) == (NOV, dt.date(2026, 11, 30))
    assert [(line.booked.day, line.amount_minor, line.end_to_end_id, line.bank_reference) for line in one.lines] == [
        (5, -1_097_800, "DISB-14-V1", "BK0001"),
        (6, -2_500, "", "BK0002"),
        (9, 12_000_000, "", "BK0003"),
    ]
    assert ["Association exemple" in f"{line.party} {line.text}" for line in one.lines] == [True, False, False]
    assert "PL-001" in one.lines[2].text


@FORMATS
def test_a_statement_that_does_not_add_up_is_refused_whole(form: str) -> None:
    said = complaints(getattr(sheet(wrong_closing=100), form)())
    assert len(said) == 1
    assert "does not add up" in said[0]
    assert "1.00\u00a0USD" in said[0]


@FORMATS
def test_an_overdrawn_account_stays_exact(form: str) -> None:
    """One of the libraries turns negative balances into floats."""
    one = read(getattr(sheet(opening_minor=-12_345_678_901_23), form)())[0]
    assert one.opening_minor == -12_345_678_901_23


@FORMATS
def test_a_line_outside_the_days_of_its_statement_is_named(form: str) -> None:
    late = [Entry(dt.date(2026, 12, 5), -100, "", "BK9")]
    said = complaints(getattr(sheet(entries=late), form)())
    assert any("lies outside" in one and one.startswith("line ") for one in said)


def test_each_wrong_line_is_named_at_once() -> None:
    content = sheet().table().replace(b"-10978.00", b"-10978.0x").replace(b"2026-11-09", b"09/11/2026")
    assert complaints(content) == [
        "line 3: “-10978.0x” is no amount in USD",
        "line 5: “09/11/2026” is no day; write it like 2026-11-30",
    ]
    content = sheet().mt940().replace(b":61:2611061106D25,00", b":61:2611D25,00")
    assert complaints(content) == ["line 7: this movement (:61:) has not the form of MT940"]
    content = sheet().camt053().replace(b">10978.00<", b">10978.001<")
    assert complaints(content) == ["line 10: “10978.001” is no amount in USD"]


@pytest.mark.parametrize("wrong", ["1e3", "NaN", "Infinity", "1,5", "--5", "0x10", " ", "1234567890123456"])
def test_only_plain_figures_are_amounts(wrong: str) -> None:
    assert complaints(sheet().table().replace(b"-10978.00", b'"' + wrong.encode() + b'"'))


def test_xml_with_definitions_of_its_own_is_refused() -> None:
    bomb = b'<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
    secret = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for definition in (bomb, secret):
        content = sheet().camt053().replace(b"?>\n", b"?>\n" + definition + b"\n", 1).replace(b"RELEVE-1<", b"&x;<")
        said = complaints(content)
        assert len(said) == 1
        assert "root:" not in said[0]
    assert complaints(sheet().camt053().replace(b"?>\n", b"?>\n<!DOCTYPE Document>\n", 1)) == [
        "the file has definitions of its own (DOCTYPE), which no bank sends"
    ]


def test_deep_and_broken_xml_is_refused() -> None:
    assert "broken" in complaints(sheet().camt053()[:-20])[0]
    assert "broken" in complaints(b"<a>" * 5000 + b"</a>" * 5000)[0]
    assert "no statement of the kind" in complaints(b"<Document xmlns='urn:other'/>")[0]


def test_a_prefix_changes_nothing() -> None:
    plain = sheet().camt053()
    prefixed = plain.replace(b"xmlns=", b"xmlns:c=")
    for name in sorted(set(re.findall(rb"</(\w+)>", plain)), key=len, reverse=True):
        prefixed = prefixed.replace(b"<" + name + b">", b"<c:" + name + b">").replace(
            b"</" + name + b">", b"</c:" + name + b">"
        )
        prefixed = prefixed.replace(b"<" + name + b" ", b"<c:" + name + b" ")
    assert read(prefixed)[0].lines == read(plain)[0].lines


def test_an_entry_with_parts_becomes_its_parts() -> None:
    parts = "".join(
        f"<TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs><Amt Ccy='USD'>{amount}</Amt>"
        "<CdtDbtInd>DBIT</CdtDbtInd></TxDtls>"
        for name, amount in (("DISB-1-V1", "10.00"), ("DISB-2-V1", "20.00"))
    )
    whole = sheet(entries=[Entry(NOV, -3000, "ALL")]).camt053()
    start, end = whole.index(b"<TxDtls>"), whole.index(b"</NtryDtls>")
    lines = read(whole[:start] + parts.encode() + whole[end:])[0].lines
    assert [(line.end_to_end_id, line.amount_minor) for line in lines] == [("DISB-1-V1", -1000), ("DISB-2-V1", -2000)]
    odd = (whole[:start] + parts.encode() + whole[end:]).replace(b">20.00<", b">21.00<")
    assert [(line.end_to_end_id, line.amount_minor) for line in read(odd)[0].lines] == [("", -3000)]


def test_what_is_announced_and_not_booked_is_no_line() -> None:
    content = sheet(entries=[]).camt053()
    pending = sheet(entries=[Entry(NOV, -3000)]).camt053().replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>")
    pending = pending.replace(b">49970.00<", b">50000.00<")
    assert read(pending)[0].lines == read(content)[0].lines == ()


def test_many_statements_in_one_file() -> None:
    first = sheet()
    second = sheet(opening_minor=first.closing_minor, entries=[], start=first.end, end=dt.date(2026, 12, 31))
    for form in ("mt940", "table"):
        content = getattr(first, form)() + getattr(second, form)().partition(b"\n")[2 if form == "table" else 0]
        if form == "mt940":
            content = first.mt940() + second.mt940()
        found = read(content)
        assert [one.opening_minor for one in found] == [first.opening_minor, first.closing_minor]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\x01", b"%PDF-1.7", b"PK\x03\x04"])
def test_what_is_no_statement_is_said_so(content: bytes) -> None:
    assert "no bank statement" in complaints(content)[0]


def test_missing_parts_are_named() -> None:
    assert "closing balance of this statement is missing" in complaints(sheet().table().rsplit(b"\n", 2)[0])[0]
    assert ":62:" in complaints(b"\r\n".join(sheet().mt940().split(b"\r\n")[:-3]))[0]
    assert "columns" in complaints(b"kind,amount\nopening,1\n")[0]
    assert "account" in complaints(sheet(account=" ").camt053())[0]


AMOUNTS = st.lists(st.integers(-(10**12), 10**12).filter(bool), max_size=20)


@FORMATS
@settings(deadline=None)
@given(amounts=AMOUNTS, opening=st.integers(-(10**12), 10**12))
def test_whatever_moved_is_read_to_the_last_cent(form: str, amounts: list[int], opening: int) -> None:
    entries = [Entry(NOV + dt.timedelta(days=n), amount, f"DISB-{n}-V1", f"R{n}") for n, amount in enumerate(amounts)]
    one = read(getattr(sheet(opening_minor=opening, entries=entries), form)())[0]
    assert [line.amount_minor for line in one.lines] == amounts
    assert one.opening_minor + sum(amounts) == one.closing_minor


STARTS = (b"", b"<?xml version='1.0'?>", b":20:A\n:25:B\n", ",".join(COLUMNS).encode() + b"\n")


@settings(deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_never_a_crash(start: bytes, content: bytes) -> None:
    try:
        told = read_statements(start + content)[1]
    except BadFile as error:
        told = error.complaints
    assert told
