"""The committee's law as pure functions: who must be there, and what the votes say.

No database, no clock: seats, recusals, votes and the rule values come in, an Outcome goes out. The numbers are the
fund's rules of the day (fundmgmt/data/rules.json, domain report 5.7). An alternate votes for the seat; nobody votes
for somebody else; the chair has one vote like every seat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FOR, AGAINST, ABSTAIN = "for", "against", "abstain"


@dataclass(frozen=True)
class VotingSeat:
    """A seat with a vote and whom it speaks for."""

    code: str
    constituency: str


@dataclass(frozen=True)
class CommitteeRules:
    """The rule values of the day. Shares are (numerator, denominator), so that two thirds is exact."""

    quorum_share: tuple[int, int] = (2, 3)
    min_voters: int = 3
    min_constituencies: int = 2
    majority_share: tuple[int, int] = (2, 3)


@dataclass(frozen=True)
class Outcome:
    """What the law says. `result`: carried, not_carried, waits (no quorum or time left) or to_meeting.

    `why` is a code; the pages have its sentence. `possible` is False when no vote can bring a quorum any more.
    """

    quorum: bool
    needed: int
    present: int
    eligible: int
    result: str
    why: str
    in_favour: int
    against: int
    abstain: int
    recused: int
    constituencies: int
    possible: bool

    @property
    def carried(self) -> bool:
        """Whether the proposal is adopted."""
        return self.result == "carried"


def share_of(whole: int, share: tuple[int, int]) -> int:
    """The smallest number that is at least this share of `whole`."""
    numerator, denominator = share
    return -(-whole * numerator // denominator)


def votes_needed(eligible: int, rules: CommitteeRules) -> int:
    """How many voting seats must take part."""
    return max(share_of(eligible, rules.quorum_share), rules.min_voters)


@dataclass(frozen=True)
class _Count:
    eligible: frozenset[str]
    recused: int
    tally: dict[str, int]
    constituencies: int
    needed: int
    possible: bool

    @property
    def present(self) -> int:
        return sum(self.tally.values())


def _count(
    seats: tuple[VotingSeat, ...], recused: frozenset[str], votes: Mapping[str, str], rules: CommitteeRules
) -> _Count:
    """Votes of seats that may vote; a recused or unknown seat counts nowhere."""
    by_code = {seat.code: seat for seat in seats if seat.code not in recused}
    cast = {code: value for code, value in votes.items() if code in by_code}
    tally = {value: sum(1 for one in cast.values() if one == value) for value in (FOR, AGAINST, ABSTAIN)}
    if sum(tally.values()) != len(cast):
        raise ValueError("a vote is for, against or abstain")
    needed = votes_needed(len(by_code), rules)
    heard = {by_code[code].constituency for code in cast}
    all_voices = {seat.constituency for seat in by_code.values()}
    possible = len(by_code) >= needed and len(all_voices) >= rules.min_constituencies
    return _Count(frozenset(by_code), len(seats) - len(by_code), tally, len(heard), needed, possible)


def _outcome(count: _Count, quorum: bool, result: str, why: str) -> Outcome:
    return Outcome(
        quorum=quorum,
        needed=count.needed,
        present=count.present,
        eligible=len(count.eligible),
        result=result,
        why=why,
        in_favour=count.tally[FOR],
        against=count.tally[AGAINST],
        abstain=count.tally[ABSTAIN],
        recused=count.recused,
        constituencies=count.constituencies,
        possible=count.possible,
    )


def decide(
    seats: tuple[VotingSeat, ...],
    recused: frozenset[str],
    votes: Mapping[str, str],
    rules: CommitteeRules = CommitteeRules(),
) -> Outcome:
    """The decision in a meeting.

    Quorum: at least `quorum_share` of the voting seats that are not recused (rounded up), never fewer than
    `min_voters`, from at least `min_constituencies`; an abstention counts as being there. With a quorum the proposal
    is carried by consensus when nobody objects and somebody is in favour, else by `majority_share` of the votes cast
    for or against; a tie never carries.
    """
    count = _count(seats, recused, votes, rules)
    if not count.possible:
        return _outcome(count, False, "waits", "too_few_seats")
    if count.present < count.needed:
        return _outcome(count, False, "waits", "too_few_present")
    if count.constituencies < rules.min_constituencies:
        return _outcome(count, False, "waits", "one_constituency")
    return _outcome(count, True, *_weigh(count, rules))


def _weigh(count: _Count, rules: CommitteeRules) -> tuple[str, str]:
    in_favour, against = count.tally[FOR], count.tally[AGAINST]
    if in_favour == 0 and against == 0:
        return "not_carried", "all_abstained"
    if against == 0:
        return "carried", "consensus"
    if in_favour == against:
        return "not_carried", "tie"
    if in_favour > against and in_favour >= share_of(in_favour + against, rules.majority_share):
        return "carried", "majority"
    return "not_carried", "no_majority"


def decide_in_writing(
    seats: tuple[VotingSeat, ...],
    recused: frozenset[str],
    votes: Mapping[str, str],
    *,
    meeting_asked: bool,
    time_over: bool,
    rules: CommitteeRules = CommitteeRules(),
) -> Outcome:
    """The decision by written no-objection: silence until the last day is consent.

    An objection, or any member who asks for a meeting, sends the item to a meeting. The seats that are not recused
    must be enough for a quorum; the item waits until all have answered or the time is over.
    """
    count = _count(seats, recused, votes, rules)
    if not count.possible:
        return _outcome(count, False, "waits", "too_few_seats")
    if meeting_asked:
        return _outcome(count, True, "to_meeting", "meeting_asked")
    if count.tally[AGAINST]:
        return _outcome(count, True, "to_meeting", "objection")
    if not time_over and count.present < len(count.eligible):
        return _outcome(count, True, "waits", "time_left")
    if count.present and not count.tally[FOR] and count.present == len(count.eligible):
        return _outcome(count, True, "not_carried", "all_abstained")
    return _outcome(count, True, "carried", "no_objection")
