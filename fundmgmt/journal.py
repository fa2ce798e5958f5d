"""The one journal: record, deliver once to each consumer, sweep what was missed, seal and verify.

Entries are chained per thread under the lock of the thread's head. A checkpoint seals the heads that moved since the
one before; `verify` recomputes chains, heads, remarks and seals from nothing but the rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.module_loading import import_string

from fundmgmt import kinds
from fundmgmt.models.journal import Checkpoint, JournalEntry, Receipt, Remark, SealedHead, ThreadHead

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator

    from django.db.models import QuerySet

    from fundmgmt.models.people import User

logger = logging.getLogger("fundmgmt.journal")


@dataclass(frozen=True)
class Consumer:
    """Who wants which entries: any of the prefixes (empty: all); `handler` is the dotted name of a callable(entry)."""

    name: str
    prefixes: tuple[str, ...]
    handler: str

    def wants(self, kind: str) -> bool:
        """Whether an entry of this kind is for this consumer."""
        return kind.startswith(self.prefixes)


_consumers: dict[str, Consumer] = {}


def subscribe(prefix: str | tuple[str, ...], name: str, handler: str) -> None:
    """Register a consumer at start-up. Two under one name is a programming error."""
    if name in _consumers:
        raise ValueError(f"consumer {name} is registered twice")
    _consumers[name] = Consumer(name, (prefix,) if isinstance(prefix, str) else prefix, handler)


def consumers() -> dict[str, Consumer]:
    """All consumers by name."""
    return dict(_consumers)


def capacity_of(user: User | None) -> str:
    """What the actor held at the time, for readers years later: roles, seat, memberships."""
    if user is None:
        return "system"
    held = sorted(user.role_codes)
    if user.seat is not None:
        held.append(f"seat:{user.seat.code}")
    held += [f"org:{org}:{role}" for org, role in sorted(user.memberships_today.items())]
    return ",".join(held)[:160]


def entry_content(entry: JournalEntry) -> dict[str, Any]:
    """Everything the entry says, the previous hash included, as plain JSON."""
    return {
        "thread": str(entry.thread),
        "seq": entry.seq,
        "kind": entry.kind,
        "subject": entry.subject,
        "actor": entry.actor_id,
        "capacity": entry.capacity,
        "at": _instant(entry.at),
        "recorded_at": _instant(entry.recorded_at),
        "from": entry.from_state,
        "to": entry.to_state,
        "facts": entry.facts,
        "remark": entry.remark_hash,
        "prev": entry.prev_hash,
    }


def entry_hash(entry: JournalEntry) -> str:
    """SHA-256 over the canonical JSON of an entry."""
    content = entry_content(entry)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _instant(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def subject_of(obj: Any) -> str:
    """app.model:id of a row."""
    return f"{obj._meta.label_lower}:{obj.pk}"


def record(
    kind: str,
    subject: Any,
    *,
    by: User | None,
    at: dt.datetime,
    facts: dict[str, Any] | None = None,
    reason: str = "",
    from_state: str = "",
    to_state: str = "",
    thread: uuid.UUID | None = None,
) -> JournalEntry:
    """Write one entry in the caller's transaction and hand it to its consumers after commit.

    `subject` is a saved row with a `thread` (or give `thread`). Facts are held to the kind's allow-list (FactError).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the journal is written in the transaction of the step it tells")
    thread = thread or subject.thread
    remark = None
    if reason.strip():
        remark = Remark.objects.create(text=reason.strip(), written_by=by, written_at=at)
    ThreadHead.objects.get_or_create(thread=thread)
    head = ThreadHead.objects.select_for_update(no_key=True).get(thread=thread)
    entry = JournalEntry(
        thread=thread,
        seq=head.seq + 1,
        kind=kind,
        subject=subject_of(subject),
        actor=by,
        capacity=capacity_of(by),
        at=at,
        from_state=str(from_state or ""),
        to_state=str(to_state or ""),
        facts=kinds.clean_facts(kind, facts),
        remark=remark,
        remark_hash=remark.digest() if remark else "",
        prev_hash=head.hash,
    )
    entry.hash = entry_hash(entry)
    entry.save()
    head.seq, head.hash = entry.seq, entry.hash
    head.save(update_fields=["seq", "hash"])
    if any(consumer.wants(kind) for consumer in _consumers.values()):
        transaction.on_commit(partial(deliver, entry.pk), robust=True)
    return entry


def deliver(entry_id: int) -> int:
    """Give an entry to each consumer without a receipt for it; how many took it. A failing one is swept later."""
    entry = JournalEntry.objects.select_related("remark").get(pk=entry_id)
    have = set(entry.receipts.values_list("consumer", flat=True))
    waiting = [c for c in _consumers.values() if c.name not in have and c.wants(entry.kind)]
    return sum(_hand_over(entry, consumer) for consumer in waiting)


def _hand_over(entry: JournalEntry, consumer: Consumer) -> bool:
    try:
        with transaction.atomic():
            Receipt.objects.create(entry=entry, consumer=consumer.name)
            import_string(consumer.handler)(entry)
    except IntegrityError:
        if Receipt.objects.filter(entry=entry, consumer=consumer.name).exists():
            return False
        logger.exception("consumer %s failed on entry %s", consumer.name, entry.pk)
        return False
    except Exception:
        logger.exception("consumer %s failed on entry %s", consumer.name, entry.pk)
        return False
    return True


def undelivered(consumer: Consumer) -> QuerySet[JournalEntry]:
    """Entries this consumer wants and has no receipt for, oldest first."""
    wanted = Q()
    for prefix in consumer.prefixes:
        wanted |= Q(kind__startswith=prefix)
    receipt = Receipt.objects.filter(entry=OuterRef("pk"), consumer=consumer.name)
    return JournalEntry.objects.filter(wanted).filter(~Exists(receipt)).order_by("id")


def sweep(limit: int = 1000) -> int:
    """Deliver what was committed but never taken (a crash, a failing consumer); how many were taken."""
    taken = 0
    for consumer in _consumers.values():
        for entry in undelivered(consumer)[:limit]:
            taken += _hand_over(entry, consumer)
    return taken


def entries_for(thread: uuid.UUID) -> QuerySet[JournalEntry]:
    """A thread's story, oldest first."""
    return JournalEntry.objects.filter(thread=thread).select_related("actor", "remark").order_by("seq")


def mark_of(wanted: tuple[str, ...]) -> tuple[int, str]:
    """What changes with every entry of these kinds: how many there are, and the hash of the last.

    Both, because two steps at once may be committed in another order than they are numbered.
    """
    rows = JournalEntry.objects.filter(kind__in=wanted)
    return rows.count(), rows.order_by("-id").values_list("hash", flat=True).first() or ""


def seal_checkpoint(at: dt.datetime) -> Checkpoint | None:
    """Seal every head that moved since the last checkpoint; None when nothing moved."""
    with transaction.atomic():
        last = Checkpoint.objects.order_by("-id").first()
        if last is not None:
            last = Checkpoint.objects.select_for_update(no_key=True).get(pk=last.pk)
        sealed = dict(SealedHead.objects.order_by("id").values_list("thread", "seq"))
        moved = sorted(
            (str(thread), seq, digest)
            for thread, seq, digest in ThreadHead.objects.select_for_update(no_key=True).values_list(
                "thread", "seq", "hash"
            )
            if seq > sealed.get(thread, 0)
        )
        if not moved:
            return None
        newest = JournalEntry.objects.order_by("-id").values_list("id", flat=True).first()
        assert newest is not None  # heads moved, so there are entries
        prev = last.root if last else ""
        checkpoint = Checkpoint.objects.create(
            at=at, last_entry=newest, heads=len(moved), prev_root=prev, root=root_of(prev, moved)
        )
        rows = [SealedHead(checkpoint=checkpoint, thread=thread, seq=seq) for thread, seq, _digest in moved]
        SealedHead.objects.bulk_create(rows, batch_size=500)
        return checkpoint


def root_of(prev_root: str, heads: list[tuple[str, int, str]]) -> str:
    """sha256 over the previous root and one line "thread seq hash" for each moved head, in order of thread."""
    digest = hashlib.sha256(prev_root.encode())
    for thread, seq, head in heads:
        digest.update(f"\n{thread} {seq} {head}".encode())
    return digest.hexdigest()


@dataclass
class Verdict:
    """What verify() found. `problems` are sentences for the auditor; whole when there are none."""

    entries: int = 0
    threads: int = 0
    checkpoints: int = 0
    root: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Nothing was changed, taken out or put in."""
        return not self.problems


def verify(thread: uuid.UUID | None = None, progress: Callable[[int], None] | None = None) -> Verdict:
    """Recompute every chain (or one thread's), compare heads, remarks and seals. `progress` hears of each 1,000."""
    verdict = Verdict()
    heads: dict[str, tuple[int, str]] = {}
    sealed = dict.fromkeys(SealedHead.objects.values_list("thread", "seq").iterator(), "gone") if thread is None else {}
    for entry in _in_order(thread, progress):
        verdict.entries += 1
        name = str(entry.thread)
        seq, digest = heads.get(name, (0, ""))
        if entry.seq != seq + 1:
            verdict.problems.append(f"thread {name}: entry {seq + 1} is missing")
        if entry.prev_hash != digest:
            verdict.problems.append(f"thread {name}: entry {entry.seq} does not follow the one before it")
        if entry_hash(entry) != entry.hash:
            verdict.problems.append(f"thread {name}: entry {entry.seq} was changed")
        if entry.remark and not entry.remark.erased_at and entry.remark.digest() != entry.remark_hash:
            verdict.problems.append(f"thread {name}: the words behind entry {entry.seq} were changed")
        heads[name] = (entry.seq, entry.hash)
        if (entry.thread, entry.seq) in sealed:
            sealed[entry.thread, entry.seq] = entry.hash
    verdict.threads = len(heads)
    known = ThreadHead.objects.filter(seq__gt=0)
    for row in (known.filter(thread=thread) if thread else known).iterator():
        if heads.get(str(row.thread)) != (row.seq, row.hash):
            verdict.problems.append(f"thread {row.thread}: its last entry is not the one its head remembers")
    if thread is None:
        _verify_seals(verdict, sealed)
    return verdict


def _in_order(thread: uuid.UUID | None, progress: Callable[[int], None] | None) -> Iterator[JournalEntry]:
    entries = JournalEntry.objects.select_related("remark").order_by("thread", "seq")
    found = (entries.filter(thread=thread) if thread else entries).iterator(chunk_size=2000)
    for number, entry in enumerate(found):
        if progress is not None and number and number % 1000 == 0:
            progress(number)
        yield entry


def _verify_seals(verdict: Verdict, digests: dict[tuple[uuid.UUID, int], str]) -> None:
    root = ""
    for checkpoint in Checkpoint.objects.order_by("id"):
        pairs = checkpoint.sealed.values_list("thread", "seq")
        lines = sorted((str(thread), seq, digests[thread, seq]) for thread, seq in pairs)
        if checkpoint.prev_root != root or root_of(root, lines) != checkpoint.root:
            verdict.problems.append(f"checkpoint {checkpoint.pk} of {checkpoint.at:%Y-%m-%d}: the seal does not fit")
        root = checkpoint.root
        verdict.checkpoints += 1
    verdict.root = root
