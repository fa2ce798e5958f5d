"""Appeals: who may lodge one and until when, who decides it and how, and what follows for the application."""

import datetime as dt
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from applications.actions import appeals, committee, deciding, diligence, screening
from applications.models import Appeal, AppealOpinion, Application
from applications.queries.appeals import deciders_of, standing_of, waiting_for
from disbursements.actions import guarding
from fundmgmt.access import Refused, can
from fundmgmt.models import JournalEntry, NoSuchStep, Organisation, StaleObject, StepError, StepRefused, User
from tests.factories import applications as make
from tests.factories import deciding as scene
from tests.letterbox import by_reader, letters, lines
from tests.telling import refused, told

WHY = "The account exists: the bank's letter was attached."
MEETING = scene.AT + 7 * scene.DAY


@pytest.fixture
def people(officer: User, second_officer: User) -> SimpleNamespace:
    """Two officers who handle applications, and those who have nothing to do with this one."""
    others = {name: make.person(f"{name}@example.org", "officer") for name in ("third", "fourth", "fifth")}
    return SimpleNamespace(officer=officer, second=second_officer, **others)


def refuse(application: Application, people: SimpleNamespace, way: str) -> Application:
    """Refused in one of the three ways; the last day of the appeal is counted from there."""
    if way == "ineligible":
        make.answer_all(make.in_check(application, people.officer), people.officer, EL_02="No account.")
        return screening.find_ineligible(application, reason="No account.", by=people.officer, at=make.SCREENED)
    make.in_review(application, people.officer)
    if way == "officer":
        scene.in_diligence(application, people.officer)
        scene.rate_all(application, people.officer)
        diligence.finish_due_diligence(application, by=people.officer, at=scene.AT)
        return deciding.reject_application(application, by=people.second, at=scene.AT, reason="Too costly.")
    scene.before_committee(application, people.officer)
    people.seats = scene.seats()
    item = scene.opened(people.officer, application, "reject")
    scene.vote(item, people.seats, P1="for", P2="for", N1="for", N2="for")
    item.refresh_from_db()
    committee.decide_item(item, by=people.officer, at=MEETING, reason="Too costly.")
    application.refresh_from_db()
    return application


def day_after(application: Application, days: int = 0) -> dt.datetime:
    """Late in the evening of the last day for an appeal, where the fund is; or so many days later."""
    assert application.appeal_until_date is not None
    day = application.appeal_until_date + dt.timedelta(days=days)
    return dt.datetime(day.year, day.month, day.day, 21, 30, tzinfo=dt.UTC)


@pytest.fixture
def refused_one(submitted: Application, people: SimpleNamespace) -> Application:
    return refuse(submitted, people, "ineligible")


@pytest.fixture
def appeal(refused_one: Application, writer: User) -> Appeal:
    return appeals.lodge_appeal(refused_one, by=writer, at=make.SCREENED + scene.DAY, reason=WHY)


def say(appeal: Appeal, by: User, value: str, why: str = "I read the letter.") -> Appeal:
    return appeals.give_opinion(appeal, value=value, reason=why, by=by, at=scene.AT)


# Lodging ------------------------------------------------------------------------------------------


def test_the_organisation_appeals_until_the_last_day_and_once(
    refused_one: Application, writer: User, officer: User, people: SimpleNamespace
) -> None:
    last, late = day_after(refused_one), day_after(refused_one, 1)
    viewer = make.person("viewer@example.org")
    refused_one.organisation.memberships.create(user=viewer, role="viewer", valid_from=dt.date(2026, 2, 2))
    with refused(StepRefused, "The time for an appeal ended on 3 April 2026", refused_one):
        appeals.lodge_appeal(refused_one, by=writer, at=late, reason=WHY)
    with refused(Refused, "own people", refused_one):
        appeals.lodge_appeal(refused_one, by=officer, at=last, reason=WHY)
    with refused(Refused, "lets you read", refused_one):
        appeals.lodge_appeal(refused_one, by=viewer, at=last, reason=WHY)
    with refused(StepRefused, "Say which point", refused_one) as caught:
        appeals.lodge_appeal(refused_one, by=writer, at=last, reason=" ")
    assert caught.value.field == "reason"
    with refused(StaleObject, "in the meantime", refused_one):
        appeals.lodge_appeal(refused_one, by=writer, at=last, reason=WHY, expected_version=0)
    row = appeals.lodge_appeal(refused_one, by=writer, at=last, reason=WHY)
    assert told(row) == ("begin", "", "lodged", writer)
    assert (row.thread, row.against, row.refused_by) == (refused_one.thread, "ineligible", officer)
    with refused(StepRefused, "already", refused_one):
        appeals.lodge_appeal(refused_one, by=writer, at=last, reason=WHY)
    appeals.withdraw_appeal(row, by=writer, at=last)
    assert told(row) == ("withdraw", "lodged", "withdrawn", writer)
    with refused(StepRefused, "already", refused_one):
        appeals.lodge_appeal(refused_one, by=writer, at=last, reason=WHY)
    with refused(NoSuchStep, "withdrawn", row):
        say(row, people.third, "allow")


def test_there_is_no_appeal_against_what_is_not_refused(submitted: Application, writer: User) -> None:
    with refused(Refused, "Only a refusal", submitted):
        appeals.lodge_appeal(submitted, by=writer, at=make.SCREENED, reason=WHY)


def test_what_the_organisation_reads_follows_the_appeal(
    refused_one: Application, writer: User, people: SimpleNamespace
) -> None:
    def words(day: dt.date) -> tuple[str, str]:
        found = standing_of(Application.objects.get(pk=refused_one.pk), writer, day)
        return str(found.words), found.url

    last = refused_one.appeal_until_date
    assert last == dt.date(2026, 4, 3)
    page = f"/applications/{refused_one.ref}/appeal/"
    with translation.override("en"):
        open_ = "You may appeal until 3 April 2026. Two people who took no part decide about it."
        assert words(last) == (open_, page)
        late = "The time for an appeal ended on 3 April 2026. You can apply again in a later call."
        assert words(last + scene.DAY) == (late, "")
        row = appeals.lodge_appeal(refused_one, by=writer, at=day_after(refused_one), reason=WHY)
        running = "Your appeal of 3 April 2026 is being decided by people who took no part. You need not do anything."
        assert words(last + scene.DAY) == (running, row.get_absolute_url())
        for who in (people.third, people.fourth):
            say(row, who, "dismiss")
        over = "Your appeal was dismissed on 1 April 2026. This is final. You can apply again in a later call."
        assert words(last) == (over, row.get_absolute_url())


# Who decides --------------------------------------------------------------------------------------


def test_only_people_without_a_part_a_link_or_a_second_account_decide(
    appeal: Appeal, people: SimpleNamespace, writer: User, organisation: Organisation
) -> None:
    User.objects.filter(pk=people.officer.pk).update(phone="+243 970 111 222")
    User.objects.filter(pk=people.third.pk).update(phone="+243 970 333 444")
    twin = make.person("twin@example.org", "officer", phone="0970 111 222")
    third_again = make.person("third-again@example.org", "officer", phone="0970.333.444")
    tied = make.person("tied@example.org", "officer")
    organisation.memberships.create(user=tied, role="viewer", valid_from=dt.date(2026, 2, 2))
    linked = make.person("linked@example.org", "officer")
    said = {"conflict": "family", "source": "review", "declared_at": scene.AT, "declared_by": linked}
    appeal.application.conflicts.create(user=linked, **said)
    treasurer = make.person("treasurer@example.org", "treasurer")
    seats = scene.seats()
    people.third.refresh_from_db()
    day = scene.AT.date()
    may = {people.second, people.third, people.fourth, people.fifth, third_again}
    may |= {user for code, user in seats.items() if code != "O1"}
    assert set(deciders_of(appeal, day)) == may
    everybody = [*User.objects.all()]
    assert {user for user in everybody if waiting_for(user).filter(pk=appeal.pk).exists()} == may
    for user, why in (
        (people.officer, "took part"),
        (twin, "took part"),
        (tied, "belong to this organisation"),
        (linked, "declared link"),
        (treasurer, "not among your roles"),
        (seats["O1"], "not among your roles"),
        (writer, "not among your roles"),
    ):
        with refused(Refused, why, appeal):
            say(appeal, user, "allow")
    with refused(StepRefused, "Choose one", appeal) as caught:
        say(appeal, people.third, "perhaps")
    assert caught.value.field == "value"
    with refused(StepRefused, "Say why", appeal) as caught:
        say(appeal, people.third, "allow", " ")
    assert caught.value.field == "reason"
    say(appeal, people.third, "allow")
    for again in (people.third, third_again):
        with refused(Refused, "gave your opinion already", appeal):
            say(appeal, again, "allow")
    assert {user for user in everybody if waiting_for(user).exists()} == may - {people.third, third_again}


def test_whoever_declared_a_link_with_the_organisation_elsewhere_decides_nothing(
    appeal: Appeal, people: SimpleNamespace, organisation: Organisation
) -> None:
    phones = {"one": "+243 970 555 666", "again": "0970 555 666", "super": ""}
    barred = [
        make.person(f"{name}@example.org", "officer", phone=phone, is_superuser=name == "super")
        for name, phone in phones.items()
    ]
    links = [guarding.declare_tie(organisation, by=one, at=scene.AT, kind="family") for one in barred[::2]]
    free = {people.second, people.third, people.fourth, people.fifth}

    def may() -> tuple[set[User], set[User]]:
        row = Appeal.objects.get(pk=appeal.pk)
        return set(deciders_of(row, scene.AT.date())), {one for one in User.objects.all() if waiting_for(one)}

    assert may() == (free, free)
    for one in barred:
        with refused(Refused, "declared a link with this organisation", appeal):
            say(appeal, one, "allow")
    head = make.person("head@example.org", "administrator")
    for link in links:
        guarding.end_tie(link, by=head, at=scene.AT, reason="It is over.")
    assert may() == (free | {*barred}, free | {*barred})
    say(Appeal.objects.get(pk=appeal.pk), barred[0], "dismiss")


def test_the_database_itself_refuses_the_wrong_people_and_a_decision_without_two(
    submitted: Application, people: SimpleNamespace, writer: User
) -> None:
    refuse(submitted, people, "committee")
    row = appeals.lodge_appeal(submitted, by=writer, at=day_after(submitted), reason=WHY)
    User.objects.filter(pk=people.third.pk).update(phone="+243 970 333 444")
    again = make.person("third-again@example.org", "officer", phone="0970.333.444")
    say(row, User.objects.get(pk=people.third.pk), "allow")
    for user in (people.officer, writer, people.seats["P1"], people.third, again):
        opinion = AppealOpinion(appeal=row, person=user, value="allow", reason="x", given_at=scene.AT)
        with pytest.raises(IntegrityError, match="other people"), transaction.atomic():
            opinion.save()
    for state in ("upheld", "dismissed"):
        with pytest.raises(IntegrityError, match="two people"), transaction.atomic():
            raw(f"UPDATE applications_appeal SET state = '{state}', decided_at = lodged_at WHERE id = {row.pk}")
    with pytest.raises(IntegrityError, match="what was lodged"), transaction.atomic():
        raw(f"UPDATE applications_appeal SET reason = 'other' WHERE id = {row.pk}")
    appeals.withdraw_appeal(row, by=writer, at=scene.AT)
    with pytest.raises(IntegrityError, match="while the appeal is open"), transaction.atomic():
        AppealOpinion(appeal=row, person=people.fourth, value="allow", reason="x", given_at=scene.AT).save()


def raw(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


# What follows -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "back"),
    [
        ("ineligible", ("correct_to_check", "eligibility_check")),
        ("officer", ("correct_to_due_diligence", "due_diligence")),
        ("committee", ("correct_to_committee", "in_committee")),
    ],
)
def test_an_upheld_appeal_takes_the_application_back_to_where_it_was_refused(
    submitted: Application, people: SimpleNamespace, writer: User, way: str, back: tuple[str, str]
) -> None:
    step, state = back
    refuse(submitted, people, way)
    was = submitted.state
    row = appeals.lodge_appeal(submitted, by=writer, at=day_after(submitted), reason=WHY)
    with refused(Refused, "An appeal is being decided", submitted):
        screening.correct_application(submitted, step, reason="A slip.", by=people.fifth, at=scene.AT)
    with refused(Refused, "Sign in", submitted):
        screening.correct_application(submitted, step, reason="A slip.", by=None, at=scene.AT)
    for who, value in ((people.third, "allow"), (people.fourth, "dismiss"), (people.fifth, "allow")):
        assert row.state == "lodged"
        say(row, who, value)
    assert told(row) == ("uphold", "lodged", "upheld", None)
    submitted.refresh_from_db()
    assert told(submitted) == (step, was, state, None)
    entry = JournalEntry.objects.filter(kind=f"applications.application.{step}").get()
    assert (entry.facts, entry.remark.text) == ({"appeal": row.ref}, f"Recours {row.ref} accepté.")
    assert (submitted.decided_at, submitted.decision_ref, submitted.appeal_until_date) == (None, "", None)
    with refused(NoSuchStep, "upheld", row):
        appeals.withdraw_appeal(row, by=writer, at=scene.AT)
    if way == "ineligible":
        screening.find_ineligible(submitted, reason="Still no account.", by=people.second, at=scene.AT)
        again = appeals.lodge_appeal(submitted, by=writer, at=scene.AT, reason=WHY)
        assert again.state == "lodged", "another decision, another appeal"
        with refused(Refused, "Sign in", submitted):
            screening.correct_application(submitted, step, reason="Old appeal.", by=None, at=scene.AT)


def test_a_dismissed_appeal_is_final_and_told_with_both_reasons(
    refused_one: Application, people: SimpleNamespace, writer: User
) -> None:
    with letters() as found:
        row = appeals.lodge_appeal(refused_one, by=writer, at=make.SCREENED + scene.DAY, reason=WHY)
    box = by_reader(found)
    assert set(box) == {one.email for one in (people.second, people.third, people.fourth, people.fifth)}
    assert lines(box[people.third.email])[0] == f"{refused_one.ref} : un recours attend votre avis"
    assert WHY not in box[people.third.email].body, "what the organisation says stands on the page"
    User.objects.filter(pk=writer.pk).update(language="en")
    with letters() as found:
        say(row, people.third, "dismiss", "The letter is of another bank.")
        say(row, people.fourth, "allow", "A letter is a letter.")
    assert found == []
    with letters() as found:
        say(row, people.fifth, "dismiss", "There is no account.")
    box = by_reader(found)
    assert {name: lines(message) for name, message in box.items()} == {
        writer.email: [
            f"{refused_one.ref}: your appeal was dismissed",
            (f"Your appeal about the application {refused_one.ref} was dismissed. The decision stands; this is final."),
            "The people who decided write:",
            "- The letter is of another bank.",
            "- There is no account.",
            "You can also apply again in a later call.",
        ]
    }
    assert told(row) == ("dismiss", "lodged", "dismissed", None)
    refused_one.refresh_from_db()
    assert refused_one.state == "ineligible"
    screening.correct_application(refused_one, "correct_to_check", reason="A slip.", by=people.second, at=scene.AT)
    assert refused_one.state == "eligibility_check", "the office may still see its own mistake"


def test_when_nobody_is_left_to_decide_the_administrators_hear_of_it(
    refused_one: Application, people: SimpleNamespace, writer: User
) -> None:
    make.person("admin@example.org", "administrator")
    User.objects.filter(role_grants__role="officer").exclude(pk=people.officer.pk).update(is_active=False)
    with letters() as found:
        appeals.lodge_appeal(refused_one, by=writer, at=make.SCREENED + scene.DAY, reason=WHY)
    assert set(by_reader(found)) == {"admin@example.org"}


# The law ------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(appeal: Appeal, people: SimpleNamespace) -> list[User]:
    """Five accounts of four people who may decide, and one officer who took the decision."""
    twins = [make.person(f"twin{n}@example.org", "officer", phone="+243 970 555 666") for n in (1, 2)]
    return [people.third, people.fourth, people.fifth, *twins, people.officer]


@pytest.mark.by_chance
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_appeal_is_decided_exactly_when_two_people_agree(
    crowd: list[User], appeal: Appeal, data: st.DataObject
) -> None:
    """Whoever says what in which order: never one person, never without two alike, never a fourth opinion."""
    with transaction.atomic():
        row = Appeal.objects.get(pk=appeal.pk)
        tries = st.tuples(st.sampled_from(crowd), st.sampled_from(["allow", "dismiss"]))
        for who, value in data.draw(st.lists(tries, max_size=8)):
            try:
                with transaction.atomic():
                    say(row, who, value)
            except (Refused, StepError):
                row = Appeal.objects.get(pk=appeal.pk)
            opinions = list(row.opinions.select_related("person"))
            persons = {one.person.phone_key or str(one.person_id) for one in opinions}
            assert len(persons) == len(opinions) <= 3
            counts = Counter(one.value for one in opinions)
            state = "upheld" if counts["allow"] == 2 else "dismissed" if counts["dismiss"] == 2 else "lodged"
            assert row.state == state
            back = "eligibility_check" if state == "upheld" else "ineligible"
            assert Application.objects.get(pk=appeal.application_id).state == back
        transaction.set_rollback(True)


# Who reads ----------------------------------------------------------------------------------------


def test_voting_members_read_the_file_while_the_appeal_runs(
    refused_one: Application, people: SimpleNamespace, writer: User
) -> None:
    seats = scene.seats()

    def readers() -> dict[str, Any]:
        rows = {code: Application.objects.visible_to(user).exists() for code, user in seats.items()}
        assert rows == {
            code: bool(can(user, "applications.view_application", refused_one)) for code, user in seats.items()
        }
        return rows

    assert set(readers().values()) == {False}
    row = appeals.lodge_appeal(refused_one, by=writer, at=make.SCREENED + scene.DAY, reason=WHY)
    assert readers() == {code: code != "O1" for code in seats}
    appeals.withdraw_appeal(row, by=writer, at=scene.AT)
    assert set(readers().values()) == {False}
