"""Grants of the sample: agreement, bank details, conditions, hold, close-out."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from applications.actions.awards import meet_award_conditions
from disbursements.actions import conditions
from disbursements.actions.banking import enter_bank_detail, verify_bank_detail
from disbursements.actions.closing import give_feedback, hand_over_asset, list_asset, settle_closure
from disbursements.actions.grants import (
    activate,
    begin_closing,
    close_grant,
    countersign_agreement,
    end_grant,
    open_grant,
    suspend_grant,
)
from disbursements.actions.holds import look_again
from disbursements.actions.signing import ask_code, make_code, sign_agreement, sign_by_mark, sign_on_paper
from disbursements.actions.spending import record_refund
from disbursements.models import BankDetail
from disbursements.states import BY_HAND, ConditionKind, DetailKind
from evaluation.management.sample_fund.book import cents, day
from evaluation.management.sample_fund.letters import signed_copy

if TYPE_CHECKING:
    from collections.abc import Callable

    from disbursements.models import Grant
    from evaluation.management.sample_fund.book import Book, Proposal
    from evaluation.management.sample_fund.timeline import Timeline

CALLED = "+243 000 000 000"


def note_grants(book: Book, timeline: Timeline) -> None:
    """From the award to the running grant."""
    steps: dict[str, Callable[[Book, Proposal, dt.datetime], None]] = {
        "opened": open_it,
        "bank_recorded": enter_bank,
        "bank_verified": verify_bank,
        "grantee_signed": sign,
        "fund_signed": countersign,
        "safeguarding_training": train,
        "activated": start,
    }
    for proposal in book.proposals:
        given, name = proposal.invented.get("grant"), proposal.ref
        if given is None:
            continue
        for key, step in steps.items():
            if key in given:
                timeline.on(given[key], f"{name} {key}", partial(step, book, proposal))
        asked = proposal.invented.get("decision", {}).get("conditions", [])
        for row in asked:
            timeline.on(row["met"], f"{name} condition", partial(meet, book, proposal, row["label"]))
        if asked:
            timeline.on(max(row["met"] for row in asked), name, partial(all_met, book, proposal, len(asked)))
        if "hold" in proposal.invented:
            timeline.on(proposal.file["hold"]["opened"], name, partial(stop, book, proposal))
            for when in (*proposal.invented["hold"]["looked_at"], book.in_days(-1)):
                timeline.on(when, name, partial(look, book, proposal))


def note_ends(book: Book, timeline: Timeline) -> None:
    """From the last day to the closed file."""
    for proposal in book.proposals:
        given, name = proposal.invented.get("grant", {}), proposal.ref
        if "ended" in given:
            timeline.on(given["ended"], name, partial(end, book, proposal))
            timeline.on(given["closing"], name, partial(begin_to_close, book, proposal))
        if "closed" in given:
            timeline.on(proposal.invented["refund"]["received"], name, partial(refund, book, proposal))
            for key, step in (("listed", list_things), ("said", say)):
                timeline.on(proposal.invented["close_out"][key], name, partial(step, book, proposal))
            timeline.on(given["closed"], name, partial(close, book, proposal))


def open_it(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The award's grant. A running one ends some days after the loading, so that it does not end by itself."""
    days = proposal.invented["grant"].get("end_days")
    proposal.rows["grant"] = open_grant(
        proposal.application,
        by=book.officer(proposal),
        at=at,
        end_date=book.in_days(days) if days else None,
        external_ref=proposal.ref,
    )


def enter_bank(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The organisation writes where its money goes."""
    said = proposal.invented["bank"]
    enter_bank_detail(
        book.organisation(proposal),
        by=book.editor(proposal),
        at=at,
        holder=said["account_name"],
        bank_name=said["bank"],
        kind=said.get("kind", DetailKind.BANK_ACCOUNT),
        account_number=said["account_number"],
    )


def verify_bank(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """An officer calls the number on file."""
    detail = BankDetail.objects.filter(organisation=book.organisation(proposal)).latest("no")
    verify_bank_detail(detail, by=book.officer(proposal), at=at, called_number=CALLED)


def sign(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The responsible person signs: with a code, on paper, or with a mark before a witness."""
    owner, grant, given = book.owner(proposal), proposal.grant, proposal.invented["grant"]
    for key, step in (("signed_on_paper", sign_on_paper), ("signed_by_mark", sign_by_mark)):
        if key in given:
            step(grant, by=book.officer(proposal), at=at, **by_hand(grant, owner.name, at, given[key]))
            return
    ask_code(grant, by=owner, at=at)
    code = make_code(grant.signing_codes.latest("id"), at=at)
    sign_agreement(grant, by=owner, at=at, typed_name=owner.name, code=code)


def by_hand(grant: Grant, signatory: str, at: dt.datetime, given: dict[str, str]) -> dict[str, Any]:
    """What the officer records, with a copy of the page."""
    on = timezone.localdate(at)
    people = [(signatory, "X" if "witness_name" in given else "", on)]
    people += [(given["witness_name"], "Témoin", on)] if "witness_name" in given else []
    content = signed_copy(grant.ref, grant.agreement_paper.sha256, people, grant.language, on)
    return {
        "signatory": signatory,
        "signed_date": on,
        "upload": SimpleUploadedFile("signature.pdf", content),
        **given,
    }


def countersign(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Another officer than the one who opened it signs for the fund."""
    compared = proposal.grant.signature_recorded_by_id is not None
    countersign_agreement(proposal.grant, by=book.other_officer(proposal), at=at, compared=compared)


def train(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The safeguarding training was held."""
    conditions.meet_named(proposal.grant, ConditionKind.SAFEGUARDING_TRAINING, by=book.officer(proposal), at=at)


def start(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Requests are possible."""
    activate(proposal.grant, by=book.officer(proposal), at=at)


def meet(book: Book, proposal: Proposal, label: str, at: dt.datetime) -> None:
    """A condition of the decision is met."""
    row = proposal.grant.conditions.get(kind=ConditionKind.AWARD, label=label)
    conditions.meet(row, by=book.officer(proposal), at=at)


def all_met(book: Book, proposal: Proposal, count: int, at: dt.datetime) -> None:
    """Nothing of the decision is open any more."""
    meet_award_conditions(proposal.application, by=book.officer(proposal), at=at, conditions=count)


def stop(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The safeguarding lead stops all payments; only they read why."""
    given, said = proposal.invented["hold"], proposal.file["hold"]
    by = book.person(given["opened_by"])
    suspend_grant(proposal.grant, kind=said["kind"], reason=given["detail"], by=by, at=at)


def look(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The hold stays; somebody looks again a month later."""
    look_again(proposal.grant.holds.get(), by=book.person(proposal.invented["hold"]["opened_by"]), at=at)


def end(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Activities are over."""
    end_grant(proposal.grant, by=book.officer(proposal), at=at, ended_date=day(proposal.file["end"]))


def begin_to_close(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The list is laid out."""
    begin_closing(proposal.grant, by=book.officer(proposal), at=at)


def refund(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """Unspent money comes back."""
    said: dict[str, Any] = proposal.invented["refund"]
    record_refund(
        proposal.grant,
        by=book.person(proposal.invented["payer"]),
        at=at,
        amount_minor=cents(proposal.file["results"]["refunded"]),
        received_date=day(said["received"]),
        bank_reference=said["bank_reference"],
    )


def close(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """What people settle by hand is settled, every cent is accounted for."""
    by = book.officer(proposal)
    codes = [code for code in BY_HAND if proposal.grant.closure_items.filter(code=code, settled_at=None).exists()]
    settle_closure(proposal.grant, codes=codes, note=proposal.invented["close_out"]["note"], by=by, at=at)
    close_grant(proposal.grant, by=by, at=at)


def list_things(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The grantee lists what outlasts the project, and says who has it now."""
    by = book.editor(proposal)
    for row in proposal.invented["close_out"]["things"]:
        asset = list_asset(proposal.grant, what=row["what"], value_minor=cents(row["value"]), by=by, at=at)
        hand_over_asset(asset, handed_to=row["handed_to"], handed_date=at.date(), by=by, at=at)


def say(book: Book, proposal: Proposal, at: dt.datetime) -> None:
    """The grantee's opinion of the fund."""
    give_feedback(proposal.grant, by=book.owner(proposal), at=at, **proposal.invented["close_out"]["opinion"])
