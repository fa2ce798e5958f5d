"""A paused organisation starts nothing new and keeps what it has; an officer makes it active again."""

from django.test import Client

from applications.actions import intake
from applications.models import Application, Call
from fundmgmt.access import Refused
from fundmgmt.actions.organisations import pause_organisation, resume_organisation
from fundmgmt.models import NoSuchStep, Organisation, StaleObject, User
from tests.factories import applications as make
from tests.telling import last_of, refused, told

AT = make.WRITTEN


def test_a_pause_ends_new_applications_and_a_resume_lets_them_in(
    organisation: Organisation, writer: User, officer: User, call: Call
) -> None:
    with refused(NoSuchStep, "not possible", organisation):
        resume_organisation(organisation, by=officer, at=AT)
    with refused(Refused, "not among your roles", organisation):
        pause_organisation(organisation, by=writer, at=AT, reason="Rest")
    pause_organisation(organisation, by=officer, at=AT, reason="The account is looked into.")
    assert told(organisation) == ("pause", "active", "paused", officer)
    assert last_of(organisation).remark.text == "The account is looked into."
    with refused(Refused, "organisation is paused", organisation):
        intake.start_application(call, organisation, by=writer, at=AT)
    with refused(Refused, "not among your roles", organisation):
        resume_organisation(organisation, by=writer, at=AT)
    with refused(StaleObject, "in the meantime", organisation):
        resume_organisation(organisation, by=officer, at=AT, expected_version=0)
    resume_organisation(organisation, by=officer, at=AT, reason="Nothing was found.")
    assert told(organisation) == ("resume", "paused", "active", officer)
    assert last_of(organisation).remark.text == "Nothing was found."
    assert organisation.state == "active"
    intake.start_application(call, Organisation.objects.get(pk=organisation.pk), by=writer, at=AT)
    assert Application.objects.get().state == "draft"


def test_an_officer_resumes_on_the_page(organisation: Organisation, writer: User, officer: User) -> None:
    pause_organisation(organisation, by=officer, at=AT)
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    step = f"{organisation.get_absolute_url()}steps/resume/"
    client.force_login(officer)
    assert step in client.get(organisation.get_absolute_url()).content.decode()
    assert client.post(step, {"version": organisation.version, "reason": ""}).status_code == 302
    organisation.refresh_from_db()
    assert organisation.state == "active"
    assert client.post(step, {"version": organisation.version, "reason": ""}).status_code == 403
    client.force_login(writer)
    assert client.get(step).status_code == 403
