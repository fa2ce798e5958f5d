"""Pages of the ground floor, walked through a real client: what each reader sees, does, and is refused."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from fundmgmt import inbox
from fundmgmt.actions.people import add_colleague, grant_role, register_organisation, set_seat
from fundmgmt.models import Organisation, RoleGrant, Rule, Term, User

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-password-here"
Make = Callable[..., tuple[User, Client]]


@pytest.fixture(autouse=True)
def in_memory_mail(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def person() -> Make:
    def make(name: str, *roles: str) -> tuple[User, Client]:
        user = User.objects.create_user(f"{name.lower()}@example.org", PASSWORD, name=name, language="en")
        for role in roles:
            grant_role(user, role, by=None, at=timezone.now())
        client = Client()
        client.force_login(user)
        return user, client

    return make


@pytest.fixture
def amina(person: Make) -> tuple[User, Client]:
    return person("Amina")


@pytest.fixture
def organisation(amina: tuple[User, Client]) -> Organisation:
    details = {"name": "Umoja wa Wazazi", "kind": "parents_association", "legal_status": "none"}
    return register_organisation(by=amina[0], at=timezone.now(), **details)


def url(name: str, *args: Any) -> str:
    return reverse(f"fundmgmt:{name}", args=args)


def says(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


OPEN = ["home", "how_it_works", "rules", "gallery", "health"]


@pytest.mark.parametrize("name", OPEN)
def test_a_stranger_reads_what_is_public(name: str) -> None:
    response = Client().get(url(name))
    assert response.status_code == 200
    if name != "health":
        assert "122" in says(response)


@pytest.mark.parametrize(
    "address",
    [
        "/you/",
        "/organisations/new/",
        "/people/",
        "/committee/seats/",
        "/journal/",
        "/journal/verify/",
        f"/projects/{uuid.UUID(int=7)}/",
    ],
)
def test_a_stranger_is_asked_to_sign_in(address: str) -> None:
    response = Client().get(address)
    assert (response.status_code, response.url.partition("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize("address", ["/people/", "/journal/", "/journal/verify/", "/rules/invitation_days/change/"])
def test_pages_of_others_do_not_exist_for_a_member(amina: tuple[User, Client], address: str) -> None:
    assert amina[1].get(address).status_code == 404


def test_signing_up_leads_to_the_organisation() -> None:
    client = Client()
    form = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD, "name": "Neema", "language": "sw"}
    refused = client.post(reverse("account_signup"), form | {"name": ""})
    assert refused.status_code == 200
    assert not User.objects.exists()
    client.post(reverse("account_signup"), form)
    user = User.objects.get()
    assert (user.name, user.language) == ("Neema", "sw")
    assert "_auth_user_id" not in client.session
    (message,) = mail.outbox
    link = re.search(r"https?://\S+(/account/confirm-email/\S+)", str(message.body))
    assert link is not None
    client.get(link[1])
    response = client.post(link[1], follow=True)
    assert response.redirect_chain[-1][0] == url("organisation_new")
    assert response.headers["Content-Language"] == "sw"


def test_the_language_switch_is_remembered(amina: tuple[User, Client]) -> None:
    user, client = amina
    client.post(reverse("set_language"), {"language": "fr", "next": "/"})
    user.refresh_from_db()
    assert user.language == "fr"
    fresh = Client()
    fresh.force_login(user)
    assert '<html lang="fr"' in says(fresh.get("/", headers={"accept-language": "en"}))
    client.post(reverse("set_language"), {"language": "tlh", "next": "/"})
    user.refresh_from_db()
    assert user.language == "fr"


def test_home_teaches_a_newcomer_and_shows_what_waits(
    amina: tuple[User, Client], organisation: Organisation, person: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomer = says(person("Neema")[1].get("/"))
    assert url("organisation_new") in newcomer
    assert organisation.name not in newcomer
    item = inbox.Item("Mend part 3", "School garden", "/somewhere/", "APP-2026-0001", "Two lines do not add up.")
    monkeypatch.setitem(inbox._providers, "test", lambda user, _today: [item] if user == amina[0] else [])
    mine = says(amina[1].get("/"))
    for text in ("Mend part 3", "School garden", "APP-2026-0001", "Two lines do not add up.", organisation.name):
        assert text in mine
        assert text not in newcomer


def test_open_calls_stand_on_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    item = inbox.Item("Apply", "Schools first", "/calls/1/", due=timezone.localdate() + dt.timedelta(days=9))
    shown: list[inbox.Item] = []
    board = inbox.Board("test", 1, "Open calls", "No call is open now.", lambda _today: shown)
    monkeypatch.setitem(inbox._boards, "test", board)
    assert "No call is open now." in says(Client().get("/"))
    shown.append(item)
    assert "Schools first" in says(Client().get("/"))


def test_registering_an_organisation(amina: tuple[User, Client]) -> None:
    user, client = amina
    good = {"name": "Nuru", "kind": "ngo", "legal_status": "pending"}
    wrong = client.post(url("organisation_new"), good | {"founded_year": "1492", "phone": "call me"})
    assert wrong.status_code == 422
    assert 'value="call me"' in says(wrong)
    assert not Organisation.objects.exists()
    good |= {"kind": "national_ngo", "legal_status": "application_pending"}
    response = client.post(url("organisation_new"), good)
    row = Organisation.objects.get()
    assert response.url == "/"
    user.forget_roles()
    assert f'<a href="{row.get_absolute_url()}">Nuru</a>' in says(client.get(response.url))
    assert dict(row.memberships.values_list("user", "role")) == {user.pk: "owner"}


def test_an_organisation_is_open_to_its_people_and_the_staff(
    amina: tuple[User, Client], organisation: Organisation, person: Make
) -> None:
    address = organisation.get_absolute_url()
    seen = {
        "owner": amina[1].get(address).status_code,
        "stranger": person("Other")[1].get(address).status_code,
        "officer": person("Off", "officer")[1].get(address).status_code,
        "donor": person("Don", "donor_viewer")[1].get(address).status_code,
    }
    assert seen == {"owner": 200, "stranger": 404, "officer": 200, "donor": 404}


def test_details_change_against_the_version_that_was_seen(
    amina: tuple[User, Client], organisation: Organisation, person: Make
) -> None:
    address = url("organisation_edit", organisation.ref)
    data = {"name": "Umoja", "kind": "parents_association", "legal_status": "none", "version": "0"}
    assert amina[1].post(address, data).status_code == 302
    stale = amina[1].post(address, data | {"name": "Late"})
    assert stale.status_code == 409
    assert 'value="Late"' in says(stale)
    add_colleague(organisation, email=person("Viewer")[0].email, role="viewer", by=amina[0], at=timezone.now())
    viewer = Client()
    viewer.force_login(User.objects.get(name="Viewer"))
    assert viewer.get(address).status_code == 403
    assert Organisation.objects.get().name == "Umoja"


def test_a_colleague_is_added_changed_and_leaves(
    amina: tuple[User, Client], organisation: Organisation, person: Make
) -> None:
    baraka, his = person("Baraka")
    new = url("colleague_new", organisation.ref)
    assert his.get(new).status_code == 404
    refused = amina[1].post(new, {"email": "baraka@", "role": "editor"})
    assert refused.status_code == 422
    assert organisation.memberships.count() == 1
    assert amina[1].post(new, {"email": baraka.email, "role": "editor"}).status_code == 302
    row = organisation.memberships.get(user=baraka)
    amina[1].post(url("colleague", organisation.ref, row.pk), {"role": "viewer"})
    row.refresh_from_db()
    assert (row.role, row.valid_until) == ("viewer", None)
    response = his.post(url("colleague_leave", organisation.ref, row.pk), {"reason": ""})
    assert response.url == "/"
    assert his.get(organisation.get_absolute_url()).status_code == 404
    alone = organisation.memberships.get(user=amina[0])
    stays = amina[1].post(url("colleague_leave", organisation.ref, alone.pk), {})
    assert stays.status_code == 422
    assert "Hand over first" in says(stays)


def test_an_invited_stranger_signs_up_and_joins(amina: tuple[User, Client], organisation: Organisation) -> None:
    offer: Any = add_colleague(organisation, email="neema@example.org", role="editor", by=amina[0], at=timezone.now())
    link = url("join", offer.token)
    client = Client()
    page = client.get(link)
    assert organisation.name in says(page)
    enter = page.context["enter"]
    form = {
        "email": "neema@example.org",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "name": "Neema",
        "language": "en",
    }
    response = client.post(enter, form)
    assert response.url == link  # the address was reached by mail already: no second message
    joined = client.post(link)
    assert joined.url == organisation.get_absolute_url()
    assert organisation.memberships.get(user__name="Neema").role == "editor"
    assert amina[1].post(link).status_code == 422
    assert Client().get(url("join", offer.token[:-3])).status_code == 404


def test_the_responsible_person_sees_who_is_invited_and_takes_it_back(
    amina: tuple[User, Client], organisation: Organisation, person: Make
) -> None:
    baraka, his = person("Baraka")
    add_colleague(organisation, email=baraka.email, role="editor", by=amina[0], at=timezone.now())
    offer: Any = add_colleague(organisation, email="neema@example.org", role="editor", by=amina[0], at=timezone.now())
    page, end = organisation.get_absolute_url(), url("invitation_end", organisation.ref, offer.pk)
    assert end in amina[1].get(page).content.decode()
    assert "neema@example.org" in says(amina[1].get(page))
    assert "neema@example.org" not in says(his.get(page))
    refused = his.get(end)
    assert (refused.status_code, "neema@example.org" in says(refused)) == (403, False)
    assert "neema@example.org" in says(amina[1].get(end))
    assert amina[1].post(end, {}).url == page
    assert "neema@example.org" not in says(amina[1].get(page))
    assert amina[1].get(end).status_code == 404
    assert Client().get(url("join", offer.token)).status_code == 410


def test_handing_over_in_the_browser(amina: tuple[User, Client], organisation: Organisation, person: Make) -> None:
    dalila, hers = person("Dalila")
    address = url("hand_over", organisation.ref)
    assert amina[1].post(address, {"to": dalila.pk}).status_code == 422
    officer = person("Officer", "officer")[1]
    assert officer.post(address, {"to": dalila.email, "reason": ""}).status_code == 422
    assert officer.post(address, {"to": "nobody@example.org", "reason": "Gone."}).status_code == 422
    assert officer.post(address, {"to": dalila.email, "reason": "Gone."}).status_code == 302
    assert hers.get(organisation.get_absolute_url()).status_code == 200
    assert amina[1].get(organisation.get_absolute_url()).status_code == 404


def test_the_administrator_gives_and_ends_roles(person: Make) -> None:
    admin, client = person("Admin", "administrator")
    treasurer, _theirs = person("Treasurer")
    listed = client.get(url("people"), {"q": "treas"})
    assert [row["object"].name for row in listed.context["rows"]] == ["Treasurer"]
    assert client.post(url("role_new", admin.pk), {"role": "treasurer"}).status_code == 403
    client.post(url("role_new", treasurer.pk), {"role": "treasurer", "decided_in": "SC-2026-01/2"})
    grant = RoleGrant.objects.get(user=treasurer)
    assert [row["object"].name for row in client.get(url("people"), {"role": "treasurer"}).context["rows"]] == [
        "Treasurer"
    ]
    assert "SC-2026-01/2" in says(client.get(url("person", treasurer.pk)))
    assert client.post(url("role_end", treasurer.pk, grant.pk), {"reason": ""}).status_code == 422
    client.post(url("role_end", treasurer.pk, grant.pk), {"reason": "New work."})
    assert User.objects.get(pk=treasurer.pk).role_codes == frozenset()


def test_the_list_of_people_costs_the_same_for_one_and_for_many(person: Make, organisation: Organisation) -> None:
    client = person("Admin", "administrator")[1]
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url("people"))
    for number in range(30):
        person(f"P{number}", "reviewer")
    with CaptureQueriesContext(connection) as many:
        client.get(url("people"))
    assert len(many) == len(few)


def test_seats_and_terms(person: Make) -> None:
    client = person("Admin", "administrator")[1]
    member = person("Member")[0]
    client.post(url("seat_new"), {"code": "ngo-1", "constituency": "ngo", "votes": "yes"})
    seat = set_seat("gov-1", constituency="government", votes=False, by=None, at=timezone.now())
    client.post(url("term_new"), {"seat": seat.pk, "user": member.email})
    assert User.objects.get(pk=member.pk).seat.code == "GOV-1"  # type: ignore[union-attr]
    wrong = client.post(url("term_new"), {"seat": seat.pk, "user": "admin@example.org"})
    assert wrong.status_code == 422
    assert "Member" in says(client.get(url("seats")))
    assert client.post(url("seat_end", seat.pk), {}).status_code == 422
    client.post(url("term_end", Term.objects.get().pk), {})
    client.post(url("seat_end", seat.pk), {})
    assert "GOV-1" not in says(client.get(url("seats")))


def test_rules_are_public_and_change_with_a_decision(person: Make) -> None:
    client = person("Admin", "administrator")[1]
    day = timezone.localdate() + dt.timedelta(days=2)
    change = url("rule_change", "invitation_days")
    data = {"value": "21", "valid_from": day.isoformat(), "decided_in": "SC-2026-01/3", "reason": "Post is slow."}
    for wrong in ({"value": "many"}, {"valid_from": "2020-01-01"}, {"reason": ""}):
        response = client.post(change, data | wrong)
        assert response.status_code == 422
        assert "SC-2026-01/3" in says(response)
    assert not Rule.objects.exists()
    assert client.post(change, data).status_code == 302
    page = says(Client().get(url("rule", "invitation_days"), headers={"accept-language": "en"}))
    for text in ("14 days", "21 days", "Post is slow.", "SC-2026-01/3", "not yet in force"):
        assert text in page
    locked = client.get(url("rule_change", "age_mine_min"))
    assert locked.status_code == 403
    assert "fixed by law" in says(locked)
    assert Client().get(url("rule", "no_such_rule")).status_code == 404


@pytest.mark.parametrize("key", ["report_variance_bp", "visit_from_minor", "scoring_weights", "age_general_min"])
def test_every_type_of_rule_keeps_its_value_when_nothing_is_changed(person: Make, key: str) -> None:
    client = person("Admin", "administrator")[1]
    form = client.get(url("rule_change", key)).context["form"]
    data = {"valid_from": timezone.localdate().isoformat(), "decided_in": "SC-2026-01/3", "reason": "Confirmed."}
    response = client.post(
        url("rule_change", key), data | {"value": form["value"].field.widget.format_value(form["value"].value())}
    )
    assert response.status_code == 302, says(response)
    assert Rule.objects.get().value == form.obj.spec.value


def test_ones_own_account(amina: tuple[User, Client]) -> None:
    user, client = amina
    assert client.post(url("account"), {"name": "", "language": "sw", "phone": "+243 1"}).status_code == 422
    client.post(url("account"), {"name": "Amina B.", "language": "sw", "phone": "+243 990 000 000"})
    user.refresh_from_db()
    assert (user.name, user.language, user.phone) == ("Amina B.", "sw", "+243 990 000 000")
    assert client.post(url("account_close"), {}).status_code == 422
    assert client.post(url("account_close"), {"sure": "on"}).url == "/"
    user.refresh_from_db()
    assert (user.is_active, user.phone) == (False, "")
    assert client.get(url("account")).status_code == 302
