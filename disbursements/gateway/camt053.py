"""Statements in ISO 20022 camt.053, any version that pycamt reads.

The XML is parsed without entities and without a network. pycamt reads the transactions; balances, accounts and places
are read here, because it keeps no account without IBAN and turns negative balances into floats.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from lxml import etree
from pycamt.parser import Camt053Parser

from disbursements.gateway.statement import BadFile, Complaint, Complaints, ReadLine, ReadStatement, known_id, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(02|03|04|08|12)")
BOOKED = "BOOK"


def read_camt053(content: bytes) -> list[ReadStatement]:
    """Whole statements that add up, or BadFile."""
    root = _parsed(content)
    namespace = etree.QName(root).namespace or ""
    if not NAMESPACE.fullmatch(namespace):
        raise BadFile([Complaint(root.sourceline or 0, str(_("this XML is no statement of the kind camt.053")))])
    reader = Camt053Parser(content)
    reader.namespaces = {None: namespace}  # whatever prefix the bank writes
    _name_accounts(reader.tree, namespace)
    names = {"d": namespace}
    complaints = Complaints()
    statements = root.findall(".//d:Stmt", names)
    for one in (entry for statement in statements for entry in statement.findall("d:Ntry", names)):
        if one.find("d:Amt", names) is None or one.find("d:CdtDbtInd", names) is None:
            complaints.add(one.sourceline, _("an entry without an amount or without its direction"))
    if complaints.found or not statements:
        return complaints.settle([])
    parts = iter(reader.get_transactions())
    found = []
    for statement in statements:
        lines = [
            line
            for one in statement.findall("d:Ntry", names)
            for line in _lines(one, [next(parts) for _n in range(_count(one, names))], names, complaints)
        ]
        found.append(_statement(statement, lines, names, complaints))
    return complaints.settle(found)


def _name_accounts(tree: Any, namespace: str) -> None:
    """The library looks for an IBAN at every entry, through the whole statement if there is none: one is put there."""
    names = {"d": namespace}
    for ident in tree.findall(".//d:Stmt/d:Acct/d:Id", names):
        if ident.find("d:IBAN", names) is None:
            etree.SubElement(ident, f"{{{namespace}}}IBAN")


def _parsed(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", 0) or 0
        raise BadFile([Complaint(line, str(_("this XML is broken: the file was cut or changed")))]) from error
    if root.getroottree().docinfo.doctype or any(isinstance(one, etree._Entity) for one in root.iter()):  # noqa: SLF001 -- lxml has no public name for it
        raise BadFile([Complaint(0, str(_("the file has definitions of its own (DOCTYPE), which no bank sends")))])
    return root


def _count(entry: Any, names: dict[str, str]) -> int:
    """How many transactions pycamt makes of an entry: its details, or itself."""
    return len(entry.findall(".//d:NtryDtls//d:TxDtls", names)) or 1


def _lines(
    entry: Any, parts: list[dict[str, Any]], names: dict[str, str], complaints: Complaints
) -> Iterator[ReadLine]:
    """The lines of one entry: its parts when they make up its amount, else the entry as one line."""
    if _text(entry, "d:Sts/d:Cd", names) not in {"", BOOKED} or _text(entry, "d:Sts", names) not in {"", BOOKED}:
        return  # announced, not booked: it comes again when it is
    place, amount = entry.sourceline, entry.find("d:Amt", names)
    currency = amount.get("Ccy") or ""
    whole = _signed(complaints.amount(place, amount.text, currency), _text(entry, "d:CdtDbtInd", names))
    booked = complaints.day(place, _day(entry, "BookgDt", names) or _day(entry, "ValDt", names))
    value = complaints.day(place, _day(entry, "ValDt", names) or _day(entry, "BookgDt", names))
    minors = [_minor(part, currency, complaints, place) for part in parts]
    if len(parts) > 1 and sum(minors) != whole:
        parts, minors = [_common(parts)], [whole]  # details in another currency or without amounts
    elif len(parts) == 1:
        minors = [whole]
    for part, minor in zip(parts, minors, strict=True):
        own = part.get("CreditorName") if minor < 0 else part.get("DebtorName")
        yield ReadLine(
            place=place,
            booked=booked,
            value=value,
            amount_minor=minor,
            end_to_end_id=known_id(part.get("EndToEndId")),
            bank_reference=tidy(part.get("TransactionID"), 64),
            party=tidy(own, 140),
            text=tidy(part.get("RemittanceInformationFull") or part.get("RemittanceInformation") or _info(part)),
            code=tidy(part.get("TransactionSubFamilyCode") or part.get("BankTransactionCode"), 16),
        )


def _common(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """What all parts of an entry share."""
    return {key: value for key, value in parts[0].items() if all(part.get(key) == value for part in parts)}


def _info(part: dict[str, Any]) -> str:
    return part.get("AdditionalEntryInformation") or ""


def _minor(part: dict[str, Any], currency: str, complaints: Complaints, place: int) -> int:
    return _signed(complaints.amount(place, part.get("Amount"), currency), part.get("CreditDebitIndicator") or "")


def _signed(minor: int, direction: str) -> int:
    return -minor if direction == "DBIT" else minor


def _text(node: Any, path: str, names: dict[str, str]) -> str:
    return (node.findtext(path, default="", namespaces=names) or "").strip()


def _day(node: Any, name: str, names: dict[str, str]) -> str:
    return _text(node, f"d:{name}/d:Dt", names) or _text(node, f"d:{name}/d:DtTm", names)


def _statement(statement: Any, lines: list[ReadLine], names: dict[str, str], complaints: Complaints) -> ReadStatement:
    place = statement.sourceline
    account = _text(statement, "d:Acct/d:Id/d:IBAN", names) or _text(statement, "d:Acct/d:Id/d:Othr/d:Id", names)
    balances: dict[str, tuple[int, str, str]] = {}
    for one in statement.findall("d:Bal", names):
        amount = one.find("d:Amt", names)
        if amount is None:
            complaints.add(one.sourceline, _("a balance without an amount"))
            continue
        currency = amount.get("Ccy") or ""
        minor = _signed(complaints.amount(one.sourceline, amount.text, currency), _text(one, "d:CdtDbtInd", names))
        balances.setdefault(_text(one, "d:Tp/d:CdOrPrtry/d:Cd", names), (minor, currency, _day(one, "Dt", names)))
    opening, closing = balances.get("OPBD") or balances.get("PRCD"), balances.get("CLBD")
    if not account:
        complaints.add(place, _("the statement does not say which account it is of"))
    if opening is None or closing is None:
        complaints.add(place, _("the opening or the closing balance is missing"))
        opening = closing = opening or closing or (0, "USD", "2000-01-01")
    codes = {opening[1], closing[1], *(amount.get("Ccy") or "" for amount in statement.findall("d:Ntry/d:Amt", names))}
    if len(codes) > 1:
        complaints.add(place, _("balances and entries stand in different currencies"))
    days = [line.booked for line in lines]
    start = complaints.day(place, _day_of(statement, "FrDtTm", names) or opening[2])
    end = complaints.day(place, _day_of(statement, "ToDtTm", names) or closing[2])
    return ReadStatement(
        place=place,
        account=tidy(account, 40),
        currency=closing[1],
        name=tidy(_text(statement, "d:Id", names), 64),
        start=min([start, *days]) if "PRCD" in balances and "OPBD" not in balances else start,
        end=end,
        opening_minor=opening[0],
        closing_minor=closing[0],
        lines=tuple(lines),
    )


def _day_of(statement: Any, name: str, names: dict[str, str]) -> str:
    return _text(statement, f"d:FrToDt/d:{name}", names)
