"""Check an export of the books: python3 verify_books.py FOLDER [--key PUBLIC_KEY] [--file FILE]. Needs only Python.

It trusts nothing of the system that wrote the export. It computes every hash, chain, seal and sum again from the lines,
checks each signature, and names what does not fit. Exit code 0: all fits; 1: something does not; 2: cannot be read.

With --key (64 hexadecimal digits, as published) each checkpoint must be signed by that key. Without it the keys in the
export are only named: compare them with a copy that you had from elsewhere, for a forger could sign with another.
With --file (a payment file that the bank has, XML or table) the checkpoint written in it must be among those here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

Line = dict[str, Any]
Problems = list[str]
HEAD = ("hash", "signature", "key")  # beside the content that is hashed
COPY = re.compile(r"\b(\d+) ([0-9a-f]{64})\b")  # a checkpoint as papers and payment files carry it


def canonical(content: Line, *, ascii_only: bool = False) -> bytes:
    """The bytes that were hashed."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only).encode()


def digest(line: Line, *, ascii_only: bool = False) -> str:
    """SHA-256 of a line without what stands beside its content."""
    content = {name: value for name, value in line.items() if name not in HEAD}
    return hashlib.sha256(canonical(content, ascii_only=ascii_only)).hexdigest()


# Ed25519 (RFC 8032), verification only -----------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def _x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def _point(raw: bytes) -> Point | None:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(count: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while count:
        if count & 1:
            found = _add(found, point)
        point = _add(point, point)
        count >>= 1
    return found


def _base() -> Point:
    y = 4 * pow(5, P - 2, P) % P
    x = _x_of(y, 0) or 0
    return x, y, 1, x * y % P


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key signed the message."""
    if len(key) != 32 or len(signature) != 64:  # noqa: PLR2004 -- lengths of RFC 8032
        return False
    public, r = _point(key), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if public is None or r is None or s >= ORDER:
        return False
    told = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = _times(s, _base()), _add(r, _times(told, public))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# The books ---------------------------------------------------------------------------------------


class Books:
    """An export, read line by line, with what was found wrong in it."""

    def __init__(self, folder: Path, key: str = "") -> None:
        self.folder, self.key = folder, key.lower()
        self.problems: Problems = []
        self.keys: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.manifest = json.loads(folder.joinpath("manifest.json").read_text(encoding="utf-8"))
        self.checkpoints = list(self.lines("checkpoints.jsonl"))
        self.seals = list(self.lines("seals.jsonl"))

    def lines(self, name: str) -> Any:
        """Lines of a file; how many there are is compared with the manifest at the end."""
        count = 0
        with self.folder.joinpath(name).open(encoding="utf-8") as file:
            for count, text in enumerate(file, 1):
                try:
                    line = json.loads(text)
                except ValueError:
                    self.problems.append(f"{name}: line {count} cannot be read")
                    continue
                yield line
        self.counts[name] = count
        told = self.manifest["lines"].get(name)
        if told != count:
            self.problems.append(f"{name} has {count} lines; the manifest says {told}")

    def verify(self) -> Problems:
        """Everything, in the order in which one trusts: the ledger, the journal, the seals, the checkpoints."""
        self._ledger()
        self._journal()
        self._chain_of_checkpoints()
        return self.problems

    # The ledger

    def _ledger(self) -> None:
        wanted = {row["ledger"]["no"]: row for row in self.checkpoints}
        self._compare(wanted.get(0), "", 0, {})
        expected, before, count = 1, "", 0
        sums: dict[str, int] = {}
        for entry in self.lines("ledger.jsonl"):
            no = entry["no"]
            whole = self._in_order("ledger entry", no, expected)
            if whole and entry["prev"] != before:
                self.problems.append(f"ledger entry {no} does not follow the one before it")
            if digest(entry, ascii_only=True) != entry["hash"]:
                self.problems.append(f"ledger entry {no} was changed: its content does not fit its hash")
            self._balance(entry)
            for account, minor, currency, *_about in entry["lines"]:
                count += 1
                name = f"{account} {currency}"
                sums[name] = sums.get(name, 0) + minor
            if no >= expected:
                expected, before = no + 1, entry["hash"]
            self._compare(wanted.pop(no, None), entry["hash"], count, sums)
        for no in sorted(no for no in wanted if no):
            self.problems.append(f"checkpoint {wanted[no]['no']} sealed ledger entry {no}, which is not there")

    def _in_order(self, what: str, no: int, expected: int) -> bool:
        if no > expected:
            gone = f"{what} {expected} is" if no == expected + 1 else f"{what} {expected} to {no - 1} are"
            self.problems.append(f"{gone} missing before {no}")
        elif no < expected:
            self.problems.append(f"{what} {no} stands in the wrong place or twice")
        return no == expected

    def _balance(self, entry: Line) -> None:
        sums: dict[str, int] = {}
        for _account, minor, currency, *_about in entry["lines"]:
            sums[currency] = sums.get(currency, 0) + minor
        for currency, rest in sorted(sums.items()):
            if rest:
                self.problems.append(f"ledger entry {entry['no']} does not balance: {rest} minor units of {currency}")

    def _compare(self, row: Line | None, last: str, count: int, sums: dict[str, int]) -> None:
        if row is None:
            return
        told, no = row["ledger"], row["no"]
        if told["hash"] != last:
            self.problems.append(f"checkpoint {no} sealed ledger entry {told['no']} with another hash")
        if told["lines"] != count:
            self.problems.append(f"checkpoint {no} sealed {told['lines']} ledger lines; there are {count}")
        for name in sorted({*told["sums"], *sums}):
            was, now = told["sums"].get(name, 0), sums.get(name, 0)
            if was != now:
                self.problems.append(f"checkpoint {no} sealed {was} minor units on {name}; the lines sum to {now}")

    # The journal and its seals

    def _journal(self) -> None:
        wanted = {(thread, seq) for seal in self.seals for thread, seq in seal["heads"]}
        hashes: dict[tuple[str, int], str] = {}
        thread, expected, before = "", 1, ""
        for step in self.lines("journal.jsonl"):
            if step["thread"] != thread:
                thread, expected, before = step["thread"], 1, ""
            seq, name = step["seq"], f"journal {step['thread']} entry"
            whole = self._in_order(name, seq, expected)
            if whole and step["prev"] != before:
                self.problems.append(f"{name} {seq} does not follow the one before it")
            if digest(step) != step["hash"]:
                self.problems.append(f"{name} {seq} was changed: its content does not fit its hash")
            if seq >= expected:
                expected, before = seq + 1, step["hash"]
            if (thread, seq) in wanted:
                hashes[thread, seq] = step["hash"]
        self._seals(hashes)

    def _seals(self, hashes: dict[tuple[str, int], str]) -> None:
        root, covered = "", {}
        roots = {"": 0}
        for seal in self.seals:
            sealed = hashlib.sha256(root.encode())
            for thread, seq in seal["heads"]:
                if (thread, seq) not in hashes:
                    self.problems.append(f"seal {seal['no']} of the journal names {thread} entry {seq}: not there")
                sealed.update(f"\n{thread} {seq} {hashes.get((thread, seq), '')}".encode())
                covered[thread] = seq
            if seal["prev"] != root or sealed.hexdigest() != seal["root"]:
                self.problems.append(f"seal {seal['no']} of the journal does not fit")
            root = seal["root"]
            roots[root] = sum(covered.values())
        for row in self.checkpoints:
            told = row["journal"]
            if told["root"] not in roots:
                self.problems.append(f"checkpoint {row['no']} names a seal of the journal that is not there")
            elif roots[told["root"]] != told["entries"]:
                self.problems.append(
                    f"checkpoint {row['no']} sealed {told['entries']} journal entries; there are {roots[told['root']]}"
                )

    # The checkpoints

    def _chain_of_checkpoints(self) -> None:
        expected, before = 1, ""
        for row in self.checkpoints:
            no = row["no"]
            whole = self._in_order("checkpoint", no, expected)
            if whole and row["prev"] != before:
                self.problems.append(f"checkpoint {no} does not follow the one before it")
            if digest(row) != row["hash"]:
                self.problems.append(f"checkpoint {no} was changed: its content does not fit its hash")
            self._signature(row)
            if no >= expected:
                expected, before = no + 1, row["hash"]

    def _signature(self, row: Line) -> None:
        key, no = row["key"], row["no"]
        self.keys[key] = self.keys.get(key, 0) + 1
        if self.key and key != self.key:
            self.problems.append(f"checkpoint {no} is not signed with the key that you named")
        elif key:
            content = canonical({name: value for name, value in row.items() if name not in HEAD})
            if not is_signed(bytes.fromhex(key), content, bytes.fromhex(row["signature"])):
                self.problems.append(f"checkpoint {no}: the signature is false")

    def find_copy(self, path: Path) -> list[str]:
        """What a payment file says of the books, held against them: which checkpoints it names that are here."""
        told = sorted({(int(no), root) for no, root in COPY.findall(path.read_text(encoding="utf-8"))})
        here = {(row["no"], row["hash"]) for row in self.checkpoints}
        if not told:
            self.problems.append(f"{path.name} names no checkpoint")
        self.problems += [
            f"{path.name} names checkpoint {no}, which is another here" for no, root in told if (no, root) not in here
        ]
        return [f"{path.name}: checkpoint {no} is in these books" for no, root in told if (no, root) in here]


def main(arguments: list[str]) -> int:
    """Read, check, say."""
    parser = argparse.ArgumentParser(description="Check an export of the books.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", default="", help="public key that must have signed, 64 hexadecimal digits")
    parser.add_argument("--file", type=Path, help="a payment file whose checkpoint must be among those of the export")
    options = parser.parse_args(arguments)
    try:
        books = Books(options.folder, options.key)
        problems = books.verify()
        found = books.find_copy(options.file) if options.file else []
    except (OSError, KeyError, TypeError, ValueError) as error:
        print(f"CANNOT READ: {error!r}")  # noqa: T201 -- a program for the terminal
        return 2
    for problem in problems:
        print(f"WRONG: {problem}")  # noqa: T201 -- a program for the terminal
    for name, count in sorted(books.counts.items()):
        print(f"{name}: {count} lines")  # noqa: T201 -- a program for the terminal
    for key, count in books.keys.items():
        print(f"{count} checkpoints signed by {key}" if key else f"{count} checkpoints NOT SIGNED")  # noqa: T201 -- a program for the terminal
    for said in found:
        print(said)  # noqa: T201 -- a program for the terminal
    print("NOT WHOLE" if problems else "WHOLE: every hash, chain, seal, sum and signature fits")  # noqa: T201 -- a program for the terminal
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
