"""A new wording of the agreement: whole in every language, by two people, and no older agreement changes."""

from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from disbursements.actions.agreement import prepare_agreement
from disbursements.actions.wording import decline_wording, enact_wording, propose_wording
from disbursements.models import AgreementWording, Grant
from disbursements.pdf import agreement_from, render_agreement
from disbursements.queries.wording import kept, marks, typed, wording_on
from fundmgmt.access import Refused
from fundmgmt.inbox import waiting_for
from fundmgmt.models import NoSuchStep, StepRefused, User
from tests.disbursements.test_pages import client_of, page
from tests.factories import applications as make_people
from tests.factories import grants as make
from tests.factories import wording as words
from tests.telling import refused, told

AT = make.SIGNED
LATER = AT + 40 * make.DAY


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def row(people: make.Cast) -> AgreementWording:
    return words.proposed(people.officer, AT)


def test_one_proposes_another_puts_it_in_force_and_older_agreements_keep_their_words(
    people: make.Cast, row: AgreementWording
) -> None:
    make.donor(people)
    draft = make.drafted(people)
    before = dict(draft.agreement_paper.snapshot)
    User.objects.filter(pk=people.officer.pk).update(phone="+243 970 777 888", is_superuser=True)
    proposer = User.objects.get(pk=people.officer.pk)
    twin = make_people.person("twin@example.org", "administrator", phone="0970 777 888")
    other = make_people.person("head@example.org", "administrator")
    row = AgreementWording.objects.get(pk=row.pk)
    for user, why in (
        (proposer, "You proposed this wording"),
        (twin, "You proposed this wording"),
        (people.payer, "not among your roles"),
        (people.owner, "not among your roles"),
    ):
        with refused(Refused, why, row):
            enact_wording(row, by=user, at=AT)
    with refused(StepRefused, "from today on at the earliest", row):
        enact_wording(row, by=other, at=LATER)
    asked = [str(item.what) for item in waiting_for(other, AT.date()) if item.url == row.get_absolute_url()]
    assert asked == ["Read a new wording of the agreement and put it in force"]
    assert wording_on(LATER.date(), "fr").version == "2024-1"
    enact_wording(row, by=other, at=AT)
    assert told(row) == ("enact", "proposed", "in_force", other)
    assert wording_on(row.from_date, "fr").version == row.code == "2026-2"
    assert wording_on(row.from_date - make.DAY, "fr").version == "2024-1"
    paper = Grant.objects.get(pk=draft.pk).agreement_paper
    assert paper.snapshot == before
    with paper.file.open() as stored:
        assert stored.read() == render_agreement(agreement_from(before))
    prepare_agreement(draft, by=people.officer, at=LATER)
    now = agreement_from(draft.agreement_paper.snapshot)
    assert (now.wording, now.wording_sha256) == (row.code, row.sha256)
    assert kept(words.PROMISE[draft.language]) == now.duties[-1]
    printed = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(render_agreement(now))).pages)
    assert "1 %." in printed
    assert "%%" not in printed
    again = words.proposed(people.officer, AT, days=31)
    decline_wording(again, by=other, at=AT, reason="Too long.")
    assert told(again) == ("decline", "proposed", "declined", other)
    with refused(NoSuchStep, "not used", again):
        enact_wording(again, by=other, at=AT)
    with pytest.raises(StepRefused, match="holds from this day already") as caught:
        words.proposed(people.officer, AT)
    assert caught.value.field == "from_date"


def _without(language: str, old: str, new: str) -> dict[str, Any]:
    """The texts with a piece exchanged in the promises of one language."""
    found = words.texts()
    found[language]["duties"] = [one.replace(old, new) for one in found[language]["duties"]]
    return found


def _word(language: str, name: str, text: str) -> dict[str, Any]:
    found = words.texts()
    found[language]["words"][name] = text
    return found


def _fewer(language: str) -> dict[str, Any]:
    found = words.texts()
    found[language]["duties"].pop()
    return found


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (lambda: _without("sw", "%(days)s", "30"), "duties_sw", r"Line 5: %\(days\)s must stand here"),
        (lambda: _without("fr", "%(days)s", "30"), "duties_fr", r"%\(days\)s is missing"),
        (lambda: _without("fr", "projet", "%(ref)s"), "duties_fr", r"nothing to fill in for %\(ref\)s"),
        (lambda: _fewer("en"), "duties_en", "Here stand 10 promises, in Français 11"),
        (lambda: _word("sw", "before", "Kabla:"), "before_sw", r"%\(no\)s is missing"),
        (lambda: _word("en", "note", " "), "note_en", "Write it in each language"),
        (lambda: _word("en", "title", "Agreement %(no)s"), "title_en", "nothing to fill in"),
    ],
)
def test_what_is_missing_in_a_language_is_said_at_its_box(
    people: make.Cast, change: Any, field: str, said: str
) -> None:
    given = {"from_date": AT.date(), "decision": "SC-2026-01/9", "reason": "Shorter."}
    with pytest.raises(StepRefused, match=said) as caught:
        propose_wording(by=people.officer, at=AT, texts=change(), **given)
    assert caught.value.field == field
    assert not AgreementWording.objects.exists()
    assert propose_wording(by=people.officer, at=AT, texts=words.texts(), **given).state == "proposed"


PIECES = st.lists(st.sampled_from(["%", "%%", "%(days)s", "%s", "(", "days", " 5 % ", "é"]), max_size=8).map("".join)


@given(PIECES)
def test_whatever_is_typed_can_be_filled_in_and_reads_as_typed(text: str) -> None:
    stored = kept(text)
    assert stored % {"days": "30"} == " ".join(text.split()).replace("%(days)s", "30")
    assert marks(stored) == marks(text)
    assert kept(typed(stored)) == stored


def test_the_database_itself_keeps_texts_and_people_apart(people: make.Cast, row: AgreementWording) -> None:
    User.objects.filter(pk=people.officer.pk).update(phone="+243 970 777 888")
    twin = make_people.person("twin@example.org", "administrator", phone="0970 777 888")
    decided = f"decided_by_id = {twin.pk}, decided_at = proposed_at"
    for change, match in (
        ("texts = '{}'", "what was proposed"),
        ("decision = 'none'", "what was proposed"),
        (f"state = 'in_force', {decided}", "another person"),
    ):
        with pytest.raises(IntegrityError, match=match), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE disbursements_agreementwording SET {change} WHERE id = {row.pk}")
    row.refresh_from_db()
    columns = "thread, version, from_date, decision, reason, texts, sha256, proposed_by_id, proposed_at"
    born = (
        f"INSERT INTO disbursements_agreementwording ({columns}, code, state, decided_by_id, decided_at) "
        f"SELECT {columns}, '2026-9', 'in_force', {people.checker.pk}, proposed_at FROM disbursements_agreementwording"
    )
    with pytest.raises(IntegrityError, match="proposed first"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(born)


def test_the_pages_lead_from_the_boxes_to_the_preview(people: make.Cast, row: AgreementWording) -> None:
    form = client_of(people.officer).get(reverse("disbursements:wording_new")).context["form"]
    data = {name: form[name].value() or "" for name in form.fields}
    day = timezone.localdate() + 90 * make.DAY
    data |= {"from_date": day.isoformat(), "decision": "SC-2026-01/9", "reason": "Shorter."}
    wrong = data | {"duties_sw": data["duties_sw"].replace("%(days)s", "30")}
    address = reverse("disbursements:wording_new")
    answer = client_of(people.officer).post(address, wrong)
    assert answer.status_code == 422
    assert [*answer.context["form"].errors] == ["duties_sw"]
    assert "must stand here just as in Français" in answer.content.decode()
    assert client_of(people.payer).post(address, data).status_code == 403
    assert client_of(people.officer).post(address, data).status_code == 302
    made = AgreementWording.objects.get(decision="SC-2026-01/9", from_date=day)
    shown = page(people.payer, made.get_absolute_url())
    assert shown.count("GR-0000-0000") == 0
    for text in ("An invented organisation", "Shirika", "Le Fonds"):
        assert text in shown
    paper = client_of(people.payer).get(reverse("disbursements:wording_paper", args=[row.pk, "sw"]))
    printed = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(paper.content)).pages)
    assert "hata 1 %" in printed
    assert page(people.payer, reverse("disbursements:wording_paper", args=[row.pk, "xx"]), 404)
    again = client_of(people.officer).get(f"{address}?from={row.code}").context["form"]
    assert again["duties_fr"].value().splitlines()[-1] == words.PROMISE["fr"]
    page(people.owner, row.get_absolute_url(), 404)
    assert row.code in page(people.checker, reverse("disbursements:wordings"))
