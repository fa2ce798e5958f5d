"""People: who belongs, who is responsible, who holds what, and how each of it ends."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from fundmgmt import journal
from fundmgmt.access import Refused, can
from fundmgmt.actions import people
from fundmgmt.actions.organisations import InvitationBroken, InvitationEnded, read_invitation
from fundmgmt.actions.rules import set_rule
from fundmgmt.models import (
    Invitation,
    JournalEntry,
    Membership,
    Organisation,
    RoleGrant,
    Rule,
    Seat,
    StepError,
    StepRefused,
    User,
)
from fundmgmt.queries.people import open_invitations
from fundmgmt.refs import named_thread
from fundmgmt.rules import rule

pytestmark = pytest.mark.django_db
Make = Callable[..., User]


@pytest.fixture
def at() -> dt.datetime:
    return timezone.now()


@pytest.fixture
def person(at: dt.datetime) -> Make:
    def make(name: str, *roles: str) -> User:
        user = User.objects.create_user(f"{name.lower()}@example.org", name=name)
        for role in roles:
            people.grant_role(user, role, by=None, at=at)
        return user

    return make


@pytest.fixture
def owner(person: Make) -> User:
    return person("Amina")


@pytest.fixture
def organisation(owner: User, at: dt.datetime) -> Organisation:
    row = people.register_organisation(
        by=owner, at=at, name="Umoja wa Wazazi", kind="parents_association", legal_status="none"
    )
    owner.forget_roles()
    return row


@pytest.fixture
def editor(person: Make, organisation: Organisation, owner: User, at: dt.datetime) -> User:
    user = person("Baraka")
    people.add_colleague(organisation, email="Baraka@Example.org", role="editor", by=owner, at=at)
    return user


def held(organisation: Organisation) -> dict[str, str]:
    rows = organisation.memberships.filter(valid_until=None).select_related("user")
    return {row.user.name: row.role for row in rows}


def of(organisation: Organisation, user: User) -> Membership:
    return organisation.memberships.get(user=user, valid_until=None)


def kinds(thread: object) -> list[str]:
    return list(JournalEntry.objects.filter(thread=thread).order_by("seq").values_list("kind", flat=True))


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_who_registers_is_responsible(organisation: Organisation, owner: User, at: dt.datetime) -> None:
    assert organisation.ref == f"ORG-{timezone.localtime(at).year}-0001"
    assert held(organisation) == {"Amina": "owner"}
    assert owner.memberships_today == {organisation.pk: "owner"}
    assert kinds(organisation.thread) == ["fundmgmt.organisation.begin", "fundmgmt.membership.add"]


def test_wrong_details_name_their_fields_and_change_nothing(
    organisation: Organisation, owner: User, at: dt.datetime
) -> None:
    with pytest.raises(ValidationError) as refused:
        people.register_organisation(by=owner, at=at, name="", kind="club", legal_status="none", founded_year=22)
    assert set(refused.value.message_dict) == {"founded_year"}
    with pytest.raises(ValidationError) as refused:
        people.describe_organisation(organisation, by=owner, at=at, name="", kind="club")
    assert set(refused.value.message_dict) == {"name", "kind"}
    assert Organisation.objects.count() == 1
    assert Organisation.objects.get().name == "Umoja wa Wazazi"


def test_describing_says_which_fields_and_not_what(
    organisation: Organisation, owner: User, editor: User, person: Make, at: dt.datetime
) -> None:
    people.describe_organisation(organisation, by=editor, at=at, phone="+243 99", name="Umoja")
    entry = JournalEntry.objects.latest("id")
    assert (entry.kind, entry.facts) == ("fundmgmt.organisation.describe", {"fields": ["name", "phone"]})
    with pytest.raises(Refused):
        people.describe_organisation(organisation, by=person("Stranger"), at=at, phone="")
    with pytest.raises(StepError):
        people.describe_organisation(organisation, by=editor, at=at, phone="1", expected_version=0)
    assert Organisation.objects.get().phone == "+243 99"


def test_an_account_joins_at_once_and_only_once(
    organisation: Organisation, owner: User, editor: User, at: dt.datetime
) -> None:
    assert held(organisation) == {"Amina": "owner", "Baraka": "editor"}
    with pytest.raises(StepRefused) as refused:
        people.add_colleague(organisation, email="baraka@example.org", role="viewer", by=owner, at=at)
    assert refused.value.field == "email"
    with pytest.raises(Refused):
        people.add_colleague(organisation, email="other@example.org", role="viewer", by=editor, at=at)


def test_an_invitation_lets_only_its_reader_join(
    organisation: Organisation, owner: User, person: Make, at: dt.datetime
) -> None:
    offer = people.add_colleague(organisation, email="chausiku@example.org", role="viewer", by=owner, at=at)
    assert isinstance(offer, Invitation)
    assert held(organisation) == {"Amina": "owner"}
    with pytest.raises(StepRefused):
        people.join(offer.token, by=person("Somebody"), at=at)
    with pytest.raises(InvitationEnded):
        people.join(offer.token + "x", by=person("Else"), at=at)
    invited = person("Chausiku")
    row = people.join(offer.token, by=invited, at=at)
    assert people.join(offer.token, by=invited, at=at) == row
    assert held(organisation) == {"Amina": "owner", "Chausiku": "viewer"}
    people.end_membership(row, by=owner, at=at)
    with pytest.raises(InvitationEnded):
        people.join(offer.token, by=invited, at=at)
    assert held(organisation) == {"Amina": "owner"}


def test_an_invitation_can_be_taken_back_and_replaced_and_forgets_the_address(
    organisation: Organisation, owner: User, editor: User, person: Make, at: dt.datetime
) -> None:
    def invite() -> Invitation:
        offer = people.add_colleague(organisation, email="late@example.org", role="viewer", by=owner, at=at)
        assert isinstance(offer, Invitation)
        return offer

    def listed() -> list[tuple[str, dt.datetime]]:
        return [(row.email, row.until) for row in open_invitations(organisation, at + dt.timedelta(days=1))]

    first, second = invite(), invite()
    until = at + dt.timedelta(days=rule("invitation_days", timezone.localdate(at)).value)
    assert listed() == [("late@example.org", until)]
    assert open_invitations(organisation, until) == []
    with pytest.raises(InvitationEnded):
        read_invitation(first.token, timezone.localdate(at))
    with pytest.raises(Refused):
        people.take_back_invitation(second, by=editor, at=at)
    assert read_invitation(second.token, timezone.localdate(at)) == second
    people.take_back_invitation(second, by=owner, at=at)
    assert listed() == []
    with pytest.raises(StepRefused):
        people.take_back_invitation(second, by=owner, at=at)
    with pytest.raises(InvitationEnded):
        people.join(second.token, by=person("Late"), at=at)
    assert list(Invitation.objects.values_list("email", flat=True)) == ["", ""]
    assert held(organisation) == {"Amina": "owner", "Baraka": "editor"}
    assert kinds(organisation.thread)[-3:] == [
        "fundmgmt.membership.invite",
        "fundmgmt.membership.invite",
        "fundmgmt.membership.take_back",
    ]


def test_a_link_of_a_row_that_never_was_is_broken(at: dt.datetime) -> None:
    with pytest.raises(InvitationBroken):
        read_invitation(Invitation(pk=987_654).token, timezone.localdate(at))


def test_an_invitation_ends_with_the_right_to_invite(
    organisation: Organisation, owner: User, editor: User, at: dt.datetime
) -> None:
    offer = people.add_colleague(organisation, email="new@example.org", role="viewer", by=owner, at=at)
    assert isinstance(offer, Invitation)
    assert read_invitation(offer.token, timezone.localdate(at)).email == "new@example.org"
    assert open_invitations(organisation, at) == [offer]
    people.hand_over(organisation, to=editor, by=owner, at=at)
    assert open_invitations(organisation, at) == []
    with pytest.raises(InvitationEnded):
        read_invitation(offer.token, timezone.localdate(at))


def test_who_leaves_is_out_at_once(organisation: Organisation, editor: User, person: Make, at: dt.datetime) -> None:
    assert can(fresh(editor), "fundmgmt.view_organisation", organisation)
    with pytest.raises(Refused):
        people.end_membership(of(organisation, editor), by=person("Stranger"), at=at)
    people.end_membership(of(organisation, editor), by=editor, at=at)
    assert not can(fresh(editor), "fundmgmt.view_organisation", organisation)


def test_the_last_responsible_person_hands_over_first(
    organisation: Organisation, owner: User, editor: User, at: dt.datetime
) -> None:
    for leave in (
        lambda: people.end_membership(of(organisation, owner), by=owner, at=at),
        lambda: people.change_role(of(organisation, owner), role="editor", by=owner, at=at),
        lambda: people.close_account(owner, by=owner, at=at),
    ):
        with pytest.raises(StepRefused):
            leave()
    assert held(organisation) == {"Amina": "owner", "Baraka": "editor"}
    people.hand_over(organisation, to=editor, by=owner, at=at)
    assert held(organisation) == {"Amina": "editor", "Baraka": "owner"}
    people.end_membership(of(organisation, owner), by=owner, at=at)
    assert held(organisation) == {"Baraka": "owner"}


def test_handing_over_goes_to_a_colleague_and_comes_from_the_owner(
    organisation: Organisation, owner: User, editor: User, person: Make, at: dt.datetime
) -> None:
    with pytest.raises(StepRefused):
        people.hand_over(organisation, to=person("Stranger"), by=owner, at=at)
    with pytest.raises(Refused):
        people.hand_over(organisation, to=editor, by=editor, at=at)
    assert held(organisation) == {"Amina": "owner", "Baraka": "editor"}


def test_an_officer_helps_when_the_owner_is_gone(
    organisation: Organisation, owner: User, person: Make, at: dt.datetime
) -> None:
    officer, successor = person("Officer", "officer"), person("Dalila")
    with pytest.raises(StepRefused) as refused:
        people.hand_over(organisation, to=successor, by=officer, at=at)
    assert refused.value.field == "reason"
    with pytest.raises(StepRefused):
        people.hand_over(organisation, to=officer, by=officer, at=at, reason="Moved away.")
    people.hand_over(organisation, to=successor, by=officer, at=at, reason="Moved away.")
    assert held(organisation) == {"Dalila": "owner"}
    entry = JournalEntry.objects.latest("id")
    assert entry.facts == {"user": officer.pk, "to": successor.pk, "supervised": True}
    assert entry.remark is not None
    assert entry.remark.text == "Moved away."


def test_roles_are_given_by_another_administrator(person: Make, at: dt.datetime) -> None:
    admin, user = person("Admin", "administrator"), person("Treasurer")
    grant = people.grant_role(user, "treasurer", by=admin, at=at, decided_in="SC-2026-01/2")
    assert fresh(user).role_codes == {"treasurer"}
    assert kinds(named_thread("user", user.pk)) == ["fundmgmt.role.grant"]
    for wrong in (
        lambda: people.grant_role(admin, "treasurer", by=admin, at=at),
        lambda: people.grant_role(person("X"), "auditor", by=user, at=at),
        lambda: people.grant_role(user, "treasurer", by=admin, at=at),
        lambda: people.grant_role(user, "king", by=admin, at=at),
    ):
        with pytest.raises((Refused, StepRefused)):
            wrong()
    people.end_role(grant, by=admin, at=at)
    assert fresh(user).role_codes == frozenset()
    assert RoleGrant.objects.count() == 2


def test_the_last_administrator_stays(person: Make, at: dt.datetime) -> None:
    admin = person("Admin", "administrator")
    with pytest.raises(StepRefused):
        people.end_role(admin.role_grants.get(), by=admin, at=at)
    with pytest.raises(StepRefused):
        people.close_account(admin, by=admin, at=at)
    person("Second", "administrator")
    people.end_role(admin.role_grants.get(), by=admin, at=at)
    assert fresh(admin).role_codes == frozenset()


def test_one_person_one_seat_one_holder(person: Make, at: dt.datetime) -> None:
    admin, one, two = person("Admin", "administrator"), person("One"), person("Two")
    seat = people.set_seat("ngo-1", constituency="ngo", votes=True, by=admin, at=at)
    other = people.set_seat("ngo-2", constituency="ngo", votes=True, by=admin, at=at)
    term = people.begin_term(seat, one, by=admin, at=at)
    held_seat = fresh(one).seat
    assert held_seat is not None
    assert (held_seat.code, held_seat.votes) == ("NGO-1", True)
    for wrong in (
        lambda: people.begin_term(seat, two, by=admin, at=at),
        lambda: people.begin_term(other, one, by=admin, at=at),
        lambda: people.set_seat("NGO-1", constituency="ngo", votes=False, by=admin, at=at),
        lambda: people.end_seat(seat, by=admin, at=at),
        lambda: people.begin_term(other, two, by=two, at=at),
    ):
        with pytest.raises((Refused, StepRefused)):
            wrong()
    people.begin_term(seat, two, by=admin, at=at, alternate=True)
    people.end_term(term, by=admin, at=at)
    assert fresh(one).seat is None
    assert Seat.objects.filter(valid_until=None).count() == 2
    assert kinds(named_thread("seat", "NGO-1")) == [
        "fundmgmt.seat.add",
        "fundmgmt.term.begin",
        "fundmgmt.term.begin",
        "fundmgmt.term.end",
    ]


def test_a_closed_account_leaves_no_name_and_a_whole_journal(
    organisation: Organisation, editor: User, owner: User, person: Make, at: dt.datetime
) -> None:
    people.describe_account(editor, by=editor, at=at, phone="+243 81", name="Baraka M.")
    with pytest.raises(Refused):
        people.close_account(editor, by=owner, at=at)
    people.close_account(editor, by=editor, at=at)
    user = fresh(editor)
    assert (user.name, user.phone, user.is_active, user.has_usable_password()) == (f"#{user.pk}", "", False, False)
    assert "baraka" not in user.email
    assert held(organisation) == {"Amina": "owner"}
    with pytest.raises(StepRefused):
        people.close_account(user, by=person("Admin", "administrator"), at=at)
    assert journal.verify().problems == []


def test_an_administrator_closes_for_somebody_who_is_gone(
    organisation: Organisation, owner: User, person: Make, at: dt.datetime
) -> None:
    people.close_account(owner, by=person("Admin", "administrator"), at=at, reason="Died in March.")
    assert held(organisation) == {}
    successor = person("Dalila")
    people.hand_over(organisation, to=successor, by=person("Officer", "officer"), at=at, reason="Chosen by members.")
    assert held(organisation) == {"Dalila": "owner"}


def test_lists_show_what_the_policies_allow(
    organisation: Organisation, owner: User, editor: User, person: Make
) -> None:
    roles = (
        "officer",
        "reviewer",
        "treasurer",
        "evaluator",
        "safeguarding",
        "donor_viewer",
        "auditor",
        "administrator",
    )
    for user in [fresh(owner), fresh(editor), *(fresh(person(role, role)) for role in roles)]:
        for model, policy in ((Organisation, "fundmgmt.view_organisation"), (User, "fundmgmt.view_user")):
            seen = set(model.objects.visible_to(user))
            assert seen == {row for row in model.objects.all() if can(user, policy, row)}
    stranger = User.objects.create_user("gone@example.org", name="Gone", is_active=False)
    assert not Organisation.objects.visible_to(stranger).exists()


def test_a_number_of_another_kind_of_row_opens_nothing(organisation: Organisation, owner: User) -> None:
    assert not can(fresh(owner), "fundmgmt.manage_members", Seat(pk=organisation.pk))


def test_a_rule_changes_by_decision_and_keeps_its_past(person: Make, at: dt.datetime) -> None:
    admin, today = person("Admin", "administrator"), timezone.localdate(at)
    before = rule("invitation_days", today).value
    good = {"valid_from": today + dt.timedelta(days=3), "decided_in": "SC-2026-01/3", "reason": "Post is slow."}
    wrong = [
        ("invitation_days", "many", {}, "value"),
        ("age_mine_min", 16, {}, "value"),
        ("invitation_days", 21, {"valid_from": today - dt.timedelta(days=1)}, "valid_from"),
        ("invitation_days", 21, {"decided_in": ""}, "decided_in"),
        ("invitation_days", 21, {"reason": " "}, "reason"),
    ]
    for key, value, change, field in wrong:
        with pytest.raises(StepRefused) as refused:
            set_rule(key, value, by=admin, at=at, **(good | change))
        assert refused.value.field == field
    with pytest.raises(Refused):
        set_rule("invitation_days", 21, by=person("Nobody", "officer"), at=at, **good)
    assert Rule.objects.count() == 0
    set_rule("invitation_days", 21, by=admin, at=at, **good)
    assert rule("invitation_days", today).value == before
    assert rule("invitation_days", good["valid_from"]).value == 21
    assert kinds(named_thread("rule", "invitation_days")) == ["fundmgmt.rule.set"]


def test_the_first_administrator_is_named_on_the_command_line(person: Make) -> None:
    user = person("First")
    call_command("appoint_administrator", "FIRST@example.org")
    assert fresh(user).role_codes == {"administrator"}
    for email in ("first@example.org", "nobody@example.org"):
        with pytest.raises(CommandError):
            call_command("appoint_administrator", email)
    assert RoleGrant.objects.count() == 1
