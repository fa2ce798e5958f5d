"""Figures of the closest peer, an established open-source grant system, measured on the same kind of machine.

At 10,044 submissions, 30,000 reviews, 70,000 activities, two cores; the lowest of what was measured, without its
partials, so that a comparison flatters the peer rather than us.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """One page of the peer: queries, milliseconds, compressed bytes of the page where they were taken."""

    queries: int
    ms: float
    gzip_bytes: int | None = None
    note: str = ""

    def __str__(self) -> str:
        """As the bench prints it."""
        size = f", {self.gzip_bytes:,} bytes" if self.gzip_bytes else ""
        note = f" ({self.note})" if self.note else ""
        return f"{self.queries:,} queries, {self.ms:,.0f} ms{size}{note}"


PEER: dict[str, Peer] = {
    "applications:list as officer": Peer(210, 314, 30_500),
    "applications:list last page": Peer(196, 2211, 30_900),
    "applications:list two-word search": Peer(216, 518, 32_000),
    "applications:list filter": Peer(214, 765, 31_100),
    "applications:list (csv)": Peer(40_197, 66_300, note="481 MB at its peak"),
    "applications:detail as officer": Peer(60, 118, 16_300, "and 4 partials"),
    "applications:detail as member:owner": Peer(34, 75, 10_800),
    "applications:panel as officer": Peer(51, 71, 12_200),
    "applications:section as member:owner": Peer(23, 91, 14_400, "692 KB with scripts"),
    "applications:review_scores as reviewer": Peer(19, 72, 13_000, "684 KB with scripts"),
    "applications:reviewers as officer": Peer(21, 321, 17_400),
    "applications:calls as officer": Peer(33, 270, 13_900),
    "fundmgmt:home of officer": Peer(29, 149, 13_700),
    "fundmgmt:home of reviewer": Peer(38, 175, 12_050),
    "fundmgmt:home of member:owner": Peer(28, 97, 10_000, "and 2 partials"),
    "evaluation:results as officer": Peer(34, 455, 16_500, "uncached"),
}
