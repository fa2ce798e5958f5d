"""Messages of rails: kept once, applied later by asking the rail."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import TYPE_CHECKING

from django.db import transaction

from disbursements.actions.outbox import put_errand
from disbursements.models import PaymentInstruction, RailEventRecord
from disbursements.states import Errand

if TYPE_CHECKING:
    from disbursements.gateway.protocol import RailEvent


def keep_event(rail: str, event: RailEvent, raw: bytes, *, at: dt.datetime) -> RailEventRecord:
    """Store a genuine message and ask for its application; one that came before is only found again."""
    with transaction.atomic():
        values = {
            "key": event.key[:64],
            "received_at": at,
            "digest": hashlib.sha256(raw).hexdigest(),
            "payload": raw.decode("utf-8", "replace"),
        }
        record, new = RailEventRecord.objects.get_or_create(rail=rail, event_id=event.event_id[:120], defaults=values)
        if new:
            about = PaymentInstruction.objects.filter(key=event.key).values_list("thread", flat=True).first()
            key = f"event:{rail}:{record.event_id}"
            put_errand(Errand.EVENT, key, record.pk, thread=about or uuid.uuid4(), at=at)
    return record
