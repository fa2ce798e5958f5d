"""The first day of the sample fund: everything verifies, nobody finds anything overdue, nothing moves by itself."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string

from disbursements.models import Tranche
from disbursements.queries.ledger import verify_ledger
from evaluation.actions.replaying import replay_records
from evaluation.models import CaseRecord, Report
from fundmgmt import tasks
from fundmgmt.inbox import waiting_for
from fundmgmt.journal import verify
from fundmgmt.models import JournalEntry, User
from tests.house.reading import machines

pytestmark = [pytest.mark.usefixtures("fund", "db"), pytest.mark.slow]


def test_ledger_journal_and_case_records_verify() -> None:
    assert verify_ledger().problems == []
    assert verify().problems == []
    replayed = replay_records(repair=False)
    assert replayed.whole
    assert replayed.equal == CaseRecord.objects.count() == 11 + 7  # of the file, and the invented ones beside it


def test_every_paid_tranche_had_four_people() -> None:
    for row in Tranche.objects.filter(state="confirmed"):
        people = (row.requested_by_id, row.checked_by_id, row.approved_by_id, row.paid_by_id)
        assert len({*people, None}) == 5


def test_nothing_is_overdue_on_the_first_day() -> None:
    today = timezone.localdate()
    late = [
        (user.email, str(item.what), item.ref, item.due)
        for user in User.objects.all()
        for item in waiting_for(user, today)
        if item.due and item.due < today
    ]
    assert late == []
    assert not [report.ref for report in Report.objects.all() if report.days_overdue(today)]


def test_nothing_happens_by_itself_on_the_first_day() -> None:
    def states() -> list[tuple[str, int, str]]:
        return [(row._meta.label, row.pk, row.state) for model in machines() for row in model.objects.order_by("pk")]

    before = states()
    for dotted in tasks.TIMETABLE:
        import_string(dotted)()
    assert states() == before


def test_a_second_load_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    entries = JournalEntry.objects.count()
    call_command("load_sample_fund")
    assert "already" in capsys.readouterr().out
    assert JournalEntry.objects.count() == entries
