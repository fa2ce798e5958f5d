"""Letters of this stage, through the real actions: who gets which, and what it says in the reader's language."""

import datetime as dt

import pytest
from django.utils import timezone, translation

from applications import tasks
from applications.actions import committee, deciding, intake, reviewing, screening
from applications.models import Application, ConflictOfInterest, Meeting
from applications.states import DecisionType, ItemResult, MeetingMode, Section
from fundmgmt import journal
from fundmgmt.models import JournalEntry, MailSent, Organisation, RubricItem, User
from tests.factories import applications as make
from tests.factories import deciding as scene
from tests.letterbox import by_reader, letters, lines, link

WRITER, EDITOR = "writer@example.org", "editor@example.org"
AT = scene.AT
MEETING = AT + 7 * scene.DAY


def french(text: object) -> str:
    with translation.override("fr"):
        return str(text)


@pytest.fixture(autouse=True)
def colleagues(organisation: Organisation) -> None:
    """Beside the responsible person, who reads French: one who writes and reads English, one who only reads."""
    for name, role in (("editor", "editor"), ("viewer", "viewer")):
        user = make.person(f"{name}@example.org", language="en")
        organisation.memberships.create(user=user, role=role, valid_from=dt.date(2026, 2, 2))


@pytest.fixture
def proposal(submitted: Application, officer: User) -> Application:
    return make.in_review(submitted, officer)


def test_a_receipt_says_what_comes_next(catalogues: None, draft: Application, writer: User) -> None:
    make.fill(draft, writer)
    with letters() as found:
        intake.submit_application(draft, declared=True, by=writer, at=make.SUBMITTED)
    box = by_reader(found)
    assert set(box) == {WRITER, EDITOR}
    assert lines(box[EDITOR]) == [
        f"{draft.ref}: your application arrived",
        f"Your application {draft.ref} arrived on 16 March 2026. You ask the fund for 5,980.00 USD.",
        (
            "What comes next: the programme office checks within 10 working days whether the fund can consider it, and"
            " then writes to you. You need not do anything now."
        ),
    ]
    assert lines(box[WRITER])[:2] == [
        f"{draft.ref} : votre demande est arrivée",
        f"Votre demande {draft.ref} est arrivée le 16 mars 2026. Vous demandez 5 980,00 USD au Fonds.",
    ]
    assert link(box[EDITOR]) == f"Open the application: http://testserver{draft.get_absolute_url()}"
    assert "122" in box[WRITER].body


def test_a_return_names_parts_reasons_and_day_and_the_answer_is_received(
    submitted: Application, officer: User, writer: User
) -> None:
    make.in_check(submitted, officer)
    with letters() as found:
        parts = {"problem": "Dites combien d'enfants travaillent.", "budget": "Le total manque."}
        screening.return_application(submitted, sections=parts, by=officer, at=make.SCREENED, reason="Bon début.")
    box = by_reader(found)
    assert set(box) == {WRITER, EDITOR}
    assert lines(box[EDITOR]) == [
        f"{submitted.ref}: please change some parts by 10 April 2026",
        (
            f"The programme office has read your application {submitted.ref}. It cannot go on as it is. Please change"
            " these parts:"
        ),
        "- The problem and the answer: Dites combien d'enfants travaillent.",
        "- Budget: Le total manque.",
        "The programme office writes: Bon début.",
        "Send the corrected application by 10 April 2026. Only these parts can be changed.",
    ]
    assert lines(box[WRITER])[0] == f"{submitted.ref} : des parties à corriger avant le 10 avril 2026"
    assert lines(box[WRITER])[2] == f"- {french(Section.PROBLEM.label)}: Dites combien d'enfants travaillent."
    with letters() as found:
        intake.submit_application(submitted, declared=True, by=writer, at=make.SCREENED + scene.DAY)
    assert by_reader(found)[EDITOR].subject == f"{submitted.ref}: your corrected application arrived"


def test_a_refusal_names_the_failed_points_and_the_way_to_appeal(submitted: Application, officer: User) -> None:
    make.answer_all(make.in_check(submitted, officer), officer, EL_02="Pas de compte.", EL_07="Une personne seule.")
    with letters() as found:
        screening.find_ineligible(submitted, reason="Deux points manquent.", by=officer, at=make.SCREENED)
    box = by_reader(found)
    assert set(box) == {WRITER, EDITOR}
    names = {item.code: item for item in RubricItem.objects.filter(code__in=("EL-02", "EL-07"))}
    assert lines(box[WRITER]) == [
        f"{submitted.ref} : le Fonds ne peut pas examiner cette demande",
        f"Le Fonds ne peut pas examiner votre demande {submitted.ref}. Ces points ne sont pas remplis :",
        f"- {names['EL-02'].name_fr}",
        f"- {names['EL-07'].name_fr}",
        "Le bureau du programme écrit : Deux points manquent.",
        (
            f"Vous pouvez faire un recours jusqu’au 3 avril 2026 : ouvrez la demande {submitted.ref}, choisissez «"
            " Faire un recours contre cette décision » et dites quel point vous voyez autrement et pourquoi. Deux"
            " personnes qui n’ont pas pris part à la décision en décident."
        ),
    ]
    assert "Pas de compte" not in box[WRITER].body, "the notes of the check stand on the page"


def test_a_withdrawal_is_received(submitted: Application, writer: User) -> None:
    with letters() as found:
        intake.withdraw_application(submitted, reason="Autre financement.", by=writer, at=make.SCREENED)
    box = by_reader(found)
    assert set(box) == {WRITER, EDITOR}
    assert lines(box[EDITOR])[:2] == [
        f"{submitted.ref}: you withdrew your application",
        f"Your organisation withdrew the application {submitted.ref} on 20 March 2026. The fund stops its work on it.",
    ]
    assert "Autre financement" not in box[EDITOR].body


def test_steps_in_between_write_to_nobody(submitted: Application, officer: User, second_officer: User) -> None:
    with letters() as found:
        make.in_review(submitted, officer)
    assert found == []
    people = scene.reviewers(officer)
    rows = scene.invited(submitted, officer, people)
    with letters() as found:
        for row, score in zip(rows, (5, 2, 4), strict=True):
            scene.hand_in(row, score)
    assert found == []
    assert Application.objects.get().state == "moderation"


def test_only_news_is_told_and_told_once(submitted: Application, writer: User, officer: User) -> None:
    with letters(of_any_age=False) as found:
        make.in_check(submitted, officer)
        screening.return_application(submitted, sections={"budget": "Total."}, by=officer, at=make.SCREENED)
    assert found == [], "a step entered long after it happened"
    with letters(of_any_age=False) as found:
        intake.withdraw_application(submitted, reason="", by=writer, at=timezone.now())
    assert len(found) == 2
    entry = JournalEntry.objects.get(kind="applications.application.withdraw")
    with letters() as found:
        journal.deliver(entry.pk)
        tasks.send_letters(entry.pk)
    assert found == []
    assert MailSent.objects.filter(entry=entry).count() == 2


def test_a_reviewer_is_invited_and_asked_again(proposal: Application, officer: User) -> None:
    people = scene.reviewers(officer)
    with letters() as found:
        due = dt.date(2026, 4, 15)
        review = reviewing.invite_reviewer(proposal, reviewer=people[0], by=officer, at=AT, due_date=due)
    (message,) = found
    assert message.to == ["reviewer1@example.org"]
    assert lines(message) == [
        f"{proposal.ref} : merci d’examiner cette proposition",
        f"Le bureau du programme vous demande d’examiner la proposition {proposal.ref}.",
        "Merci de remettre vos notes avant le 15 avril 2026.",
        (
            "Dites d’abord si vous avez un lien avec l’organisation ou avec ses membres. Si c’est le cas, le dossier se"
            " ferme pour vous et quelqu’un d’autre est sollicité."
        ),
    ]
    assert link(message).endswith(f"http://testserver{review.get_absolute_url()}")
    scene.hand_in(review, 4)
    User.objects.filter(pk=people[0].pk).update(language="en")
    with letters() as found:
        reviewing.reopen_review(review, reason="Two scores are swapped.", by=officer, at=AT)
    (message,) = found
    assert message.to == ["reviewer1@example.org"]
    assert lines(message) == [
        f"{proposal.ref}: your review is open again",
        (
            f"The programme office opened your review of {proposal.ref} again. Change what is needed, then hand it in."
            " Your first scores stay on record."
        ),
        "The programme office writes: Two scores are swapped.",
    ]


# The Committee ---------------------------------------------------------------------------------------


@pytest.fixture
def seats(db: None) -> dict[str, User]:
    return scene.seats()


@pytest.fixture
def before_committee(proposal: Application, officer: User) -> Application:
    return scene.before_committee(proposal, officer)


def test_seat_holders_are_called_each_with_the_items_open_to_them(
    before_committee: Application, officer: User, seats: dict[str, User]
) -> None:
    ConflictOfInterest.objects.create(
        application=before_committee,
        user=seats["P2"],
        conflict="board_or_shares",
        source="review",
        declared_at=AT,
        declared_by=seats["P2"],
    )
    User.objects.filter(pk=seats["P1"].pk).update(language="en")
    row = scene.meeting(officer)
    committee.put_on_agenda(row, application=before_committee, decision_type="approve", by=officer, at=AT)
    with letters() as found:
        committee.call_meeting(row, by=officer, at=AT)
    box = by_reader(found)
    assert set(box) == {user.email for user in seats.values()}
    assert lines(box["p1@example.org"]) == [
        f"{row.ref}: Steering Committee on 8 April 2026",
        f"You are called to {row.ref} of the Steering Committee on 8 April 2026, online.",
        "On the agenda:",
        f"1. Approve: {before_committee.ref}",
        "Before you vote, read the papers and say whether you have a link with a project.",
    ]
    mode, kind = french(MeetingMode.ONLINE.label), french(DecisionType.APPROVE.label)
    assert lines(box["n1@example.org"])[1:4] == [
        f"Vous êtes convoqué à {row.ref} du Comité de pilotage le 8 avril 2026, {mode}.",
        "À l’ordre du jour :",
        f"1. {kind}: {before_committee.ref}",
    ]
    assert before_committee.ref not in box["p2@example.org"].body


def test_a_written_procedure_names_its_last_day(
    before_committee: Application, officer: User, seats: dict[str, User]
) -> None:
    row = scene.meeting(officer, mode="written")
    committee.put_on_agenda(row, application=before_committee, decision_type="approve", by=officer, at=AT)
    with letters() as found:
        committee.call_meeting(row, by=officer, at=AT)
    last = Meeting.objects.get().answers_until_date
    assert last == dt.date(2026, 4, 15)
    assert "Merci de répondre avant le 15 avril 2026. Passé ce jour, le silence vaut accord." in lines(found[0])


def decide(application: Application, officer: User, seats: dict[str, User], decision: str, **how: object) -> None:
    """Voted through, with the letters of the decision alone left to send."""
    item = scene.opened(officer, application, decision)
    scene.vote(item, seats, P1="for", P2="for", N1="for", N2="for", G1="for")
    item.refresh_from_db()
    committee.decide_item(item, by=officer, at=MEETING, **how)  # type: ignore[arg-type]


def told(application: Application, officer: User, seats: dict[str, User], decision: str, **how: object) -> dict:
    """The decision's own messages: what meeting and votes told before is left out."""
    with letters() as found:
        decide(application, officer, seats, decision, **how)
    return by_reader([message for message in found if "Comité de pilotage le" not in message.subject])


def test_an_approval_with_conditions_tells_the_organisation_and_the_seats(
    before_committee: Application, officer: User, seats: dict[str, User]
) -> None:
    condition = {"text": "Two signatories for the account.", "due_date": dt.date(2026, 5, 31)}
    box = told(before_committee, officer, seats, "approve_with_conditions", conditions=[condition])
    assert set(box) == {WRITER, EDITOR, *(user.email for user in seats.values())}
    assert lines(box[EDITOR]) == [
        f"{before_committee.ref}: approved with conditions",
        f"The fund approved your application {before_committee.ref}. The award is 5,980.00 USD.",
        "The award has these conditions:",
        "- Two signatories for the account. (by 31 May 2026)",
        (
            "What comes next: the programme office prepares the agreement and writes to you when you can sign it."
            " Please spend nothing for the project before both sides have signed."
        ),
    ]
    assert lines(box[WRITER])[0] == f"{before_committee.ref} : approuvée sous conditions"
    ref = f"{Meeting.objects.get().ref}/1"
    decision, result = french(DecisionType.APPROVE_WITH_CONDITIONS.label), french(ItemResult.CARRIED.label)
    assert lines(box["g1@example.org"])[:3] == [
        f"{ref} : le Comité a décidé",
        f"Le Comité de pilotage a décidé du point {ref}.",
        f"{decision} ({before_committee.ref}): {result}",
    ]


def test_a_plain_approval_names_no_conditions(
    before_committee: Application, officer: User, seats: dict[str, User]
) -> None:
    box = told(before_committee, officer, seats, "approve")
    assert lines(box[WRITER])[:2] == [
        f"{before_committee.ref} : approuvée",
        f"Le Fonds a approuvé votre demande {before_committee.ref}. Le montant accordé est de 5 980,00 USD.",
    ]
    assert "conditions" not in box[EDITOR].body


def test_a_rejection_gives_its_reason_and_the_day_of_appeal(
    before_committee: Application, officer: User, seats: dict[str, User]
) -> None:
    box = told(before_committee, officer, seats, "reject", reason="Other projects reach more children.")
    assert lines(box[EDITOR]) == [
        f"{before_committee.ref}: not selected",
        f"The fund did not select your application {before_committee.ref}.",
        "The reason: Other projects reach more children.",
        (
            f"You can appeal until 22 April 2026: open the application {before_committee.ref}, choose “Appeal against"
            " this decision”, and say which point you see differently and why. Two people who took no part in the"
            " decision decide about it."
        ),
        "You can also apply again in a later call.",
    ]
    assert lines(box[WRITER])[0] == f"{before_committee.ref} : non retenue"


def test_a_deferral_says_that_nothing_is_asked(
    before_committee: Application, officer: User, seats: dict[str, User]
) -> None:
    box = told(before_committee, officer, seats, "defer", reason="The plan needs a map.")
    assert lines(box[EDITOR])[:3] == [
        f"{before_committee.ref}: the decision was put off",
        (
            f"The Steering Committee has not decided about your application {before_committee.ref} yet. It stays with"
            " the fund."
        ),
        "The Committee writes: The plan needs a map.",
    ]


def test_an_officers_award_of_a_micro_grant_is_told_too(
    proposal: Application, officer: User, second_officer: User
) -> None:
    scene.in_diligence(proposal, officer)
    scene.rate_all(proposal, officer)
    scene.diligence.finish_due_diligence(proposal, by=officer, at=AT)
    with letters() as found:
        rows = [{"text": "Train the focal person."}]
        deciding.approve_application(proposal, by=second_officer, at=AT, conditions=rows, reason="Small and sound.")
    box = by_reader(found)
    assert set(box) == {WRITER, EDITOR}
    assert "- Train the focal person." in lines(box[EDITOR])
    assert "Small and sound" not in box[EDITOR].body
