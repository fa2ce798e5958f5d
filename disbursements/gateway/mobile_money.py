"""Mobile money in the shape of pawaPay v2: one payout under an id that we make, taken at once, paid later.

The id is a UUID made from the instruction's key, so the same instruction can only ever be one payout. A return after
payment is no state of v2; operators do take money back, and the double says RETURNED then.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from disbursements.gateway.protocol import Accepted, Capabilities, RailEvent, Rejected, Status, Unknown
from disbursements.gateway.signatures import is_genuine, read_key
from disbursements.states import RailCode
from fundmgmt.money import Money, MoneyError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from disbursements.gateway.protocol import Answer, Instruction, RailLine
    from disbursements.gateway.signatures import PublicKey

NAMESPACE = uuid.UUID("5f0d2f2a-9c0c-5b7e-8f43-6a2f4f1f6d11")
PROVIDERS = {"vodacom": "VODACOM_MPESA_COD", "airtel": "AIRTEL_COD", "orange": "ORANGE_COD"}
STATES = {
    "ACCEPTED": "pending",
    "ENQUEUED": "pending",
    "SUBMITTED": "pending",
    "PROCESSING": "pending",
    "IN_RECONCILIATION": "pending",
    "COMPLETED": "paid",
    "FAILED": "failed",
    "RETURNED": "returned",
}
OK = 200


def payout_id(key: str) -> str:
    """The rail's name of an instruction: always the same for the same key."""
    return str(uuid.uuid5(NAMESPACE, key))


class MobileMoney:
    """Wallets of one operator's customers, reached through one host."""

    code: str = RailCode.MOBILE_MONEY

    def capabilities(self) -> Capabilities:
        """Dollars; what a wallet may receive is a rule of the fund."""
        missing = "" if settings.MOBILE_MONEY_URL else _("Mobile money is not connected here.")
        ask_after = 4 * settings.RETRY_SECONDS
        return Capabilities(frozenset({"USD"}), missing=missing, keeps_list=False, ask_after_seconds=ask_after)

    def validate(self, instruction: Instruction) -> list[object]:
        """An operator we know and a number with its country code."""
        wrong: list[object] = []
        if instruction.bank.lower() not in PROVIDERS:
            wrong.append(_("The operator of the wallet is not known."))
        if not re.fullmatch(r"\+243\d{9}", instruction.account):
            wrong.append(_("The number of the wallet needs its country code."))
        if instruction.currency not in self.capabilities().currencies:
            wrong.append(_("This way does not carry this currency."))
        return wrong

    def submit(self, instruction: Instruction, key: str) -> Answer:
        """Hand the payout over; a second time under the same id changes nothing there."""
        if wrong := self.validate(instruction):
            return Rejected("invalid", "; ".join(map(str, wrong)))
        ident = payout_id(key)
        body = {
            "payoutId": ident,
            "amount": str(Money(instruction.amount_minor, instruction.currency).decimal),
            "currency": instruction.currency,
            "recipient": {
                "type": "MMO",
                "accountDetails": {
                    "phoneNumber": instruction.account.lstrip("+"),
                    "provider": PROVIDERS[instruction.bank.lower()],
                },
            },
            "clientReferenceId": key,
            "customerMessage": re.sub(r"[^A-Za-z0-9 ]", " ", instruction.purpose)[:22],
            "metadata": [{"instruction": key}],
        }
        status, said = _call("POST", "/v2/payouts", body)
        if said is None or said.get("payoutId") != ident:
            return Unknown(f"no answer that could be read (HTTP {status})")
        if status == OK and said.get("status") in {"ACCEPTED", "DUPLICATE_IGNORED"}:
            return Accepted(reference=ident)
        if said.get("status") == "REJECTED":
            reason = said.get("failureReason") or {}
            return Rejected(str(reason.get("failureCode", "")), str(reason.get("failureMessage", "")))
        return Unknown(f"HTTP {status}, status {said.get('status')}")

    def status(self, key: str) -> Status:
        """Where it stands, with the amount as the rail has it."""
        ident = payout_id(key)
        status, said = _call("GET", f"/v2/payouts/{ident}")
        if status != OK or said is None:
            return Status("unknown", reason=f"no answer that could be read (HTTP {status})")
        if said.get("status") == "NOT_FOUND":
            return Status("absent")
        data = said.get("data") or {}
        state = STATES.get(data.get("status", ""))
        if said.get("status") != "FOUND" or state is None or data.get("payoutId") != ident:
            return Status("unknown", reason=f"status {said.get('status')}/{data.get('status')}")
        try:
            amount = Money.of(str(data["amount"]), str(data["currency"]))
        except (KeyError, MoneyError):
            return Status("unknown", reason="an amount that could not be read")
        reason = data.get("failureReason") or {}
        code, text = str(reason.get("failureCode", "")), str(reason.get("failureMessage", ""))
        reference = code if state == "failed" else str(data.get("providerTransactionId") or ident)
        return Status(state, reference, amount.minor, amount.currency, text)

    def cancel(self, key: str) -> Answer:
        """A payout that was taken cannot be taken back."""
        return Unknown("this rail takes nothing back")

    def parse_event(self, raw: bytes, headers: Mapping[str, str]) -> RailEvent | None:
        """A call-back signed by one of the keys we hold, about a payout that we named; else None."""
        if not is_genuine(raw, headers, _keys(tuple(settings.MOBILE_MONEY_KEYS)), now=int(time.time())):
            return None
        try:
            said = json.loads(raw)
            key, ident, state = str(said["clientReferenceId"]), str(said["payoutId"]), str(said["status"])
        except (ValueError, KeyError, TypeError):
            return None
        if ident != payout_id(key):
            return None
        return RailEvent(f"{ident}:{state}", key, STATES.get(state, "unknown"))

    def reconcile(self, start: dt.date, end: dt.date) -> Iterable[RailLine]:
        """v2 has no list of payouts: its statement comes as a file."""
        return ()


@cache
def _keys(lines: tuple[str, ...]) -> list[PublicKey]:
    return [read_key(line) for line in lines]


def _call(method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any] | None]:
    """One request, never repeated here, never redirected: (HTTP status, what was said). (0, None) when cut off."""
    host = urlsplit(settings.MOBILE_MONEY_URL)
    kind = HTTPSConnection if host.scheme == "https" else HTTPConnection
    connection = kind(host.netloc, timeout=settings.RAIL_SECONDS)
    headers = {"Authorization": f"Bearer {settings.MOBILE_MONEY_TOKEN}", "Content-Type": "application/json"}
    try:
        connection.request(method, host.path.rstrip("/") + path, json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read(1024 * 1024))
    except (OSError, HTTPException):
        return 0, None
    except ValueError:
        return answer.status, None
    finally:
        connection.close()
    return answer.status, said if isinstance(said, dict) else None
