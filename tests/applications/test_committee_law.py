"""The committee's law, by example and by brute force over every small committee."""

from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.queries.law import (
    ABSTAIN,
    AGAINST,
    FOR,
    CommitteeRules,
    VotingSeat,
    decide,
    decide_in_writing,
    votes_needed,
)

FIVE = (
    VotingSeat("P1", "private_sector"),
    VotingSeat("P2", "private_sector"),
    VotingSeat("N1", "ngo"),
    VotingSeat("N2", "ngo"),
    VotingSeat("G1", "government"),
)
NOBODY: frozenset[str] = frozenset()
RULES = CommitteeRules()


def cast(**votes: str) -> dict[str, str]:
    return votes


@pytest.mark.parametrize(("eligible", "needed"), [(5, 4), (4, 3), (3, 3), (2, 3), (6, 4), (7, 5), (9, 6), (12, 8)])
def test_how_many_are_needed(eligible: int, needed: int) -> None:
    assert votes_needed(eligible, RULES) == needed


def test_five_seats_need_four() -> None:
    three = decide(FIVE, NOBODY, cast(P1=FOR, N1=FOR, G1=FOR))
    assert (three.quorum, three.needed, three.result, three.why) == (False, 4, "waits", "too_few_present")
    four = decide(FIVE, NOBODY, cast(P1=FOR, N1=FOR, G1=FOR, N2=ABSTAIN))
    assert (four.quorum, four.result, four.why) == (True, "carried", "consensus")


def test_one_recusal_needs_three_of_four() -> None:
    outcome = decide(FIVE, frozenset({"P2"}), cast(P1=FOR, N1=FOR, G1=FOR, P2=AGAINST))
    assert (outcome.eligible, outcome.needed, outcome.present, outcome.recused) == (4, 3, 3, 1)
    assert outcome.against == 0, "the vote of a recused seat counts nowhere"
    assert outcome.carried


def test_three_recusals_wait() -> None:
    outcome = decide(FIVE, frozenset({"P1", "P2", "N1"}), cast(N2=FOR, G1=FOR))
    assert (outcome.quorum, outcome.possible, outcome.result, outcome.why) == (False, False, "waits", "too_few_seats")


def test_one_constituency_is_not_enough() -> None:
    seats = (*(VotingSeat(f"N{number}", "ngo") for number in range(1, 4)), VotingSeat("G1", "government"))
    outcome = decide(seats, NOBODY, cast(N1=FOR, N2=FOR, N3=FOR))
    assert (outcome.quorum, outcome.why) == (False, "one_constituency")
    assert not decide(seats[:3], NOBODY, cast(N1=FOR, N2=FOR, N3=FOR)).possible


@pytest.mark.parametrize(
    ("votes", "result", "why"),
    [
        (cast(P1=FOR, P2=FOR, N1=FOR, N2=FOR, G1=FOR), "carried", "consensus"),
        (cast(P1=FOR, P2=FOR, N1=FOR, N2=AGAINST, G1=ABSTAIN), "carried", "majority"),
        (cast(P1=FOR, P2=FOR, N1=AGAINST, N2=AGAINST), "not_carried", "tie"),
        (cast(P1=FOR, P2=FOR, N1=FOR, N2=AGAINST, G1=AGAINST), "not_carried", "no_majority"),
        (cast(P1=FOR, P2=FOR, N1=AGAINST, N2=ABSTAIN), "carried", "majority"),
        (cast(P1=ABSTAIN, P2=ABSTAIN, N1=ABSTAIN, G1=ABSTAIN), "not_carried", "all_abstained"),
        (cast(P1=AGAINST, P2=ABSTAIN, N1=ABSTAIN, G1=ABSTAIN), "not_carried", "no_majority"),
        (cast(P1=FOR, P2=ABSTAIN, N1=ABSTAIN, G1=ABSTAIN), "carried", "consensus"),
    ],
)
def test_what_the_votes_say(votes: dict[str, str], result: str, why: str) -> None:
    outcome = decide(FIVE, NOBODY, votes)
    assert (outcome.quorum, outcome.result, outcome.why) == (True, result, why)


def test_every_committee_up_to_five_seats() -> None:
    """The law again, written plainly, against every recusal and every vote of five seats."""
    codes = [seat.code for seat in FIVE]
    voice = {seat.code: seat.constituency for seat in FIVE}
    for count in range(6):
        for out in combinations(codes, count):
            for values in product((None, FOR, AGAINST, ABSTAIN), repeat=5):
                votes = {code: value for code, value in zip(codes, values, strict=True) if value}
                outcome = decide(FIVE, frozenset(out), votes)
                mine = {code: value for code, value in votes.items() if code not in out}
                left = 5 - count
                quorum = 3 * len(mine) >= 2 * left and len(mine) >= 3 and len({voice[code] for code in mine}) >= 2
                yes = sum(value == FOR for value in mine.values())
                no = sum(value == AGAINST for value in mine.values())
                carried = quorum and yes > 0 and (no == 0 or 3 * yes >= 2 * (yes + no))
                assert outcome.quorum is quorum, (out, votes)
                assert outcome.carried is carried, (out, votes)
                assert (outcome.result == "waits") is not quorum


SEATS = st.lists(st.sampled_from(["private_sector", "ngo", "government"]), min_size=1, max_size=9).map(
    lambda voices: tuple(VotingSeat(f"S{number}", voice) for number, voice in enumerate(voices))
)


@st.composite
def committees(draw: st.DrawFn) -> tuple[tuple[VotingSeat, ...], frozenset[str], dict[str, str]]:
    seats = draw(SEATS)
    codes = [seat.code for seat in seats]
    recused = frozenset(draw(st.sets(st.sampled_from(codes))))
    values = st.sampled_from([FOR, AGAINST, ABSTAIN])
    votes = draw(st.dictionaries(st.sampled_from(codes), values))
    return seats, recused, votes


@given(committees())
def test_what_always_holds(committee: tuple[tuple[VotingSeat, ...], frozenset[str], dict[str, str]]) -> None:
    seats, recused, votes = committee
    outcome = decide(seats, recused, votes)
    assert outcome.present == outcome.in_favour + outcome.against + outcome.abstain
    assert outcome.needed >= 3
    assert Fraction(outcome.needed, max(outcome.eligible, 1)) >= Fraction(2, 3)
    if outcome.carried:
        assert outcome.quorum
        assert outcome.in_favour > outcome.against
        assert outcome.constituencies >= 2
    without = {code: value for code, value in votes.items() if code not in recused}
    assert decide(seats, recused, without) == outcome, "a recused seat's vote never counts"


@given(committees(), st.data())
def test_a_changed_objection_never_hurts(
    committee: tuple[tuple[VotingSeat, ...], frozenset[str], dict[str, str]], data: st.DataObject
) -> None:
    seats, recused, votes = committee
    against = [code for code, value in votes.items() if value == AGAINST]
    if not against or not decide(seats, recused, votes).carried:
        return
    happier = votes | {data.draw(st.sampled_from(against)): FOR}
    assert decide(seats, recused, happier).carried


def test_silence_is_consent_when_the_time_is_over() -> None:
    waiting = decide_in_writing(FIVE, NOBODY, {}, meeting_asked=False, time_over=False)
    assert (waiting.result, waiting.why) == ("waits", "time_left")
    done = decide_in_writing(FIVE, NOBODY, {}, meeting_asked=False, time_over=True)
    assert (done.result, done.why) == ("carried", "no_objection")
    early = decide_in_writing(
        FIVE, NOBODY, dict.fromkeys(("P1", "P2", "N1", "N2", "G1"), FOR), meeting_asked=False, time_over=False
    )
    assert early.carried


def test_an_objection_or_a_wish_sends_it_to_a_meeting() -> None:
    objected = decide_in_writing(FIVE, NOBODY, cast(N1=AGAINST), meeting_asked=False, time_over=False)
    assert (objected.result, objected.why) == ("to_meeting", "objection")
    asked = decide_in_writing(FIVE, NOBODY, {}, meeting_asked=True, time_over=True)
    assert (asked.result, asked.why) == ("to_meeting", "meeting_asked")
    few = decide_in_writing(FIVE, frozenset({"P1", "P2", "N1"}), {}, meeting_asked=False, time_over=True)
    assert (few.result, few.why) == ("waits", "too_few_seats")


def test_a_changed_rule_changes_the_outcome() -> None:
    half = CommitteeRules(majority_share=(1, 2))
    assert decide(FIVE, NOBODY, cast(P1=FOR, P2=FOR, N1=FOR, N2=AGAINST, G1=AGAINST), half).carried
    tie = decide(FIVE, NOBODY, cast(P1=FOR, P2=FOR, N1=AGAINST, N2=AGAINST), half)
    assert (tie.result, tie.why) == ("not_carried", "tie")
