"""Forms: every form of the house stands open before somebody, so that the tests of weight, access and HTML meet it."""

from collections.abc import Iterator

import pytest

from fundmgmt.pages import EditPage, StepPage
from tests.house.reading import Door, our_doors
from tests.house.visitors import VISITORS, Call, calls_at, client_of, look_at, visitor

pytestmark = pytest.mark.usefixtures("workday", "db")

FORMS = [door for door in our_doors() if issubclass(door.page or object, EditPage)]


def asked(door: Door) -> Iterator[tuple[str, list[Call]]]:
    """The form behind a door; behind a step's door one for each step."""
    calls = calls_at(door)
    if not issubclass(door.page, StepPage):
        yield "", calls
        return
    for step in door.page.steps:
        yield step, [call for call in calls if call.kwargs["step"] == step]


@pytest.mark.parametrize("door", FORMS, ids=str)
def test_a_form_stands_open_before_somebody(door: Door) -> None:
    readers = [visitor(who) for who in VISITORS]
    clients = {user.pk: client_of(user) for user in readers}
    shut = [
        step
        for step, calls in asked(door)
        if not any(
            call.opens_for(user) and look_at(clients[user.pk], call.url).status_code == 200
            for call in calls
            for user in readers
        )
    ]
    assert shut == []
