"""Calls and applications for tests, built only through the real actions, as the people who would do it."""

import datetime as dt
from decimal import Decimal
from typing import Any

from applications.actions import calls, intake, screening, sections
from applications.models import Application, Call
from fundmgmt.actions.organisations import register_organisation
from fundmgmt.models import Indicator, Organisation, RoleGrant, RubricItem, User

DAY = dt.timedelta(days=1)
OPENED = dt.datetime(2026, 2, 2, 8, tzinfo=dt.UTC)
CLOSES = dt.datetime(2026, 4, 30, 22, tzinfo=dt.UTC)
WRITTEN = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
SUBMITTED = dt.datetime(2026, 3, 16, 9, tzinfo=dt.UTC)
SCREENED = dt.datetime(2026, 3, 20, 9, tzinfo=dt.UTC)

PROJECT = {
    "title_fr": "Une place à l'école",
    "pillar": "education",
    "start_date": dt.date(2026, 7, 1),
    "end_date": dt.date(2027, 3, 31),
    "tags": ["INT-SCH"],
}
PLACE = {"province": "Lualaba", "territory": "Kolwezi", "commune": "Dilala", "settings": ["SET-URB"]}
PROBLEM = {"problem": "Des enfants lavent le minerai.", "summary": "Une classe de rattrapage."}
PARTICIPANTS = {
    "children_total": 60,
    "girls": 31,
    "boys": 29,
    "age_5_11": 30,
    "age_12_14": 20,
    "age_15_17": 10,
    "with_disability": 3,
    "households": 40,
    "adults": 50,
    "youth_18_24": 0,
}
SAFETY = {
    "focal_person_named": True,
    "code_signed": True,
    "referral_route": "Service social",
    "feedback_channel": "Boîte",
    "safeguarding_plan": "Deux adultes sont toujours présents.",
}
LINES = (
    ("PER", "Animatrice", "month", "9", 20_000),
    ("ACT", "Classe de rattrapage", "month", "8", 25_000),
    ("DIR", "Kits scolaires", "kit", "60", 2_200),
    ("MON", "Suivi", "round", "2", 15_000),
    ("SAF", "Formation", "lot", "1", 20_000),
    ("ADM", "Bureau", "month", "9", 4_000),
)


def person(email: str, *roles: str, **fields: Any) -> User:
    """Somebody with an account and these roles."""
    user = User.objects.create_user(email, name=email.partition("@")[0], **{"language": "fr", **fields})
    for role in roles:
        RoleGrant.objects.create(user=user, role=role, valid_from=dt.date(2024, 1, 1))
    return user


def organisation(owner: User, **details: Any) -> Organisation:
    """An organisation with its responsible person."""
    row = register_organisation(
        by=owner,
        at=OPENED,
        **{
            "name": "Umoja wa Watoto",
            "kind": "community_organisation",
            "legal_status": "legal_personality",
            "province": "Lualaba",
            "territory": "Kolwezi",
            **details,
        },
    )
    owner.forget_roles()
    return row


def open_call(officer: User, **values: Any) -> Call:
    """A call that takes applications."""
    call = calls.prepare_call(
        by=officer,
        at=OPENED,
        **{
            "title_fr": "École, famille, avenir",
            "title_en": "School, family, future",
            "envelope_minor": 25_000_000,
            "currency": "USD",
            "windows": ["micro", "small", "community"],
            "closes_at": CLOSES,
            **values,
        },
    )
    return calls.open_call(call, by=officer, at=OPENED)


def draft(call: Call, org: Organisation, writer: User, at: dt.datetime = WRITTEN) -> Application:
    """A draft with nothing in it yet."""
    return intake.start_application(call, org, by=writer, at=at)


def fill(application: Application, writer: User, at: dt.datetime = WRITTEN) -> Application:
    """Write every section."""
    for section, values in (
        ("project", PROJECT),
        ("place", PLACE),
        ("problem", PROBLEM),
        ("participants", PARTICIPANTS),
        ("risks", SAFETY),
    ):
        sections.save_section(application, section, by=writer, at=at, **values)
    for category, description, unit, quantity, cost in LINES:
        sections.save_row(
            application,
            "lines",
            by=writer,
            at=at,
            category=category,
            description=description,
            unit=unit,
            quantity=Decimal(quantity),
            unit_cost_minor=cost,
        )
    row = {"title": "Classe de rattrapage", "start_month": 1, "end_month": 9}
    sections.save_row(application, "activities", by=writer, at=at, **row)
    indicator = Indicator.objects.get(code="OC-04")
    counts = {"baseline_num": 10, "baseline_den": 60, "target_value": 80}
    sections.save_row(application, "indicators", by=writer, at=at, indicator=indicator, **counts)
    due = dt.date(2026, 9, 30)
    sections.save_row(application, "milestones", by=writer, at=at, title="60 plans", due_date=due, releases_tranche=2)
    for no, share, day in ((1, 8000, dt.date(2026, 7, 5)), (2, 2000, dt.date(2027, 4, 15))):
        sections.save_row(application, "tranches", by=writer, at=at, no=no, share_bp=share, planned_date=day)
    application.refresh_from_db()
    return application


def submitted(call: Call, org: Organisation, writer: User, at: dt.datetime = SUBMITTED) -> Application:
    """A complete application, handed in."""
    application = fill(draft(call, org, writer), writer)
    return intake.submit_application(application, declared=True, by=writer, at=at)


def answer_all(application: Application, officer: User, at: dt.datetime = SCREENED, **no: str) -> Application:
    """Every eligibility question answered yes, but those named (EL_05="why") answered no."""
    answers = {}
    for code in RubricItem.objects.filter(rubric="eligibility").values_list("code", flat=True):
        why = no.get(code.replace("-", "_"))
        answers[code] = ("no", why) if why else ("yes", "")
    return screening.answer_items(application, answers, by=officer, at=at)


def in_check(application: Application, officer: User, at: dt.datetime = SCREENED) -> Application:
    """Taken up by an officer."""
    return screening.begin_check(application, by=officer, at=at)


def in_review(application: Application, officer: User, at: dt.datetime = SCREENED) -> Application:
    """Screened and accepted."""
    answer_all(in_check(application, officer, at), officer, at)
    return screening.accept_for_review(application, by=officer, at=at)
