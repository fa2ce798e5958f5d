"""Short messages to a phone. Which service carries them is chosen by SMS_URL; none is a fair choice.

A gateway sends one text to one number. It raises SmsRefused when the number or the account will never work, and lets
errors of the network pass, so that the queue tries again. Nothing here asks for permission or decides who gets what.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone

from fundmgmt.states import Unreached

TAKEN = frozenset({100, 101, 102})  # Africa's Talking: processed, sent, queued
WHY = {  # the rest is between the service and the fund
    **dict.fromkeys((403, 404, 407), Unreached.NUMBER),  # not a number, not of a phone, no way to it
    **dict.fromkeys((401, 406, 409), Unreached.BLOCKED),  # held back, on a list of those who want none, not disturbed
}
FAILED_THERE = range(500, 600)  # its own trouble: worth another try
UNWRITTEN = re.compile(r"[\s().\-/]")


class SmsRefused(Exception):
    """The message will not be carried, however often it is tried; `why` is for people."""

    def __init__(self, said: str, why: Unreached) -> None:
        super().__init__(said)
        self.why = why


class SmsFailed(Exception):
    """The service has trouble of its own; another try may do."""


class SmsGateway(Protocol):
    """Whatever carries a short message."""

    def send(self, number: str, text: str) -> None:
        """Send one text to one number, which begins with + and the country."""


class Console:
    """Writes messages to the log of the process."""

    def send(self, number: str, text: str) -> None:
        """One line."""
        sys.stderr.write(f"SMS to {number}: {text}\n")


@dataclass(frozen=True)
class Message:
    """A short message as the local outbox page shows it."""

    at: dt.datetime
    to: str
    text: str


class Folder:
    """Keeps messages as files, to be read on the demonstration's outbox page."""

    def __init__(self, folder: Path) -> None:
        """Which folder."""
        self.folder = folder

    def send(self, number: str, text: str) -> None:
        """One file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        at = timezone.now()
        path = self.folder / f"{at:%Y%m%d-%H%M%S-%f}-{uuid.uuid4().hex[:8]}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(Message(at, number, text)), default=str))

    def read(self, to: str, limit: int) -> list[Message]:
        """Newest first."""
        found = []
        for path in sorted(self.folder.glob("*.json"), reverse=True):
            row = json.loads(path.read_text())
            if to in row["to"]:
                found.append(Message(dt.datetime.fromisoformat(row["at"]), row["to"], row["text"]))
            if len(found) == limit:
                break
        return found


class AfricasTalking:
    """Africa's Talking carries it; its library is asked for only where it is chosen."""

    def __init__(self, username: str, key: str, sender: str, host: str) -> None:
        """The account there; `sender` may be empty; `host` is where its API stands."""
        self.username, self.key, self.sender, self.host = username, key, sender, host

    def send(self, number: str, text: str) -> None:
        """One message; refused or failed when the service says so."""
        from africastalking.Service import AfricasTalkingException
        from africastalking.SMS import SMSService

        place = f"{self.host}/version1"

        class AtHost(SMSService):
            """The library's service, at the address that our settings name."""

            def _init_service(self) -> None:
                self._baseUrl = place

        try:
            answer = AtHost(self.username, self.key).send(text, [number], sender_id=self.sender or None)
        except AfricasTalkingException as error:
            raise SmsFailed(str(error)[:200]) from error
        judge(answer)


def judge(answer: Any) -> None:
    """Read the answer of Africa's Talking for one number; silent when the message was taken."""
    try:
        told = answer["SMSMessageData"]
        row = told["Recipients"][0]
        code = int(row["statusCode"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        said = answer.get("SMSMessageData", {}).get("Message", "") if isinstance(answer, dict) else ""
        raise SmsFailed(str(said)[:200] or "an answer that nobody understands") from error
    if code in TAKEN:
        return
    words = f"{code} {row.get('status', '')}"[:200]
    if code in FAILED_THERE:
        raise SmsFailed(words)
    raise SmsRefused(words, WHY.get(code, Unreached.ACCOUNT))


def gateway() -> SmsGateway | None:
    """The service that SMS_URL names, or none."""
    chosen = settings.SMS
    match chosen["backend"]:
        case "console":
            return Console()
        case "file":
            return Folder(chosen["folder"])
        case "africastalking":
            return AfricasTalking(chosen["username"], settings.SMS_KEY, chosen["sender"], settings.SMS_API_BASE)
    return None


def reads_texts() -> bool:
    """Whether phones can be written to at all."""
    return settings.SMS["backend"] != ""


def full_number(phone: str) -> str:
    """A number as services want it: +243…; empty when it cannot be one."""
    bare = UNWRITTEN.sub("", phone)
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    elif bare.startswith("0"):
        bare = f"+{settings.SMS_COUNTRY}{bare[1:]}"
    return bare if re.fullmatch(r"\+\d{8,15}", bare) else ""


def send(phone: str, text: str) -> None:
    """Send one text. Raises SmsRefused when no service is chosen or the number cannot be one."""
    service, number = gateway(), full_number(phone)
    if service is None:
        raise SmsRefused("no service", Unreached.NO_SERVICE)
    if not number:
        raise SmsRefused("not a number", Unreached.NUMBER)
    service.send(number, text)


def read_outbox(to: str = "", limit: int = 100) -> list[Message]:
    """What the folder holds, newest first; empty when messages go out by a real service."""
    service = gateway()
    return service.read(UNWRITTEN.sub("", to), limit) if isinstance(service, Folder) else []
