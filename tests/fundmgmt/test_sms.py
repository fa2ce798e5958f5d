"""Short messages: each service behind one gateway, and what it refuses for good or for now."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from fundmgmt import env, sms

NUMBER = "+243970000001"


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("+243 970 000 001", NUMBER),
        ("0970 000 001", NUMBER),
        ("00243-970-000-001", NUMBER),
        ("970000001", ""),
        ("", ""),
        ("+243 97", ""),
    ],
)
def test_a_number_is_written_as_services_want_it(written: str, full: str) -> None:
    assert sms.full_number(written) == full


def test_the_address_says_who_carries_messages() -> None:
    assert env.as_sms("") == {"backend": ""}
    assert env.as_sms("console:") == {"backend": "console"}
    assert env.as_sms("file:var/sms")["folder"] == env.BASE_DIR / "var/sms"
    assert env.as_sms("africastalking://fund/FUND") == {
        "backend": "africastalking",
        "username": "fund",
        "sender": "FUND",
    }
    for wrong in ("pigeon://loft", "africastalking:", "console:there"):
        with pytest.raises(env.BadEnvironmentError, match="unknown SMS service"):
            env.as_sms(wrong)


def test_a_folder_keeps_what_was_sent_and_the_outbox_reads_it(settings: Any, tmp_path: Path) -> None:
    settings.SMS = {"backend": "file", "folder": tmp_path / "sms"}
    assert sms.read_outbox() == []
    sms.send("0970 000 001", "Code 1")
    sms.send("0970 000 002", "Code 2")
    assert [(one.to, one.text) for one in sms.read_outbox()] == [("+243970000002", "Code 2"), (NUMBER, "Code 1")]
    assert [one.text for one in sms.read_outbox("970 000 001")] == ["Code 1"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "sms").iterdir()} == {0o600}
    with pytest.raises(sms.SmsRefused, match="not a number"):
        sms.send("12", "Code 3")


def test_the_log_and_nobody(settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SMS = {"backend": "console"}
    sms.send(NUMBER, "Code 1")
    assert capsys.readouterr().err == f"SMS to {NUMBER}: Code 1\n"
    assert sms.read_outbox() == []
    settings.SMS = {"backend": ""}
    assert not sms.reads_texts()
    with pytest.raises(sms.SmsRefused, match="no service"):
        sms.send(NUMBER, "Code 1")


class Office(HTTPServer):
    """Answers as Africa's Talking would, on this machine only; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.asked: list[dict[str, Any]] = []
        self.answers: list[tuple[int, Any]] = []


class Desk(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        office: Any = self.server
        office.asked.append({"path": self.path, "key": self.headers["apiKey"], **body})
        status, answer = office.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_said: object) -> None:
        """Silent."""


@pytest.fixture
def office(settings: Any) -> Iterator[Office]:
    pytest.importorskip("africastalking", reason="the library of Africa's Talking is in requirements-production.txt")
    server = Office()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings.SMS = {"backend": "africastalking", "username": "fund", "sender": "FUND"}
    settings.SMS_KEY, settings.SMS_API_BASE = "secret", f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def said(code: int, status: str) -> dict[str, Any]:
    row = {"statusCode": code, "number": NUMBER, "status": status, "cost": "USD 0.0300", "messageId": "ATXid_1"}
    return {"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [row]}}


def test_the_service_carries_it_through_its_own_library(office: Office) -> None:
    office.answers = [(201, said(101, "Success"))]
    sms.send("0970 000 001", "Code 1")
    (asked,) = office.asked
    assert (asked["path"], asked["key"]) == ("/version1/messaging", "secret")
    assert (asked["username"], asked["to"], asked["from"], asked["message"]) == (
        ["fund"],
        [NUMBER],
        ["FUND"],
        ["Code 1"],
    )


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (201, said(403, "InvalidPhoneNumber"), "number"),
        (201, said(406, "UserInBlacklist"), "blocked"),
        (201, said(405, "InsufficientBalance"), "account"),
        (201, said(501, "GatewayError"), sms.SmsFailed),
        (201, {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}, sms.SmsFailed),
        (201, "well", sms.SmsFailed),
        (401, {"error": "The supplied authentication is invalid"}, sms.SmsFailed),
    ],
)
def test_a_refusal_is_told_from_trouble_that_passes(
    office: Office, status: int, answer: Any, error: type[Exception] | str
) -> None:
    office.answers = [(status, answer)]
    with pytest.raises(sms.SmsRefused if isinstance(error, str) else error) as caught:
        sms.send(NUMBER, "Code 1")
    assert getattr(caught.value, "why", error) == error
    assert len(office.asked) == 1
