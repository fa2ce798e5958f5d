"""What the database asks before a tranche leaves, whatever program or hand tries it.

The release conditions of queries/checks.py once more, as SQL over the rows themselves. Facts of the clock are compared
with the row's own moments (due diligence must be valid on the day of `sent_at`), numbers with the rule of that day.
"""
# ruff: noqa: S608 -- table names of our own; no value from outside enters these conditions

from __future__ import annotations

import json

from disbursements.models.taking_part import PART as PART_IN_A_GRANT
from fundmgmt.models import Guard
from fundmgmt.rules import specs

APP = "disbursements_"
TRANCHE, GRANT = f"{APP}tranche", f"{APP}grant"
SENDS = "NEW.\"state\" = 'sent' AND OLD.\"state\" <> 'sent'"
FIXED = "('approved', 'sent', 'confirmed')"
LEFT = "('sent', 'confirmed')"
DAY = 'LOCAL_DAY(NEW."sent_at")'
SAME = (
    'NEW."amount_minor" = OLD."amount_minor" AND COALESCE(NEW."bank_detail_id", 0) = COALESCE(OLD."bank_detail_id", 0)'
)
WHOLE = 10_000  # basis points
NEW_NO = 'NEW."no"'
THIS_CONDITION = 'w."condition_id" = c."id"'


def _grant(columns: str, condition: str = "TRUE") -> str:
    return f'SELECT {columns} FROM "{GRANT}" g WHERE g."id" = NEW."grant_id" AND {condition}'


def _rule(key: str) -> str:
    """A rule's stored value on the day of sending; the shipped one where no version is in force."""
    shipped = json.dumps(specs()[key].value)
    return (
        f'COALESCE((SELECT CAST(r."value" AS TEXT) FROM "fundmgmt_rule" r WHERE r."key" = \'{key}\' '
        f'AND r."valid_from" <= {DAY} ORDER BY r."valid_from" DESC LIMIT 1), \'{shipped}\')'
    )


def _number(key: str) -> str:
    return f"CAST({_rule(key)} AS BIGINT)"


def _waived(code: str, more: str = "TRUE") -> str:
    return (
        f'EXISTS (SELECT 1 FROM "{APP}waiver" w WHERE w."tranche_id" = NEW."id" AND w."state" = \'confirmed\' '
        f"AND w.\"code\" = '{code}' AND {more})"
    )


def _condition(what: str) -> str:
    """A computed condition that this tranche carries."""
    return f'EXISTS (SELECT 1 FROM "{APP}condition" k WHERE k."tranche_id" = NEW."id" AND k."kind" = \'{what}\')'


# What stands on the grant and its conditions ------------------------------------------------------

RUNNING = _grant("1", "g.\"state\" IN ('active', 'ended', 'closing')")
HELD = f'SELECT 1 FROM "{APP}hold" h WHERE h."grant_id" = NEW."grant_id" AND h."state" <> \'lifted\''
OPEN = (
    f'SELECT 1 FROM "{APP}condition" c WHERE c."met_at" IS NULL AND c."computed" = FALSE '
    'AND (c."tranche_id" = NEW."id" OR (c."tranche_id" IS NULL AND c."grant_id" = NEW."grant_id")) '
    f"AND NOT {_waived('attested', THIS_CONDITION)}"
)
OVERDUE = (
    f'EXISTS (SELECT 1 FROM "{APP}condition" c WHERE c."grant_id" = NEW."grant_id" AND c."met_at" IS NULL '
    f"AND c.\"kind\" IN ('report_accepted', 'final_report_accepted') AND c.\"due_date\" < {DAY})"
)
FINDINGS = f'EXISTS (SELECT 1 FROM "{APP}finding" f WHERE f."grant_id" = NEW."grant_id" AND f."answered_at" IS NULL)'
NOT_CLOSING = (
    f'{_condition("closure_checklist_started")} AND NOT EXISTS (SELECT 1 FROM "{APP}closureitem" i '
    'WHERE i."grant_id" = NEW."grant_id")'
)
PAYEE = (
    f'SELECT 1 FROM "{APP}bankdetail" b WHERE b."id" = NEW."bank_detail_id" '
    'AND b."verified_at" IS NOT NULL AND b."refused_at" IS NULL AND b."usable_from" <= NEW."sent_at"'
)
NEWER = (
    f'SELECT 1 FROM "{APP}bankdetail" b JOIN "{APP}bankdetail" n ON n."organisation_id" = b."organisation_id" '
    'AND n."no" > b."no" AND n."refused_at" IS NULL WHERE b."id" = NEW."bank_detail_id"'
)
CHANGED_UNPROVEN = (
    f'EXISTS (SELECT 1 FROM "{APP}bankdetail" b JOIN "{APP}bankdetail" o ON o."organisation_id" = b."organisation_id" '
    'AND o."no" < b."no" AND o."verified_at" IS NOT NULL WHERE b."id" = NEW."bank_detail_id") AND NOT EXISTS '
    f'(SELECT 1 FROM "{TRANCHE}" t WHERE t."bank_detail_id" = NEW."bank_detail_id" AND t."state" = \'confirmed\')'
)

# Spending -----------------------------------------------------------------------------------------

EARLIER = f'FROM "{TRANCHE}" t WHERE t."grant_id" = NEW."grant_id" AND t."state" IN {LEFT} AND t."no" < '
LAST = f'(SELECT MAX(t."no") {EARLIER} NEW."no")'
SPENT = f'COALESCE((SELECT SUM(s."spent_minor") FROM "{APP}reportedspend" s WHERE s."grant_id" = NEW."grant_id"), 0)'


def _paid(before: str) -> str:
    return f'COALESCE((SELECT SUM(t."amount_minor") {EARLIER} {before}), 0)'


def _previous_unspent() -> str:
    share = _number("spend_previous_share_bp")
    last = f"{_paid(NEW_NO)} - {_paid(LAST)}"
    return (
        f"NOT {_condition('spent_100pct_of_paid')} AND {LAST} IS NOT NULL AND {share} > 0 "
        f"AND ({SPENT} - {_paid(LAST)}) * {WHOLE} < ({last}) * {share}"
    )


def _earlier_unspent() -> str:
    share = _number("spend_earlier_share_bp")
    return (
        f"NOT {_condition('spent_100pct_of_paid')} AND {LAST} IS NOT NULL "
        f"AND {SPENT} * {WHOLE} < {_paid(LAST)} * {share}"
    )


ALL_UNSPENT = f"{_condition('spent_100pct_of_paid')} AND {SPENT} < {_paid(NEW_NO)}"

# Money --------------------------------------------------------------------------------------------

TOGETHER = (
    f'SELECT SUM(t."amount_minor") FROM "{TRANCHE}" t WHERE t."grant_id" = NEW."grant_id" AND t."state" <> \'reversed\''
)
AWARD = _grant('g."amount_minor"')
ON_ITS_WAY = f'FROM "{APP}ledgerline" l JOIN "{APP}account" a ON a."id" = l."account_id" AND a."code" = \'in_transit\' '
POSTED = f'COALESCE((SELECT SUM(l."amount_minor") {ON_ITS_WAY} WHERE l."tranche_id" = NEW."id"), 0)'


def _allows(wish: str, fits: str) -> str:
    """An empty list of a donor's wish asks nothing."""
    return (
        f'(NOT EXISTS (SELECT 1 FROM JSON_EACH(e."{wish}")) OR EXISTS (SELECT 1 FROM JSON_EACH(e."{wish}") x {fits}))'
    )


OTHER_AIM = (
    f'SELECT 1 {ON_ITS_WAY} JOIN "{APP}earmark" e ON e."id" = l."earmark_id" JOIN "{GRANT}" g ON g."id" = l."grant_id" '
    'JOIN "applications_application" p ON p."id" = g."application_id" WHERE l."tranche_id" = NEW."id" AND NOT ('
    + " AND ".join(
        (
            _allows("provinces", 'WHERE x."value" = p."province"'),
            _allows("pillars", 'WHERE x."value" = p."pillar"'),
            _allows("tags", 'JOIN JSON_EACH(p."tags") y ON y."value" = x."value"'),
        )
    )
    + ")"
)

INSTRUCTION = f"{APP}paymentinstruction"
STANDING = "p.\"state\" IN ('prepared', 'accepted', 'unknown', 'paid')"
RUNS = f'SELECT 1 FROM "{INSTRUCTION}" p WHERE p."tranche_id" = NEW."id" AND {STANDING}'
TOLD = (
    f'{RUNS} AND p."amount_minor" = NEW."amount_minor" AND p."bank_detail_id" = NEW."bank_detail_id" '
    'AND p."payload_hash" = NEW."approved_hash"'
)
UNSENDS = "OLD.\"state\" = 'sent' AND NEW.\"state\" = 'approved'"
AS_TOLD = ("tranche_id", "rail", "key", "amount_minor", "currency", "bank_detail_id", "payload_hash")
UNDECIDED = (
    f'SELECT 1 FROM "{INSTRUCTION}" p WHERE p."tranche_id" = NEW."tranche_id" '
    'AND (p."state" <> \'failed\' OR p."again_at" IS NULL)'
)

# People -------------------------------------------------------------------------------------------

USER = '"fundmgmt_user"'
VALID = (
    f'FROM "{APP}approval" a WHERE a."tranche_id" = NEW."id" AND a."round" = NEW."approval_round" '
    'AND a."payload_hash" = NEW."approved_hash" AND a."amount_minor" = NEW."amount_minor" '
    'AND a."bank_detail_id" = NEW."bank_detail_id"'
)
GIVEN = (
    '(SELECT COUNT(DISTINCT COALESCE(NULLIF(u."phone_key", \'\'), CAST(u."id" AS TEXT))) '
    f'FROM {USER} u WHERE u."id" IN (SELECT a."approver_id" {VALID}))'
)
ASKED_THEN = f'COALESCE((SELECT MAX(a."needed") {VALID}), 1)'
OTHERS = '(NEW."requested_by_id", NEW."checked_by_id", NEW."paid_by_id")'
TWICE = (
    f'SELECT 1 FROM {USER} u JOIN {USER} o ON o."id" <> u."id" AND o."phone_key" = u."phone_key" '
    f'AND u."phone_key" <> \'\' WHERE u."id" IN {OTHERS} AND (o."id" IN {OTHERS} '
    f'OR o."id" IN (SELECT a."approver_id" {VALID})) '
    f'UNION ALL SELECT 1 {VALID} AND a."approver_id" IN {OTHERS}'
)
MOVERS = f'(SELECT a."approver_id" {VALID} UNION SELECT NEW."paid_by_id")'
PARTS = ", ".join(f"'{kind}'" for kind in PART_IN_A_GRANT)
PART = (
    'SELECT 1 FROM "fundmgmt_journalentry" j WHERE j."thread" = NEW."thread" '
    f'AND (j."kind" LIKE \'applications.%\' OR j."kind" IN ({PARTS})) '
    f'AND j."actor_id" IN {MOVERS}'
)
ACTED = f'(SELECT a."approver_id" {VALID} UNION SELECT NEW."paid_by_id" UNION SELECT NEW."checked_by_id")'
BELONGS = (
    f'SELECT 1 FROM "fundmgmt_membership" m JOIN "{GRANT}" g ON g."organisation_id" = m."organisation_id" '
    f'AND g."id" = NEW."grant_id" WHERE m."user_id" IN {ACTED} AND m."valid_from" <= {DAY} '
    f'AND (m."valid_until" IS NULL OR m."valid_until" >= {DAY})'
)
TIED = (
    f'SELECT 1 FROM "{APP}tie" y JOIN "{GRANT}" g ON g."organisation_id" = y."organisation_id" '
    f'AND g."id" = NEW."grant_id" WHERE y."ended_at" IS NULL AND y."user_id" IN {ACTED}'
)


def _comparable() -> str:
    """The grant is in the currency the fund counts in, so that amounts compare with thresholds as they stand."""
    quoted = "'\"' || g.\"currency\" || '\"'"
    same = f"{quoted} = {_rule('functional_currency')}"
    return f"EXISTS ({_grant('1', same)})"


def _too_few() -> str:
    """As many as were asked for then, and at least what the amount alone asks on the day of sending."""
    second, third = _number("approval_second_from_minor"), _number("approval_third_from_minor")
    by_amount = (
        f'CASE WHEN NOT {_comparable()} THEN 1 WHEN NEW."amount_minor" > {third} THEN 3 '
        f'WHEN NEW."amount_minor" > {second} THEN 2 ELSE 1 END'
    )
    return f"({GIVEN} < {ASKED_THEN} OR {GIVEN} < {by_amount})"


# The guards ---------------------------------------------------------------------------------------


Refusals = dict[str, tuple[str, str]]  # name: condition, and what the database says


def _fixed() -> Refusals:
    approvals = f'FROM "{APP}approval" a WHERE a."tranche_id" = NEW."id" AND a."round" = OLD."approval_round"'
    same_round = f'NEW."approval_round" = OLD."approval_round" AND EXISTS (SELECT 1 {approvals})'
    changed = f'OLD."amount_minor" <> NEW."amount_minor" AND {same_round}'
    return {
        "frozen": (
            f'OLD."state" IN {FIXED} AND NEW."state" IN {FIXED} AND NOT ({SAME})',
            "amount and payee are fixed from the approval on",
        ),
        "runs": (f"{UNSENDS} AND EXISTS ({RUNS})", "what may still be paid is not taken back"),
        "rounds": (f'(NEW."approval_round" < OLD."approval_round" OR ({changed}))', "a change voids every approval"),
    }


def _waivable() -> Refusals:
    late = '"due_diligence_until_date"', '"psea_until_date"'
    diligence, psea = (f"EXISTS ({_grant('1', f'g.{column} < {DAY}')})" for column in late)
    found = {
        "diligence": (diligence, "nothing is sent after due diligence has ended"),
        "psea": (psea, "nothing is sent after the safeguarding check has ended"),
        "overdue": (OVERDUE, "nothing is sent while a report is overdue"),
        "finding": (FINDINGS, "nothing is sent while a finding is not answered"),
        "previous_spent": (_previous_unspent(), "too little of the tranche before is spent"),
        "earlier_spent": (_earlier_unspent(), "earlier tranches are not spent"),
        "all_spent": (ALL_UNSPENT, "what was paid so far is not spent"),
        "closure": (NOT_CLOSING, "the close-out list is not begun"),
    }
    return {code: (f"{refused} AND NOT {_waived(code)}", text) for code, (refused, text) in found.items()}


def _never_waived() -> Refusals:
    cap = f'{_comparable()} AND NEW."amount_minor" > {_number("first_payment_cap_minor")} AND {CHANGED_UNPROVEN}'
    doubt = f'SELECT 1 FROM "{APP}doubt" d WHERE d."tranche_id" = NEW."id" AND d."state" = \'open\''
    stopped = f"(NOT EXISTS ({RUNNING}) OR EXISTS ({HELD}))"
    payee = f"NOT EXISTS ({PAYEE})"
    return {
        "held": (stopped, "nothing is sent while the grant is not running or a hold is open"),
        "conditions": (f"EXISTS ({OPEN})", "nothing is sent while a condition is open"),
        "payee": (payee, "nothing is sent to bank details that are not verified or still wait"),
        "newest": (f"EXISTS ({NEWER})", "nothing is sent to bank details that were changed"),
        "told": (f"NOT EXISTS ({TOLD})", "nothing is sent without an instruction of this amount to this payee"),
        "cap": (cap, "the first payment to changed bank details is smaller"),
        "whole": (f"({TOGETHER}) <> ({AWARD})", "the tranches of a grant sum to its amount"),
        "posted": (f'{POSTED} <> NEW."amount_minor"', "what is sent stands in the ledger as on its way"),
        "aim": (f"EXISTS ({OTHER_AIM})", "a donor's money is sent for what it was given for"),
        "approvals": (_too_few(), "fewer people approved than the amount asks for"),
        "people": (f"EXISTS ({TWICE})", "each step of a payment is taken by another person"),
        "part": (f"EXISTS ({PART})", "who took part in a project does not move its money"),
        "grantee": (f"EXISTS ({BELONGS})", "the grantee's own people do not release its money"),
        "tied": (f"EXISTS ({TIED})", "who declared a link moves none of the organisation's money"),
        "double": (f"EXISTS ({doubt})", "nothing is sent while it may be paid twice"),
        "order": ('NEW."sent_at" < NEW."approved_at"', "nothing is sent before it is approved"),
    }


def tranche_guards() -> list[Guard]:
    """Refusals of an UPDATE on a tranche: of what is fixed, and of sending past a condition."""
    sending = _waivable() | _never_waived()
    found = [Guard(name, "UPDATE", condition, text) for name, (condition, text) in _fixed().items()]
    found += [Guard(name, "UPDATE", f"{SENDS} AND {refused}", text) for name, (refused, text) in sending.items()]
    return found


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
