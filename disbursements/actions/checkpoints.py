"""Sealing the books: daily, and with each batch of payments."""

from __future__ import annotations

import datetime as dt

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from disbursements.models import BooksCheckpoint, LedgerHead, PaymentBatch
from disbursements.queries.checkpoints import canonical, digest, sealed_entries, sums_up_to
from disbursements.states import Occasion
from fundmgmt import journal
from fundmgmt.models import Checkpoint


def seal_books(
    *, at: dt.datetime, occasion: str = Occasion.DAILY, batch: PaymentBatch | None = None
) -> BooksCheckpoint | None:
    """Seal journal and ledger as they stand. None on a day without news; a batch has its one checkpoint.

    The journal is sealed first, in a transaction of its own, so that no lock of the ledger is held meanwhile.
    """
    journal.seal_checkpoint(at)
    with transaction.atomic():
        LedgerHead.objects.get_or_create(name="main")
        head = LedgerHead.objects.select_for_update(no_key=True).get(name="main")
        last = BooksCheckpoint.objects.order_by("-no").first()
        mine = BooksCheckpoint.objects.filter(batch=batch).first() if batch else None
        if mine is not None:
            return mine
        seal = Checkpoint.objects.order_by("-id").first()
        root = seal.root if seal else ""
        if last and occasion == Occasion.DAILY and (last.journal_root, last.ledger_hash) == (root, head.hash):
            return None
        lines, sums = sums_up_to(head.no)
        row = BooksCheckpoint(
            no=last.no + 1 if last else 1,
            at=at.astimezone(dt.UTC),
            occasion=occasion,
            batch=batch,
            journal_entries=sealed_entries(),
            journal_root=root,
            ledger_no=head.no,
            ledger_lines=lines,
            ledger_hash=head.hash,
            sums=sums,
            prev_hash=last.hash if last else "",
        )
        _sign(row)
        row.save(force_insert=True)
    return row


def _sign(row: BooksCheckpoint) -> None:
    """Hash, and sign when there is a key: without one the checkpoint says that it is not signed."""
    content = row.content()
    row.hash = digest(content)
    if settings.CHECKPOINT_KEY:
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.CHECKPOINT_KEY))
        row.signature = key.sign(canonical(content)).hex()
        row.key = key.public_key().public_bytes_raw().hex()
