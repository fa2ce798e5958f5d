"""Letters of this stage, through the real actions: who gets which, and what it says in the reader's language."""

import datetime as dt

import pytest

from disbursements.actions import amending, grants, holds, tranches
from disbursements.models import Grant
from disbursements.states import HoldKind
from fundmgmt.models import Organisation
from tests.factories import applications, signing
from tests.factories import grants as make
from tests.factories.changing import shifted
from tests.letterbox import by_reader, letters, lines, link

pytestmark = pytest.mark.usefixtures("standing_grant")

OWNER, EDITOR = "owner@example.org", "editor@example.org"
WAITS = "The programme office writes to you when they can go on."


@pytest.fixture(autouse=True)
def colleagues(people: make.Cast) -> None:
    """Beside the responsible person, who reads French: one who writes and reads English, one who only reads."""
    assert isinstance(people.organisation, Organisation)
    for name, role in (("editor", "editor"), ("viewer", "viewer")):
        user = applications.person(f"{name}@example.org", language="en")
        people.organisation.memberships.create(user=user, role=role, valid_from=dt.date(2026, 2, 2))


def test_the_agreement_is_announced_when_it_can_be_signed_and_when_both_have(people: make.Cast) -> None:
    make.donor(people)
    application = make.awarded(people)
    with letters() as found:
        grant = grants.open_grant(
            application,
            by=people.officer,
            at=make.OPENED,
            schedule="40/40/20",
            due_diligence_until_date=make.VALID_UNTIL,
        )
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[EDITOR]) == [
        f"{grant.ref}: the agreement is ready to sign",
        f"The agreement for your grant {grant.ref} of 27,445.00 USD is ready. Read it with your board.",
        "The responsible person of your organisation signs it on the page. Then the fund signs.",
    ]
    assert lines(box[OWNER])[0] == f"{grant.ref} : la convention est prête à signer"
    assert link(box[EDITOR]) == f"Read and sign the agreement: http://testserver{grant.get_absolute_url()}"
    with letters() as found:
        signing.sign(grant, by=people.owner, at=make.SIGNED)
    assert found == []
    with letters() as found:
        grants.countersign_agreement(grant, by=people.signer, at=make.SIGNED)
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[OWNER]) == [
        f"{grant.ref} : les deux parties ont signé",
        f"Le Fonds a signé la convention de votre subvention {grant.ref}. 27 445,00 USD sont réservés à votre projet.",
        "Et ensuite : dès que le bureau du programme active la subvention, vous pouvez demander la première tranche.",
    ]


def test_a_tranche_that_leaves_asks_for_confirmation_and_nothing_before_does(people: make.Cast, grant: Grant) -> None:
    with letters() as found:
        row = make.approved(people, make.tranche(grant))
    assert found == []
    with letters() as found:
        tranches.pay_tranche(row, by=people.payer, at=make.ASKED, bank_reference="OUT-1", bank_date=make.ASKED.date())
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[EDITOR]) == [
        f"{grant.ref}: tranche 1 is on its way",
        f"The fund sent tranche 1 of {grant.ref}, 10,978.00 USD, to your organisation's account on 1 July 2026.",
        "Please confirm the amount and the day as soon as the money has arrived.",
    ]
    assert lines(box[OWNER])[1] == (
        f"Le Fonds a envoyé la tranche 1 de {grant.ref}, 10 978,00 USD, sur le compte de votre organisation le"
        " 1 juillet 2026."
    )
    assert link(box[EDITOR]) == f"Confirm that the money arrived: http://testserver{row.get_absolute_url()}"


def test_a_blocked_tranche_names_what_is_open(people: make.Cast, grant: Grant) -> None:
    make.confirmed(people, make.tranche(grant))
    make.report(people, grant, 1, 685_000)
    with letters() as found:
        row = make.checked(people, make.tranche(grant, 2), at=make.ASKED + 70 * make.DAY)
    assert row.state == "blocked"
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    said = lines(box[EDITOR])
    assert said[:2] == [
        f"{grant.ref}: tranche 2 has to wait",
        f"Tranche 2 (10,978.00 USD) of {grant.ref} cannot be paid yet. This is still open:",
    ]
    assert "- At least 80 % of tranche 1 spent: 6,850.00 USD of 10,978.00 USD (62.4 %)" in said
    assert said[-1] == "Once all of it is met, the payment goes on. You need not ask again."
    assert lines(box[OWNER])[0] == f"{grant.ref} : la tranche 2 doit attendre"
    assert len(lines(box[OWNER])) == len(said)


def test_a_request_that_comes_back_gives_the_reason(people: make.Cast, grant: Grant) -> None:
    row = make.requested(people, make.tranche(grant))
    with letters() as found:
        tranches.return_request(row, by=people.checker, at=make.ASKED, reason="Sign with your full name.")
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[EDITOR]) == [
        f"{grant.ref}: your request for tranche 1 came back",
        f"The programme office sent back your request for tranche 1 (10,978.00 USD) of {grant.ref}.",
        "The programme office writes: Sign with your full name.",
        "Put it right, then ask again.",
    ]


def test_a_hold_gives_its_kind_and_reason_and_its_end_is_told(people: make.Cast, grant: Grant) -> None:
    make.requested(people, make.tranche(grant))
    with letters() as found:
        holds.suspend_grant(grant, by=people.officer, at=make.ASKED, kind=HoldKind.SECURITY, reason="Road closed.")
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[EDITOR]) == [
        f"{grant.ref}: payments are on hold",
        f"The payments of your grant {grant.ref} are on hold.",
        "Why: Security",
        "The programme office writes: Road closed.",
        WAITS,
    ]
    hold = grant.holds.get()
    with letters() as found:
        holds.propose_lift(hold, by=people.signer, at=make.ASKED, lift_reason="Open again.")
    assert found == []
    with letters() as found:
        holds.confirm_lift(hold, by=people.checker, at=make.ASKED)
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[OWNER]) == [
        f"{grant.ref} : les paiements reprennent",
        (
            f"Les paiements de votre subvention {grant.ref} ne sont plus suspendus. Ce que vous avez demandé reprend"
            " là où c’en était."
        ),
    ]


def test_a_safeguarding_hold_says_only_that_payments_are_on_hold(people: make.Cast, grant: Grant) -> None:
    with letters() as found:
        detail = "An allegation about a trainer."
        holds.suspend_grant(grant, by=people.lead, at=make.ASKED, kind=HoldKind.SAFEGUARDING, reason=detail)
    box = by_reader(found)
    assert set(box) == {OWNER, EDITOR}
    assert lines(box[EDITOR]) == [
        f"{grant.ref}: payments are on hold",
        f"The payments of your grant {grant.ref} are on hold.",
        WAITS,
    ]
    for message in found:
        whole = str(message.message())
        assert "trainer" not in whole
        assert "afeguarding" not in whole


def test_a_change_is_noticed_by_the_office_and_its_decision_told_to_the_grantee(
    people: make.Cast, grant: Grant
) -> None:
    at = make.ASKED
    small = amending.ask_budget_shift(grant, by=people.owner, at=at, lines=shifted(grant, 500), reason="Prices rose.")
    with letters() as found:
        amending.notify_amendment(small, by=people.owner, at=at)
    assert set(by_reader(found)) == {"pmo@example.org", "pmo2@example.org", "pmo3@example.org"}
    assert lines(found[0])[0] == f"{grant.ref} : un petit transfert du budget"
    for answer, first in ((amending.refuse_amendment, "not approved"), (amending.approve_amendment, "approved")):
        grant.refresh_from_db()
        change = amending.ask_correction(grant, by=people.owner, at=at, language="sw", reason="Wrong.")
        with letters() as found:
            answer(change, by=people.checker, at=at, reason="We saw it.")
        box = by_reader(found)
        assert set(box) == {OWNER, EDITOR}
        assert lines(box[EDITOR])[0] == f"{grant.ref}: your change is {first}"
        assert lines(box[OWNER])[1].startswith(f"Cette modification de votre subvention {grant.ref}")
