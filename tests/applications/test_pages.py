"""Pages in a browser's place: they open for their readers, keep what was typed, and say things where they belong."""

import json
import re

import pytest
from django.test import Client

from applications.actions import calls, sections
from applications.models import Application, Call
from fundmgmt.models import JournalEntry, Organisation, User
from tests.factories import applications as make

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, (url, response.status_code)
    return response.content.decode()


@pytest.fixture(autouse=True)
def while_the_call_is_open(time_machine_at: None) -> None:
    """Pages read the clock: it stands in the days of the call."""


@pytest.fixture
def time_machine_at() -> object:
    import time_machine

    with time_machine.travel(make.SUBMITTED, tick=False):
        yield


def test_anybody_reads_open_calls(call: Call) -> None:
    client = Client(headers={"accept-language": "en"})
    assert "School, family, future" in page(client, "/applications/calls/")
    assert f"/account/signup/?next=/applications/calls/{call.ref}/apply/" in page(client, call.get_absolute_url())
    feed = json.loads(page(client, "/applications/calls/feed.json"))
    assert [one["ref"] for one in feed["calls"]] == [call.ref]
    assert client.get(f"/applications/calls/{call.ref}/apply/").status_code == 302


def test_a_call_in_preparation_is_for_the_office(officer: User) -> None:
    call = calls.prepare_call(
        by=officer, at=make.OPENED, title_fr="x", envelope_minor=100, windows=["micro"], closes_at=make.CLOSES
    )
    url = f"/applications/calls/{call.ref}/"
    page(Client(), url, 404)
    assert "Open the call" in page(signed_in(officer), url)


def test_an_officer_prepares_and_opens_a_call(catalogues: None, officer: User) -> None:
    client = signed_in(officer)
    typed = {"title_fr": "Appel", "envelope_minor": "250 000", "windows": ["micro"], "closes_date": "30/04/2026"}
    answer = client.post("/applications/calls/new/", typed)
    assert answer.status_code == 302
    call = Call.objects.get()
    assert (call.envelope_minor, call.state) == (25_000_000, "draft")
    answer = client.post(f"/applications/calls/{call.ref}/steps/open/", {"version": call.version})
    assert answer.status_code == 302
    call.refresh_from_db()
    assert call.state == "open"


def test_a_writer_starts_and_comes_back_to_the_same_draft(call: Call, organisation: Organisation, writer: User) -> None:
    client = signed_in(writer)
    url = f"/applications/calls/{call.ref}/apply/"
    assert "Umoja" in page(client, url)
    typed = {"organisation": organisation.pk, "language": "fr", "title": "Une place"}
    first = client.post(url, typed)
    second = client.post(url, typed)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"] == "/applications/APP-2026-0001/"
    assert Application.objects.count() == 1


SECTIONS = (
    "project",
    "place",
    "problem",
    "participants",
    "activities",
    "budget",
    "indicators",
    "milestones",
    "risks",
    "files",
)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_empty_and_full(
    catalogues: None, call: Call, organisation: Organisation, writer: User, section: str
) -> None:
    application = make.draft(call, organisation, writer)
    client = signed_in(writer)
    page(client, f"/applications/{application.ref}/write/{section}/")
    make.fill(application, writer)
    page(client, f"/applications/{application.ref}/write/{section}/")


@pytest.mark.parametrize("table", sorted(sections.TABLES))
def test_every_row_opens_new_and_old(
    catalogues: None, call: Call, organisation: Organisation, writer: User, table: str
) -> None:
    application = (
        make.fill(make.draft(call, organisation, writer), writer)
        if table != "risks"
        else make.draft(call, organisation, writer)
    )
    if table == "risks":
        sections.save_row(application, "risks", by=writer, at=make.WRITTEN, risk="Pluie", level="low", response="Bâche")
    client = signed_in(writer)
    row = sections.TABLES[table].model._default_manager.filter(application=application).first()
    page(client, f"/applications/{application.ref}/rows/{table}/0/")
    page(client, f"/applications/{application.ref}/rows/{table}/{row.pk}/")
    answer = client.post(f"/applications/{application.ref}/rows/{table}/{row.pk}/", {"remove": "1"})
    assert answer.status_code == 302
    assert not sections.TABLES[table].model._default_manager.filter(pk=row.pk).exists()


def test_readers_of_each_kind(submitted: Application, writer: User, officer: User) -> None:
    url = f"/applications/{submitted.ref}/"
    own, staff = signed_in(writer), signed_in(officer)
    assert "What comes next" in page(own, url)
    assert "Begin the eligibility check" in page(staff, url)
    page(signed_in(make.person("stranger@example.org")), url, 404)
    for client in (own, staff):
        assert "Une place à l&#x27;école" in page(client, url + "print/")
    page(own, "/applications/mine/")
    assert submitted.ref in page(staff, "/applications/")
    assert submitted.ref in page(staff, "/applications/?q=umoja&state=submitted")
    assert submitted.ref not in page(staff, "/applications/?q=nobody")


def test_the_csv_holds_the_same_rows(submitted: Application, officer: User) -> None:
    answer = signed_in(officer).get("/applications/?format=csv")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].split(",")[:2] == ["Une place à l'école", submitted.ref]
    assert "5980.00 USD" in lines[1]


def test_submitting_on_the_page(catalogues: None, draft: Application, writer: User) -> None:
    client = signed_in(writer)
    url = f"/applications/{draft.ref}/steps/submit/"
    text = page(client, url)
    assert f'href="/applications/{draft.ref}/write/problem/#id_problem"' in text
    make.fill(draft, writer)
    assert "We confirm" in page(client, url)
    wrong = client.post(url, {"version": draft.version})
    assert wrong.status_code == 422
    assert "Tick the box" in wrong.content.decode()
    answer = client.post(url, {"version": draft.version, "declared": "on"})
    assert answer.status_code == 302
    again = client.post(url, {"version": draft.version, "declared": "on"})
    assert again.status_code == 403
    draft.refresh_from_db()
    assert (draft.state, draft.submissions) == ("submitted", 1)


def test_screening_on_the_page(submitted: Application, officer: User, writer: User) -> None:
    client = signed_in(officer)
    base = f"/applications/{submitted.ref}/"
    assert client.post(base + "steps/begin_check/", {"version": submitted.version}).status_code == 302
    assert "EL-05" in page(client, base + "screening/")
    assert f'<a class="btn" href="{base}screening/">' in page(client, base), "questions come before the verdict"
    submitted.refresh_from_db()
    answers = {f"EL-{n:02}": "yes" for n in range(1, 11)}
    no = {**answers, "EL-06": "no", "version": submitted.version}
    wrong = client.post(base + "screening/", no)
    assert wrong.status_code == 422
    assert "Say why in a few words" in wrong.content.decode()
    assert submitted.eligibility_checks.count() == 0
    assert client.post(base + "screening/", {**no, "EL-06-note": "Patrols"}).status_code == 302
    assert submitted.eligibility_checks.count() == 10
    assert "Every question has its answer" in page(client, base + "screening/")
    assert f'<a class="btn" href="{base}screening/">' not in page(client, base)
    assert "EL-06" in page(client, base + "steps/find_ineligible/")
    submitted.refresh_from_db()
    back = {"version": submitted.version, "section-problem": "How do you reach children?"}
    form = page(client, base + "steps/return_to_applicant/")
    assert "rule gives 21 days" in form
    back["answer_by_date"] = re.search(r'name="answer_by_date" value="([0-9-]+)"', form)[1]
    assert client.post(base + "steps/return_to_applicant/", back).status_code == 302
    own = signed_in(writer)
    assert "How do you reach children?" in page(own, base + "write/problem/")
    page(own, base + "write/budget/", 403)
    submitted.refresh_from_db()
    typed = {"version": submitted.version, "problem": "Autre", "summary": "Autre"}
    assert own.post(base + "write/problem/", typed).status_code == 302
    assert "Send the corrected application" in page(own, base)
    submitted.refresh_from_db()
    typed = {"version": submitted.version, "declared": "on"}
    assert own.post(base + "steps/resubmit/", typed).status_code == 302
    submitted.refresh_from_db()
    assert (submitted.state, submitted.submissions) == ("submitted", 2)


def autosave(client: Client, url: str, **typed: object) -> tuple[int, dict[str, object]]:
    answer = client.post(url, typed, headers={"X-Autosave": "1"})
    return answer.status_code, json.loads(answer.content)


def test_autosave_keeps_what_is_right_and_overwrites_nothing(draft: Application, writer: User) -> None:
    client = signed_in(writer)
    url = f"/applications/{draft.ref}/write/participants/"
    status, said = autosave(client, url, version=0, children_total="12", girls="six")
    assert (status, said["version"]) == (200, 1)
    assert "Write a whole number in figures" in str(said["message"])
    draft.refresh_from_db()
    assert (draft.children_total, draft.girls) == (12, None)
    status, said = autosave(client, url, version=0, children_total="99")
    assert status == 409
    status, said = autosave(client, url, version=1, children_total="12", girls="7", boys="6")
    assert status == 200
    draft.refresh_from_db()
    assert (draft.children_total, draft.girls, draft.boys) == (12, 7, None)


BAD = [
    (
        "write/project/",
        {"start_date": "2026-07-01", "end_date": "2026-06-01"},
        "id_end_date_error",
        "before the first day",
    ),
    ("write/project/", {"start_date": "soon"}, "id_start_date_error", "Write the day like this"),
    (
        "write/participants/",
        {"children_total": "10", "girls": "6", "boys": "5"},
        "id_boys_error",
        "make 11, the total says 10",
    ),
    ("write/participants/", {"households": "-3"}, "id_households_error", "Write a whole number in figures"),
    ("write/budget/", {"cofinance_cash_minor": "100 EUR"}, "id_cofinance_cash_minor_error", "asked in USD only"),
    ("write/budget/", {"cofinance_cash_minor": "1.250"}, "id_cofinance_cash_minor_error", "two ways"),
    ("rows/tranches/0/", {"share": "101", "planned_date": "2026-07-01"}, "id_share_error", "at most 100 %"),
    (
        "rows/activities/0/",
        {"title": "x", "start_month": "3", "end_month": "2"},
        "id_end_month_error",
        "before the first",
    ),
    (
        "rows/lines/0/",
        {"category": "PER", "description": "x", "unit": "kit", "quantity": "many", "unit_cost_minor": "5"},
        "id_quantity_error",
        "Write a number in figures",
    ),
]


@pytest.mark.parametrize(("where", "typed", "place", "said"), BAD)
def test_bad_input_is_told_at_its_place_and_changes_nothing(  # noqa: PLR0917 -- each is one fact of the case
    catalogues: None, draft: Application, writer: User, where: str, typed: dict[str, str], place: str, said: str
) -> None:
    before = JournalEntry.objects.count()
    answer = signed_in(writer).post(f"/applications/{draft.ref}/{where}", {"version": draft.version, **typed})
    text = answer.content.decode()
    assert answer.status_code == 422
    spot = text.index(f'id="{place}"')
    assert said in text[spot : spot + 300]
    for value in typed.values():
        assert value in text
    draft.refresh_from_db()
    assert draft.version == 0
    assert JournalEntry.objects.count() == before


def test_amounts_may_be_typed_as_people_write_them(catalogues: None, draft: Application, writer: User) -> None:
    client = signed_in(writer)
    url = f"/applications/{draft.ref}/rows/lines/0/"
    typed = {"category": "PER", "description": "x", "unit": "mois", "quantity": "2,5", "unit_cost_minor": "1 250,50"}
    assert client.post(url, {"version": 0, **typed}).status_code == 302
    line = draft.budget_lines.get()
    assert (line.unit_cost_minor, line.total_minor) == (125_050, 312_625)


def test_a_stale_page_keeps_what_was_typed(draft: Application, writer: User) -> None:
    sections.save_section(draft, "problem", by=writer, at=make.WRITTEN, problem="First")
    answer = signed_in(writer).post(
        f"/applications/{draft.ref}/write/problem/", {"version": 0, "problem": "Second words", "summary": ""}
    )
    assert answer.status_code == 409
    assert "Second words" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.problem == "First"


def test_words_about_a_person_are_warned_about_never_stopped(draft: Application, writer: User) -> None:
    client = signed_in(writer)
    url = f"/applications/{draft.ref}/write/problem/"
    answer = client.post(url, {"version": 0, "problem": "Call +243 812 345 678", "summary": "x"})
    assert answer.status_code == 302
    assert answer["Location"] == url
    assert "This looks like a phone number" in page(client, url)
    draft.refresh_from_db()
    assert draft.problem == "Call +243 812 345 678"


def test_strangers_find_nothing_to_write(draft: Application) -> None:
    client = signed_in(make.person("stranger@example.org"))
    for where in ("", "write/problem/", "rows/lines/0/", "files/0/", "print/", "steps/submit/", "screening/"):
        page(client, f"/applications/{draft.ref}/{where}", 404)
    answer = client.post(f"/applications/{draft.ref}/write/problem/", {"version": 0, "problem": "x"})
    assert answer.status_code == 404


def test_a_draft_in_a_closed_call_cannot_be_sent(
    catalogues: None, draft: Application, writer: User, officer: User
) -> None:
    make.fill(draft, writer)
    calls.close_call(draft.call, by=officer, at=make.SUBMITTED)
    client = signed_in(writer)
    answer = client.post(f"/applications/{draft.ref}/steps/submit/", {"version": draft.version, "declared": "on"})
    assert answer.status_code == 422
    assert "This call is closed" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == "draft"
