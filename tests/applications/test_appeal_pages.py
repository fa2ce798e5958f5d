"""An appeal on its pages: lodged, judged by two, read by each reader as far as they may."""

import datetime as dt

from django.test import Client

from applications.actions import screening
from applications.models import Appeal, Application
from fundmgmt.models import User
from tests.factories import applications as make
from tests.signing_in import sign_in


def test_an_appeal_is_lodged_asked_about_once_and_judged_on_its_pages(
    submitted: Application, officer: User, writer: User, client: Client
) -> None:
    now = dt.datetime.now(dt.UTC)
    third, fourth = (make.person(f"{name}@example.org", "officer") for name in ("third", "fourth"))
    make.answer_all(make.in_check(submitted, officer), officer, EL_02="No account.")
    screening.find_ineligible(submitted, reason="No account.", by=officer, at=now)
    User.objects.update(language="en")
    sign_in(client, writer)
    page = client.get(submitted.get_absolute_url(), follow=True)
    url = f"{submitted.get_absolute_url()}appeal/"
    assert "Appeal against this decision" in page.content.decode()
    assert "No account." in client.get(url).content.decode()
    named = {"reason": "Call me on 0970 123 456 7.", "version": submitted.version}
    asked = client.post(url, named)
    assert asked.status_code == 422
    assert "looks like a phone number" in asked.content.decode()
    assert Appeal.objects.count() == 0
    assert client.post(url, {**named, "as_it_is": "on"}).status_code == 302
    row = Appeal.objects.get()
    assert row.reason == named["reason"]
    assert client.get(url).status_code == 403
    steps = f"{row.get_absolute_url()}steps/give_opinion/"
    assert client.get(steps).status_code == 403
    for who, value in ((third, "dismiss"), (fourth, "dismiss")):
        sign_in(client, who)
        assert row.ref in client.get("/").content.decode()
        before = client.get(row.get_absolute_url()).content.decode()
        assert "Not in order" not in before, "nobody follows another"
        naming = {"value": value, "reason": "The girl named Sifa.", "version": row.version}
        asked = client.post(steps, naming)
        assert (asked.status_code, row.opinions.filter(person=who).count()) == (422, 0)
        assert "looks like the name of a child" in asked.content.decode()
        assert 'name="as_it_is"' in asked.content.decode()
        form = client.get(steps)
        version = Appeal.objects.get().version
        assert form.status_code == 200
        assert client.post(steps, {"value": value, "reason": "Not in order.", "version": version}).status_code == 302
    judged = client.get(row.get_absolute_url()).content.decode()
    assert judged.count("Not in order.") == 2
    assert "third" in judged
    sign_in(client, writer)
    own = client.get(row.get_absolute_url()).content.decode()
    assert own.count("Not in order.") == 2
    assert "third" not in own, "the organisation reads the reasons, not the names"
