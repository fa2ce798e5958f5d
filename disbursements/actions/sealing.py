"""The record of both signatures, sealed: drawn once, kept as a paper, its hash in the journal."""

from __future__ import annotations

import datetime as dt

from disbursements.models import Grant
from disbursements.pdf import render_certificate
from disbursements.queries.sealing import certificate_of, steps_of
from fundmgmt.actions.papers import store_pdf
from fundmgmt.states import PaperKind
from fundmgmt.workflow import perform


def seal_agreement(grant: Grant, *, at: dt.datetime) -> Grant:
    """Called in the transaction of the second signature, so that there is no signed agreement without its record."""
    record = certificate_of(grant)
    paper = store_pdf(
        grant,
        render_certificate(record),
        snapshot=record.snapshot(),
        kind=PaperKind.CERTIFICATE,
        title=f"{record.heading} {grant.ref}",
        policy="disbursements.view_grant",
        by=None,
        at=at,
    )
    last = steps_of(grant)[-1]
    facts = {"sha256": paper.sha256, "seq": last.seq, "head": last.hash}
    return perform(grant, "seal", by=None, at=at, facts=facts, paper=paper)
