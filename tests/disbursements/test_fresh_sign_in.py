"""Money moves after a fresh sign-in only, with the second step where there is one; nothing typed is lost."""

import datetime as dt

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from disbursements.models import Grant, Tranche
from fundmgmt.models import Rule, User
from fundmgmt.pages.signin import second_step_asked
from tests.factories import grants as make
from tests.signing_in import sign_in

PASSWORD = "a-long-enough-password"


@pytest.fixture
def row(people: make.Cast, grant: Grant) -> Tranche:
    User.objects.update(language="en")
    return make.approved(people, make.tranche(grant))


@pytest.fixture
def payer(people: make.Cast) -> User:
    people.payer.set_password(PASSWORD)
    people.payer.save()
    return people.payer


def send(client: Client, row: Tranche, **values: str) -> object:
    data = {"bank_reference": "RAW-77", "bank_date": timezone.localdate().isoformat(), "version": row.version}
    return client.post(f"{row.get_absolute_url()}steps/send/", data | values)


def state(row: Tranche) -> str:
    return Tranche.objects.get(pk=row.pk).state


def set_rule(key: str, value: int) -> None:
    Rule.objects.create(key=key, value=value, valid_from=dt.date(2025, 1, 1), decided_in="T", added_at=timezone.now())


@pytest.mark.parametrize(("minutes", "moves"), [(4, True), (6, False)])
def test_a_sign_in_counts_for_some_minutes(payer: User, row: Tranche, minutes: int, moves: bool) -> None:
    answer = send(sign_in(Client(), payer, minutes_ago=minutes), row)
    assert (answer.status_code, state(row)) == ((302, "sent") if moves else (403, "approved"))


def test_the_rule_says_how_many_minutes(payer: User, row: Tranche) -> None:
    set_rule("fresh_sign_in_minutes", 10)
    assert send(sign_in(Client(), payer, minutes_ago=9), row).status_code == 302


def test_what_was_typed_comes_back_after_signing_in_again(payer: User, row: Tranche) -> None:
    client = sign_in(Client(), payer, minutes_ago=60)
    address = f"{row.get_absolute_url()}steps/send/"
    asked = send(client, row, bank_reference="RAW-78")
    page = asked.content.decode()
    assert "This step moves money, so we ask once more who you are. What you typed is kept." in page
    link = f"/account/reauthenticate/?next={address}"
    assert link in page.replace("%2F", "/")
    assert state(row) == "approved"
    wrong = client.post(link, {"password": "not this one"})
    assert wrong.status_code == 200
    assert client.get(address).status_code == 403
    back = client.post(link, {"password": PASSWORD})
    assert (back.status_code, back["Location"]) == (302, address)
    form = client.get(address)
    assert form.status_code == 200
    assert 'value="RAW-78"' in form.content.decode()
    assert send(client, row, bank_reference="RAW-78").status_code == 302
    assert Tranche.objects.get(pk=row.pk).bank_reference == "RAW-78"
    assert 'value="RAW-78"' not in client.get(address).content.decode(), "once, and nowhere else"


def test_who_may_not_take_the_step_is_told_so_and_not_to_sign_in(people: make.Cast, row: Tranche) -> None:
    page = sign_in(Client(), people.approver, minutes_ago=60).get(f"{row.get_absolute_url()}steps/send/")
    assert page.status_code == 403
    assert "You approved this payment" in page.content.decode()


@pytest.mark.parametrize(("method", "moves"), [("mfa", True), ("password", False)])
def test_whoever_has_a_second_step_uses_it(payer: User, row: Tranche, method: str, moves: bool) -> None:
    Authenticator.objects.create(user=payer, type=Authenticator.Type.TOTP, data={"secret": "x"})
    answer = send(sign_in(Client(), payer, method=method), row)
    assert (answer.status_code == 302, state(row) == "sent") == (moves, moves)
    if not moves:
        assert "/account/2fa/reauthenticate/?next=" in answer.content.decode()


@pytest.mark.parametrize(("required", "grace", "moves"), [(0, 0, True), (1, 10_000, True), (1, 0, False)])
def test_a_rule_can_ask_for_a_second_step(payer: User, row: Tranche, required: int, grace: int, moves: bool) -> None:
    set_rule("second_factor_required", required)
    set_rule("second_factor_grace_days", grace)
    client = sign_in(Client(), payer)
    assert "Your role moves money" in client.get("/").content.decode()
    answer = send(client, row)
    assert (answer.status_code == 302, state(row) == "sent") == (moves, moves)
    if not moves:
        assert "/account/2fa/" in answer.content.decode()


def test_only_roles_that_move_money_are_asked(people: make.Cast, row: Tranche) -> None:
    now = timezone.now()
    assert second_step_asked(people.owner, now) is None
    assert second_step_asked(people.officer, now) is None
    asked = second_step_asked(people.payer, now)
    assert asked is not None
    assert (asked.until, asked.stops) == (dt.date(2024, 1, 31), False)
    Authenticator.objects.create(user=people.payer, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert second_step_asked(people.payer, now) is None
