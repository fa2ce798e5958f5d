"""How an agreement with a new wording would look: the real page and paper, filled with an invented grant."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from disbursements.pdf import Agreement, AgreementPart
from fundmgmt.rules import rule

if TYPE_CHECKING:
    from disbursements.queries.wording import Wording

AMOUNT_MINOR = 1_000_000
SHARES = (8_000, 2_000)


def example_of(said: Wording) -> Agreement:
    """An agreement of nobody, in this wording."""
    start = said.date
    with translation.override(said.language):
        parts = tuple(
            AgreementPart(
                no=no,
                share_bp=share,
                amount_minor=AMOUNT_MINOR * share // 10_000,
                planned_date=(start + dt.timedelta(days=90 * (no - 1))).isoformat(),
                conditions=(_("Agreement signed"),),
            )
            for no, share in enumerate(SHARES, 1)
        )
        return Agreement(
            ref="GR-0000-0000",
            language=said.language,
            title=_("An invented project, to see the wording"),
            organisation=_("An invented organisation"),
            place="–",
            amount_minor=AMOUNT_MINOR,
            currency="USD",
            start_date=start.isoformat(),
            end_date=(start + dt.timedelta(days=270)).isoformat(),
            schedule="80/20",
            refund_days=rule("refund_days", start).value,
            prepared_date=start.isoformat(),
            parts=parts,
            award_conditions=(),
            wording=said.version,
            wording_sha256=said.sha256,
            words=dict(said.words),
            duties=said.duties,
        )
