"""Payment files and statements of the bank for tests: invented accounts, names and amounts."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from disbursements.gateway.file_batch import FileBatch, OwnAccount
from disbursements.gateway.protocol import Instruction
from disbursements.gateway.statement_table import COLUMNS

ACCOUNT = {"USD": "00000000010000000000101", "CDF": "00000000010000000000202"}
MADE = dt.datetime(2026, 11, 20, 9, 30, tzinfo=dt.UTC)
CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def own(currency: str = "USD") -> OwnAccount:
    return OwnAccount(currency, "Fonds d'exemple", ACCOUNT[currency], "Banque exemple", "AAAACDKI", "Kinshasa", "CD")


def instruction(number: int = 1, amount_minor: int = 1_097_800, currency: str = "USD", **values: Any) -> Instruction:
    given = {
        "payee": "Association exemple",
        "account": f"0000000002{number:013d}",
        "bank": "Banque du payé",
        "purpose": f"GR-2026-0001, {number}",
        "on_date": MADE.date(),
        **values,
    }
    return Instruction(key=f"disb:{number}:v1", amount_minor=amount_minor, currency=currency, **given)


def file_batch(*payments: Instruction, **values: Any) -> FileBatch:
    given = {"ref": "PB-2026-001", "made_at": MADE, "on_date": dt.date(2099, 12, 1), "charges": "DEBT", **values}
    given.setdefault("checkpoint", f"12 {'ab' * 32}")
    accounts = given.pop("accounts", {code: own(code) for code in ACCOUNT})
    return FileBatch(accounts=accounts, payments=payments, **given)


@dataclass
class Entry:
    """One line of a statement: plus came in, minus went out."""

    day: dt.date
    amount_minor: int
    end_to_end_id: str = ""
    reference: str = ""
    party: str = ""
    text: str = ""
    code: str = ""

    @property
    def figure(self) -> str:
        return str(abs(Decimal(self.amount_minor)).scaleb(-2))


@dataclass
class Sheet:
    """A statement as a bank would send it, in any of the three formats."""

    opening_minor: int
    entries: list[Entry]
    start: dt.date
    end: dt.date
    currency: str = "USD"
    account: str = ""
    name: str = "RELEVE-1"
    wrong_closing: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.account = self.account or ACCOUNT[self.currency]

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + sum(one.amount_minor for one in self.entries) + self.wrong_closing

    def camt053(self) -> bytes:
        entries = "".join(self._entry(number, one) for number, one in enumerate(self.entries, 1))
        stmt = (
            f"<Stmt><Id>{self.name}</Id><CreDtTm>{self.end}T23:00:00+01:00</CreDtTm>\n"
            f"<FrToDt><FrDtTm>{self.start}T00:00:00+01:00</FrDtTm><ToDtTm>{self.end}T23:00:00+01:00</ToDtTm></FrToDt>\n"
            f"<Acct><Id><Othr><Id>{self.account}</Id></Othr></Id><Ccy>{self.currency}</Ccy></Acct>\n"
            f"{self._balance('OPBD', self.opening_minor, self.start)}"
            f"{self._balance('CLBD', self.closing_minor, self.end)}{entries}</Stmt>\n"
        )
        head = f"<GrpHdr><MsgId>{self.name}</MsgId><CreDtTm>{self.end}T23:00:00+01:00</CreDtTm></GrpHdr>\n"
        document = f'<Document xmlns="{CAMT}">\n<BkToCstmrStmt>\n{head}{stmt}</BkToCstmrStmt>\n</Document>\n'
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + document.encode()

    def _balance(self, code: str, minor: int, day: dt.date) -> str:
        figure, direction = Decimal(abs(minor)).scaleb(-2), "CRDT" if minor >= 0 else "DBIT"
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
            f'<Amt Ccy="{self.currency}">{figure}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
            f"<Dt><Dt>{day}</Dt></Dt></Bal>\n"
        )

    def _entry(self, number: int, one: Entry) -> str:
        side = "Cdtr" if one.amount_minor < 0 else "Dbtr"
        direction = "DBIT" if one.amount_minor < 0 else "CRDT"
        party = f"<RltdPties><{side}><Pty><Nm>{one.party}</Nm></Pty></{side}></RltdPties>" if one.party else ""
        text = f"<RmtInf><Ustrd>{one.text}</Ustrd></RmtInf>" if one.text else ""
        refs = f"<Refs><EndToEndId>{one.end_to_end_id or 'NOTPROVIDED'}</EndToEndId></Refs>"
        servicer = f"<AcctSvcrRef>{one.reference}</AcctSvcrRef>" if one.reference else ""
        family = f"<Fmly><Cd>ICDT</Cd><SubFmlyCd>{one.code or 'DMCT'}</SubFmlyCd></Fmly>"
        return (
            f'<Ntry><NtryRef>{number}</NtryRef><Amt Ccy="{self.currency}">{one.figure}</Amt>'
            f"<CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{one.day}</Dt></BookgDt>"
            f"{servicer}<BkTxCd><Domn><Cd>PMNT</Cd>{family}</Domn></BkTxCd>"
            f"<NtryDtls><TxDtls>{refs}{party}{text}</TxDtls></NtryDtls></Ntry>\n"
        )

    def mt940(self) -> bytes:
        def balance(tag: str, minor: int, day: dt.date) -> str:
            mark = "C" if minor >= 0 else "D"
            return f":{tag}:{mark}{day:%y%m%d}{self.currency}{self._comma(abs(minor))}"

        rows = [f":20:{self.name}", f":25:{self.account}", ":28C:1/1", balance("60F", self.opening_minor, self.start)]
        for one in self.entries:
            mark = "C" if one.amount_minor >= 0 else "D"
            name = one.end_to_end_id or "NONREF"
            figure = self._comma(abs(one.amount_minor))
            code = one.code or "NTRF"
            rows.append(f":61:{one.day:%y%m%d}{one.day:%m%d}{mark}{figure}{code}{name}//{one.reference}")
            rows.append(f":86:{one.text} {one.party}".rstrip())
        rows.append(balance("62F", self.closing_minor, self.end))
        return ("\r\n".join([*rows, "-"]) + "\r\n").encode()

    @staticmethod
    def _comma(minor: int) -> str:
        return str(Decimal(minor).scaleb(-2)).replace(".", ",")

    def table(self) -> bytes:
        rows = [self._row("opening", self.start, self.opening_minor)]
        rows += [self._row("line", one.day, one.amount_minor, one) for one in self.entries]
        rows.append(self._row("closing", self.end, self.closing_minor))
        return ("\n".join([",".join(COLUMNS), *(",".join(row) for row in rows)]) + "\n").encode()

    def _row(self, kind: str, day: dt.date, minor: int, one: Entry | None = None) -> list[str]:
        figure = str(Decimal(minor).scaleb(-2))
        said = [one.end_to_end_id, one.reference, one.party, one.text] if one else [""] * 4
        return [kind, str(day), "", figure, self.currency, self.account, self.name, *said]
