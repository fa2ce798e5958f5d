"""Batches of payments: put together, looked at, released in one piece, carried to the bank, settled."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disbursements.actions.locking import lock_payees
from disbursements.actions.rails import told
from disbursements.actions.releasing import release_tranche, unsend_tranche
from disbursements.actions.tranches import facts_of
from disbursements.gateway.bank_file import write_file, wrong_in
from disbursements.gateway.file_batch import FileBatch
from disbursements.models import BatchItem, PaymentBatch, PaymentInstruction, StatementLine, Tranche
from disbursements.queries.accounts import accounts_on
from disbursements.queries.batches import FINAL, Look, items_of, seal_of, totals_of
from disbursements.queries.checkpoints import copy_for_papers
from disbursements.states import ON_ITS_WAY, BatchState, ChargeBearer, FileLayout, RailCode, TrancheState
from fundmgmt.access import Refused, require
from fundmgmt.actions.papers import store_data
from fundmgmt.models import StaleObject, StepError, StepRefused, next_ref
from fundmgmt.rules import rules
from fundmgmt.states import PaperKind
from fundmgmt.tasks import enqueue
from fundmgmt.workflow import begin, perform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fundmgmt.models import User

SUFFIX = {FileLayout.PAIN001: "xml", FileLayout.PLAIN: "csv"}
FILE_RULES = ["bank_file_layout", "bank_charges_borne_by"]


def open_batch(*, by: User, at: dt.datetime, on_date: dt.date, tranches: Sequence[Tranche] = ()) -> PaymentBatch:
    """A new batch for one day of the bank, with the first payments in it if there are any."""
    if on_date < timezone.localdate(at):
        raise StepRefused(_("The day the bank shall pay has passed. Choose today or a later day."), field="on_date")
    layout = rules(FILE_RULES, timezone.localdate(at))["bank_file_layout"].value
    if layout not in FileLayout.values:
        raise StepRefused(
            _("The rule on the layout of payment files holds a value that is not known: ask for it to be set.")
        )
    with transaction.atomic():
        ref = next_ref("PB", timezone.localdate(at).year)
        batch = PaymentBatch(ref=ref, layout=layout, on_date=on_date, opened_by=by, opened_at=at)
        begin(batch, by=by, at=at, facts={"code": ref, "on_date": on_date, "layout": layout})
        if tranches:
            put_in(batch, tranches, by=by, at=at)
    return batch


def put_in(
    batch: PaymentBatch,
    tranches: Sequence[Tranche],
    *,
    by: User,
    at: dt.datetime,
    expected_version: int | None = None,
) -> PaymentBatch:
    """Put approved tranches in. Each waits in one batch at a time."""
    if not tranches:
        raise StepRefused(_("Choose at least one payment."), field="tranches")
    most = rules(["batch_most_payments"], timezone.localdate(at))["batch_most_payments"].value
    with transaction.atomic():
        facts = {"code": batch.ref, "tranches": [tranche.pk for tranche in tranches], "count": len(tranches)}
        perform(batch, "put_in", by=by, at=at, facts=facts, expected_version=expected_version)
        for tranche in tranches:
            if tranche.state != TrancheState.APPROVED:
                raise StepRefused(_("%(ref)s is not approved now.") % {"ref": tranche.ref}, field="tranches")
            _add_once(BatchItem(batch=batch, tranche=tranche, added_by=by, added_at=at))
        if items_of(batch).count() > most:
            raise StepRefused(
                _("A batch holds at most %(most)s payments, so that a person can look at each.") % {"most": most},
                field="tranches",
            )
    return batch


def _add_once(item: BatchItem) -> None:
    try:
        with transaction.atomic():
            item.save()
    except IntegrityError as error:
        said = _("%(ref)s waits in a batch already.") % {"ref": item.tranche.ref}
        raise StepRefused(said, field="tranches") from error


def take_out(
    batch: PaymentBatch,
    item: BatchItem,
    *,
    by: User,
    at: dt.datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> PaymentBatch:
    """A payment leaves the batch and may join another."""
    with transaction.atomic():
        facts = {"code": batch.ref, "grant": item.tranche.grant.ref, **facts_of(item.tranche)}
        perform(batch, "take_out", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
        gone = batch.items.filter(pk=item.pk, taken_out_at=None, instruction=None).update(taken_out_at=at)
        if not gone:
            raise StepRefused(_("This payment is not in the batch any more."))
    return batch


def drop_batch(
    batch: PaymentBatch, *, by: User, at: dt.datetime, reason: str, expected_version: int | None = None
) -> PaymentBatch:
    """Nothing of it leaves; its payments are free again."""
    with transaction.atomic():
        facts = {"code": batch.ref}
        perform(batch, "drop", by=by, at=at, facts=facts, reason=reason, expected_version=expected_version)
        batch.items.filter(taken_out_at=None).update(taken_out_at=at)
    return batch


def release_batch(
    batch: PaymentBatch,
    *,
    by: User,
    at: dt.datetime,
    seal: str,
    looked: bool = True,
    expected_version: int | None = None,
) -> PaymentBatch:
    """Release every payment and write the file, all or nothing. `seal` names what the payer looked at.

    Every condition of every tranche is asked again under its grant's lock. One that may not leave stops the batch,
    and the refusal says which and why.
    """
    if not looked:
        raise StepRefused(_("Tick that you have looked at each payment."), field="looked")
    require(by, "disbursements.release_batch", batch)
    with transaction.atomic():
        held = PaymentBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
        items = list(items_of(held))
        if not items:
            raise StepRefused(_("The batch is empty."))
        if seal_of([Look(item, item.tranche) for item in items]) != seal:
            raise StaleObject
        lock_payees({item.tranche.grant_id for item in items})
        instructions = [_release(item, by=by, at=at) for item in sorted(items, key=lambda one: one.tranche.grant_id)]
        content = _written(held, instructions, at)
        totals = totals_of([item.tranche for item in items])
        facts = {
            "code": held.ref,
            "count": len(items),
            "currencies": [money.currency for money in totals],
            "totals_minor": [money.minor for money in totals],
            "layout": held.layout,
        }
        paper = _keep(held, content, facts, by=by, at=at)
        perform(
            batch,
            "release",
            by=by,
            at=at,
            facts=facts | {"sha256": paper.sha256},
            expected_version=expected_version,
            releaser=by,
            when=at,
        )
        batch.paper = paper
        batch.save(update_fields=["paper"])
        enqueue("disbursements.tasks.seal_batch", batch.pk)
    return batch


def _release(item: BatchItem, *, by: User, at: dt.datetime) -> PaymentInstruction:
    tranche = item.tranche
    try:
        release_tranche(tranche, by=by, at=at, rail=RailCode.BANK_FILE)
    except (StepError, Refused) as error:
        why = getattr(error, "message", None) or getattr(error, "reason", error)
        raise StepRefused(
            _("%(ref)s cannot leave: %(why)s Take it out of the batch, or settle what is missing.")
            % {"ref": tranche.ref, "why": why}
        ) from error
    row = tranche.instructions.select_related(
        "tranche__grant", "tranche__approved_by", "bank_detail", "prepared_by"
    ).get(state__in=ON_ITS_WAY)
    BatchItem.objects.filter(pk=item.pk).update(instruction=row)
    return row


def _written(batch: PaymentBatch, instructions: Sequence[PaymentInstruction], at: dt.datetime) -> bytes:
    """The file, or a refusal that says what the bank would not take."""
    file = _frozen(batch, instructions, at)
    if wrong := wrong_in(file):
        raise StepRefused(" ".join(wrong))
    return write_file(file, batch.layout)


def _frozen(batch: PaymentBatch, instructions: Sequence[PaymentInstruction], at: dt.datetime) -> FileBatch:
    """What the file is written from."""
    today = timezone.localdate(at)
    charges = rules(FILE_RULES, today)["bank_charges_borne_by"].value
    return FileBatch(
        ref=batch.ref,
        made_at=timezone.localtime(at).replace(microsecond=0),
        on_date=batch.on_date,
        charges=charges if charges in ChargeBearer.values else "",
        accounts=accounts_on(today),
        payments=tuple(told(row) for row in sorted(instructions, key=lambda one: one.pk)),
        checkpoint=copy_for_papers(),
    )


def _keep(batch: PaymentBatch, content: bytes, facts: dict[str, Any], *, by: User, at: dt.datetime) -> Any:
    return store_data(
        batch,
        content,
        suffix=SUFFIX[FileLayout(batch.layout)],
        kind=PaperKind.PAYMENT_FILE,
        title=batch.ref,
        policy="disbursements.view_payment_file",
        by=by,
        at=at,
        snapshot=facts,
    )


def hand_over_batch(
    batch: PaymentBatch,
    *,
    by: User,
    at: dt.datetime,
    bank_reference: str = "",
    expected_version: int | None = None,
) -> PaymentBatch:
    """The bank has the file; its receipt number if it gave one."""
    facts = {"code": batch.ref, "sha256": batch.paper.sha256 if batch.paper else None}
    return perform(
        batch,
        "hand_over",
        by=by,
        at=at,
        facts=facts,
        expected_version=expected_version,
        by_whom=by,
        when=at,
        bank_reference=bank_reference.strip()[:64],
    )


def record_bank_refusal(instruction: PaymentInstruction, *, by: User, at: dt.datetime, reason: str) -> Tranche:
    """The bank said for certain that it did not carry out a payment of a batch: the money is the fund's again.

    Not by the one who released it; not once a line of the statement shows it.
    """
    with transaction.atomic():
        lock_payees([instruction.tranche.grant_id])
        row = PaymentInstruction.objects.select_related("tranche__grant__application", "batch_item__batch").get(
            pk=instruction.pk
        )
        require(by, "disbursements.refuse_payment", row)
        if row.state not in ON_ITS_WAY:
            raise StepRefused(
                _("This payment has its answer already: it is %(state)s.") % {"state": row.get_state_display()}
            )
        if StatementLine.objects.filter(instruction=row).exists():
            raise StepRefused(_("A line of the bank's statement shows this payment. Look at that line first."))
        tranche = unsend_tranche(row, at=at, code="bank", reason=reason)
        settle_batch_of(row, at=at)
    return tranche


def settle_batch_of(instruction: PaymentInstruction, *, at: dt.datetime) -> None:
    """The batch is settled when its last payment has its answer. The system's own step."""
    item = BatchItem.objects.select_related("batch").filter(instruction=instruction).first()
    if item is None or item.batch.state not in {BatchState.RELEASED, BatchState.HANDED_OVER}:
        return
    items = item.batch.items.filter(instruction__isnull=False)
    if not items.exclude(instruction__state__in=FINAL).exists():
        facts = {"code": item.batch.ref, "count": items.count()}
        perform(item.batch, "settle", by=None, at=at, facts=facts)
