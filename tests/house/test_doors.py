"""Doors: every address has a policy; who may not see gets 404; looking changes nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.test import Client

from fundmgmt.access import anyone, can, policies
from fundmgmt.management.commands.doors import PATH, document
from fundmgmt.pages import Page
from fundmgmt.workflow import steps_for
from tests.house.reading import Door, doors, our_doors, our_models
from tests.house.visitors import (
    ANONYMOUS,
    STRANGER,
    VISITORS,
    Call,
    calls_at,
    client_of,
    our_calls,
    view_policy,
    visitor,
)
from tests.house.walks import Met, nothing_written, walk

pytestmark = pytest.mark.usefixtures("workday", "db")

OUR_DOORS = pytest.mark.parametrize("door", our_doors(), ids=str)

# Doors that are not ours: who keeps them. A line that no door needs fails.
KEPT_BY_OTHERS = {
    "account_": "sign-up, sign-in, password and e-mail: django-allauth asks for what each needs",
    "mfa_": "second factor: django-allauth asks for a sign-in and a fresh password",
    "set_language": "changes the language of the one who asks; Django's own view takes POST only",
    "admin:": "Django's administration asks for is_staff; workflow rows are read-only there",
}

# What the address book says --------------------------------------------------------------------------


@OUR_DOORS
def test_every_door_of_ours_has_a_policy(door: Door) -> None:
    assert door.policy in policies(), f"{door} names no registered policy"
    assert issubclass(door.page or object, Page), f"{door} is no page shape"


@OUR_DOORS
def test_a_door_open_to_anybody_says_why_and_no_other_door_does(door: Door) -> None:
    """The reasons stand beside the pages themselves, so that none can outlive its page."""
    open_to_all = policies()[door.policy].rule is anyone
    assert open_to_all == (len(door.page.public_reason) > 20)


def test_every_other_door_is_kept_by_somebody_we_know() -> None:
    others = [door.name for door in doors() if not door.ours]
    unknown = [name for name in others if not name.startswith(tuple(KEPT_BY_OTHERS))]
    assert unknown == []
    assert [prefix for prefix in KEPT_BY_OTHERS if not any(name.startswith(prefix) for name in others)] == []


def test_the_list_of_doors_is_up_to_date() -> None:
    """If this fails: make docs."""
    assert PATH.read_text(encoding="utf-8") == document()


@OUR_DOORS
def test_every_door_has_something_behind_it(door: Door) -> None:
    """Without a row nobody could be let in or kept out, and the tests below would prove nothing."""
    assert calls_at(door), f"the sample fund has no row behind {door}"


# Who comes in ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", VISITORS)
def test_a_door_opens_for_those_whom_its_policy_lets_in_and_for_nobody_else(who: str) -> None:
    user = visitor(who)
    wrong = []
    for call, met in zip(our_calls(), walk(who), strict=True):
        problem = met.wrote or judge(user, call, met)
        if problem:
            wrong.append(f"{call}: {problem}")
    assert not wrong, "\n".join(["", *wrong])


def judge(user: Any, call: Call, met: Met) -> str:
    """What is wrong with this answer for this person; nothing if it is right."""
    allowed = call.opens_for(user)
    status = met.status
    if allowed:
        if status in {200, 302}:
            return ""
        if status == 403:
            return "" if b"<main" in met.page else "refused without a page that says why"
        return f"policy says yes, the page says {status}"
    if isinstance(user, AnonymousUser):
        login = status == 302 and "/login/" in met.location
        return "" if login or status == 404 else f"policy says no, nobody in particular got {status}"
    return "" if status == 404 else f"policy says no, the page says {status}"


@pytest.mark.parametrize("who", [one for one in VISITORS if one != ANONYMOUS])
@pytest.mark.parametrize(
    "model",
    [one for one in our_models() if hasattr(one._default_manager.all(), "visible_to")],
    ids=lambda m: m.__name__,
)
def test_lists_show_exactly_what_the_policy_shows(who: str, model: type[models.Model]) -> None:
    """A model without a policy of its own hides nothing from anybody."""
    user = visitor(who)
    name = view_policy(model)
    listed = set(model._default_manager.visible_to(user).values_list("pk", flat=True))
    rows = model._default_manager.all()
    allowed = {row.pk for row in rows if not name or can(user, name, row)}
    assert listed == allowed


@pytest.mark.parametrize("who", VISITORS)
def test_a_step_page_asks_only_those_who_may_take_the_step(who: str) -> None:
    user = visitor(who)
    wrong = []
    for call, met in zip(our_calls(), walk(who), strict=True):
        if "step" not in call.kwargs or not call.opens_for(user):
            continue
        steps = {step.name: step for step in steps_for(call.row, user)}
        step = steps.get(call.kwargs["step"])
        status = met.status
        if (status == 200) != bool(step and step.allowed):
            wrong.append(f"{call} from {call.row.state}: {status}, though steps_for says {step}")
    assert not wrong, "\n".join(["", *wrong])


# Looking changes nothing; strangers change nothing ---------------------------------------------------


@OUR_DOORS
@pytest.mark.parametrize("who", [ANONYMOUS, STRANGER])
def test_a_stranger_who_sends_something_changes_nothing(who: str, door: Door) -> None:
    user = visitor(who)
    client = client_of(user)
    for call in calls_at(door):
        if call.opens_for(user):
            continue
        with nothing_written():
            response = client.post(call.url, {"version": 0, "reason": "x"})
        assert response.status_code in {302, 404, 405}, f"{call}: {response.status_code}"


@OUR_DOORS
def test_a_wrong_number_is_not_found(door: Door) -> None:
    """Made-up references and references with odd characters are 404, never an error."""
    client = client_of(visitor("officer"))
    for example in calls_at(door)[:1]:
        if door.kwargs:
            knock_with_wrong_numbers(client, example)


def knock_with_wrong_numbers(client: Client, example: Call) -> None:
    for wrong in ("NO-2026-9999", "%00", "' OR 1=1 --"):
        url = example.url
        for value in example.kwargs.values():
            url = url.replace(str(value), wrong)
        assert client.get(url).status_code in {404, 400, 410}, url


def test_forms_are_not_accepted_from_other_sites() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(visitor("officer"))
    for call in our_calls():
        response = client.post(call.url, {})
        assert response.status_code in {403, 404, 405}, call
