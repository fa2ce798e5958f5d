"""Reads the letters that steps send: entries are delivered and tasks run at the end of the block."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage
from django.test import TestCase
from django.utils.module_loading import import_string

from fundmgmt import mail, tasks


def at_once(dotted: str, ident: Any, **_options: Any) -> None:
    """A queue that works while you wait."""
    import_string(dotted)(ident)


@contextmanager
def letters(*, of_any_age: bool = True) -> Iterator[list[EmailMessage]]:
    """The messages of the steps in this block, there once it has ended; steps of the past count as news."""
    found: list[EmailMessage] = []
    before = len(django_mail.outbox)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "async_task", at_once)
        if of_any_age:
            patch.setattr(mail, "is_news", lambda *_: True)
        with TestCase.captureOnCommitCallbacks(execute=True):
            yield found
    found += django_mail.outbox[before:]


def by_reader(found: list[EmailMessage]) -> dict[str, EmailMessage]:
    """Each message by the one person it went to; two to one person are an error."""
    assert len({tuple(message.to) for message in found}) == len(found)
    return {message.to[0]: message for message in found}


def lines(message: EmailMessage) -> list[str]:
    """Subject and body as a message says them, with plain spaces; without greeting, link, closing and empty lines."""
    said = str(message.body).replace("\u202f", " ").replace("\xa0", " ").splitlines()
    link = next(number for number, line in enumerate(said) if "http://testserver/" in line)
    return [message.subject.replace("\xa0", " "), *(line for line in said[1:link] if line.strip())]


def link(message: EmailMessage) -> str:
    """The line with the link."""
    return next(line for line in str(message.body).splitlines() if "http://testserver/" in line)
