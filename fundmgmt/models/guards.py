"""Row rules a model asks of the database itself, beyond what a CheckConstraint can say. fundmgmt.triggers lays them."""
# ruff: noqa: S608 -- names of our own tables and columns; no value from outside enters a guard

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


def same_person(column: str, others: str) -> str:
    """SQL: whether the person in this column of NEW is one of those that `others` gives, under whichever account."""
    users = '"fundmgmt_user"'
    return (
        f'EXISTS (SELECT 1 FROM {users} u JOIN {users} o ON o."id" = u."id" OR (u."phone_key" <> \'\' AND '
        f'u."phone_key" = o."phone_key") WHERE u."id" = NEW."{column}" AND o."id" IN ({others}))'
    )
