"""What the double remembers: objects, money by account, answers by idempotency key. SQLite, in memory or in a file."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLATFORM = ""  # the account of the fund itself
TABLES = """
CREATE TABLE IF NOT EXISTS thing (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, object TEXT, account TEXT, tag TEXT, body TEXT
);
CREATE INDEX IF NOT EXISTS thing_tag ON thing (object, account, tag);
CREATE TABLE IF NOT EXISTS purse (account TEXT, currency TEXT, amount INTEGER, PRIMARY KEY (account, currency));
CREATE TABLE IF NOT EXISTS said (
    account TEXT, key TEXT, asked TEXT, at REAL, status INTEGER, body TEXT, PRIMARY KEY (account, key)
);
"""


@dataclass(frozen=True)
class Said:
    """The answer kept under an idempotency key, and a digest of what was asked."""

    asked: str
    at: float
    status: int
    body: str


class Store:
    """One connection for all threads, one request at a time; `work()` is all or nothing."""

    def __init__(self, path: Path | str = ":memory:") -> None:
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.lock = threading.RLock()
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + TABLES)

    @contextmanager
    def work(self) -> Iterator[None]:
        """A transaction; inside another one it is part of it."""
        with self.lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def keep(self, obj: dict[str, Any], account: str = PLATFORM, tag: str = "") -> dict[str, Any]:
        """Insert or replace an object; a new one stands last."""
        body = json.dumps(obj)
        with self.lock:
            changed = self.db.execute("UPDATE thing SET body = ? WHERE id = ?", (body, obj["id"])).rowcount
            if not changed:
                self.db.execute(
                    "INSERT INTO thing (id, object, account, tag, body) VALUES (?, ?, ?, ?, ?)",
                    (obj["id"], obj["object"], account, tag, body),
                )
        return obj

    def find(self, ident: str) -> dict[str, Any] | None:
        """An object by its id."""
        with self.lock:
            row = self.db.execute("SELECT body FROM thing WHERE id = ?", (ident,)).fetchone()
        return json.loads(row[0]) if row else None

    def every(self, kind: str, account: str | None = PLATFORM, tag: str | None = None) -> list[dict[str, Any]]:
        """Objects of a kind, newest first; of one account (None: of all), with one tag."""
        where, values = ["object = ?"], [kind]
        for column, value in (("account", account), ("tag", tag)):
            if value is not None:
                where.append(f"{column} = ?")
                values.append(value)
        text = f"SELECT body FROM thing WHERE {' AND '.join(where)} ORDER BY seq DESC"  # noqa: S608 -- two fixed names
        with self.lock:
            return [json.loads(body) for (body,) in self.db.execute(text, values)]

    def add_money(self, account: str, currency: str, amount: int) -> None:
        """Change what an account holds."""
        with self.lock:
            self.db.execute(
                "INSERT INTO purse VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
                (account, currency, amount),
            )

    def money(self, account: str) -> dict[str, int]:
        """What an account holds, by currency."""
        with self.lock:
            rows = self.db.execute("SELECT currency, amount FROM purse WHERE account = ? ORDER BY currency", (account,))
            return dict(rows)

    def said(self, account: str, key: str) -> Said | None:
        """What was answered under a key."""
        with self.lock:
            row = self.db.execute(
                "SELECT asked, at, status, body FROM said WHERE account = ? AND key = ?", (account, key)
            ).fetchone()
        return Said(*row) if row else None

    def say(self, account: str, key: str, said: Said) -> None:
        """Keep an answer under its key."""
        with self.lock:
            self.db.execute(
                "INSERT OR REPLACE INTO said VALUES (?, ?, ?, ?, ?, ?)",
                (account, key, said.asked, said.at, said.status, said.body),
            )

    def close(self) -> None:
        """Let the file go."""
        self.db.close()


def new_id(prefix: str) -> str:
    """An id as the provider makes them."""
    return f"{prefix}_{secrets.token_hex(12)}"
