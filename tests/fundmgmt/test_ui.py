import gzip
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import models
from django.template import Context, Template
from django.test import Client
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django_fsm import FSMField, transition
from lxml import html

from fundmgmt.formats import words
from fundmgmt.money import Money
from fundmgmt.templatetags.path import draw_path
from fundmgmt.templatetags.ui import tone_of


def drawn(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def said(source: str, **context: Any) -> str:
    return " ".join(html.fromstring(f"<div>{drawn(source, **context)}</div>").text_content().split())


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


# Words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "money", "day", "share"),
    [
        ("en", "10,978.00\u00a0USD", "5 December 2025", "62.4\u00a0%"),
        ("fr", "10\u202f978,00\u00a0USD", "5 décembre 2025", "62,4\u00a0%"),
        ("sw", "10,978.00\u00a0USD", "5 Desemba 2025", "62.4\u00a0%"),
    ],
)
def test_each_language_writes_as_its_readers_do(language: str, money: str, day: str, share: str) -> None:
    with translation.override(language):
        assert words.money(1097800) == words.money(Money(1097800, "USD")) == money
        assert words.day(date(2025, 12, 5)) == day
        assert words.percent(624, 1000) == words.percent(6240) == share


def test_missing_is_not_zero() -> None:
    assert {words.money(None), words.number(None), words.percent(None), words.percent(1, 0), words.day(None)} == {"–"}
    assert words.show(None) == words.show("") == "–"
    assert words.money(0) == "0.00\u00a0USD"


def test_show_chooses_by_kind() -> None:
    assert words.show(True) == "yes"
    assert words.show(12345) == "12,345"
    assert words.show(Decimal("1.5")) == "1.5"
    assert words.show(Money(100, "CDF")) == "1.00\u00a0CDF"
    assert words.show(date(2026, 1, 2)) == "2 January 2026"
    assert words.show(SafeString("<b>x</b>")) == "<b>x</b>"


def test_a_moment_is_told_on_the_funds_clock() -> None:
    assert words.moment(datetime(2025, 12, 5, 22, 30, tzinfo=UTC)) == "6 December 2025 at 00:30"
    assert words.day(datetime(2025, 12, 5, 22, 30, tzinfo=UTC)) == "6 December 2025"


# Components --------------------------------------------------------------------------------------


def test_peoples_words_are_escaped_everywhere() -> None:
    bad = "<script>alert(1)</script>"
    pieces = [
        "{% ui_badge bad %}",
        "{% ui_head bad ref=bad badge=bad %}",
        "{% ui_card bad %}{{ bad }}{% endui_card %}",
        "{% ui_crumbs bad bad bad %}",
        "{% ui_facts facts %}",
        "{% ui_story story %}",
        "{% ui_checks checks %}",
        "{% ui_path steps %}",
        "{% ui_notice bad bad url=bad action=bad %}",
        "{% ui_refusal bad bad url=bad %}",
        "{% ui_empty bad bad bad bad %}",
        "{% ui_table rows columns caption=bad %}",
        "{{ bad|show }}",
    ]
    page = drawn(
        "".join(pieces),
        bad=bad,
        facts={bad: bad},
        story=[{"at": timezone.now(), "who": bad, "text": bad, "note": bad}],
        checks=[{"label": bad, "met": True, "reason": bad, "url": bad}],
        steps=[{"label": bad, "status": "here", "note": bad}],
        rows=[[bad, (bad, bad)]],
        columns=[bad, (bad, "num")],
    )
    assert "<script" not in page


def test_a_table_labels_its_cells_and_heads_its_lines() -> None:
    page = html.fromstring(drawn("{% ui_table rows columns %}", rows=[["T1", 5]], columns=["No", ("USD", "num")]))
    assert page.xpath("//th[@scope='row']")[0].text_content().strip() == "T1"
    assert page.xpath("//td[@data-label='USD'][@class='num']")


def test_a_table_refuses_a_row_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="shorter"):
        drawn("{% ui_table rows columns %}", rows=[["T1"]], columns=["No", "USD"])


@pytest.mark.parametrize(
    ("days", "words_", "tone"),
    [(-1, "1 day late", "no"), (-3, "3 days late", "no"), (0, "today", "wait"), (6, "in 6 days", "wait")],
)
def test_a_due_day_says_how_far_off_it_is(days: int, words_: str, tone: str) -> None:
    page = drawn("{% ui_due on %}", on=timezone.localdate() + timedelta(days=days))
    assert f'<span class="badge {tone}">{words_}</span>' in page


def test_a_far_or_done_day_has_no_badge() -> None:
    far, past = timezone.localdate() + timedelta(days=90), timezone.localdate() - timedelta(days=9)
    assert "badge" not in drawn("{% ui_due far %}{% ui_due past done=True %}", far=far, past=past)


def test_steps_give_one_filled_button_and_say_why_not() -> None:
    class Shut:
        reason = "You asked for it yourself."

        def __bool__(self) -> bool:
            return False

    steps = [
        SimpleNamespace(name="hold", label="Hold", style="danger", allowed=True),
        SimpleNamespace(name="note", label="Note", style="plain", allowed=True),
        SimpleNamespace(name="approve", label="Approve", style="primary", allowed=True),
        SimpleNamespace(name="send", label="Send", style="plain", allowed=Shut()),
    ]
    page = html.fromstring(drawn("<div>{% ui_steps steps '/t/1/' %}</div>", steps=steps))
    buttons = page.xpath("//a")
    assert [one.text for one in buttons] == ["Approve", "Note", "Hold"]
    assert buttons[0].get("href") == "/t/1/steps/approve/"
    assert [one.get("class").split() for one in buttons] == [["btn"], ["btn", "plain"], ["btn", "danger"]]
    assert "You asked for it yourself." in page.text_content()


def test_conditions_say_met_or_not_in_words_too() -> None:
    checks = [{"label": "a", "met": True}, {"label": "b", "met": False}, {"label": "c", "met": None}]
    assert said("{% ui_checks checks %}", checks=checks) == "Met: a Not met: b Still open: c"


def test_a_badge_takes_its_tone_from_the_state() -> None:
    assert tone_of("blocked") == "no"
    assert tone_of("draft") == "plain"
    assert tone_of("closed", {"closed": "ok"}) == "ok"
    thing = SimpleNamespace(state="confirmed", get_state_display=lambda: "confirmed")
    assert drawn("{{ thing|state_badge }}", thing=thing) == '<span class="badge ok">confirmed</span>'


# Forms -------------------------------------------------------------------------------------------


class Sample(forms.Form):
    followed = forms.IntegerField(label="Followed", help_text="All children.")
    way = forms.ChoiceField(label="Way", widget=forms.RadioSelect, choices=[("a", "A"), ("b", "B")])
    agreed = forms.BooleanField(label="Agreed", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


def test_a_field_ties_help_and_error_to_its_input() -> None:
    form = Sample({"followed": "many"})
    page = html.fromstring(drawn("<div>{% ui_field form.followed last=118 %}</div>", form=form))
    (field,) = page.xpath("//input")
    for ident in field.get("aria-describedby").split():
        assert page.xpath(f"//*[@id='{ident}']")
    assert field.get("aria-invalid") == "true"
    assert field.get("value") == "many"
    assert "Last time: 118" in " ".join(page.text_content().split())


def test_choices_stand_in_a_fieldset_with_a_legend() -> None:
    page = html.fromstring(drawn("<div>{% ui_field form.way %}</div>", form=Sample()))
    assert page.xpath("//fieldset/legend")[0].text_content().strip() == "Way"
    assert len(page.xpath("//fieldset//label/input[@type='radio']")) == 2


def test_a_form_lists_its_errors_first_and_carries_its_version_once() -> None:
    form = Sample({"followed": "x"})
    form.add_error(None, "The two dates do not fit.")
    source = "{% ui_form form submit='Keep it' version=7 cancel='/back/' %}"
    page = html.fromstring(drawn(source, form=form, csrf_token="token"))
    summary = page.xpath("//div[@role='alert']")[0]
    assert "The two dates do not fit." in summary.text_content()
    for link in summary.xpath(".//a"):
        assert page.xpath(f"//*[@id='{link.get('href')[1:]}']")
    assert [one.get("value") for one in page.xpath("//input[@name='version']")] == ["7"]
    assert page.xpath("//input[@name='csrfmiddlewaretoken']")
    assert len(page.xpath("//button")) == 1


def test_a_form_of_ones_own_layout_keeps_the_frame() -> None:
    source = "{% ui_form_around form submit='Go' %}<p>{{ word }}</p>{% endui_form_around %}"
    page = html.fromstring(drawn(source, form=Sample(), word="own <words>"))
    assert page.xpath("//form/p")[0].text == "own <words>"
    assert page.xpath("//input[@name='version']")
    assert not page.xpath("//input[@name='followed']")


# The path ----------------------------------------------------------------------------------------


class Trip(models.Model):  # noqa: DJ008 - never shown
    class Meta:
        app_label = "fundmgmt_tests"
        managed = False

    CHOICES = (("plan", "Plan"), ("go", "Go"), ("lost", "Lost"), ("held", "Held"), ("home", "Home"))
    state = FSMField(choices=CHOICES, default="plan")

    @transition(field=state, source="plan", target="go")
    def go(self) -> None: ...

    @transition(field=state, source="go", target="home")
    def arrive(self) -> None: ...

    @transition(field=state, source="go", target="lost", custom={"side": True})
    def lose(self) -> None: ...

    @transition(field=state, source="go", target="held", custom={"side": True})
    def hold(self) -> None: ...

    @transition(field=state, source="held", target="go")
    def resume(self) -> None: ...


def test_the_path_is_drawn_from_the_machine() -> None:
    steps, exits = draw_path(Trip(state="go"))
    assert [(one["code"], one["status"]) for one in steps] == [("plan", "done"), ("go", "here"), ("home", "ahead")]
    assert exits == ["Held", "Lost"]


@pytest.mark.parametrize(("here", "ahead"), [("held", [("home", "ahead")]), ("lost", [])])
def test_a_side_exit_stands_behind_where_it_left_and_promises_nothing_it_cannot_reach(
    here: str, ahead: list[tuple[str, str]]
) -> None:
    steps, exits = draw_path(Trip(state=here), visited=["plan", "go"])
    assert [(one["code"], one["status"]) for one in steps] == [("plan", "done"), ("go", "done"), (here, "here"), *ahead]
    assert exits == []


# Pages -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_gallery_is_light_and_within_the_content_policy(client: Client) -> None:
    response = client.get("/gallery/", headers={"accept-language": "en"})
    assert response.status_code == 200
    page = response.content
    css = Path(finders.find("fundmgmt/look.css")).read_bytes()
    assert len(gzip.compress(page)) + len(gzip.compress(css)) < 14 * 1024
    tree = html.fromstring(page)
    assert not tree.xpath("//*[@style]")
    assert not tree.xpath("//script[not(@src)]")
    assert len(tree.xpath("//h1")) == 1
    assert tree.get("lang") == "en"


@pytest.mark.django_db
def test_an_unknown_address_says_what_to_do_next(client: Client) -> None:
    response = client.get("/nowhere/", headers={"accept-language": "en"})
    assert response.status_code == 404
    assert b"Go to the first page" in response.content
    assert b'href="tel:122"' in response.content


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fr", "sw"])
def test_the_language_is_changed_by_a_plain_form(client: Client, language: str) -> None:
    response = client.post("/language/", {"language": language, "next": "/gallery/"}, follow=True)
    assert f'<html lang="{language}">' in response.content.decode()


def test_the_page_for_broken_servers_needs_nothing() -> None:
    page = Template((settings.BASE_DIR / "templates" / "500.html").read_text()).render(Context())
    assert "122" in page
    assert "Something broke on our side" in page


def test_the_same_line_in_a_row_stands_once_with_how_often() -> None:
    noon = datetime(2026, 3, 3, 11, tzinfo=UTC)
    line = {"at": noon, "text": "Item rated", "who": "Officer"}
    other = {**line, "note": "Seen"}
    later = {**line, "at": noon + timedelta(days=1)}
    tree = html.fromstring(drawn("{% ui_story story %}", story=[later, line, line, line, other, line]))
    told = [" ".join(one.text_content().split()) for one in tree.xpath("//li")]
    assert told == [
        "4 March 2026 · Officer Item rated",
        "3 March 2026 · Officer Item rated · 3 times",
        "3 March 2026 · Officer Item rated Seen",
        "3 March 2026 · Officer Item rated",
    ]
    assert len(html.fromstring(drawn("{% ui_story story limit=2 %}", story=[later, line, other])).xpath("//li")) == 2


def test_few_short_choices_stand_side_by_side() -> None:
    class Asked(forms.Form):
        few = forms.ChoiceField(choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect)
        long = forms.ChoiceField(choices=[("y", "Yes, with a long reason"), ("n", "No")], widget=forms.RadioSelect)

    form = Asked()
    assert 'class="field few"' in drawn("{% ui_field form.few %}", form=form)
    assert 'class="field"' in drawn("{% ui_field form.long %}", form=form)
