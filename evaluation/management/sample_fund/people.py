"""People of the sample: accounts, roles, seats, organisations and who acts for them."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from fundmgmt.actions.people import (
    add_colleague,
    begin_term,
    describe_organisation,
    grant_role,
    register_organisation,
    set_seat,
)
from fundmgmt.models import User
from fundmgmt.roles import Role

if TYPE_CHECKING:
    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline

BEGINNING = dt.date(2024, 1, 3)
CHIEF = "administrator-1"


def note_people(book: Book, timeline: Timeline, password: str) -> None:
    """Accounts first, then what each of them holds."""
    timeline.on(BEGINNING, "accounts", partial(open_accounts, book, password))
    timeline.on(BEGINNING, "roles", partial(give_roles, book))
    timeline.on(BEGINNING, "seats", partial(fill_seats, book))
    for key, host in book.invented["hosts"].items():
        timeline.on(BEGINNING, host["name"], partial(register_host, book, key, host))
    for proposal in book.proposals:
        if "organisation" in proposal.invented:
            continue
        name = proposal.file["organisation"]["name"]
        timeline.on(proposal.invented["started"], name, partial(register_applicant, book, proposal))


def open_accounts(book: Book, password: str, at: dt.datetime) -> None:
    """Everybody's account with a verified address. One password for all; none can sign in when there is none."""
    secret = make_password(password or None)
    rows = [
        User(
            email=row["email"],
            name=row["name"],
            language=row["language"],
            date_joined=at,
            password=secret if password else make_password(None),
        )
        for row in book.invented["people"]
    ]
    User.objects.bulk_create(rows)
    made = {user.email: user for user in User.objects.filter(email__in=[row.email for row in rows])}
    book.people = {row["key"]: made[row["email"]] for row in book.invented["people"]}
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in made.values()
    )


def give_roles(book: Book, at: dt.datetime) -> None:
    """The system gives the first role, the administrator the others."""
    chief = book.person(CHIEF)
    grant_role(chief, Role.ADMINISTRATOR, by=None, at=at)
    for row in book.invented["people"]:
        for role in row.get("roles", ()):
            if row["key"] != CHIEF:
                grant_role(book.person(row["key"]), role, by=chief, at=at)


def fill_seats(book: Book, at: dt.datetime) -> None:
    """Seats as the file has them, one person on each."""
    chief = book.person(CHIEF)
    for row in book.file["context"]["committee"]["seats"]:
        seat = set_seat(row["code"], constituency=row["constituency"], votes=row["votes"], by=chief, at=at)
        begin_term(seat, book.member(row["code"]), by=chief, at=at)


def register_host(book: Book, key: str, host: dict[str, Any], at: dt.datetime) -> None:
    """An organisation that takes money in for another."""
    book.organisations[key] = register_organisation(
        by=book.person(host["owner"]),
        at=at,
        name=host["name"],
        acronym=host["acronym"],
        kind=host["kind"],
        founded_year=host["founded"],
        legal_status="legal_personality",
        registration_number=host["registration_number"],
        has_bank_account=True,
        province=host["province"],
        territory=host["territory"],
        languages=["fr", "sw"],
    )


def register_applicant(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The responsible person registers the organisation and brings in a colleague."""
    said, owner = proposal.file["organisation"], book.owner(proposal)
    row = register_organisation(
        by=owner,
        at=at,
        name=said["name"],
        acronym=said["acronym"],
        kind=said["type"],
        founded_year=said["founded"],
        legal_status=said["legal_status"],
        registration_number=proposal.invented["registration_number"],
        has_bank_account=said["bank_account"],
        province=proposal.file["location"]["province"],
        territory=proposal.file["location"]["territory_or_city"],
        languages=said["languages"],
    )
    if "host" in proposal.invented:
        describe_organisation(row, by=owner, at=at, fiscal_host=book.organisations[proposal.invented["host"]])
    add_colleague(row, email=book.editor(proposal).email, role="editor", by=owner, at=at)
    book.organisations[proposal.ref] = row
