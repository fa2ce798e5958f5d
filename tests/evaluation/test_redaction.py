"""What may leave the house: small cells cannot be subtracted out, and no trace of a person survives."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.redaction import Count, clean, is_small, place, publishable, suppress, traces

COUNTS = st.lists(st.integers(0, 60), min_size=1, max_size=6)
LIMIT = 10


def cells_of(numbers: list[int]) -> list[Count]:
    return [Count(f"c{place}", number) for place, number in enumerate(numbers)]


@given(COUNTS)
def test_what_is_small_is_never_shown(numbers: list[int]) -> None:
    for before, after in zip(cells_of(numbers), suppress(cells_of(numbers), LIMIT), strict=True):
        assert after.hidden or after == before
        assert not (is_small(before, LIMIT) and not after.hidden)


@given(COUNTS)
def test_a_hidden_cell_cannot_be_subtracted_from_the_total(numbers: list[int]) -> None:
    after = suppress(cells_of(numbers), LIMIT)
    hidden = [number for number, cell in zip(numbers, after, strict=True) if cell.hidden]
    if not hidden or len(hidden) == len(numbers):
        return
    left_over = sum(numbers) - sum(cell.numerator or 0 for cell in after)
    assert left_over == sum(hidden) >= LIMIT
    assert len([number for number in hidden if number]) >= 2
    worlds = (
        {world for world in product(range(left_over + 1), repeat=len(hidden)) if sum(world) == left_over}
        if (len(hidden) == 2)
        else set()
    )
    assert len(hidden) > 2 or len(worlds) > 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=5))
def test_shares_hide_those_who_are_and_those_who_are_not(pairs: list[tuple[int, int]]) -> None:
    cells = [Count(f"c{n}", a, a + b) for n, (a, b) in enumerate(pairs)]
    after = suppress(cells, LIMIT)
    for cell in after:
        assert cell.hidden or all(part == 0 or part >= LIMIT for part in cell.parts())
    hidden = [pair for pair, cell in zip(pairs, after, strict=True) if cell.hidden]
    if hidden and len(hidden) < len(pairs):
        for total in (sum(a for a, _b in hidden), sum(b for _a, b in hidden)):
            assert total == 0 or total >= LIMIT


@given(COUNTS, st.randoms())
def test_the_order_of_cells_changes_nothing(numbers: list[int], random: object) -> None:
    cells = cells_of(numbers)
    shuffled = list(cells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert {c.key: c for c in suppress(cells, LIMIT)} == {c.key: c for c in suppress(shuffled, LIMIT)}


def test_the_sample_s_small_cells_go_with_their_partner() -> None:
    hazardous = [Count("F", 9, 80), Count("M", 12, 72)]
    assert all(cell.hidden for cell in suppress(hazardous, LIMIT))
    trade = Count("all", 4, 45)
    assert not publishable(trade, LIMIT, public=True)
    assert publishable(Count("all", 28, 152), LIMIT, public=True)
    assert not publishable(Count("all", 210), LIMIT, public=False)


PERSONAL = st.one_of(
    st.from_regex(r"\+243 ?8[0-9]{2} ?[0-9]{3} ?[0-9]{3}", fullmatch=True),
    st.from_regex(r"[a-z]{2,8}@[a-z]{2,8}\.(com|cd|org)", fullmatch=True),
    st.from_regex(r"-1[01]\.[0-9]{4,6}, 2[5-8]\.[0-9]{4,6}", fullmatch=True),
    st.from_regex(r"(0[1-9]|1[0-9])/(0[1-9]|1[0-2])/20(0|1)[0-9]", fullmatch=True),
)


@given(st.text(max_size=60), PERSONAL, st.text(max_size=60))
def test_no_trace_of_a_person_survives(before: str, personal: str, after: str) -> None:
    text = f"{before} {personal} {after}"
    assert traces(text)
    shown = clean(text)
    assert personal not in shown
    assert traces(shown) == []


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "text", ["210 children, 124 supported within 90 days (59.0 percent)", "From 61.9 to 18.4 percent in 2024 and 2025"]
)
def test_figures_stay(text: str) -> None:
    assert clean(text) == text


def test_a_place_is_never_nearer_than_allowed() -> None:
    parts = {"province": "Lualaba", "territory": "Kolwezi", "commune": "Manika"}
    assert place("province", **parts) == "Lualaba"
    assert place("territory", **parts) == "Kolwezi, Lualaba"
    assert place("commune", **parts) == "Manika, Lualaba"
    assert place("village", **parts) == "Lualaba"
