"""Pages of receipts: by hand, by a sheet that says what is wrong in which cell, and the totals they make."""

import io
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from tablib import Databook, Dataset

from evaluation.models import ExpenseReceipt
from evaluation.queries.reports import lines_of
from evaluation.resources import heads, read_sheet
from fundmgmt.actions.sifting import UploadRefused
from fundmgmt.models import Paper, StepRefused
from tests.evaluation.test_pages import browser

if TYPE_CHECKING:
    from tests.evaluation.conftest import World

TYPED = {
    "line_no": "1",
    "spent_date": "05/07/2026",
    "payee": "shop",
    "description": "Forty school kits",
    "receipt_no": "A-17",
    "amount_minor": "1 140 000,50",
    "currency": "CDF",
    "rate": "2 850,125",
    "rate_source": "receipt",
}


def photo() -> SimpleUploadedFile:
    """A picture that says where and with what it was taken."""
    out = io.BytesIO()
    picture = Image.new("RGB", (40, 30), "white")
    exif = Image.Exif()
    exif[0x010F] = "Phone of somebody"
    picture.save(out, "JPEG", exif=exif)
    return SimpleUploadedFile("receipt.jpg", out.getvalue(), "image/jpeg")


def test_a_receipt_comes_in_by_hand_with_a_picture_that_says_nothing_else(world: "World") -> None:
    report, client = world.reports[0], browser(world.owner)
    new, shelf = (reverse(f"evaluation:{name}", args=[report.pk]) for name in ("receipt_new", "receipts"))
    assert client.get(new).status_code == 200
    told = client.post(new, {**TYPED, "description": "Enfant nommé Exemple", "rate": "2.850"})
    assert told.status_code == 422
    assert set(told.context["form"].errors) == {"description", "rate"}
    seen = client.get(new).context["version"]
    told = client.post(new, {**TYPED, "photo": photo(), "version": seen})
    assert (told.context["form"].errors.keys(), told.context["version"]) == ({"shows_minor"}, seen)
    assert client.post(new, {**TYPED, "photo": photo(), "shows_minor": "no", "version": seen}).status_code == 302
    assert client.post(new, {**TYPED, "rate": "x", "version": seen}).context["version"] == seen  # older than the row
    row = ExpenseReceipt.objects.get()
    assert (row.amount_minor, row.rate, row.counted_minor) == (114_000_050, Decimal("2850.125"), 39_998)
    with Paper.objects.get(pk=row.paper_id).file.open() as stored, Image.open(stored) as kept:
        assert dict(kept.getexif()) == {}
    picture = reverse("evaluation:receipt_picture", args=[report.pk, row.pk])
    assert client.post(picture, {"photo": photo(), "shows_minor": "yes"}).context["form"].errors.keys() == {
        "shows_minor"
    }
    assert client.post(picture, {"photo": photo(), "shows_minor": "no"}).status_code == 302
    assert ExpenseReceipt.objects.get().paper_id != row.paper_id
    again = client.post(new, TYPED)
    assert again.context["form"].errors.keys() == {"receipt_no"}
    assert "399,98" in client.get(shelf).content.decode()
    assert "A-17" in browser(world.officer).get(shelf).content.decode()
    out = reverse("evaluation:receipt_out", args=[report.pk, row.pk])
    assert browser(world.officer).post(out).status_code == 403
    assert client.post(out).status_code == 302
    assert not ExpenseReceipt.objects.exists()


def sheet(*rows: list[object], kind: str = "csv") -> SimpleUploadedFile:
    """A sheet somebody filled in."""
    table = Dataset(*rows, headers=heads())
    content = table.export("csv", delimiter=";").encode() if kind == "csv" else Databook([table]).export("xlsx")
    return SimpleUploadedFile(f"sheet.{kind}", content)


GOOD = ["1", "", "2026-07-05", "shop", "Kits", "A-1", "1 140 000,50", "cdf", "2850,50", "slip"]
USD = ["2", "", "06.07.2026", "Transport", "Bus", "A-2", "12.50", "USD", "", ""]
BAD = [
    ["99", "", "2026-07-05", "shop", "Kits", "A-3", "1.250", "CDF", "", ""],
    ["1", "", "yesterday", "friend", "Kits", "A-4", "5", "USD", "", ""],
    ["1", "", "2026-07-05", "shop", "Kits", "A-1", "1140000.50", "CDF", "2900", ""],
]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_sheet_is_looked_at_then_counted_once(world: "World", kind: str) -> None:
    report, client = world.reports[0], browser(world.owner)
    url = reverse("evaluation:receipt_upload", args=[report.pk])
    wrong = client.post(url, {"file": sheet(GOOD, USD, *BAD, kind=kind)})
    found = {(error.row, error.field) for error in wrong.context["found"].errors}
    assert (wrong.status_code, found) == (
        422,
        {
            (4, "line_no"),
            (4, "amount_minor"),
            (5, "spent_date"),
            (5, "payee"),
            (6, "receipt_no"),
        },
    )
    assert not ExpenseReceipt.objects.exists()
    seen = client.post(url, {"file": sheet(GOOD, USD, kind=kind)})
    rows = re.search(r'name="rows"\s+value="([^"]+)"', seen.content.decode())
    assert rows is not None
    assert client.post(url, {"rows": rows[1] + "x"}).status_code == 422
    assert client.post(url, {"rows": rows[1]}).status_code == 302
    assert client.post(url, {"rows": rows[1]}).status_code == 302
    counted = [(row.line_no, row.counted_minor) for row in ExpenseReceipt.objects.order_by("line_no")]
    assert counted == [(1, 39_993), (2, 1250)]
    assert [line.spent_minor for line in lines_of(report)[:2]] == [39_993, 1250]
    again = client.post(url, {"file": sheet(GOOD, USD, kind=kind)})
    assert (again.context["found"].there, again.context["found"].new) == (2, ())


def test_our_own_sheet_comes_back_as_it_went_out(world: "World") -> None:
    report, client = world.reports[0], browser(world.owner)
    client.post(reverse("evaluation:receipt_new", args=[report.pk]), {**TYPED, "description": "=1+1"})
    upload = reverse("evaluation:receipt_upload", args=[report.pk])
    for kind in ("xlsx", "csv"):
        for language in ("en", "fr", "sw"):
            got = client.get(
                reverse("evaluation:receipt_sheet", args=[report.pk, kind]), headers={"accept-language": language}
            )
            back = client.post(upload, {"file": SimpleUploadedFile(f"s.{kind}", got.content)})
            assert (back.status_code, back.context["found"].there, back.context["found"].new) == (200, 1, ()), kind
    assert client.get(reverse("evaluation:receipt_sheet", args=[report.pk, "exe"])).status_code == 404
    assert browser(world.evaluator).get(upload).status_code == 403
    with pytest.raises(UploadRefused):
        read_sheet("s.xlsx", b"no sheet")
    with pytest.raises(StepRefused, match="missing"):
        read_sheet("s.csv", b"a;b\n1;2\n")
