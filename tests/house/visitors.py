"""Who knocks at the doors, and at which: one person for each role, real rows in every state they are in."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fundmgmt.access import can, policies
from fundmgmt.models import User
from fundmgmt.models.people import Membership, RoleGrant, Term, in_force
from fundmgmt.models.workflow import WorkflowModel
from fundmgmt.pages import ObjectPage, StepPage
from fundmgmt.roles import MemberRole, Role
from fundmgmt.workflow import Edge, edges
from tests.house.reading import Door, our_doors
from tests.house.samples import MORE, OPENS, SAMPLES, busy, newest_first
from tests.signing_in import sign_in

ROWS = 3  # rows of a model without states; with states, one row for each
STEP_ROWS = 2  # rows of each state at a step's door: signed by one side and by none, taken up or not
ANONYMOUS, STRANGER = "nobody", "stranger"
SEATS = {"voter": True, "observer": False}
VISITORS = [ANONYMOUS, STRANGER, *(f"member:{one}" for one in MemberRole.values), *SEATS, *Role.values]


def visitor(who: str) -> Any:
    """A person of the sample fund who holds this role; nobody at all; or somebody who holds none."""
    today = timezone.localdate()
    if who == ANONYMOUS:
        return AnonymousUser()
    if who == STRANGER:
        return User.objects.get_or_create(email="stranger@example.org", defaults={"name": "Stranger"})[0]
    if who in SEATS:
        found = Term.objects.filter(in_force(today), seat__votes=SEATS[who], alternate=False)
    elif who.startswith("member:"):
        found = Membership.objects.filter(in_force(today), role=who.removeprefix("member:"))
        organisation = busy()
        found = found.filter(organisation=organisation) if organisation else found
    else:
        found = RoleGrant.objects.filter(in_force(today), role=who)
    held = found.select_related("user").order_by("pk").first()
    if held is None and who.startswith("member:"):
        held = _colleague(who.removeprefix("member:"), today)
    assert held is not None, f"the sample fund has no {who}"
    return held.user


def _colleague(role: str, today: dt.date) -> Membership:
    """Somebody beside the first responsible person, in the same organisation."""
    owner = Membership.objects.filter(in_force(today), role=MemberRole.OWNER).order_by("pk").first()
    assert owner is not None
    user = User.objects.create_user(f"{role}@example.org", name=role.title())
    return Membership.objects.create(
        user=user, organisation_id=owner.organisation_id, role=role, valid_from=owner.valid_from
    )


def client_of(user: Any) -> Client:
    client = Client()
    if user.is_authenticated:
        sign_in(client, user)
    return client


def look_at(client: Client, url: str, **headers: str) -> Any:
    """Ask for a page; a file that comes with it is closed (closing the whole answer would close the database)."""
    response = client.get(url, **headers)
    for close in response._resource_closers:
        close()
    return response


def view_policy(model: type[Model]) -> str:
    """The policy of seeing a row of this model, if it has one of its own."""
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
    names = [f"{model._meta.app_label}.view_{name}" for name in (model._meta.model_name, snake)]
    return next((name for name in names if name in policies()), "")


@dataclass(frozen=True)
class Call:
    """One door with the values for its address, and the row behind it."""

    door: Door
    kwargs: dict[str, Any]
    row: Any = None

    @property
    def url(self) -> str:
        return reverse(self.door.name, kwargs=self.kwargs)

    def opens_for(self, user: Any) -> bool:
        """Whether this person may see what is behind the door: its policy says so, and the row's own policy too."""
        if self.door.name in OPENS:
            return OPENS[self.door.name](user, self.row)
        own = view_policy(type(self.row)) if isinstance(self.row, Model) else ""
        return bool(can(user, self.door.policy, self.row)) and (not own or bool(can(user, own, self.row)))

    def __str__(self) -> str:
        return f"{self.door} {self.kwargs or ''}".strip()


def calls_at(door: Door) -> list[Call]:
    """Every address of a door worth knocking at: real rows, in each state, and each step from where it starts."""
    if door.name in SAMPLES:
        found = [Call(door, kwargs, row) for row, kwargs in SAMPLES[door.name]()]
    elif not door.kwargs:
        return [Call(door, {})]
    else:
        assert issubclass(door.page or object, ObjectPage), f"{door}: say in tests/house/samples.py what to put in"
        each = STEP_ROWS if issubclass(door.page, StepPage) else 1
        rows = [row for row in representatives(door.page.model, each) if _value(row, door.page.lookup) is not None]
        found = [Call(door, {door.page.lookup: _value(row, door.page.lookup)}, row) for row in rows]
    if issubclass(door.page or object, StepPage):
        found = [call for step in door.page.steps for call in _at_step(found, step)]
    if door.name in MORE:
        found = [Call(door, call.kwargs | more, call.row) for call in found for more in MORE[door.name](call.row)]
    missing = {name for call in found for name in set(door.kwargs) - set(call.kwargs)}
    assert not missing, f"{door}: say in tests/house/samples.py what to put in for {missing}"
    return found


def _at_step(calls: list[Call], step: str) -> list[Call]:
    """A step asked of rows in every state that it can be taken from, and of one row that cannot take it."""
    can_take = [call for call in calls if any(edge.step == step for edge in _edges_of(call.row))]
    cannot = [call for call in calls if call not in can_take]
    first = {call.row.state: call for call in reversed(can_take)}
    chosen = can_take if len(first) == 1 else list(first.values())
    return [Call(call.door, call.kwargs | {"step": step}, call.row) for call in chosen + cannot[:1]]


def _edges_of(row: Any) -> list[Edge]:
    return [edge for edge in edges(type(row)) if edge.source == row.state]


def representatives(model: type[Model], each: int = 1) -> Iterator[Any]:
    """Rows of a model: one or more of each state, or a few."""
    rows = model._default_manager.order_by(newest_first())
    if not issubclass(model, WorkflowModel):
        yield from islice(rows, ROWS)
        return
    for state in rows.order_by("state").values_list("state", flat=True).distinct():
        yield from rows.filter(state=state)[:each]


def _value(row: Any, lookup: str) -> Any:
    for part in lookup.split("__"):
        row = getattr(row, part)
    return row


def our_calls() -> Iterator[Call]:
    for door in our_doors():
        yield from calls_at(door)
