"""The statement of a donor in the sample fund: its own people read it, others' people and strangers do not."""

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pypdf import PdfReader

from disbursements.models import Donor, LedgerLine
from disbursements.queries.funds import fits
from evaluation.queries.statements import statement_of
from fundmgmt.models import User
from tests.signing_in import sign_in

pytestmark = [pytest.mark.usefixtures("fund", "db"), pytest.mark.slow]


def test_a_donor_reads_its_money_from_receipt_to_evidence(client: Client) -> None:
    donor = Donor.objects.get(ref="DN-02")
    statement = statement_of(donor)
    account = statement.money.accounts[0]
    assert (account.received.minor, account.to_grants.minor, account.costs.minor) == (12_000_000, 1_872_000, 0)
    assert [use.name for use in statement.money.uses] == ["GR-2024-0001/3", "GR-2024-0001/4"]
    outcome = statement.outcomes[0]
    assert (outcome.grant.ref, bool(outcome.lines), outcome.practice is not None) == ("GR-2024-0001", True, False)
    sign_in(client, User.objects.get(email="donor-1@example.org"))
    listed = client.get(reverse("evaluation:statements")).content.decode()
    assert ("DN-02" in listed, "DN-01" in listed) == (True, False)
    page = client.get(reverse("evaluation:statement", args=["DN-02"])).content.decode()
    assert [words in page for words in ("GR-2024-0001/3", outcome.lines[0].indicator.label, "PL-02")] == [True] * 3
    for private in (outcome.grant.organisation.name, outcome.grant.application.title_fr):
        assert private not in page
    paper = client.get(reverse("evaluation:statement_paper", args=["DN-02"]))
    said = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(paper.content)).pages)
    assert [words in said for words in ("DN-02", "GR-2024-0001/4", "PL-02")] == [True, True, True]
    assert client.get(reverse("evaluation:statement", args=["DN-01"])).status_code == 404
    assert client.get(reverse("disbursements:donor", args=["DN-02"])).status_code == 404


def test_what_was_published_stands_in_the_statement(client: Client) -> None:
    published = [one for one in statement_of(Donor.objects.get(ref="DN-01")).outcomes if one.practice]
    assert [one.grant.ref for one in published] == ["GR-2024-0002", "GR-2024-0003"]
    sign_in(client, User.objects.get(email="auditor-1@example.org"))
    page = client.get(reverse("evaluation:statement", args=["DN-01"])).content.decode()
    link = reverse("evaluation:practice", args=[published[0].practice.ref])  # type: ignore[union-attr]
    assert (link in page, escape(published[0].practice_title) in page) == (True, True)
    assert client.get(reverse("evaluation:statement", args=["DN-04"])).status_code == 200


def test_no_paid_line_of_the_sample_spends_money_meant_for_something_else() -> None:
    lines = LedgerLine.objects.filter(account__code__in=["in_transit", "grants_paid"]).exclude(earmark=None)
    found = lines.select_related("earmark", "grant__application")
    assert {(line.earmark.code, line.grant.ref, fits(line.earmark, line.grant.application)) for line in found} == {
        ("vocational", "GR-2024-0001", True)
    }
    assert set(LedgerLine.objects.filter(account__code="in_transit", donor=None).values_list("pk")) == set()
