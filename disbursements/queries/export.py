"""The books as lines of JSON: what an auditor takes away and checks without this system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from disbursements.models import BooksCheckpoint
from disbursements.queries.hashing import sealed_content
from fundmgmt.journal import entry_content as step_content
from fundmgmt.models import Checkpoint, JournalEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 2000


def journal_lines() -> Iterator[dict[str, Any]]:
    """Every step, story by story: codes, amounts and days; of words only their salted hash."""
    for row in JournalEntry.objects.order_by("thread", "seq").iterator(chunk_size=AT_ONCE):
        yield step_content(row) | {"hash": row.hash}


def seal_lines() -> Iterator[dict[str, Any]]:
    """The seals of the journal, with the heads that each sealed."""
    for row in Checkpoint.objects.order_by("id").prefetch_related("sealed").iterator(chunk_size=100):
        heads = sorted([str(head.thread), head.seq] for head in row.sealed.all())
        yield {"no": row.pk, "heads": heads, "prev": row.prev_root, "root": row.root}


def ledger_lines() -> Iterator[dict[str, Any]]:
    """Every entry of the ledger with its lines, in its order."""
    for content, digest in sealed_content():
        yield content | {"hash": digest}


def checkpoint_lines() -> Iterator[dict[str, Any]]:
    """The checkpoints of the books with their signatures."""
    for row in BooksCheckpoint.objects.select_related("batch").order_by("no").iterator(chunk_size=AT_ONCE):
        yield row.content() | {"hash": row.hash, "signature": row.signature, "key": row.key}


FILES = {
    "journal.jsonl": journal_lines,
    "seals.jsonl": seal_lines,
    "ledger.jsonl": ledger_lines,
    "checkpoints.jsonl": checkpoint_lines,
}
