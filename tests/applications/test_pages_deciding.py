"""The pages of reviewers, officers and the Committee, walked as people walk them."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.actions import committee, reviewing
from applications.models import AgendaItem, Application, Meeting, Moderation, Review
from fundmgmt.models import User
from tests.factories import applications as make
from tests.factories import deciding as scene

AT = scene.AT


def client_of(user: User) -> Client:
    client = Client()
    User.objects.filter(pk=user.pk).update(language="en")
    client.force_login(user)
    return client


def ok(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(f"applications:{name}", args=args))
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


@pytest.fixture
def proposal(submitted: Application, officer: User) -> Application:
    return make.in_review(submitted, officer)


def test_a_reviewer_from_invitation_to_handing_in(proposal: Application, officer: User) -> None:
    people = scene.reviewers(officer)
    rows = scene.invited(proposal, officer, people)
    client, review = client_of(people[0]), rows[0]
    assert proposal.ref in ok(client, "reviews")
    assert "Would you review" in ok(client, "review", review.pk)
    scores = reverse("applications:review_scores", args=[review.pk])
    assert client.get(scores).status_code == 403
    accept = reverse("applications:review_step", args=[review.pk, "accept"])
    assert client.post(accept, {"version": review.version}).status_code == 422, "nothing confirmed"
    assert client.post(accept, {"version": review.version, "free": "on"}).status_code == 302
    page = client.get(scores).content.decode()
    assert "clear local facts and causes" in page, "the written anchors stand beside the points"
    review.refresh_from_db()
    kept = client.post(scores, {"version": review.version, "SC-01": "4"}, headers={"X-Autosave": "1"})
    assert kept.status_code == 200
    stale = client.post(scores, {"version": review.version, "SC-01": "1"}, headers={"X-Autosave": "1"})
    assert stale.status_code == 409
    data = dict.fromkeys(scene.CRITERIA, "4") | {"recommendation": "fund", "overall": "Sound.", "hand_in": "1"}
    response = client.post(scores, data | {"version": kept.json()["version"]})
    submit = reverse("applications:review_step", args=[review.pk, "submit"])
    assert response["Location"] == submit
    review.refresh_from_db()
    assert client.get(submit).status_code == 200
    assert client.post(submit, {"version": review.version}).status_code == 302
    assert "80 of 100" in ok(client, "review", review.pk)
    assert client.get(reverse("applications:review", args=[rows[1].pk])).status_code == 404


def test_half_a_sheet_is_kept_but_not_handed_in(proposal: Application, officer: User) -> None:
    people = scene.reviewers(officer)
    (review,) = scene.invited(proposal, officer, people[:1])
    reviewing.accept_review(review, by=people[0], at=AT)
    client = client_of(people[0])
    response = client.post(reverse("applications:review_step", args=[review.pk, "submit"]), {"version": review.version})
    assert response.status_code == 422
    assert "SC-01 has no score yet" in response.content.decode()


def test_a_declared_link_leads_back_to_the_list(proposal: Application, officer: User) -> None:
    people = scene.reviewers(officer)
    (review,) = scene.invited(proposal, officer, people[:1])
    url = reverse("applications:review_step", args=[review.pk, "declare_conflict"])
    client = client_of(people[0])
    response = client.post(url, {"version": review.version, "conflict": "family"})
    assert response["Location"] == reverse("applications:reviews")
    assert client.get(reverse("applications:detail", args=[proposal.ref])).status_code == 404


def test_an_officer_invites_and_fixes_the_result(proposal: Application, officer: User) -> None:
    people = scene.reviewers(officer)
    client = client_of(officer)
    assert "Invite reviewers" in ok(client, "detail", proposal.ref)
    assert "knows the region" in ok(client, "invite", proposal.ref)
    for who in people:
        response = client.post(
            reverse("applications:invite", args=[proposal.ref]), {"reviewer": who.pk, "due_date": "2099-01-01"}
        )
        assert response.status_code == 302
    for review, score in zip(Review.objects.order_by("id"), (5, 2, 4), strict=True):
        scene.hand_in(review, score)
    page = ok(client, "panel", proposal.ref)
    assert "lie 60 points apart" in page
    assert "Between the lowest and the highest total lie 60 points" in page, "a picture of the totals"
    assert "Moderate the scores" in ok(client, "detail", proposal.ref)
    moderate = reverse("applications:moderate", args=[proposal.ref])
    assert client.get(moderate).status_code == 200
    proposal.refresh_from_db()
    bad = client.post(moderate, {"version": proposal.version, "total_tenths": "7x", "reason": "Talk."})
    assert bad.status_code == 422
    assert "7x" in bad.content.decode(), "what was typed stays"
    good = client.post(moderate, {"version": proposal.version, "total_tenths": "70,5", "reason": "Talk."})
    assert good.status_code == 302
    assert Moderation.objects.get().moderated_tenths == 705
    assert "70.5" in ok(client, "panel", proposal.ref)
    assert "Do the due diligence" in ok(client, "panel", proposal.ref), "the page after the result leads on"
    assert ok(client, "reviewers")
    assert ok(client, "reviewer_profile", people[0].pk)


def test_due_diligence_item_by_item(proposal: Application, officer: User) -> None:
    scene.in_diligence(proposal, officer)
    client = client_of(officer)
    assert "Not rated yet" in ok(client, "diligence", proposal.ref)
    item = reverse("applications:diligence_item", args=[proposal.ref, "DD-01"])
    assert client.get(item).status_code == 200
    worrying = client.post(item, {"rating": "3"})
    assert worrying.status_code == 422
    assert "what was found" in worrying.content.decode()
    assert client.post(item, {"rating": "1", "evidence": "Act of 2021"}).status_code == 302
    assert client.get(reverse("applications:diligence_item", args=[proposal.ref, "EV-01"])).status_code == 404
    assert client.get(reverse("applications:diligence_finish", args=[proposal.ref])).status_code == 403
    missing = reverse("applications:open_item_new", args=[proposal.ref])
    assert client.post(missing, {"item": "EL-02", "text": "The act."}).status_code == 302
    row = proposal.open_items.get()
    close = reverse("applications:open_item", args=[row.pk])
    assert client.post(close, {"note": "Came by post."}).status_code == 302
    lead = reverse("applications:lead_new", args=[proposal.ref])
    values = {"matched": "board", "list_name": "UN", "list_date": "2026-01-01", "note": "Entry 7"}
    assert client.post(lead, values).status_code == 302
    clear = reverse("applications:lead", args=[proposal.sanctions_leads.get().pk])
    assert client.get(clear).status_code == 200
    assert client.post(clear, {"same_person": "no", "note": "Another year."}).status_code == 302
    scene.rate_all(proposal, officer)
    finish = reverse("applications:diligence_finish", args=[proposal.ref])
    assert client.get(finish).status_code == 200
    assert client.post(finish, {"note": "Fine."}).status_code == 302
    assert "Holds until" in ok(client, "diligence", proposal.ref)


def prepared(client: Client, proposal: Application) -> AgendaItem:
    """A meeting with one item, put there on the pages."""
    new = client.post(reverse("applications:meeting_new"), {"mode": "online", "held_date": "2099-05-05"})
    meeting = Meeting.objects.get()
    assert new["Location"] == meeting.get_absolute_url()
    values = {"application": proposal.pk, "decision_type": "approve"}
    added = client.post(reverse("applications:item_new", args=[meeting.ref]), values)
    assert added.status_code == 302
    return AgendaItem.objects.get()


def takes(member: Client, item: AgendaItem, **steps: dict[str, str]) -> None:
    for step, answers in steps.items():
        assert member.post(reverse("applications:item_step", args=[item.pk, step]), answers).status_code == 302, step


def press(client: Client, meeting: Meeting, step: str, **answers: str) -> HttpResponse:
    """Take a step of a meeting on its page, as the person sees it now."""
    meeting.refresh_from_db()
    url = reverse("applications:meeting_step", args=[meeting.ref, step])
    return client.post(url, {"version": meeting.version, **answers})


def test_a_meeting_from_agenda_to_minutes(proposal: Application, officer: User) -> None:
    scene.before_committee(proposal, officer)
    people = scene.seats()
    client = client_of(officer)
    assert "Put it on an agenda" in ok(client, "detail", proposal.ref)
    item = prepared(client, proposal)
    assert "Open the item on the agenda" in ok(client, "detail", proposal.ref)
    assert "Members declare and vote first." in ok(client, "item", item.pk)
    meeting = item.meeting
    member = client_of(people["P1"])
    assert member.get(meeting.get_absolute_url()).status_code == 404

    assert press(client, meeting, "call").status_code == 302
    early = press(client, meeting, "open")
    assert (early.status_code, "planned for 5 May 2099: open it then" in early.content.decode()) == (422, True)
    today = timezone.localdate().isoformat()
    assert press(client, meeting, "move_day", held_date=today, reason="All are here.").status_code == 302
    assert press(client, meeting, "open").status_code == 302
    closed = member.get(item.get_absolute_url()).content.decode()
    assert "The papers open then" in closed
    assert "Read the whole proposal" not in closed
    here = reverse("applications:meeting_step", args=[meeting.ref, "attend"])
    assert member.post(here, {"channel": "call"}).status_code == 302
    declare = reverse("applications:item_step", args=[item.pk, "declare"])
    vote = reverse("applications:item_step", args=[item.pk, "vote"])
    assert member.get(vote).status_code == 403
    for code in ("P1", "N1", "N2", "G1"):
        takes(client_of(people[code]), item, declare={"conflict": "none"}, vote={"value": "for", "channel": "call"})
    gone = client_of(people["P2"]).post(declare, {"conflict": "purchase_link"})
    assert gone["Location"] == meeting.get_absolute_url()
    assert "closed to you" in client_of(people["P2"]).get(meeting.get_absolute_url()).content.decode()
    assert client_of(people["P2"]).get(item.get_absolute_url()).status_code == 404
    assert "Read the whole proposal" in member.get(item.get_absolute_url()).content.decode()
    takes(client_of(people["O1"]), item, declare={"conflict": "none"}, comment={"text": "Well thought."})
    assert "Members declare and vote first." not in ok(client, "item", item.pk)
    decide = reverse("applications:item_step", args=[item.pk, "decide"])
    assert "carried by consensus" in client.get(decide).content.decode()
    item.refresh_from_db()
    assert client.post(decide, {"version": item.version}).status_code == 302
    assert "Well thought." in ok(client, "item", item.pk)
    for step, who in (("close", client), ("draft_minutes", client), ("approve_minutes", member)):
        meeting.refresh_from_db()
        url = reverse("applications:meeting_step", args=[meeting.ref, step])
        assert who.get(url).status_code == 200, step
        assert who.post(url, {"version": meeting.version}).status_code == 302, step
    assert "Minutes (PDF)" in ok(member, "meeting", meeting.ref)
    proposal.refresh_from_db()
    assert proposal.state == "approved"


def test_strangers_find_nothing(proposal: Application, officer: User, writer: User) -> None:
    scene.before_committee(proposal, officer)
    people = scene.seats()
    item = scene.opened(officer, proposal)
    review = Review.objects.first()
    stranger = client_of(make.person("stranger@example.org"))
    assert people
    for client in (stranger, client_of(writer)):
        for name, args in (
            ("review", [review.pk]),
            ("panel", [proposal.ref]),
            ("diligence", [proposal.ref]),
            ("meetings", []),
            ("meeting", [item.meeting.ref]),
            ("item", [item.pk]),
            ("meeting_new", []),
        ):
            assert client.get(reverse(f"applications:{name}", args=args)).status_code == 404, name
    assert Client().get(reverse("applications:meetings")).status_code == 302


def test_a_written_procedure_offers_to_ask_for_a_meeting(proposal: Application, officer: User) -> None:
    scene.before_committee(proposal, officer)
    people = scene.seats()
    row = scene.meeting(officer, "written")
    committee.put_on_agenda(row, application=proposal, decision_type="approve", by=officer, at=AT)
    committee.call_meeting(row, by=officer, at=AT)
    item = AgendaItem.objects.get()
    client = client_of(people["N1"])
    assert "Ask for a meeting" in ok(client, "item", item.pk)
    url = reverse("applications:item_step", args=[item.pk, "ask_for_meeting"])
    assert client.post(url, {}).status_code == 302
