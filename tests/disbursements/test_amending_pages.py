"""Asking for a change and closing out through the pages: what stands there, what is refused where, what follows."""

import pytest
import time_machine
from django.urls import reverse

from disbursements.actions import grants
from disbursements.models import Amendment, Grant
from disbursements.states import AmendmentKind
from fundmgmt.inbox import waiting_for
from fundmgmt.models import User
from tests.factories import grants as make
from tests.factories.changing import amounts, shifted
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.usefixtures("standing_grant")


def english(user: User) -> Visitor:
    user.language = "en"
    user.save(update_fields=["language"])
    return Visitor(user)


def desk(user: User) -> list[str]:
    return [str(item.what) for item in waiting_for(user, make.ASKED.date())]


def door(grant: Grant, kind: str) -> str:
    return reverse("disbursements:amendment_new", args=[grant.ref, kind])


@time_machine.travel(make.ASKED, tick=False)
def test_each_form_shows_what_stands_there_and_wants_a_difference(people: make.Cast, grant: Grant) -> None:
    owner = english(people.owner)
    for kind in AmendmentKind.values:
        given = {"end_date": grant.end_date.isoformat()} if kind == "extension" else {}
        sheet = owner.send(owner.read(door(grant, kind)), reason="Prices rose.", **given)
        said = "after the present last day" if kind == "extension" else "Nothing would change"
        assert (sheet.status, said in " ".join(sheet.errors)) == (422, True), (kind, sheet.errors)
    assert not Amendment.objects.exists()


@time_machine.travel(make.ASKED, tick=False)
def test_a_shift_is_asked_seen_decided_and_shown(people: make.Cast, grant: Grant) -> None:
    owner, officer = english(people.owner), english(people.checker)
    before, wished = amounts(grant), shifted(grant, 1500)
    written = {f"line_{no}": f"{minor // 100}.{minor % 100:02}" for no, minor in wished.items()}
    first = next(iter(written))
    sheet = owner.send(owner.read(door(grant, "budget")), reason="Prices rose.", **{first: written[first]})
    assert "more than before" in " ".join(sheet.errors)
    page = owner.do(door(grant, "budget"), reason="Prices rose.", **written)
    change = Amendment.objects.get()
    said = page.text.replace("\xa0", " ")
    assert "15 % of the budget moves. Between 10 % and 20 % the programme office decides." in said
    assert "Decide a change of a grant" in desk(people.checker)
    step = f"{change.get_absolute_url()}steps/approve/"
    assert owner.read(step).status == 403
    officer.do(step)
    grant.refresh_from_db()
    assert (grant.terms_no, amounts(grant)) == (2, before | wished)
    assert "Decide a change of a grant" not in desk(people.checker)


@time_machine.travel(make.ASKED, tick=False)
def test_a_grantee_lists_things_and_answers_while_its_grant_is_closed(people: make.Cast, grant: Grant) -> None:
    owner, officer = english(people.owner), english(people.checker)
    grants.end_grant(grant, by=people.officer, at=make.ASKED)
    grants.begin_closing(grant, by=people.officer, at=make.ASKED)
    assert "Say what you think of the fund" in desk(people.owner)
    owner.do(reverse("disbursements:asset_new", args=[grant.ref]), what="Pump", value_minor="600")
    opinion = {"clear": "5", "in_time": "4", "heard": "3", "words": "Well."}
    owner.do(reverse("disbursements:feedback", args=[grant.ref]), **opinion)
    handed = {"handed_to": "School", "handed_date": make.ASKED.date().isoformat()}
    owner.do(reverse("disbursements:asset_hand_over", args=[grant.assets.get().pk]), **handed)
    said = officer.read(grant.get_absolute_url()).text.replace("\xa0", " ")
    assert "Pump, 600.00 USD School, since 1 Jul 2026" in said
    assert "Knew what the fund wanted5 of 5" in said.replace("wanted 5", "wanted5")
    assert "Say what you think of the fund" not in desk(people.owner)
