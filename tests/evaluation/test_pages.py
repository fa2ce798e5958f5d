"""Pages: each reader meets what is theirs, strangers find nothing, and forms keep what was typed."""

import re
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from evaluation.actions import evaluating, publishing, reporting
from evaluation.models import CaseRecord, Evaluation, IndicatorValue, MilestoneCheck, Visit
from evaluation.panels import case_panel, results_panel, waiting
from fundmgmt.models import User
from tests.evaluation.conftest import LATER
from tests.factories import applications as make

if TYPE_CHECKING:
    from django.http import HttpResponse

    from tests.evaluation.conftest import World


def browser(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def get(user: User | None, name: str, *args: object) -> "HttpResponse":
    return browser(user).get(reverse(f"evaluation:{name}", args=args))


def test_a_grantee_writes_a_report_screen_by_screen(world: "World") -> None:
    report = world.reports[-1]
    client = browser(world.owner)
    assert client.get(reverse("evaluation:reports")).status_code == 200
    page = client.get(report.get_absolute_url())
    assert page.status_code == 200
    box = reverse("evaluation:report_part", args=[report.pk, "done"])
    assert client.get(box).status_code == 200
    answer = client.post(box, {"text": "Deux salles", "version": report.version})
    assert answer.status_code == 302
    report.refresh_from_db()
    assert (report.state, report.done) == ("draft", "Deux salles")
    stale = client.post(box, {"text": "Autre chose", "version": 0})
    assert stale.status_code == 409
    assert "Autre chose" in stale.content.decode()
    value = reverse("evaluation:report_part", args=[report.pk, "OC-04"])
    wrong = client.post(value, {"numerator": "131", "denominator": "124", "method": "registered", "note": "x"})
    assert wrong.status_code == 422
    assert 'value="131"' in wrong.content.decode()
    typed = {"numerator": "48", "denominator": "60", "method": "registered", "note": ""}
    cells = {"sex_F_num": "28", "sex_F_den": "31", "sex_M_num": "20", "sex_M_den": "29"}
    assert client.post(value, {**typed, **cells}).status_code == 302
    assert IndicatorValue.objects.get(report=report).cells.count() == 2
    spending = reverse("evaluation:report_part", args=[report.pk, "spending"])
    assert client.get(spending).status_code == 200
    lines = {f"line_{line.no}": str(line.total_minor // 100) for line in world.grant.application.budget_lines.all()}
    assert client.post(spending, lines).status_code == 302
    assert client.get(reverse("evaluation:report_part", args=[report.pk, "nothing"])).status_code == 404
    files = reverse("evaluation:report_part", args=[report.pk, "files"])
    register = SimpleUploadedFile("register.csv", b"day;count\n1;12\n", content_type="text/csv")
    assert client.post(files, {"file": register, "title": "Registre"}).status_code == 302
    assert "Registre" in client.get(files).content.decode()
    assert "Registre" in client.get(report.get_absolute_url()).content.decode()
    program = SimpleUploadedFile("x.exe", b"MZ")
    assert client.post(files, {"file": program, "title": "Programme"}).status_code == 422


def test_strangers_find_nothing(world: "World") -> None:
    stranger = make.person("stranger@example.org")
    report = world.reports[0]
    for name, args in (
        ("report", [report.pk]),
        ("report_part", [report.pk, "done"]),
        ("report_step", [report.pk, "submit"]),
        ("checks", []),
        ("checks_of", [world.grant.ref]),
        ("case", [world.grant.thread]),
        ("evaluations", []),
        ("queue", []),
    ):
        assert get(stranger, name, *args).status_code == 404, name
        assert get(None, name, *args).status_code in {302, 404}, name


def test_an_officer_answers_verifies_and_visits(world: "World") -> None:
    report = world.reports[0]
    world.write(report, share=3)
    reporting.submit_report(report, by=world.owner, at=LATER)
    officer = browser(world.officer)
    assert report.ref in officer.get(reverse("evaluation:queue")).content.decode()
    page = officer.get(report.get_absolute_url()).content.decode()
    step = reverse("evaluation:report_step", args=[report.pk, "accept"])
    assert step in page
    refused = browser(world.owner).get(step)
    assert refused.status_code == 403
    assert officer.get(step).status_code == 200
    assert officer.post(step, {"version": report.version}).status_code == 302
    report.refresh_from_db()
    assert report.state == "accepted"
    assert officer.get(reverse("evaluation:checks")).status_code == 200
    checks = reverse("evaluation:checks_of", args=[world.grant.ref])
    assert officer.get(checks).status_code == 200
    code = world.grant.application.milestones.first().code
    milestone = reverse("evaluation:milestone", args=[world.grant.ref, code])
    assert officer.get(milestone).status_code == 200
    assert officer.post(milestone, {"checked_date": "2026-09-30", "evidence": "Register"}).status_code == 302
    assert MilestoneCheck.objects.get().verified
    visit = Visit.objects.filter(kind="visit").get()
    url = reverse("evaluation:visit", args=[visit.pk])
    assert officer.get(url).status_code == 200
    found = {"done_date": "2026-10-01", "satisfactory": "yes", "finding": "Good registers"}
    assert officer.post(url, found).status_code == 302
    assert "Good registers" in officer.get(checks).content.decode()


def test_an_evaluator_translates_a_practice(world: "World") -> None:
    world.evaluate()
    record = world.record
    draft = world.draft(lessons=["One", "Two"])
    publishing.write_practice(record, by=world.evaluator, at=LATER, draft=draft, tags=[])
    User.objects.filter(pk=world.evaluator.pk).update(language="en")
    client = browser(world.evaluator)
    french = reverse("evaluation:practice_translate", args=[record.thread, "fr"])
    assert french in client.get(record.get_absolute_url()).content.decode()
    page = client.get(french).content.decode()
    assert "List families" in page
    assert 'name="inputs"' not in page
    short = client.post(french, {"problem": "Avant la rentrée", "lessons": "Une"})
    assert (short.status_code, "as many lines as there" in short.content.decode()) == (422, True)
    assert client.post(french, {"problem": "Avant la rentrée", "lessons": "Une\nDeux"}).status_code == 302
    assert record.texts.last().translations == {"fr": {"problem": "Avant la rentrée", "lessons": ["Une", "Deux"]}}
    assert "Avant la rentrée" in client.get(french).content.decode()
    for language in ("en", "de"):
        assert client.get(reverse("evaluation:practice_translate", args=[record.thread, language])).status_code == 404
    assert browser(world.officer).get(french).status_code == 403


def test_evaluators_rate_and_score(world: "World") -> None:
    officer = browser(world.officer)
    plan = reverse("evaluation:plan_evaluation", args=[world.grant.ref])
    assert officer.get(plan).status_code == 200
    typed = {"method": "visit", "evaluator": world.evaluator.pk, "second": world.second.pk}
    assert officer.post(plan, typed).status_code == 302
    evaluation = Evaluation.objects.get()
    client = browser(world.evaluator)
    assert client.get(evaluation.get_absolute_url()).status_code == 200
    begin = reverse("evaluation:evaluation_step", args=[evaluation.pk, "begin_work"])
    assert client.post(begin, {"version": evaluation.version}).status_code == 302
    rate = reverse("evaluation:rate", args=[evaluation.pk, "EV-01"])
    page = client.get(rate).content.decode()
    assert "très satisfaisant" in page
    assert client.post(rate, {"score": "5", "evidence_level": "0", "reason": "x"}).status_code == 422
    assert client.post(rate, {"score": "5", "evidence_level": "2", "reason": "x"}).status_code == 302
    scores = reverse("evaluation:scores", args=[evaluation.pk])
    assert client.get(scores).status_code == 200
    assert client.post(scores, {f"RP-0{n}": "3" for n in range(1, 10)}).status_code == 302
    assert client.get(reverse("evaluation:classify", args=[evaluation.pk])).status_code == 200
    assert client.get(evaluation.get_absolute_url()).status_code == 200
    assert get(world.owner, "evaluation", evaluation.pk).status_code == 404


def test_the_organisation_corrects_facts(world: "World") -> None:
    world.accept_all()
    evaluation = world.evaluate()
    assert get(world.owner, "evaluation", evaluation.pk).status_code == 200
    assert get(world.owner, "facts", evaluation.pk).status_code == 403
    evaluating.take_back_evaluation  # noqa: B018 -- a final evaluation has no step back
    assert get(world.evaluator, "evaluation", evaluation.pk).status_code == 200


def test_the_practice_is_written_checked_and_read_by_anybody(world: "World") -> None:
    world.accept_all()
    world.evaluate()
    record = world.record
    client = browser(world.evaluator)
    assert client.get(record.get_absolute_url()).status_code == 200
    edit = reverse("evaluation:practice_edit", args=[record.thread])
    assert client.get(edit).status_code == 200
    typed = {
        "title_en": "Visit before term",
        "title_fr": "Visite avant la rentrée",
        "title_sw": "Ziara",
        "language": "fr",
        "context": "Quartier",
        "problem": "Retour",
        "steps": "Un\nDeux",
        "cost_basis": "children",
        "people_served": "60",
        "place_level": "territory",
        "consent_organisation": "on",
        "tags_intervention": ["INT-SCH"],
    }
    assert client.post(edit, typed).status_code == 302
    assert record.texts.get().tag_codes[:1] != []
    assert 'value="INT-SCH" checked' in re.sub(r' id="[^"]*"', "", client.get(edit).content.decode())
    assert get(world.people.lead, "case", record.thread).status_code == 200
    for user, step in (
        (world.evaluator, "send_to_safeguarding"),
        (world.people.lead, "pass_safeguarding"),
        (world.second, "publish"),
    ):
        url = reverse("evaluation:case_step", args=[record.thread, step])
        assert browser(user).get(url).status_code == 200
        assert browser(user).post(url, {}).status_code == 302
    record = CaseRecord.objects.get(pk=record.pk)
    library = get(None, "library").content.decode()
    assert "Visite avant la rentrée" in library
    page = get(None, "practice", record.ref)
    assert page.status_code == 200
    assert "CC BY 4.0" in page.content.decode()
    assert get(None, "results").status_code == 200
    assert get(None, "practice_copy", record.ref).status_code in {302, 403}
    assert get(world.owner, "practice_copy", record.ref).status_code == 200
    assert get(None, "practice", "PR-999").status_code == 404
    found = browser(None).get(reverse("evaluation:library"), {"q": "zzz"})
    assert "Visite" not in found.content.decode()


def test_what_waits_and_what_the_dossier_shows(world: "World") -> None:
    today = LATER.date()
    assert [item.ref for item in waiting(world.owner, today)] == [report.ref for report in world.reports]
    assert list(waiting(world.second, today)) == []
    thread = world.grant.thread
    stranger = make.person("stranger@example.org")
    assert results_panel(stranger, thread) is None
    assert case_panel(stranger, thread) is None
    assert results_panel(world.owner, thread) is not None
    assert case_panel(world.officer, thread) is not None
