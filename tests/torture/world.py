"""A world to torture: so many approved tranches, each of a micro grant of its own, paid to wallets.

python -m tests.torture.world 300 PLACE       writes what the people of the run need into PLACE
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
import uuid
from copy import copy
from pathlib import Path
from typing import Any

import django

ORGANISATIONS = 40
RULES = {  # a run lasts longer than a sign-in, and pays an organisation more than any fund would
    "fresh_sign_in_minutes": 100_000,
    "approval_second_from_minor": 10**12,
    "approval_third_from_minor": 10**12,
    "double_payment_days": 0,
}
LIMIT = 10**12
APART = 1000  # keys of the copies begin here


def build(count: int) -> list[dict[str, str]]:
    """Migrate, seed, and open a session for each payer; their cookies."""
    from django.core.management import call_command
    from django.db import connection, transaction

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        template, people = _template(count)
        _multiply(template, count)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(_Plain(), _models()):
            cursor.execute(statement)
    return [_session(user) for user in people]


class _Plain:
    """No colours in SQL."""

    def __getattr__(self, name: str) -> Any:
        return lambda text: text


def _models() -> list[Any]:
    from applications.models import Application
    from disbursements.models import BankDetail, Grant, Tranche
    from fundmgmt.models import Organisation

    return [Application, BankDetail, Grant, Organisation, Tranche]


def _template(count: int) -> tuple[Any, list[Any]]:
    """One tranche that went through every real step up to its approval, and those who will pay."""
    from fundmgmt.actions.rules import set_rule
    from fundmgmt.models import User
    from tests.factories import applications as people_of
    from tests.factories import grants as make

    people = make.cast()
    make.wallet_limits(people, {"USD": {"once": LIMIT, "day": LIMIT, "month": LIMIT}})
    for key, value in RULES.items():
        set_rule(
            key,
            value,
            by=User.objects.get(email="admin@example.org"),
            at=make.RECEIVED,
            valid_from=make.RECEIVED.date(),
            decided_in="SC-2026-01/9",
            reason="For this world only.",
        )
    make.donor(people, amount_minor=count * 120_000)
    grant = make.ready(people, pay_to=make.wallet, **make.MICRO)
    row = make.approved(people, make.tranche(grant))
    payers = [people.payer, *(people_of.person(f"payer{n}@example.org", "treasurer") for n in range(3))]
    return row, payers


def _multiply(template: Any, count: int) -> None:
    from applications.models import Application
    from disbursements.actions.ledger import change_purse, pair, post_entry
    from disbursements.models import BankDetail, Grant, Tranche
    from disbursements.states import AccountCode, EntryKind
    from fundmgmt.models import Organisation

    chance = random.Random(count)
    grant, detail = template.grant, template.bank_detail
    organisations = [_again(grant.organisation, n, ref=f"ORG-T-{n:04d}") for n in range(1, ORGANISATIONS + 1)]
    details = [
        _again(detail, n, organisation=owner, account_number=f"+2438200{n:05d}")
        for n, owner in enumerate(organisations, 1)
    ]
    rows: dict[str, list[Any]] = {"applications": [], "grants": [], "tranches": []}
    for n in range(1, count + 1):
        owner, amount, thread = organisations[n % ORGANISATIONS], chance.randrange(1_000, 100_000), uuid.uuid4()
        application = _again(grant.application, n, ref=f"APP-T-{n:06d}", organisation=owner, thread=thread)
        given = _again(grant, n, ref=f"GR-T-{n:06d}", application=application, organisation=owner, thread=thread)
        given.amount_minor = amount
        one = _again(template, n, grant=given, amount_minor=amount, thread=thread)
        one.bank_detail = details[n % ORGANISATIONS]
        one.approved_hash = one.payload_hash(seal="")  # the copy has no request
        for name, row in (("applications", application), ("grants", given), ("tranches", one)):
            rows[name].append(row)
    Organisation.objects.seed(organisations)
    BankDetail.objects.bulk_create(details)
    Application.objects.seed(rows["applications"])
    Grant.objects.seed(rows["grants"])
    Tranche.objects.seed(rows["tranches"])
    _approve(template, rows["tranches"])
    at = dt.datetime(2026, 6, 10, 9, tzinfo=dt.UTC)
    for start in range(0, count, 100):
        lines: list[Any] = []
        for given in rows["grants"][start : start + 100]:
            accounts = AccountCode.COMMITTED, AccountCode.COMMITTED_BY
            lines += pair(*accounts, given.amount_minor, given.currency, grant=given)
        post_entry(EntryKind.COMMITMENT, f"torture:{start}", lines, by=None, at=at)
    change_purse("USD", {"-": sum(given.amount_minor for given in rows["grants"])}, committed=1)


def _approve(template: Any, tranches: list[Any]) -> None:
    from disbursements.models import Approval

    given_by = template.approvals.get()
    Approval.objects.bulk_create(
        Approval(
            tranche=one,
            round=one.approval_round,
            approver=given_by.approver,
            at=given_by.at,
            amount_minor=one.amount_minor,
            bank_detail=one.bank_detail,
            payload_hash=one.approved_hash,
            needed=given_by.needed,
        )
        for one in tranches
    )


def _again(row: Any, number: int, **values: Any) -> Any:
    """A copy of a row with a key of its own."""
    twin = copy(row)
    twin._state = copy(row._state)
    twin._state.fields_cache = dict(row._state.fields_cache)
    twin._state.adding = True
    twin.pk = APART + number
    for name, value in values.items():
        setattr(twin, name, value)
    return twin


def _session(user: Any) -> dict[str, str]:
    from django.test import Client

    from tests.signing_in import sign_in

    client = sign_in(Client(), user)
    return {"session": client.cookies["sessionid"].value, "user": str(user.pk)}


if __name__ == "__main__":
    django.setup()
    Path(sys.argv[2]).write_text(json.dumps(build(int(sys.argv[1]))))
