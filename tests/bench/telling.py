"""The bench's figures as a table, each page held against what it aims at; what is missed is said, not left out."""

from dataclasses import dataclass
from typing import Any

from tests.bench.peer import PEER

GROWTH_AIM = 1.3  # from the smallest fund to the largest
SQL_AIM = 3  # times its own SQL, and a bare page once
PEER_AIM = 10  # times faster than the peer
PEER_SIZE = 10_000  # at which the peer was measured
MOST_QUERIES = {"applications:list": 15, "applications:detail": 15}
FIRST_BYTE_MS = 500
STEADY_MB = 8  # what an export of a hundred times the rows may hold more
Found = dict[int, dict[str, Any]]


@dataclass(frozen=True)
class Line:
    """One page at every size, the largest last."""

    page: str
    by_size: dict[int, dict[str, Any]]
    bare_ms: float

    @property
    def last(self) -> dict[str, Any]:
        """At the largest size."""
        return self.by_size[max(self.by_size)]

    @property
    def is_export(self) -> bool:
        """An export is judged by its rows a second, its first byte and its memory."""
        return "(csv)" in self.page

    @property
    def growth(self) -> float:
        """How much slower the largest is than the smallest."""
        first, last = self.by_size[min(self.by_size)], self.last
        return round(last["ms"] / max(first["ms"], 0.1), 1)

    @property
    def faster(self) -> float | None:
        """How many times faster than the peer at the size the peer was measured at."""
        if self.page not in PEER or PEER_SIZE not in self.by_size:
            return None
        return round(PEER[self.page].ms / self.by_size[PEER_SIZE]["ms"], 1)

    @property
    def over(self) -> float:
        """How many times its own SQL and a bare page together it costs."""
        return round(self.last["ms"] / (self.last["sql_ms"] + self.bare_ms), 1)

    def missed(self) -> list[str]:
        """Names of the aims this page misses."""
        last, most = self.last, MOST_QUERIES.get(self.page.split(" ")[0], 0)
        first = self.by_size[min(self.by_size)]
        missed = {
            "queries": most and not self.is_export and last["queries"] > most,
            "growth": not self.is_export and self.growth > GROWTH_AIM,
            "SQL": not self.is_export and last["ms"] > SQL_AIM * last["sql_ms"] + self.bare_ms,
            "first byte": self.is_export and last["first_ms"] > FIRST_BYTE_MS,
            "memory": self.is_export and last["grown_mb"] - first["grown_mb"] > STEADY_MB,
            "peer": self.faster is not None and self.faster < PEER_AIM,
        }
        return [name for name, is_missed in missed.items() if is_missed]

    def cells(self) -> list[Any]:
        """As the table shows it."""
        last = self.last
        rate = f"{last['rows'] / last['ms'] * 1000:,.0f} rows/s" if self.is_export else f"{self.growth}"
        peer = f"{PEER[self.page]}; {self.faster or '?'} times faster" if self.page in PEER else ""
        memory = f"{last['first_ms']:,.0f} ms, +{last['grown_mb']:.0f} MB" if self.is_export else ""
        figures = [figure for _size, figure in sorted(self.by_size.items())]
        times = [f"{figure['ms']:,.1f}{'' if figure['whole'] else '+'}" for figure in figures]
        times.append("" if self.is_export else " → ".join(f"{figure['cpu_ms']:,.1f}" for figure in figures))
        own = [f"{last['sql_ms']:,.1f}", "" if self.is_export else self.over, f"{last['gzip_bytes']:,}"]
        return [self.page, last["queries"], *times, rate, *own, memory, ", ".join(self.missed()) or "none", peer]


def lines_of(found: Found) -> list[Line]:
    """One line for each page that was measured at every size."""
    by_size = {size: {figure["page"]: figure for figure in found[size]["figures"]} for size in sorted(found)}
    bare = found[max(found)]["bare_ms"]
    pages = [page for page in by_size[max(found)] if all(page in figures for figures in by_size.values())]
    return [Line(page, {size: figures[page] for size, figures in by_size.items()}, bare) for page in pages]


def report(kind: str, found: Found) -> None:
    """The table, then how many pages reach each aim."""
    lines, sizes = lines_of(found), sorted(found)
    peak = max(line.last["peak_mb"] for line in lines)
    print(f"\n{kind}: milliseconds are medians of 20; a page that shows the frame alone takes {lines[0].bare_ms} ms.")
    print(
        f"The process held at most {peak} MB. CPU is what the page's own process used: where others work too,\n"
        "the steadier figure. An export marked + was left after a minute; its rate is of what it gave.\n"
        f"Aims: under {SQL_AIM} times its own SQL plus a bare page; growth under {GROWTH_AIM}; {PEER_AIM} times\n"
        f"faster than the peer; an export begins within {FIRST_BYTE_MS} ms and a longer one holds no more memory.\n"
    )
    head = ["page", "queries", *(f"ms at {size:,}" for size in sizes), "CPU ms", "growth or rate", "own SQL ms"]
    head += ["times (SQL + bare)", "gzip bytes", "first byte, memory", "missed", "peer at 10,000"]
    print(" | ".join(head))
    print(" | ".join("---" for _ in head))
    for line in lines:
        print(" | ".join(str(cell) for cell in line.cells()))
    print()
    pages, exports = [one for one in lines if not one.is_export], [one for one in lines if one.is_export]
    for aim, asked in (
        ("growth", pages),
        ("SQL", pages),
        ("queries", [one for one in pages if one.page.split(" ")[0] in MOST_QUERIES]),
        ("first byte", exports),
        ("memory", exports),
        ("peer", [one for one in lines if one.faster is not None]),
    ):
        met = sum(aim not in one.missed() for one in asked)
        print(f"{aim}: {met} of {len(asked)} reach the aim", flush=True)
