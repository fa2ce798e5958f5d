"""The matching: never one line twice, never one thing twice, never a bent amount."""

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from disbursements.queries.matching import (
    Candidate,
    LineFact,
    match_lines,
    mentions,
    names_agree,
    told_by_code,
)
from disbursements.states import LineKind, MatchedBy

DAY = dt.date(2026, 11, 10)


def line(ident: int = 1, amount: int = -1000, **values: Any) -> LineFact:
    return LineFact(**{"id": ident, "amount_minor": amount, "currency": "USD", "day": DAY, **values})


def thing(ident: int = 1, amount: int = -1000, **values: Any) -> Candidate:
    return Candidate(
        **{"kind": "payment", "id": ident, "amount_minor": amount, "currency": "USD", "day": DAY, **values}
    )


def pairs(lines: list[LineFact], things: list[Candidate]) -> list[tuple[int, Any, str]]:
    return [(one.line.id, one.candidate.id, one.how) for one in match_lines(lines, things, days=5)]


def test_an_end_to_end_id_is_enough_whatever_its_case() -> None:
    assert pairs([line(end_to_end_id="disb-1-v1")], [thing(7, end_to_end_id="DISB-1-V1")]) == [
        (1, 7, MatchedBy.END_TO_END)
    ]


def test_the_same_id_with_another_amount_or_currency_stays_for_a_person() -> None:
    one = thing(end_to_end_id="A")
    assert pairs([line(amount=-999, end_to_end_id="A")], [one]) == []
    assert pairs([line(currency="CDF", end_to_end_id="A")], [one]) == []
    assert pairs([line(amount=1000, end_to_end_id="A")], [one]) == []


def test_what_the_bank_wrote_twice_is_matched_once_and_the_second_stays() -> None:
    twice = [line(2, end_to_end_id="A"), line(1, end_to_end_id="A")]
    assert pairs(twice, [thing(end_to_end_id="A")]) == [(1, 1, MatchedBy.END_TO_END)]


def test_a_bank_reference_counts_after_the_end_to_end_id() -> None:
    lines = [line(1, reference="R1"), line(2, end_to_end_id="A", reference="R1")]
    things = [thing(1, reference="R1", end_to_end_id="A"), thing(2, reference="R1")]
    assert pairs(lines, things) == [(2, 1, MatchedBy.END_TO_END), (1, 2, MatchedBy.REFERENCE)]


def test_amount_day_and_payee_must_all_agree_and_leave_no_other_choice() -> None:
    one = thing(name="Umoja Likasi")
    said = line(party="LIKASI UMOJA asbl")
    assert pairs([said], [one]) == [(1, 1, MatchedBy.LIKENESS)]
    assert pairs([line(party="LIKASI UMOJA asbl", day=DAY + dt.timedelta(days=6))], [one]) == []
    assert pairs([line(party="Likasi")], [one]) == []
    assert pairs([said], [one, thing(2, name="Umoja Likasi")]) == []
    assert pairs([said, line(2, text="umoja likasi")], [one]) == []


def test_short_words_say_nothing_of_who_is_meant() -> None:
    assert not names_agree("Et de", line(party="Et de"))
    assert names_agree("Mères de Likasi", line(text="MERES LIKASI"))


def test_references_and_codes_that_a_line_names() -> None:
    assert mentions(line(text="don pl-014 / GR-2026-0007 pl-014")) == ["PL-014", "GR-2026-0007"]
    assert told_by_code(line(code="NCHG")) == LineKind.FEE
    assert told_by_code(line(amount=5, code="NCHG")) == ""
    assert told_by_code(line(amount=5, code="NINT")) == LineKind.INTEREST


WORDS = st.sampled_from(["", "A", "B", "C"])
NAMES = st.sampled_from(["Umoja Likasi", "Kolwezi Jeunesse", ""])
AMOUNTS = st.sampled_from([-1000, -2000, 3000])
DAYS = st.integers(0, 9).map(lambda n: DAY + dt.timedelta(days=n))
LINES = st.lists(st.tuples(AMOUNTS, WORDS, WORDS, NAMES, DAYS), max_size=12)


def made(rows: list[tuple[int, str, str, str, dt.date]]) -> tuple[list[LineFact], list[Candidate]]:
    lines = [
        line(n, amount, end_to_end_id=name, reference=reference, party=party, day=day)
        for n, (amount, name, reference, party, day) in enumerate(rows)
    ]
    things = [
        thing(n, amount, end_to_end_id=name, reference=reference, name=party, day=day)
        for n, (amount, name, reference, party, day) in enumerate(rows)
    ]
    return lines, things


@given(LINES, LINES)
def test_no_line_and_no_thing_is_given_twice_and_no_amount_is_bent(mine: Any, theirs: Any) -> None:
    lines, things = made(mine)[0], made(theirs)[1]
    found = match_lines(lines, things, days=5)
    assert len({one.line.id for one in found}) == len(found)
    assert len({one.candidate.code for one in found}) == len(found)
    assert all(one.line.amount_minor == one.candidate.amount_minor for one in found)
    assert sum(one.line.amount_minor for one in found) == sum(one.candidate.amount_minor for one in found)


@given(LINES, LINES, st.randoms())
def test_the_order_in_which_things_are_told_changes_nothing(mine: Any, theirs: Any, chance: Any) -> None:
    lines, things = made(mine)[0], made(theirs)[1]
    before = {(one.line.id, one.candidate.code, one.how) for one in match_lines(lines, things, days=5)}
    chance.shuffle(lines)
    chance.shuffle(things)
    assert {(one.line.id, one.candidate.code, one.how) for one in match_lines(lines, things, days=5)} == before


@given(LINES)
def test_a_second_look_with_what_is_left_finds_nothing_by_name(rows: Any) -> None:
    lines, things = made(rows)
    found = match_lines(lines, things, days=5)
    done, used = {one.line.id for one in found}, {one.candidate.code for one in found}
    left = [one for one in lines if one.id not in done], [one for one in things if one.code not in used]
    again = match_lines(*left, days=5)
    assert [one for one in again if one.how != MatchedBy.LIKENESS] == []
