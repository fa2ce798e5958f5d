"""ISO 20022 pain.001.001.09: a customer's credit transfers, one block for each currency.

Accounts stand in Othr/Id unless they are IBANs with right check digits: the DR Congo has none. Element order is the
schema's. The checkpoint of the books stands in a comment: every field for free text is carried on to the payee.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from disbursements.gateway.file_batch import LONGEST_ID, bank_text, block_id, end_to_end_id, is_iban
from fundmgmt.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from disbursements.gateway.file_batch import FileBatch, OwnAccount
    from disbursements.gateway.protocol import Instruction

VERSION = "pain.001.001.09"
NAMESPACE = f"urn:iso:std:iso:20022:tech:xsd:{VERSION}"
PURPOSE_LENGTH = 140
CHECKPOINT = "Checkpoint of the books, number and SHA-256"


def write_pain001(batch: FileBatch) -> bytes:
    """The payment file; the same batch gives the same bytes."""
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    body = _in(root, "CstmrCdtTrfInitn")
    header = _in(body, "GrpHdr")
    _in(header, "MsgId", batch.ref[:LONGEST_ID])
    _in(header, "CreDtTm", batch.made_at.isoformat(timespec="seconds"))
    _count(header, batch.payments)
    blocks = batch.by_currency()
    _in(_in(header, "InitgPty"), "Nm", bank_text(blocks[0][0].holder))
    for account, payments in blocks:
        _block(body, batch, account, payments)
    if batch.checkpoint:
        body.append(etree.Comment(f" {CHECKPOINT}: {batch.checkpoint} "))
    etree.indent(root, space="  ")
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _in(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text:
        made.text = text
    return made


def _count(parent: etree._Element, payments: Sequence[Instruction]) -> None:
    """NbOfTxs and CtrlSum: the plain sum of the figures, whatever their currencies, as the standard asks."""
    _in(parent, "NbOfTxs", str(len(payments)))
    figures = [Money(one.amount_minor, one.currency).decimal for one in payments]
    _in(parent, "CtrlSum", str(sum(figures[1:], figures[0])))


def _account(parent: etree._Element, name: str, number: str, currency: str = "") -> None:
    account = _in(parent, name)
    ident = _in(account, "Id")
    if is_iban(number):
        _in(ident, "IBAN", number)
    else:
        _in(_in(ident, "Othr"), "Id", number)
    if currency:
        _in(account, "Ccy", currency)


def _bank(parent: etree._Element, name: str, *, bic: str, label: str) -> None:
    institution = _in(_in(parent, name), "FinInstnId")
    if bic:
        _in(institution, "BICFI", bic)
    _in(institution, "Nm", bank_text(label))


def _block(body: etree._Element, batch: FileBatch, own: OwnAccount, payments: Sequence[Instruction]) -> None:
    block = _in(body, "PmtInf")
    _in(block, "PmtInfId", block_id(batch.ref, own.currency))
    _in(block, "PmtMtd", "TRF")
    _in(block, "BtchBookg", "false")  # one line of the statement for each payment, so that each can be matched
    _count(block, payments)
    _in(_in(block, "ReqdExctnDt"), "Dt", batch.on_date.isoformat())
    debtor = _in(block, "Dbtr")
    _in(debtor, "Nm", bank_text(own.holder))
    address = _in(debtor, "PstlAdr")
    _in(address, "TwnNm", bank_text(own.town, LONGEST_ID))
    _in(address, "Ctry", own.country)
    _account(block, "DbtrAcct", own.account, own.currency)
    _bank(block, "DbtrAgt", bic=own.bic, label=own.bank)
    _in(block, "ChrgBr", batch.charges)
    for one in payments:
        _payment(block, one)


def _payment(block: etree._Element, one: Instruction) -> None:
    transfer = _in(block, "CdtTrfTxInf")
    name = end_to_end_id(one.key)
    ident = _in(transfer, "PmtId")
    _in(ident, "InstrId", name)
    _in(ident, "EndToEndId", name)
    amount = _in(_in(transfer, "Amt"), "InstdAmt", str(Money(one.amount_minor, one.currency).decimal))
    amount.set("Ccy", one.currency)
    _bank(transfer, "CdtrAgt", bic="", label=one.bank)
    _in(_in(transfer, "Cdtr"), "Nm", bank_text(one.payee))
    _account(transfer, "CdtrAcct", one.account)
    _in(_in(transfer, "RmtInf"), "Ustrd", bank_text(one.purpose, PURPOSE_LENGTH))
