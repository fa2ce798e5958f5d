"""Row rules a model asks of the database itself, beyond what a CheckConstraint can say. fundmgmt.triggers lays them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """Refuse `event` (INSERT, UPDATE or DELETE) on a row when the SQL condition `refused` over NEW and OLD holds.

    `name` is short and unique within the model; `text` is the message of the database. With `deferred`, PostgreSQL
    asks at commit; SQLite has no such trigger and leaves the guard out.

    Two words are put into each database's own speech: `LOCAL_DAY(moment)` is the day where the fund is, and
    `JSON_EACH(list)` a table of a list's elements in its column `value`.
    """

    name: str
    event: str
    refused: str
    text: str
    deferred: bool = False
