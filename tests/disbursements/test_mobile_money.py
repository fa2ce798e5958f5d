"""The mobile money rail against its double, over HTTP: words, amounts, faults, signatures."""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from disbursements.gateway.doubles.mobile_money import Faults, Rail, serve
from disbursements.gateway.mobile_money import MobileMoney, payout_id
from disbursements.gateway.protocol import Accepted, Instruction, Rejected, Status, Unknown
from disbursements.gateway.signatures import digest_of, is_genuine, key_from_seed, public_line, read_key, sign
from disbursements.gateway.signatures import signature_base as base_of

KEY = "disb:7:v1"
TOLD = Instruction(KEY, 42_050, "USD", "Responsible person", "+243810000123", "Vodacom", "GR-1, 1", dt.date(2026, 7, 1))
PARTS = {":method": "POST", ":authority": "fund.example", ":path": "/webhooks/", "content-type": "application/json"}
ALWAYS = 100


@pytest.fixture
def double(settings: Any) -> Iterator[Rail]:
    rail = Rail(Faults(settle_seconds=0.0))
    server = serve(rail)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.MOBILE_MONEY_URL = f"http://127.0.0.1:{server.server_port}"
    settings.MOBILE_MONEY_KEYS = [public_line(rail.key)]
    settings.RAIL_SECONDS = 1
    yield rail
    rail.stopped.set()
    server.shutdown()
    server.server_close()


def settled(rail: MobileMoney) -> Status:
    deadline = time.monotonic() + 5
    while (status := rail.status(KEY)).state == "pending" and time.monotonic() < deadline:
        time.sleep(0.02)
    return status


def test_one_payout_for_one_key(double: Rail) -> None:
    rail = MobileMoney()
    assert rail.status(KEY) == Status("absent")
    assert rail.submit(TOLD, KEY) == Accepted(reference=payout_id(KEY))
    assert rail.submit(TOLD, KEY) == Accepted(reference=payout_id(KEY))
    assert [(p.key, p.amount, p.phone) for p in double.book] == [(KEY, "420.50", "243810000123")]
    assert settled(rail) == Status("paid", f"OP{payout_id(KEY)[:8].upper()}", 42_050, "USD")
    assert payout_id(KEY) != payout_id("disb:7:v2")


@pytest.mark.parametrize(
    ("fault", "paid"),
    [("error_before", 0), ("error_after", 1), ("reset_after", 1), ("hang", 1)],
)
def test_no_certain_answer_is_unknown_and_the_key_is_safe(double: Rail, fault: str, paid: int) -> None:
    rail = MobileMoney()
    double.faults = replace(double.faults, hang_seconds=1.3, **{fault: ALWAYS})
    assert isinstance(rail.submit(TOLD, KEY), Unknown)
    time.sleep(0.6 if fault == "hang" else 0)
    assert len(double.book) == paid
    double.faults = Faults(settle_seconds=0.0)
    assert isinstance(rail.submit(TOLD, KEY), Accepted)
    assert len(double.book) == 1


def test_refusals_are_certain(double: Rail) -> None:
    rail = MobileMoney()
    full = replace(TOLD, account="+243810000089")
    assert rail.submit(full, KEY) == Rejected("WALLET_LIMIT_REACHED", "The wallet takes no more.")
    assert rail.status(KEY).state == "absent"
    gone = replace(TOLD, account="+243810000099")
    assert isinstance(rail.submit(gone, KEY), Accepted)
    status = settled(rail)
    assert (status.state, status.reference, status.amount_minor) == ("failed", "RECIPIENT_NOT_FOUND", 42_050)
    assert isinstance(rail.submit(replace(TOLD, bank="Post"), KEY), Rejected)
    assert len(double.book) == 1


def test_a_host_that_is_gone_is_unknown(double: Rail, settings: Any) -> None:
    settings.MOBILE_MONEY_URL = "http://127.0.0.1:9"
    assert isinstance(MobileMoney().submit(TOLD, KEY), Unknown)
    assert MobileMoney().status(KEY).state == "unknown"
    settings.MOBILE_MONEY_URL = ""
    assert MobileMoney().capabilities().missing


def _message(**changes: str) -> bytes:
    said = {"payoutId": payout_id(KEY), "clientReferenceId": KEY, "status": "COMPLETED", "amount": "420.50"}
    return json.dumps(said | changes).encode()


def _signed(raw: bytes, seed: str = "double", at: float | None = None) -> dict[str, str]:
    headers = sign(raw, PARTS, key_from_seed(seed), now=at or int(time.time()))
    return {name.lower(): value for name, value in headers.items()} | PARTS


def test_a_signed_message_is_read(double: Rail) -> None:
    event = MobileMoney().parse_event(_message(), _signed(_message()))
    assert (event.key, event.state, event.event_id) == (KEY, "paid", f"{payout_id(KEY)}:COMPLETED")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("another body", lambda raw, headers: (raw.replace(b"420.50", b"999.00"), headers)),
        ("another key", lambda raw, _headers: (raw, _signed(raw, seed="somebody else"))),
        ("too old", lambda raw, _headers: (raw, _signed(raw, at=time.time() - 600))),
        ("from the future", lambda raw, _headers: (raw, _signed(raw, at=time.time() + 600))),
        ("another address", lambda raw, headers: (raw, headers | {":path": "/webhooks/other/"})),
        ("another way", lambda raw, headers: (raw, headers | {":method": "PUT"})),
        ("no signature", lambda raw, headers: (raw, {k: v for k, v in headers.items() if k != "signature"})),
        ("no digest", lambda raw, headers: (raw, headers | {"content-digest": ""})),
        ("less is signed", lambda raw, headers: (raw, _without(headers, '"@path" '))),
        ("rubbish", lambda raw, headers: (raw, headers | {"signature-input": "sig-pp=(", "signature": ":::"})),
    ],
)
def test_a_message_that_is_not_genuine_is_none(double: Rail, name: str, change) -> None:
    raw = _message()
    assert MobileMoney().parse_event(raw, _signed(raw)) is not None
    assert MobileMoney().parse_event(*change(raw, _signed(raw))) is None


def _without(headers: dict[str, str], part: str) -> dict[str, str]:
    return headers | {"signature-input": headers["signature-input"].replace(part, "")}


@pytest.mark.parametrize("raw", [b"[]", b"not json", _message(payoutId="x"), _message(clientReferenceId="disb:8:v1")])
def test_a_genuine_message_about_nothing_of_ours_is_none(double: Rail, raw: bytes) -> None:
    assert MobileMoney().parse_event(raw, _signed(raw)) is None


@pytest.mark.parametrize("form", ["raw", "der"])
def test_elliptic_curve_signatures_are_read_in_both_forms(form: str) -> None:
    private, raw = ec.generate_private_key(ec.SECP256R1()), _message()
    names = ("@method", "@authority", "@path", "content-digest")
    quoted = " ".join(f'"{name}"' for name in names)
    params = f'({quoted});alg="ecdsa-p256-sha256";created={int(time.time())}'
    headers = PARTS | {"content-digest": digest_of(raw)}
    signature = private.sign(base_of(names, params, headers), ec.ECDSA(hashes.SHA256()))
    if form == "raw":
        signature = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))
    line = base64.b64encode(
        private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    headers |= {"signature-input": f"s={params}", "signature": f"s=:{base64.b64encode(signature).decode()}:"}
    assert is_genuine(raw, headers, [read_key(line.decode())], now=int(time.time()))
    assert not is_genuine(raw, headers, [read_key(public_line(key_from_seed("x")))], now=int(time.time()))
