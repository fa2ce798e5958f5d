"""Queries: a list costs the same with one row, with three and with thirty."""

import uuid
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from fundmgmt.models.workflow import WorkflowModel
from fundmgmt.pages import ListPage
from tests.house.reading import Door, our_doors
from tests.house.visitors import VISITORS, Call, calls_at, client_of, look_at, visitor

pytestmark = pytest.mark.usefixtures("fund", "db")

LISTS = [door for door in our_doors() if door.page and issubclass(door.page, ListPage)]
SIZES = (1, 3, 30)


@pytest.mark.parametrize("door", LISTS, ids=str)
def test_a_list_costs_the_same_with_more_rows(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    found = reader_of(door)
    if found is None:
        pytest.fail(f"{door}: nobody in the sample fund sees a row here")
    user, call = found
    multiply(door, call, user)
    client = client_of(user)
    client.get(call.url)  # fills what is kept between requests
    cost = {}
    for size in SIZES:
        monkeypatch.setattr(door.page, "page_size", size)
        with CaptureQueriesContext(connection) as queries:
            response = look_at(client, call.url)
        shown = len(response.context["objects"])
        cost[shown] = len(queries)
    assert max(cost) >= 3, f"{door}: only {max(cost)} rows could be shown"
    assert len(set(cost.values())) == 1, f"{door}: queries by number of rows {cost}"


@pytest.mark.parametrize("door", LISTS, ids=str)
def test_an_export_costs_the_same_with_more_rows(door: Door) -> None:
    found = reader_of(door)
    assert found is not None
    user, call = found
    client = client_of(user)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            b"".join(client.get(call.url, {"format": "csv"}).streaming_content)
        return len(queries)

    cost()
    before = cost()
    multiply(door, call, user)
    assert cost() == before


def reader_of(door: Door) -> tuple[Any, Call] | None:
    """Who sees most rows of this list, and at which address."""
    best: tuple[int, Any, Call] | None = None
    for who in VISITORS:
        user = visitor(who)
        for call in calls_at(door):
            if not call.opens_for(user):
                continue
            response = client_of(user).get(call.url)
            rows = len(response.context["objects"]) if response.status_code == 200 else 0
            if rows and (best is None or rows > best[0]):
                best = (rows, user, call)
    return best[1:] if best else None


def multiply(door: Door, call: Call, user: Any) -> None:
    """Copy the first row of a list until there are thirty like it."""
    row = client_of(user).get(call.url).context["objects"][0]
    if isinstance(row, models.Model):
        rows = [copy_of(row, number) for number in range(max(SIZES))]
        manager = type(row)._default_manager
        if isinstance(row, WorkflowModel):
            manager.seed(rows)
        else:
            manager.bulk_create(rows, ignore_conflicts=True)


def copy_of(row: models.Model, number: int) -> models.Model:
    """A new row with the same values, other keys and another thread."""
    values: dict[str, Any] = {}
    apart = {_apart(row, constraint.fields) for constraint in row._meta.total_unique_constraints}
    for field in row._meta.concrete_fields:
        if field.primary_key and not isinstance(field, models.UUIDField):
            continue
        value = getattr(row, field.attname)
        own = field.unique or field.name in apart or (field.name == "thread" and isinstance(row, WorkflowModel))
        values[field.attname] = _another(field, value, number) if own else value
    return type(row)(**values)


def _apart(row: models.Model, names: Iterable[str]) -> str:
    """The last plain field of a constraint: enough to keep a copy apart, and the others keep it in its place."""
    plain = [name for name in names if not row._meta.get_field(name).is_relation]
    return plain[-1] if plain else ""


def _another(field: Any, value: Any, number: int) -> Any:
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(value, str):
        return f"{value[: (field.max_length or 200) - 4]}~{number:03}"
    if isinstance(value, int) and not field.is_relation and not isinstance(value, bool):
        return value + 1000 + number
    return value
