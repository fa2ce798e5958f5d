"""Reads the letters that steps send: entries are delivered and tasks run at the end of the block."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.mail import EmailMessage, outbox
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
    before = len(outbox)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "async_task", at_once)
        if of_any_age:
            patch.setattr(mail, "is_news", lambda *_: True)
        with TestCase.captureOnCommitCallbacks(execute=True):
            yield found
    found += outbox[before:]


def lines(message: EmailMessage) -> list[str]:
    """What a message says of its own: without greeting, link, closing and empty lines."""
    text = str(message.body).partition("\n")[2].partition("\nhttp")[0]
    return [line for line in text.splitlines() if line.strip()]
