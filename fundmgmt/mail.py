"""One message to one reader in the reader's language, and reading back what a local outbox holds.

A message is one template, templates/email/<name>.txt: its first line is the subject, the rest the body, in
paragraphs. The context may name `url` (an address of this site) and `action` (the words of the link).
Callers enqueue a task that calls send(); nothing here asks for permission or decides who gets what.

A stage tells people about a step of the journal so: a listener asks is_news() and enqueues a task with the id of the
entry; the task gives the letters of that entry to send_letters(). Each goes out once, however often the task runs.
Only a step that happened within the last days (rule mail_max_age_days) is news: one entered long after it happened,
or replayed with its old date, is in the project's story and writes to nobody.
"""

import email
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template import Context, Engine
from django.template.loader import render_to_string
from django.utils import timezone, translation

from fundmgmt.models import JournalEntry, MailSent, User
from fundmgmt.rules import rule

logger = logging.getLogger("fundmgmt.mail")

SEPARATOR = b"-" * 79  # what Django's file backend writes after each message
Attachment = tuple[str, bytes, str]


def send(
    template_name: str, user: Any, context: Mapping[str, Any], attachments: Sequence[Attachment] = ()
) -> EmailMultiAlternatives | None:
    """Send one message; return it, or None for somebody who can no longer sign in.

    Attachments are (name, bytes, media type). Raises what the mail service raises: the queue tries again.
    """
    if not user.email or not user.is_active:
        return None
    with translation.override(user.language):
        subject, body = _words(template_name, {**context, "user": user})
        values = {
            "subject": subject,
            "body": body,
            "name": user.name,
            "url": absolute(str(context.get("url", ""))),
            "action": context.get("action", ""),
            "language": user.language,
        }
        text = Engine.get_default().get_template("email/base.txt").render(Context(values, autoescape=False))
        html = render_to_string("email/base.html", values)
        headers = {"Content-Language": user.language, "Auto-Submitted": "auto-generated"}
        message = EmailMultiAlternatives(subject, text.strip() + "\n", to=[user.email], headers=headers)
        message.attach_alternative(html, "text/html")
        for attachment in attachments:
            message.attach(*attachment)
        message.send()
    return message


def absolute(url: str) -> str:
    """Return an address of this site with its name in front."""
    return settings.BASE_URL.rstrip("/") + url if url.startswith("/") else url


def _words(template_name: str, values: dict[str, Any]) -> tuple[str, str]:
    """Return subject and body; plain text, so nothing is escaped here (base.html escapes for itself)."""
    text = Engine.get_default().get_template(f"email/{template_name}.txt").render(Context(values, autoescape=False))
    subject, _rest, body = text.strip().partition("\n")
    return subject.replace("\r", "").strip(), body.strip()


@dataclass(frozen=True)
class Letter:
    """What some readers are told about a step: a template (see send) and its values.

    A value that is a function is called in the reader's language.
    """

    template: str
    readers: Iterable[User]
    context: Mapping[str, Any]


def subject_id(entry: JournalEntry) -> int:
    """The id of the row that took the step."""
    return int(entry.subject.rpartition(":")[2])


def words_of(entry: JournalEntry) -> str:
    """The reason of the step in the actor's words; empty when there is none or it was erased."""
    return entry.remark.text if entry.remark else ""


def is_news(happened: datetime, now: datetime) -> bool:
    """Whether a step is young enough to write to people about it (rule mail_max_age_days)."""
    days = rule("mail_max_age_days", timezone.localdate(now)).value
    return happened >= now - timedelta(days=days)


def send_letters(entry: JournalEntry, letters: Iterable[Letter]) -> int:
    """Send each letter to each of its readers who has not had it yet; return how many went out.

    A reader whose message fails keeps nobody else waiting; the last failure is raised in the end, so that the queue
    tries again and reaches only those who are left.
    """
    sent, failed = 0, None
    for letter in letters:
        for reader in letter.readers:
            try:
                sent += _send_once(entry, letter, reader)
            except Exception as error:
                logger.exception("letter %s about entry %s to person %s", letter.template, entry.pk, reader.pk)
                failed = error
    if failed is not None:
        raise failed
    return sent


def _send_once(entry: JournalEntry, letter: Letter, reader: User) -> bool:
    if not reader.is_active or not reader.email:
        return False
    with transaction.atomic():
        _row, new = MailSent.objects.get_or_create(entry=entry, user=reader, template=letter.template)
        if new:
            send(letter.template, reader, letter.context)
    return new


@dataclass(frozen=True)
class OutboxMessage:
    """A message as the local outbox page shows it."""

    key: str
    at: datetime
    to: str
    subject: str
    language: str
    text: str
    attachments: tuple[str, ...]


def read_outbox(to: str = "", limit: int = 100) -> list[OutboxMessage]:
    """Return what the file backend has written, newest first; empty when mail goes out by a real service."""
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", "") or "")
    if not getattr(settings, "EMAIL_FILE_PATH", "") or not folder.is_dir():
        return []
    found: list[OutboxMessage] = []
    for path in sorted(folder.glob("*.log"), key=lambda one: one.stat().st_mtime_ns, reverse=True):
        messages = [_read(f"{path.stem}-{n}", part) for n, part in enumerate(_parts(path.read_bytes()))]
        found += [one for one in reversed(messages) if not to or to.lower() in one.to.lower()]
        if len(found) >= limit:
            break
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def _parts(content: bytes) -> list[bytes]:
    return [part.strip() for part in content.split(b"\n" + SEPARATOR + b"\n") if part.strip()]


def _read(key: str, content: bytes) -> OutboxMessage:
    message = email.message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    body = message.get_body(("plain",))
    return OutboxMessage(
        key=key,
        at=parsedate_to_datetime(message["Date"]),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        language=str(message["Content-Language"] or ""),
        text=body.get_content() if body else "",
        attachments=tuple(part.get_filename() or "" for part in message.iter_attachments()),
    )
