from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail as django_mail
from django.template import engines
from django.template.loaders.locmem import Loader

from fundmgmt import mail

TEMPLATE = """{% load i18n ui %}Tranche {{ number }}: {{ 150000|money:"USD" }}

It is on its way & will arrive <soon>.

{{ note }}"""


@pytest.fixture(autouse=True)
def templates(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engines["django"].engine
    extra = Loader(engine, {"email/tests/sent.txt": TEMPLATE})
    monkeypatch.setattr(engine, "template_loaders", [extra, *engine.template_loaders])


def person(**changes: object) -> SimpleNamespace:
    return SimpleNamespace(**{"email": "a@b.cd", "name": "Zawadi & Co", "language": "fr", "is_active": True, **changes})


def test_a_message_is_written_in_the_readers_language(settings: Any) -> None:
    settings.BASE_URL = "https://fund.example"
    mail.send("tests/sent", person(), {"number": 2, "note": "Merci", "url": "/x/", "action": "Open"})
    message = django_mail.outbox[0]
    assert message.subject == "Tranche 2: 1\u202f500,00\u00a0USD"
    assert "will arrive <soon>" in message.body
    assert "Open\u00a0: https://fund.example/x/" in message.body
    html = message.alternatives[0][0]
    assert "will arrive &lt;soon&gt;" in html
    assert 'href="https://fund.example/x/"' in html
    assert "Zawadi &amp; Co" in html
    assert message.extra_headers["Content-Language"] == "fr"


def test_nobody_who_has_left_gets_mail() -> None:
    assert mail.send("tests/sent", person(is_active=False), {}) is None
    assert django_mail.outbox == []


def test_the_outbox_reads_back_what_the_file_backend_wrote(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    assert mail.read_outbox() == []
    mail.send("tests/sent", person(), {"number": 1}, [("accord.pdf", b"%PDF", "application/pdf")])
    mail.send("tests/sent", person(email="other@b.cd", language="en"), {"number": 2})
    found = mail.read_outbox()
    assert {one.to for one in found} == {"a@b.cd", "other@b.cd"}
    (own,) = mail.read_outbox(to="other@b.cd")
    assert own.subject == "Tranche 2: 1,500.00\u00a0USD"
    assert own.language == "en"
    assert "It is on its way" in own.text
    (other,) = mail.read_outbox(to="a@b.cd")
    assert other.attachments == ("accord.pdf",)


def test_without_a_folder_there_is_no_outbox(settings: Any) -> None:
    settings.EMAIL_FILE_PATH = None
    assert mail.read_outbox() == []
