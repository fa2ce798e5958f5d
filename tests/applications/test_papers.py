"""The frozen copy on paper, and the duties that wait for people."""

import datetime as dt
import io

import pytest
from pypdf import PdfReader

from applications import tasks
from applications.actions import calls, screening, sections
from applications.actions.papers import write_submission_paper
from applications.models import Application, Call, Submission
from applications.panels import application_panel, duties, subject_of
from fundmgmt.models import Paper, User
from tests.factories import applications as make

pytestmark = pytest.mark.django_db


def text_of(paper: Paper) -> str:
    with paper.file.open("rb") as file:
        reader = PdfReader(io.BytesIO(file.read()))
    paper.file.close()
    return "\n".join(page.extract_text() for page in reader.pages)


def test_the_pdf_is_written_once_from_the_frozen_copy(submitted: Application) -> None:
    submission = Submission.objects.get()
    tasks.write_application_paper(submission.pk)
    tasks.write_application_paper(submission.pk)
    paper = Paper.objects.get()
    assert (paper.kind, paper.policy, paper.added_at) == (
        "application",
        "applications.view_application",
        make.SUBMITTED,
    )
    text = text_of(paper)
    for said in (submitted.ref, "Une place à l'école", "Animatrice", make.SAFETY["safeguarding_plan"]):
        assert said in text


def test_later_changes_do_not_reach_the_frozen_copy(submitted: Application, officer: User, writer: User) -> None:
    make.in_check(submitted, officer)
    screening.return_application(submitted, sections={"problem": "How many?"}, by=officer, at=make.SCREENED)
    sections.save_section(submitted, "problem", by=writer, at=make.SCREENED, problem="Tout autre chose")
    paper = write_submission_paper(Submission.objects.get())
    text = text_of(paper)
    assert "Tout autre chose" not in text
    assert make.PROBLEM["problem"] in text


def test_duties_of_officers_and_writers(submitted: Application, officer: User, writer: User) -> None:
    day = make.SUBMITTED.date()
    (item,) = duties(officer, day)
    assert (item.ref, item.due, item.tone) == (submitted.ref, dt.date(2026, 3, 30), "wait")
    (late,) = duties(officer, dt.date(2026, 3, 31))
    assert late.tone == "no"
    assert list(duties(writer, day)) == []
    make.in_check(submitted, officer)
    screening.return_application(submitted, sections={"problem": "How many?"}, by=officer, at=make.SCREENED)
    (back,) = duties(writer, day)
    assert (back.ref, back.due) == (submitted.ref, dt.date(2026, 4, 10))


def test_a_draft_waits_until_the_call_closes(draft: Application, call: Call, writer: User, officer: User) -> None:
    (item,) = duties(writer, make.WRITTEN.date())
    assert (item.ref, item.due) == (draft.ref, dt.date(2026, 5, 1))
    assert list(duties(officer, make.WRITTEN.date())) == []
    assert calls.close_due_calls(at=make.CLOSES) == 1
    assert list(duties(writer, make.WRITTEN.date())) == []


def test_the_dossier_shows_an_application_to_its_readers_only(submitted: Application, officer: User) -> None:
    subject = subject_of(officer, submitted.thread)
    panel = application_panel(officer, submitted.thread)
    assert subject is not None
    assert panel is not None
    assert (subject["ref"], panel["application"]) == (submitted.ref, submitted)
    stranger = make.person("stranger@example.org")
    assert subject_of(stranger, submitted.thread) is None
    assert application_panel(stranger, submitted.thread) is None


def test_a_call_is_kept_open_closed_by_mistake_and_put_away(call: Call, officer: User) -> None:
    later = make.CLOSES + 10 * make.DAY
    calls.keep_call_open(call, closes_at=later, reason="Rains", by=officer, at=make.WRITTEN)
    calls.close_call(call, by=officer, at=make.WRITTEN)
    calls.reopen_call(call, closes_at=later, reason="Too early", by=officer, at=make.WRITTEN)
    assert (call.state, call.closes_at) == ("open", later)
    calls.close_call(call, by=None, at=later)
    calls.archive_call(call, by=officer, at=later)
    assert call.state == "archived"


def test_a_call_nobody_has_seen_can_be_changed(officer: User) -> None:
    call = calls.prepare_call(
        by=officer, at=make.OPENED, title_fr="x", envelope_minor=100, windows=["micro"], closes_at=make.CLOSES
    )
    calls.edit_call(call, by=officer, at=make.OPENED, title_fr="y")
    assert (call.title_fr, call.version) == ("y", 1)
