"""What the database asks before a tranche leaves, whatever program or hand tries it.

Facts of the clock are compared with the row's own moments: bank details must be usable at `sent_at`.
"""
# ruff: noqa: S608 -- table names of our own; no value from outside enters these conditions

from __future__ import annotations

from fundmgmt.models import Guard

TRANCHE = "disbursements_tranche"
GRANT = "disbursements_grant"
SENDS = "NEW.\"state\" = 'sent' AND OLD.\"state\" <> 'sent'"
FIXED = "('approved', 'sent', 'confirmed')"
SAME = (
    'NEW."amount_minor" = OLD."amount_minor" AND COALESCE(NEW."bank_detail_id", 0) = COALESCE(OLD."bank_detail_id", 0)'
)
RUNNING = (
    f'SELECT 1 FROM "{GRANT}" g WHERE g."id" = NEW."grant_id" AND g."state" IN (\'active\', \'ended\', \'closing\')'
)
HELD = 'SELECT 1 FROM "disbursements_hold" h WHERE h."grant_id" = NEW."grant_id" AND h."state" <> \'lifted\''
OPEN = (
    'SELECT 1 FROM "disbursements_condition" c WHERE c."met_at" IS NULL AND c."computed" = FALSE '
    'AND (c."tranche_id" = NEW."id" OR (c."tranche_id" IS NULL AND c."grant_id" = NEW."grant_id"))'
)
PAYEE = (
    'SELECT 1 FROM "disbursements_bankdetail" b WHERE b."id" = NEW."bank_detail_id" '
    'AND b."verified_at" IS NOT NULL AND b."refused_at" IS NULL AND b."usable_from" <= NEW."sent_at"'
)
INSTRUCTION = "disbursements_paymentinstruction"
TOLD = (
    f'SELECT 1 FROM "{INSTRUCTION}" p WHERE p."tranche_id" = NEW."id" AND p."amount_minor" = NEW."amount_minor" '
    'AND p."bank_detail_id" = NEW."bank_detail_id" AND p."payload_hash" = NEW."approved_hash" '
    "AND p.\"state\" IN ('prepared', 'accepted', 'unknown', 'paid')"
)
UNSENDS = "OLD.\"state\" = 'sent' AND NEW.\"state\" = 'approved'"
RUNS = (
    f'SELECT 1 FROM "{INSTRUCTION}" p WHERE p."tranche_id" = NEW."id" '
    "AND p.\"state\" IN ('prepared', 'accepted', 'unknown', 'paid')"
)
AS_TOLD = ("tranche_id", "rail", "key", "amount_minor", "currency", "bank_detail_id", "payload_hash")
UNDECIDED = (
    f'SELECT 1 FROM "{INSTRUCTION}" p WHERE p."tranche_id" = NEW."tranche_id" '
    'AND (p."state" <> \'failed\' OR p."again_at" IS NULL)'
)
TOGETHER = (
    f'SELECT SUM(t."amount_minor") FROM "{TRANCHE}" t WHERE t."grant_id" = NEW."grant_id" AND t."state" <> \'reversed\''
)
AWARD = f'SELECT g."amount_minor" FROM "{GRANT}" g WHERE g."id" = NEW."grant_id"'


def tranche_guards() -> list[Guard]:
    """Refusals of an UPDATE on a tranche."""
    return [
        Guard(
            "frozen",
            "UPDATE",
            f'OLD."state" IN {FIXED} AND NEW."state" IN {FIXED} AND NOT ({SAME})',
            "amount and payee are fixed from the approval on",
        ),
        Guard(
            "held",
            "UPDATE",
            f"{SENDS} AND (NOT EXISTS ({RUNNING}) OR EXISTS ({HELD}))",
            "nothing is sent while the grant is not running or a hold is open",
        ),
        Guard("conditions", "UPDATE", f"{SENDS} AND EXISTS ({OPEN})", "nothing is sent while a condition is open"),
        Guard(
            "payee",
            "UPDATE",
            f"{SENDS} AND NOT EXISTS ({PAYEE})",
            "nothing is sent to bank details that are not verified or still wait",
        ),
        Guard(
            "told",
            "UPDATE",
            f"{SENDS} AND NOT EXISTS ({TOLD})",
            "nothing is sent without an instruction of this amount to this payee",
        ),
        Guard("runs", "UPDATE", f"{UNSENDS} AND EXISTS ({RUNS})", "what may still be paid is not taken back"),
        Guard(
            "whole",
            "UPDATE",
            f"{SENDS} AND ({TOGETHER}) <> ({AWARD})",
            "the tranches of a grant sum to its amount",
        ),
    ]


def instruction_guards() -> list[Guard]:
    """Refusals on an instruction to a rail."""
    changed = " OR ".join(f'OLD."{column}" <> NEW."{column}"' for column in AS_TOLD)
    return [
        Guard("told", "UPDATE", f"({changed})", "what a rail was told is never changed"),
        Guard(
            "again",
            "INSERT",
            f"EXISTS ({UNDECIDED})",
            "a second instruction follows only a proven failure and a person's decision",
        ),
    ]
