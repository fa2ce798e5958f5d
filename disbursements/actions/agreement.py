"""The agreement: frozen first, then rendered in the grantee's language."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone, translation

from disbursements.models import Grant
from disbursements.pdf import Agreement, AgreementPart, render_agreement
from disbursements.queries.wording import wording_on
from disbursements.states import ConditionKind
from fundmgmt.actions.papers import store_pdf
from fundmgmt.rules import rules
from fundmgmt.states import PaperKind
from fundmgmt.workflow import perform

if TYPE_CHECKING:
    from fundmgmt.models import User


def freeze_agreement(grant: Grant, on: dt.date) -> Agreement:
    """Everything the agreement says, as plain values in the grantee's language."""
    values = rules(["refund_days"], on)
    said = wording_on(on, grant.language)
    with translation.override(grant.language):
        rows = list(grant.conditions.select_related("tranche").order_by("tranche__no", "id"))
        parts = tuple(
            AgreementPart(
                no=tranche.no,
                share_bp=tranche.share_bp,
                amount_minor=tranche.amount_minor,
                planned_date=tranche.planned_date.isoformat(),
                conditions=tuple(
                    str(row) for row in rows if row.tranche_id == tranche.pk and row.kind != ConditionKind.AWARD
                ),
            )
            for tranche in grant.tranches.order_by("no")
        )
        application = grant.application
        return Agreement(
            ref=grant.ref,
            language=grant.language,
            title=application.title,
            organisation=grant.organisation.name,
            place=", ".join(
                part for part in (application.commune, application.territory, application.province) if part
            ),
            amount_minor=grant.amount_minor,
            currency=grant.currency,
            start_date=grant.start_date.isoformat(),
            end_date=grant.end_date.isoformat(),
            schedule=grant.schedule,
            refund_days=values["refund_days"].value,
            prepared_date=on.isoformat(),
            parts=parts,
            award_conditions=tuple(row.label for row in rows if row.kind == ConditionKind.AWARD),
            wording=said.version,
            wording_sha256=said.sha256,
            words=dict(said.words),
            duties=said.duties,
        )


def prepare_agreement(grant: Grant, *, by: User, at: dt.datetime, expected_version: int | None = None) -> Grant:
    """Freeze and render the agreement; a signature given before is off, for it was given to another text."""
    with transaction.atomic():
        agreement = freeze_agreement(grant, timezone.localdate(at))
        paper = store_pdf(
            grant,
            render_agreement(agreement),
            snapshot=agreement.snapshot(),
            kind=PaperKind.AGREEMENT,
            title=f"{agreement.words['title']} {grant.ref}",
            policy="disbursements.view_grant",
            by=by,
            at=at,
        )
        facts = {"sha256": paper.sha256, "language": grant.language, "wording": agreement.wording}
        return perform(grant, "prepare", by=by, at=at, facts=facts, expected_version=expected_version, paper=paper)
