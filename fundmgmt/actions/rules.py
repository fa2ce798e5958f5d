"""A rule of the fund changes by a new version with its date, its decision and its reason; the old one stays."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fundmgmt import journal
from fundmgmt.access import require
from fundmgmt.models import Rule, StepRefused
from fundmgmt.refs import named_thread
from fundmgmt.rules import RuleValueError, UnknownRule, check_value, specs

if TYPE_CHECKING:
    import datetime as dt

    from fundmgmt.models import User

DECISION = re.compile(r"[\w./-]{3,64}")


def set_rule(
    key: str,
    value: Any,
    *,
    by: User | None,
    at: dt.datetime,
    valid_from: dt.date,
    decided_in: str,
    reason: str,
) -> Rule:
    """Put a new version of a rule in force from a day on, today at the earliest.

    Raises Refused, UnknownRule, or StepRefused at the field that is wrong; locked rules refuse with why.
    """
    require(by, "fundmgmt.manage_rules")
    if key not in specs():
        raise UnknownRule(key)
    try:
        value = check_value(key, value)
    except RuleValueError as error:
        raise StepRefused(error.message, field="value") from error
    if valid_from < timezone.localdate(at):
        raise StepRefused(
            _("A rule changes from today on at the earliest: what was decided under the old one stays."),
            field="valid_from",
        )
    if not DECISION.fullmatch(decided_in.strip()):
        raise StepRefused(_("Name the decision, for example SC-2026-01/3."), field="decided_in")
    if not reason.strip():
        raise StepRefused(_("Say why the rule changes: everybody can read it."), field="reason")
    with transaction.atomic():
        if Rule.objects.filter(key=key, valid_from=valid_from).exists():
            raise StepRefused(_("There is a version from this day already. Choose another day."), field="valid_from")
        row = Rule.objects.create(
            key=key,
            value=value,
            valid_from=valid_from,
            decided_in=decided_in.strip(),
            reason=reason.strip(),
            added_by=by,
            added_at=at,
        )
        digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
        facts = {"key": key, "valid_from": valid_from, "decided_in": row.decided_in, "value_sha256": digest}
        journal.record("fundmgmt.rule.set", row, by=by, at=at, facts=facts, thread=named_thread("rule", key))
    return row
