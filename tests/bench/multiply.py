"""Many projects from the sample fund's twelve: whole stories copied inside the database, in proportion.

Each copy has rows, references and threads of its own, so reviews, grants, tranches, case records and journal entries
grow as applications do. People who sign in keep what they had: copies belong to copies of organisations and people.
"""

from dataclasses import dataclass

from django.core.management.color import no_style
from django.db import connection, models, transaction

from fundmgmt import triggers
from tests.house.reading import APPS, our_models

# Not copied: who holds which role, rules, words and codes, and what counts up.
SHARED = {
    "fundmgmt": {
        "Membership",
        "RoleGrant",
        "Seat",
        "Term",
        "Rule",
        "Sequence",
        "Checkpoint",
        "SealedHead",
        "Indicator",
        "RubricItem",
        "PracticeTag",
        "StandardItem",
        "GlossaryTerm",
        "Place",
        "Verification",
        "Heartbeat",
    },
    "disbursements": {
        "Account",
        "BankStatement",
        "BatchItem",
        "BooksCheckpoint",
        "ClosedDay",
        "Contribution",
        "Donor",
        "DonorCheck",
        "Earmark",
        "FundAccount",
        "LedgerHead",
        "PaymentBatch",
        "Pledge",
        "PledgeInstalment",
        "Purse",
        "RailCheck",
        "RailFinding",
        "Rate",
        "StatementFile",
        "StatementLine",
        "Tie",
    },
}
# Not every application becomes a grant: one copy in ten goes on after the decision.
WENT_ON = "n.k % 10 = 1"
# Entries of the ledger whose cause is not copied stay alone: each cause has one entry.
CAUSES = ("grant", "paymentinstruction", "refund", "tranche")
OF_A_PROJECT = " OR ".join(f"source LIKE 'disbursements.{cause}:%'" for cause in CAUSES)
BEFORE_AWARD = "kind LIKE 'applications.%'"
ONLY = {
    "LedgerEntry": OF_A_PROJECT,
    "LedgerLine": f"EXISTS (SELECT 1 FROM disbursements_ledgerentry e WHERE e.id = t.entry_id AND ({OF_A_PROJECT}))",
    "JournalEntry": f"{BEFORE_AWARD} OR {WENT_ON}",
    "Receipt": f"EXISTS (SELECT 1 FROM fundmgmt_journalentry e WHERE e.id = t.entry_id AND {BEFORE_AWARD})"
    f" OR {WENT_ON}",
}
# Copied, but fewer than there are projects: a person applies more than once, a call has many applications.
SETS = {"User": 50, "Call": 20}
PEOPLE = {"User", "Organisation", "ReviewerProfile", "BankDetail"}
DIGITS = "0123456789"


@dataclass(frozen=True)
class Copied:
    """A model whose rows are copied: how far apart the copies' keys lie, and how many copies there are."""

    model: type[models.Model]
    stride: int
    sets: int | None

    @property
    def turn(self) -> str:
        """The number of the copy a row belongs to, as SQL with parameters."""
        return f"(1 + (n.k - 1) %% {self.sets})" if self.sets else "n.k"


Plan = dict[type[models.Model], Copied]


def multiply(copies: int, *, same_people: bool = False) -> int:
    """Copy every project so many times; return how many rows there are more.

    With `same_people` all copies belong to the people and organisations of the sample, and every copy goes on after
    the decision: for tests of what one person sees when there is much.
    """
    models_ = [model for model in copied_models() if not (same_people and model.__name__ in PEOPLE)]
    plan = {model: Copied(model, _stride(model), None if same_people else _sets(model)) for model in models_}
    added = 0
    triggers.remove()
    _hurry()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE numbers (k integer PRIMARY KEY)")
        cursor.executemany("INSERT INTO numbers VALUES (%s)", [(k,) for k in range(1, copies + 1)])
        for model in _parents_first(plan):
            most = min(copies, plan[model].sets or copies)
            cursor.execute(_statement(plan, model, all_go_on=same_people), [most])
            added += cursor.rowcount
        cursor.execute("DROP TABLE numbers")
    triggers.lay()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(plan)):
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    return added


def _hurry() -> None:
    """A bench may lose its database to a power cut; the slice in the tests checks every reference once."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for pragma in ("foreign_keys = OFF", "journal_mode = MEMORY", "synchronous = OFF", "cache_size = -800000"):
                cursor.execute(f"PRAGMA {pragma}")


def copied_models() -> list[type[models.Model]]:
    """Models that hold stories: ours, without those shared by all; many-to-many tables with their owners."""
    owners = [model for model in our_models() if model.__name__ not in SHARED.get(model._meta.app_label, set())]
    through = [
        field.remote_field.through
        for model in owners
        for field in model._meta.local_many_to_many
        if field.remote_field.through._meta.auto_created and field.related_model._meta.app_label in APPS
    ]
    return owners + through


def _sets(model: type[models.Model]) -> int | None:
    """How many copies there are, if fewer than projects: what belongs to one person alone is as rare as persons."""
    alone = [field.related_model for field in model._meta.concrete_fields if field.is_relation and field.unique]
    return SETS.get(model.__name__) or next((SETS[one.__name__] for one in alone if one.__name__ in SETS), None)


def _stride(model: type[models.Model]) -> int:
    """A step beyond the highest key; nothing for keys that are no numbers."""
    if not isinstance(model._meta.pk, models.AutoField | models.IntegerField):
        return 0
    return (model._base_manager.aggregate(top=models.Max("pk"))["top"] or 0) + 1


def _parents_first(plan: Plan) -> list[type[models.Model]]:
    """PostgreSQL checks at the end of the transaction; the order only keeps the work tidy."""
    return sorted(plan, key=lambda model: (APPS.index(model._meta.app_label), model._meta.label))


def _statement(plan: Plan, model: type[models.Model], *, all_go_on: bool) -> str:
    fields = [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(_value(plan, model, field) for field in fields)
    table = model._meta.db_table
    only = f"({ONLY.get(model.__name__, '1 = 1')})"
    if model._meta.app_label in {"disbursements", "evaluation"}:
        only += f" AND {WENT_ON}"
    if all_go_on:
        only = only.replace(WENT_ON, "1 = 1")
    only = only.replace("%", "%%")
    return f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM "{table}" t, numbers n WHERE n.k <= %s AND {only}'


def _value(plan: Plan, model: type[models.Model], field: models.Field) -> str:
    """One column of a copy, as SQL over the row `t` and the number `n.k`."""
    here, column = plan[model], f't."{field.column}"'
    if field.is_relation:
        return _reference(plan.get(field.related_model), column)
    if isinstance(field, models.UUIDField):
        return _uuid(column, here.turn)
    if field.primary_key:
        return f"{column} + {here.turn} * {here.stride}"
    if field.name in {"subject", "source"} and isinstance(field, models.CharField):
        return _subject(plan, column)
    if field.unique or _alone_in_a_constraint(plan, model, field):
        return _text(here, model, field, column)
    return column


def _reference(target: Copied | None, column: str) -> str:
    """A row that is not copied stays; a copied one is that of the same turn."""
    if target is None:
        return column
    if target.stride == 0:
        return _uuid(column, target.turn)
    return f"{column} + {target.turn} * {target.stride}"


def _alone_in_a_constraint(plan: Plan, model: type[models.Model], field: models.Field) -> bool:
    """Whether this column alone keeps a copy apart, because no other column of its constraint changes."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and field.name in constraint.fields:
            others = [model._meta.get_field(name) for name in constraint.fields]
            changes = any(
                one.related_model in plan if one.is_relation else isinstance(one, models.UUIDField) for one in others
            )
            texts = [one.name for one in others if isinstance(one, models.CharField)]
            if not changes and texts and texts[-1] == field.name:
                return True
    return False


def _text(here: Copied, model: type[models.Model], field: models.Field, column: str) -> str:
    """Another text in the place of a unique one: its start, then the number of the new row."""
    pk = f't."{model._meta.pk.column}" + {here.turn} * {here.stride}'
    number = f"CAST({pk} AS text)" if here.stride else f"CAST({here.turn} AS text)"
    if isinstance(field, models.EmailField):
        return f"'c' || {number} || {column}"
    if not isinstance(field, models.CharField | models.TextField):
        return f"{column} + {here.turn} * 100000"
    room = (field.max_length or 200) - 7
    padded = f"substr('0000000' || {number}, length('0000000' || {number}) - 6)"
    return f"CASE WHEN {column} = '' THEN '' ELSE substr(rtrim({column}, '{DIGITS}'), 1, {room}) || {padded} END"


def _uuid(column: str, turn: str) -> str:
    """Another thread for each copy: the first eight digits say which."""
    if connection.vendor == "sqlite":
        return f"printf('%%08x', {turn}) || substr({column}, 9)"
    return f"(lpad(to_hex({turn}), 8, '0') || substr({column}::text, 9))::uuid"


def _subject(plan: Plan, column: str) -> str:
    """The row an entry is about, in its copy."""
    cases = ""
    for model, copied in plan.items():
        if copied.stride:
            name = model._meta.label_lower
            number = f"CAST(substr({column}, {len(name) + 2}) AS integer) + {copied.turn} * {copied.stride}"
            cases += f" WHEN {column} LIKE '{name}:%%' THEN '{name}:' || CAST({number} AS text)"
    return f"CASE{cases} ELSE {column} END"
