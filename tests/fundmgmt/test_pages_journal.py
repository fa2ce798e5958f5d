"""Journal, verification, papers, dossier and outbox, walked through a real client."""

import csv
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from fundmgmt import dossier, journal
from fundmgmt.actions.papers import store_upload
from fundmgmt.actions.people import add_colleague, grant_role, register_organisation
from fundmgmt.listeners import verify_journal
from fundmgmt.models import JournalEntry, Organisation, User, Verification
from fundmgmt.refs import named_thread
from fundmgmt.workflow import perform

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password-here"
Make = Callable[..., tuple[User, Client]]


@pytest.fixture(autouse=True)
def in_memory_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def person() -> Make:
    def make(name: str, *roles: str) -> tuple[User, Client]:
        user = User.objects.create_user(f"{name.lower()}@example.org", PASSWORD, name=name, language="en")
        for role in roles:
            grant_role(user, role, by=None, at=timezone.now())
        client = Client()
        client.force_login(user)
        return user, client

    return make


@pytest.fixture
def amina(person: Make) -> tuple[User, Client]:
    return person("Amina")


@pytest.fixture
def organisation(amina: tuple[User, Client]) -> Organisation:
    details = {"name": "Umoja wa Wazazi", "kind": "parents_association", "legal_status": "none"}
    return register_organisation(by=amina[0], at=timezone.now(), **details)


def url(name: str, *args: Any) -> str:
    return reverse(f"fundmgmt:{name}", args=args)


def says(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_auditor_reads_the_journal_and_takes_it_along(person: Make, organisation: Organisation) -> None:
    client = person("Auditor", "auditor")[1]
    thread = organisation.thread
    page = client.get(url("journal_thread", thread))
    assert [row["object"].kind for row in page.context["rows"]] == [
        "fundmgmt.organisation.begin",
        "fundmgmt.membership.add",
    ]
    one = client.get(url("journal_thread", thread), {"kind": "fundmgmt.membership.add"})
    assert len(one.context["rows"]) == 1
    response = client.get(url("journal_thread", thread), {"format": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    entries = JournalEntry.objects.filter(thread=thread).order_by("seq")
    assert [row[-2:] for row in rows[1:]] == [[entry.hash, entry.prev_hash] for entry in entries]
    assert client.get(url("journal_thread", uuid.uuid4())).status_code == 404
    everything = client.get(url("journal"))
    assert len(everything.context["rows"]) == JournalEntry.objects.count()


def test_an_administrator_takes_words_out_that_must_not_stand_there(person: Make, organisation: Organisation) -> None:
    officer = person("Officer", "officer")[0]
    perform(organisation, "pause", by=officer, at=timezone.now(), reason="Somebody is named here")
    entry = JournalEntry.objects.filter(thread=organisation.thread).latest("seq")
    line, erase = (url(name, entry.thread, entry.seq) for name in ("journal_line", "erase_words"))
    administrator, auditor = person("Administrator", "administrator")[1], person("Auditor", "auditor")[1]
    thread = administrator.get(url("journal_thread", entry.thread))
    assert f'href="{line}"' in says(thread)
    assert [erase in says(reader.get(line)) for reader in (administrator, auditor)] == [True, False]
    assert auditor.post(erase, {"why": "person"}).status_code == 403
    assert administrator.post(erase, {"why": ""}).status_code == 422
    assert "Somebody is named here" in says(auditor.get(line))
    answer = administrator.post(erase, {"why": "person"})
    assert (answer.status_code, answer.url) == (302, line)
    after = says(auditor.get(line))
    assert ("Somebody is named here" in after, "These words were taken out" in after) == (False, True)
    gone = administrator.get(erase)
    assert (gone.status_code, "were taken out already" in says(gone)) == (403, True)
    assert journal.verify().problems == []


def test_verification_runs_as_a_task_and_tells_its_verdict(person: Make, organisation: Organisation) -> None:
    client = person("Auditor", "auditor")[1]
    journal.seal_checkpoint(timezone.now())
    client.post(url("verify"))
    client.post(url("verify"))
    run = Verification.objects.get()
    assert "Under way" in says(client.get(url("verify")))
    verify_journal(run.pk)
    verify_journal(run.pk)
    run.refresh_from_db()
    assert (run.whole, run.done, run.checkpoints) == (True, JournalEntry.objects.count(), 1)
    assert "The journal is whole" in says(client.get(url("verify")))


def test_a_broken_chain_is_told(person: Make, organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    client = person("Auditor", "auditor")[1]
    client.post(url("verify"))
    monkeypatch.setattr(journal, "entry_hash", lambda _entry: "x")
    verify_journal(Verification.objects.get().pk)
    page = says(client.get(url("verify")))
    assert "The journal is not whole" in page
    assert str(organisation.thread) in page


def test_a_paper_is_handed_out_under_its_policy_only(
    amina: tuple[User, Client], organisation: Organisation, person: Make
) -> None:
    paper = store_upload(
        organisation,
        SimpleUploadedFile("list.csv", b"a,b\n1,2\n"),
        title="Our list.csv",
        policy="fundmgmt.view_organisation",
        by=amina[0],
        at=timezone.now(),
    )
    response = amina[1].get(paper.get_absolute_url())
    assert b"".join(response.streaming_content) == b"a,b\n1,2\n"
    assert response["Content-Disposition"] == 'attachment; filename="our-list.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for close in response._resource_closers:
        close()
    assert person("Other")[1].get(paper.get_absolute_url()).status_code == 404
    assert Client().get(paper.get_absolute_url()).status_code == 302
    assert amina[1].get(url("paper", uuid.uuid4())).status_code == 404


def test_a_dossier_shows_what_the_stages_open(
    amina: tuple[User, Client], organisation: Organisation, person: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(user: Any, thread: uuid.UUID) -> dict[str, Any] | None:
        row = Organisation.objects.visible_to(user).filter(thread=thread).first()
        return row and {"title": row.name, "ref": row.ref, "url": row.get_absolute_url()}

    monkeypatch.setattr(dossier, "_views", [find])
    address = url("dossier", organisation.thread)
    other, theirs = person("Other")
    assert theirs.get(address).status_code == 404
    add_colleague(organisation, email=other.email, role="viewer", by=amina[0], at=timezone.now())
    fresh = Client()
    fresh.force_login(User.objects.get(pk=other.pk))
    own = amina[1].get(address)
    assert [moment.text for moment in own.context["story"]] == [
        "Colleague added",
        "Colleague added",
        "Organisation registered",
    ]
    assert fresh.get(address).context["story"] == []
    officer = person("Officer", "officer")[1].get(address)
    assert len(officer.context["story"]) == 3
    assert "Amina" not in says(officer)


def test_the_outbox_exists_in_the_demonstration_only(amina: tuple[User, Client]) -> None:
    with override_settings(DEMO=False):
        assert amina[1].get(url("outbox")).status_code == 404
    with override_settings(DEMO=True):
        assert amina[1].get(url("outbox")).status_code == 200


def test_threads_of_plain_rows_are_the_same_for_ever() -> None:
    assert str(named_thread("rule", "invitation_days")) == str(named_thread("rule", "invitation_days"))
    assert named_thread("rule", 1) != named_thread("user", 1)
