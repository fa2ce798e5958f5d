"""A tranche that is about to be sent, for tests that write the last step by hand."""

from django.db import connection, transaction

from disbursements.actions import conditions, ledger
from disbursements.actions.rails import prepare_instruction
from disbursements.models import Earmark, Grant, Tranche
from disbursements.states import AccountCode, EntryKind
from tests.factories import grants as make

LATER = make.ASKED + 90 * make.DAY


class Ready:
    """A tranche of a grant: approved, a rail told; only the ledger's entry and the last write are missing."""

    def __init__(self, people: make.Cast, grant: Grant, no: int = 2) -> None:
        self.people, self.grant = people, grant
        if no > 1:
            make.confirmed(people, make.tranche(grant))
            make.report(people, grant, 1, 1_000_000)
            conditions.meet_named(grant, "milestones_verified", by=people.checker, at=LATER)
        self.row = make.approved(people, make.tranche(grant, no), LATER)
        self.values: dict[str, object] = {
            "state": "sent",
            "paid_by_id": people.payer.pk,
            "sent_at": LATER,
            "bank_date": LATER.date(),
            "bank_reference": "BY-HAND",
        }
        self.tell()

    def post(self, earmark: Earmark | None) -> None:
        about = {"grant": self.grant, "tranche": self.row, "earmark": earmark}
        lines = ledger.pair(AccountCode.TRANSIT, AccountCode.BANK, self.row.amount_minor, "USD", **about)
        with transaction.atomic():
            ledger.post_entry(EntryKind.IN_TRANSIT, self.row, lines, by=self.people.payer, at=LATER)

    def tell(self) -> None:
        """What a rail is told; without it nothing is sent either (see the tests of rails)."""
        with transaction.atomic():
            prepare_instruction(self.row, by=self.people.payer, at=LATER, rail="paper_order")

    def send(self) -> str:
        """By hand."""
        sets = ", ".join(f'"{name}" = %s' for name in self.values)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE disbursements_tranche SET {sets} WHERE "id" = %s', [*self.values.values(), self.row.pk]
            )
        return Tranche.objects.get(pk=self.row.pk).state
