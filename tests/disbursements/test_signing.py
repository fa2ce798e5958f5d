"""Who signs an agreement, how, and what a code, a witness and a second person are good for."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from disbursements import tasks
from disbursements.actions import grants, signing
from disbursements.actions.agreement import prepare_agreement
from disbursements.models import Grant, PaperSignature, SigningCode
from disbursements.queries.sealing import verify_record
from disbursements.queries.signing import channels_of, newest_code, unsent_code, waiting_code
from fundmgmt import sms
from fundmgmt.access import Refused
from fundmgmt.actions.papers import UploadRefused
from fundmgmt.models import JournalEntry, Paper, StepRefused, User
from tests.factories import applications
from tests.factories import grants as make
from tests.factories import signing as hand
from tests.signing_in import sign_in
from tests.telling import last_of, refused, told

AT = make.SIGNED
MINUTE = dt.timedelta(minutes=1)
PHONE = "0970 000 001"
NOT_OWNER = "Only the organisation's own people"


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def draft(people: make.Cast) -> Grant:
    make.donor(people)
    return make.drafted(people)


def wrong_for(code: str) -> str:
    return str((int(code) + 1) % 10**6).zfill(6)


def test_a_code_signs_one_text_for_one_person_in_time_and_few_tries(people: make.Cast, draft: Grant) -> None:
    owner = people.owner
    with refused(StepRefused, "No code has been sent to you yet", draft):
        hand.signing.sign_agreement(draft, by=owner, at=AT, typed_name=hand.SIGNATORY, code="000000")
    with refused(Refused, NOT_OWNER, draft):
        signing.ask_code(draft, by=people.officer, at=AT)
    with refused(StepRefused, "Your account has no such address", draft):
        signing.ask_code(draft, by=owner, at=AT, channel="sms")
    code = hand.asked(draft, by=owner, at=AT)
    row = newest_code(draft, owner)
    assert len(code) == 6
    assert code not in str(SigningCode.objects.filter(pk=row.pk).values().get()).replace(row.digest, "")
    for left in (4, 3):
        with refused(StepRefused, f"tries left: {left}", draft):
            hand.sign(draft, by=owner, at=AT, code=wrong_for(code))
    for values, match in (
        ({"typed_name": "Responsible"}, "first name and your family name"),
        ({"accepted": False}, "Tick that you have read"),
        ({"at": AT + 15 * MINUTE}, "was good until"),
    ):
        with refused(StepRefused, match, draft):
            hand.sign(draft, **{"by": owner, "at": AT, "code": code, **values})
    with refused(Refused, NOT_OWNER, draft):
        hand.sign(draft, by=people.officer, at=AT, code=code)
    prepare_agreement(draft, by=people.officer, at=AT)
    with refused(StepRefused, "prepared anew", draft):
        hand.sign(draft, by=owner, at=AT, code=code)
    newer = hand.asked(draft, by=owner, at=AT)
    if newer != code:
        with refused(StepRefused, "not the code", draft):
            hand.sign(draft, by=owner, at=AT, code=code)
    hand.sign(draft, by=owner, at=AT + 14 * MINUTE, code=f" {newer[:3]} {newer[3:]} ")
    assert told(draft) == ("sign", "agreement_draft", "agreement_draft", owner)
    entry = last_of(draft)
    assert entry.facts["sha256"] == draft.agreement_paper.sha256
    assert (entry.facts["how"], entry.facts["channel"]) == ("code", "email")
    assert draft.signed_how == "code"
    with refused(Refused, "signed already", draft):
        signing.ask_code(draft, by=owner, at=AT)


def test_the_last_try_ends_a_code_and_a_day_ends_asking(people: make.Cast, draft: Grant) -> None:
    owner = people.owner
    code = hand.asked(draft, by=owner, at=AT)
    for match in ["tries left"] * 4 + ["it was the last try", "too often"]:
        with refused(StepRefused, match, draft):
            hand.sign(draft, by=owner, at=AT, code=wrong_for(code))
    with refused(StepRefused, "too often", draft):
        hand.sign(draft, by=owner, at=AT, code=code)
    for _n in range(9):
        hand.asked(draft, by=owner, at=AT)
    with refused(StepRefused, "Too many codes", draft):
        hand.asked(draft, by=owner, at=AT)
    hand.sign(draft, by=owner, at=AT + 25 * 60 * MINUTE)
    assert draft.grantee_signed_by == owner


@pytest.fixture
def texts(settings: Any, tmp_path: Path) -> None:
    settings.SMS = {"backend": "file", "folder": tmp_path}


@pytest.mark.usefixtures("texts")
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_code_goes_where_the_signatory_chose(
    people: make.Cast, draft: Grant, channel: str, time_machine: Any
) -> None:
    time_machine.move_to(AT, tick=False)
    people.owner.phone = PHONE
    people.owner.save()
    assert [one for one, _label in channels_of(people.owner)] == ["email", "sms"]
    signing.ask_code(draft, by=people.owner, at=AT, channel=channel)
    row = newest_code(draft, people.owner)
    assert tasks.send_code(row.pk) == channel
    (text,) = [one.text for one in sms.read_outbox()] + [one.body for one in django_mail.outbox]
    code = next(
        word.strip(":.,") for word in text.split() if word.strip(":.,").isdigit() and len(word.strip(":.,")) == 6
    )
    hand.sign(draft, by=people.owner, at=AT, code=code)
    assert last_of(draft).facts["channel"] == channel
    assert tasks.send_code(row.pk) == "", "a code that has signed is not made again"


@pytest.mark.usefixtures("texts")
def test_a_code_that_cannot_be_sent_is_told_to_signatory_and_officer(
    people: make.Cast, draft: Grant, settings: Any, time_machine: Any, caplog: pytest.LogCaptureFixture
) -> None:
    time_machine.move_to(AT, tick=False)
    User.objects.update(language="en")
    people.owner.refresh_from_db()
    people.owner.phone = PHONE
    people.owner.save()
    signing.ask_code(draft, by=people.owner, at=AT, channel="sms")
    row = newest_code(draft, people.owner)
    assert waiting_code(draft, people.owner, AT) == row
    settings.SMS = {"backend": ""}
    assert tasks.send_code(row.pk) == "refused"
    draft.refresh_from_db()
    entry = last_of(draft)
    assert (entry.kind, entry.actor_id) == ("disbursements.grant.miss_code", None)
    assert entry.facts == {"channel": "sms", "why": "no_service"}
    assert waiting_code(draft, people.owner, AT) is None
    assert "cannot be reached: no service" in caplog.text
    assert [re.search(r"\b\d{6}\b", said) for said in (caplog.text, str(entry.facts))] == [None, None]
    row.refresh_from_db()
    assert (row.digest, row.unsent_why) == ("", "no_service")
    with refused(StepRefused, "No code has been sent to you", draft):
        hand.sign(draft, by=people.owner, at=AT, code="123456")
    at = draft.get_absolute_url()
    seen = {}
    for who, address, advice in (
        (people.owner, f"{at}steps/sign/", "Have the code sent by e-mail"),
        (people.owner, f"{at}steps/ask_code/", "Have the code sent by e-mail"),
        (people.owner, at, "Have the code sent by e-mail"),
        (people.officer, at, "Call the organisation"),
        (people.officer, f"{at}steps/sign_on_paper/", "Call the organisation"),
    ):
        client = Client()
        sign_in(client, who)
        shown = client.get(address).content.decode()
        why = "the fund has no service for messages to phones" in shown
        seen[who.pk, address] = (why, advice in shown)
    assert set(seen.values()) == {(True, True)}
    assert tasks.send_code(row.pk) == ""
    assert last_of(draft).pk == entry.pk, "told once"
    signing.ask_code(draft, by=people.owner, at=AT + MINUTE, channel="email")
    assert unsent_code(draft) is None


@pytest.mark.usefixtures("texts")
def test_a_code_whose_time_passed_in_tries_is_told_as_not_sent(
    people: make.Cast, draft: Grant, settings: Any, time_machine: Any
) -> None:
    """The service is in trouble; the queue tries again, at last after the code's time."""
    time_machine.move_to(AT, tick=False)
    signing.ask_code(draft, by=people.owner, at=AT)
    row = newest_code(draft, people.owner)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    with pytest.raises(ConnectionRefusedError):
        tasks.send_code(row.pk)
    assert unsent_code(draft) is None
    time_machine.move_to(row.expires_at, tick=False)
    assert tasks.send_code(row.pk) == ""
    draft.refresh_from_db()
    assert unsent_code(draft) == row
    assert last_of(draft).facts == {"channel": "email", "why": "account"}


STEPS = {"sign_on_paper": hand.by_hand, "sign_by_mark": hand.by_mark}
BAD_HAND = [
    ({"signatory": "Amina"}, StepRefused, "family name"),
    ({"signed_date": AT.date() + dt.timedelta(days=1)}, StepRefused, "day of the signature"),
    ({"signed_date": make.OPENED.date() - dt.timedelta(days=1)}, StepRefused, "day of the signature"),
    ({"only_paper": False}, UploadRefused, "under 18|child"),
]
BAD_MARK = [
    ({"read_aloud": False}, StepRefused, "aloud"),
    ({"witness_fit": False}, StepRefused, "adult"),
    ({"witness_name": "Sample"}, StepRefused, "family name"),
    ({"witness_name": hand.SIGNATORY}, StepRefused, "third person"),
    ({"witness_name": "Payer of money"}, StepRefused, "moves the fund's money"),
]


@pytest.mark.parametrize("step", STEPS)
def test_a_signature_by_hand_is_recorded_by_one_and_compared_by_another(
    people: make.Cast, draft: Grant, step: str
) -> None:
    people.payer.name = "Of Money Payer"
    people.payer.save()
    record, said = getattr(signing, step), STEPS[step](AT)
    for change, error, match in BAD_HAND + (BAD_MARK if step == "sign_by_mark" else []):
        with refused(error, match, draft):
            record(draft, by=people.checker, at=AT, **{**said, "upload": hand.scan(), **change})
    no_picture = hand.SimpleUploadedFile("x.csv", b"a;b\n1;2\n", "text/csv")
    with refused(StepRefused, "scan or a photo", draft):
        record(draft, by=people.checker, at=AT, **{**said, "upload": no_picture})
    with refused(Refused, "not among your roles", draft):
        record(draft, by=people.owner, at=AT, **{**said, "upload": hand.scan()})
    record(draft, by=people.checker, at=AT, **{**said, "upload": hand.scan()})
    row = PaperSignature.objects.get()
    assert (row.paper, row.recorded_by) == (draft.agreement_paper, people.checker)
    assert last_of(draft).facts["copy"] == row.copy.sha256
    with refused(Refused, "You recorded the grantee's signature", draft):
        grants.countersign_agreement(draft, by=people.checker, at=AT, compared=True)
    with refused(StepRefused, "compare it first", draft):
        grants.countersign_agreement(draft, by=people.signer, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE disbursements_grant SET fund_signed_by_id = signature_recorded_by_id WHERE id = %s", [draft.pk]
        )
    grants.countersign_agreement(draft, by=people.signer, at=AT, compared=True)
    assert draft.state == "signed"
    words = [value for _heading, pairs in draft.certificate_paper.snapshot["parts"] for _label, value in pairs]
    assert row.copy.sha256 in words
    assert ("Sample Witness" in " ".join(words)) == (step == "sign_by_mark")
    assert [one for one in verify_record(draft) if not one.met] == []


def test_the_record_is_sealed_and_shows_what_was_changed(people: make.Cast, draft: Grant) -> None:
    hand.both(draft, by=people.owner, other=people.signer, at=AT)
    paper = draft.certificate_paper
    added = JournalEntry.objects.get(kind="fundmgmt.paper.add", subject=f"fundmgmt.paper:{paper.pk}")
    counter = JournalEntry.objects.get(kind="disbursements.grant.countersign", thread=draft.thread)
    sealed = last_of(draft)
    assert (added.facts["sha256"], sealed.facts["sha256"]) == (paper.sha256, paper.sha256)
    assert (sealed.facts["seq"], sealed.facts["head"]) == (counter.seq, counter.hash)
    assert counter.hash in paper.snapshot["seal"]
    assert [row[0] for row in paper.snapshot["steps"]] == [
        str(one.seq) for one in JournalEntry.objects.filter(thread=draft.thread, pk__lte=counter.pk).order_by("seq")
        if one.kind in {f"disbursements.grant.{step}" for step in ("prepare", "sign", "countersign")}
    ]  # fmt: skip
    client, check = Client(), reverse("disbursements:agreement_check", args=[draft.ref])
    sign_in(client, people.owner)
    assert client.get(reverse("fundmgmt:paper", args=[paper.uid])).getvalue().startswith(b"%PDF-")
    assert client.get(check).context["whole"] is True
    stranger = Client()
    sign_in(stranger, applications.person("stranger@example.org"))
    assert stranger.get(check).status_code == 404
    with draft.agreement_paper.file.open("rb") as stored:
        whole = stored.read()
    with draft.agreement_paper.file.storage.open(draft.agreement_paper.file.name, "wb") as stored:
        stored.write(whole + b"%")
    assert [one.met for one in verify_record(draft)] == [False, True, True, True, True, True]
    Paper.objects.filter(pk=draft.agreement_paper_id).update(
        snapshot={**draft.agreement_paper.snapshot, "amount_minor": 1}
    )
    draft.refresh_from_db()
    assert [one.met for one in verify_record(draft)] == [False, False, True, True, True, True]


def test_the_pages_lead_from_the_code_to_the_signature(people: make.Cast, draft: Grant, time_machine: Any) -> None:
    time_machine.move_to(AT, tick=False)
    client = Client()
    people.owner.language = "en"
    people.owner.save()
    sign_in(client, people.owner)
    at = draft.get_absolute_url()
    empty = client.get(f"{at}steps/sign/").content.decode()
    assert "You have none that is good now" in empty
    assert 'name="code"' not in empty
    answer = client.post(f"{at}steps/ask_code/", {"channel": "email", "version": draft.version})
    assert answer.headers["Location"] == f"{at}steps/sign/"
    code = signing.make_code(newest_code(draft, people.owner), at=AT)
    values = {"typed_name": hand.SIGNATORY, "accepted": "on", "version": draft.version + 1}
    bad = client.post(f"{at}steps/sign/", {**values, "code": wrong_for(code)})
    assert bad.status_code == 422
    assert "tries left: 4" in bad.content.decode()
    assert client.post(f"{at}steps/sign/", {**values, "code": code}).status_code == 302
    officer = Client()
    people.signer.language = "en"
    people.signer.save()
    sign_in(officer, people.signer)
    counter = officer.get(f"{at}steps/countersign/").content.decode()
    assert 'name="compared"' not in counter
