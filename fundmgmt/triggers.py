"""Database triggers made from the models: no state pair that is no edge, no change to rows written once.

They hold against `QuerySet.update`, raw SQL and other programs. SQLite drops triggers when Django remakes a table, so
they are laid anew after every migrate and checked at start-up. State triggers look at UPDATE only, so that rows of
any state can be inserted in bulk by a restore or a benchmark.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

from fundmgmt.models.append_only import AppendOnlyModel
from fundmgmt.models.guards import Guard
from fundmgmt.models.workflow import WorkflowModel
from fundmgmt.workflow import edges

PREFIX = "fund_"


@dataclass(frozen=True)
class Trigger:
    """One trigger: its name, table and the SQL that lays it."""

    name: str
    table: str
    create: tuple[str, ...]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _state_trigger(model: type[WorkflowModel], vendor: str) -> Trigger:
    table = model._meta.db_table
    field: Any = model._meta.get_field(model.state_columns()[0])
    column = field.column
    pairs = sorted({(edge.source, edge.target) for edge in edges(model) if edge.source != edge.target})
    allowed = (
        " OR ".join(f'(OLD."{column}" = {_quoted(a)} AND NEW."{column}" = {_quoted(b)})' for a, b in pairs) or "FALSE"
    )
    name = f"{PREFIX}{table}_edges"
    refused = f'OLD."{column}" <> NEW."{column}" AND NOT ({allowed})'
    text = f"{table}: no such step"
    if vendor == "sqlite":
        body = (
            f'CREATE TRIGGER "{name}" BEFORE UPDATE ON "{table}" WHEN {refused} '
            f"BEGIN SELECT RAISE(ABORT, {_quoted(text)}); END"
        )
        return Trigger(name, table, (body,))
    return Trigger(name, table, _postgres(name, table, "UPDATE", text, when=f"WHEN ({refused})"))


def _postgres(name: str, table: str, events: str, text: str, *, when: str = "", level: str = "ROW") -> tuple[str, ...]:
    function = (
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN RAISE EXCEPTION {_quoted(text)} USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    trigger = (
        f'CREATE TRIGGER "{name}" BEFORE {events} ON "{table}" FOR EACH {level} {when} EXECUTE FUNCTION "{name}"()'
    )
    return function, trigger


def _unique_sets(model: type[AppendOnlyModel]) -> list[tuple[str, ...]]:
    meta: Any = model._meta
    sets: list[tuple[str, ...]] = [(meta.pk.column,)]
    sets += [(f.column,) for f in meta.concrete_fields if f.unique and not f.primary_key]
    for constraint in meta.total_unique_constraints:
        sets.append(tuple(meta.get_field(name).column for name in constraint.fields))
    return sets


def _once_triggers(model: type[AppendOnlyModel], vendor: str) -> list[Trigger]:
    table = model._meta.db_table
    text = f"{table} is written once"
    if vendor != "sqlite":
        rows, truncate = f"{PREFIX}{table}_once", f"{PREFIX}{table}_whole"
        return [
            Trigger(rows, table, _postgres(rows, table, "UPDATE OR DELETE", text)),
            Trigger(truncate, table, _postgres(truncate, table, "TRUNCATE", text, level="STATEMENT")),
        ]
    found = []
    for event in ("UPDATE", "DELETE"):
        name = f"{PREFIX}{table}_{event.lower()}"
        body = f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" BEGIN SELECT RAISE(ABORT, {_quoted(text)}); END'
        found.append(Trigger(name, table, (body,)))
    keys = [" AND ".join(f'"{column}" = NEW."{column}"' for column in columns) for columns in _unique_sets(model)]
    same = " OR ".join(f"({key})" for key in keys)
    name = f"{PREFIX}{table}_replace"  # INSERT OR REPLACE deletes without firing the DELETE trigger
    body = (
        f'CREATE TRIGGER "{name}" BEFORE INSERT ON "{table}" WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {same}) '  # noqa: S608 -- names of our own tables and columns
        f"BEGIN SELECT RAISE(ABORT, {_quoted(text)}); END"
    )
    found.append(Trigger(name, table, (body,)))
    return found


def spoken(condition: str, vendor: str) -> str:
    """A guard's condition in this database's own words (see Guard)."""
    if vendor == "sqlite":
        zone = zoneinfo.ZoneInfo(settings.TIME_ZONE)
        minutes = int((zone.utcoffset(dt.datetime.now()) or dt.timedelta()).total_seconds() // 60)  # noqa: DTZ005 -- only the zone's offset is read
        day, each = rf"date(\1, '{minutes:+d} minutes')", "json_each("
    else:
        day, each = rf"CAST((\1) AT TIME ZONE '{settings.TIME_ZONE}' AS DATE)", "jsonb_array_elements_text("
    return re.sub(r"LOCAL_DAY\(([^()]*)\)", day, condition).replace("JSON_EACH(", each)


def _guard_trigger(table: str, guard: Guard, vendor: str) -> Trigger:
    name, text = f"{PREFIX}{table}_{guard.name}", _quoted(guard.text)
    refused = spoken(guard.refused, vendor)
    if vendor == "sqlite":
        body = (
            f'CREATE TRIGGER "{name}" BEFORE {guard.event} ON "{table}" WHEN {refused} '
            f"BEGIN SELECT RAISE(ABORT, {text}); END"
        )
        return Trigger(name, table, (body,))
    function = (
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN IF {refused} THEN RAISE EXCEPTION {text} "
        f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    when, kind, last = "BEFORE", "TRIGGER", ""
    if guard.deferred:
        when, kind, last = "AFTER", "CONSTRAINT TRIGGER", "DEFERRABLE INITIALLY DEFERRED "
    trigger = f'CREATE {kind} "{name}" {when} {guard.event} ON "{table}" {last}FOR EACH ROW EXECUTE FUNCTION "{name}"()'
    return Trigger(name, table, (function, trigger))


def wanted(using: str = "default") -> list[Trigger]:
    """Every trigger this database should have."""
    vendor = connections[using].vendor
    found: list[Trigger] = []
    for model in apps.get_models():
        if issubclass(model, WorkflowModel):
            found.append(_state_trigger(model, vendor))
        if issubclass(model, AppendOnlyModel):
            found += _once_triggers(model, vendor)
        for guard in getattr(model, "guards", tuple)():
            if not guard.deferred or vendor != "sqlite":
                found.append(_guard_trigger(model._meta.db_table, guard, vendor))
    return found


def standing(using: str = "default") -> dict[str, str]:
    """Triggers of ours in the database: name to table."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [PREFIX + "%"]
            )
        else:
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND n.nspname = current_schema() AND t.tgname LIKE %s",
                [PREFIX + "%"],
            )
        return dict(cursor.fetchall())


def remove(using: str = "default") -> None:
    """Take our triggers out (before a test flush, or to lay them anew)."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for name, table in standing(using).items():
            on_table = f' ON "{table}"' if connection.vendor != "sqlite" else ""
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on_table}')


def lay(using: str = "default") -> int:
    """Lay every trigger anew for the tables that exist; how many stand now."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    remove(using)
    laid = 0
    with connection.cursor() as cursor:
        for trigger in wanted(using):
            if trigger.table in tables:
                for statement in trigger.create:
                    cursor.execute(statement)
                laid += 1
    return laid


def missing(using: str = "default") -> list[str]:
    """Names of triggers that should stand and do not."""
    have = standing(using)
    return [trigger.name for trigger in wanted(using) if trigger.name not in have]
