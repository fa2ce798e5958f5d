"""The first payment to changed bank details is small, and not even SQL makes it large."""

import datetime as dt

import pytest
from django.db import IntegrityError

from disbursements.models import BankDetail, Grant
from fundmgmt.models import Rule
from tests.factories import grants as make
from tests.factories.ready import LATER, Ready


@pytest.mark.parametrize(("below", "sent"), [(1, False), (0, True)])
def test_raw_sql_cannot_send_much_to_changed_details_at_first(
    people: make.Cast, grant: Grant, below: int, sent: bool
) -> None:
    ready = Ready(people, grant, no=1)
    ready.post(None)
    cap = ready.row.amount_minor - below
    Rule.objects.create(
        key="first_payment_cap_minor", value=cap, valid_from=dt.date(2026, 1, 1), decided_in="T", added_at=LATER
    )
    now = BankDetail.objects.get()
    before = {
        "called_number": "1",
        "verified_by": people.checker,
        "verified_at": make.SIGNED,
        "usable_from": make.SIGNED,
    }
    before |= {"holder": "Umoja", "bank_name": "Rawbank", "account_number": "9", "currency": "USD"}
    BankDetail.objects.create(
        organisation=now.organisation, no=0, entered_by=people.owner, entered_at=make.SIGNED, **before
    )
    if sent:
        assert ready.send() == "sent"
        return
    with pytest.raises(IntegrityError, match="first payment to changed bank details"):
        ready.send()
