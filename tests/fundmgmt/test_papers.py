"""Files: what comes in is what it says it is, carries nothing hidden, and is handed out under its policy only."""

import hashlib
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from fundmgmt import journal
from fundmgmt.actions.papers import UploadRefused, store_pdf, store_upload
from fundmgmt.actions.people import register_organisation
from fundmgmt.models import JournalEntry, Organisation, Paper, User

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
POLICY = "fundmgmt.view_organisation"


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("amina@example.org", name="Amina")


@pytest.fixture
def organisation(owner: User) -> Organisation:
    row = register_organisation(by=owner, at=timezone.now(), name="Umoja", kind="cooperative", legal_status="none")
    owner.forget_roles()
    return row


def keep(subject: Organisation, name: str, content: bytes, *, shows_minor: bool | None = None) -> Paper:
    upload = SimpleUploadedFile(name, content, content_type="application/x-whatever")
    return store_upload(
        subject,
        upload,
        title="Statutes",
        policy=POLICY,
        by=User.objects.get(),
        at=timezone.now(),
        shows_minor=shows_minor,
    )


def kept(paper: Paper) -> bytes:
    with paper.file.storage.open(paper.file.name) as file:
        return file.read()


def photo(kind: str = "JPEG") -> bytes:
    picture = Image.new("RGB", (40, 20), "red")
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # lying on its side
    exif.get_ifd(0x8825)[1] = "S"
    out = io.BytesIO()
    picture.save(out, kind, exif=exif)
    return out.getvalue()


def packed(entrance: str, **extra: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in ("[Content_Types].xml", entrance):
            parts.writestr(name, "<?xml version='1.0'?><x/>")
        for name, content in extra.items():
            parts.writestr(name, content)
    return out.getvalue()


SHEET, TEXT = packed("xl/workbook.xml"), packed("word/document.xml")


@pytest.mark.parametrize(
    ("name", "content", "mime"),
    [
        ("Statuts signés.PDF", PDF, "application/pdf"),
        ("book.xlsx", SHEET, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("text.docx", TEXT, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("list.csv", "école;filles\nKolwezi;12\n".encode(), "text/csv"),
        ("old list.csv", "école;filles\nKolwezi;12\n".encode("cp1252"), "text/csv"),
    ],
)
def test_documents_are_kept_byte_for_byte(organisation: Organisation, name: str, content: bytes, mime: str) -> None:
    paper = keep(organisation, name, content)
    assert (paper.mime, paper.size, paper.thread) == (mime, len(content), organisation.thread)
    assert paper.sha256 == hashlib.sha256(content).hexdigest()
    assert kept(paper) == content
    assert "Statuts" not in paper.file.name
    entry = JournalEntry.objects.latest("id")
    assert entry.facts == {"paper": paper.pk, "paper_kind": "upload", "sha256": paper.sha256, "size": paper.size}
    assert journal.verify().whole


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "JPEG"), ("a.jpeg", "JPEG"), ("a.png", "PNG")])
def test_pictures_lose_what_was_hidden_in_them(organisation: Organisation, name: str, kind: str) -> None:
    paper = keep(organisation, name, photo(kind), shows_minor=False)
    content = kept(paper)
    assert b"SecretCamera" not in content
    assert b"Exif" not in content
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == (kind, (20, 40), {})
    assert paper.sha256 == hashlib.sha256(content).hexdigest()


BOMB = packed("xl/workbook.xml", **{"xl/worksheets/sheet1.xml": b"0" * (30 * 1024 * 1024)})


@pytest.mark.parametrize(
    ("name", "content", "shows_minor", "field"),
    [
        ("empty.pdf", b"", None, "file"),
        ("cut.pdf", PDF[:-8], None, "file"),
        ("program.pdf", PDF.replace(b"<<>>endobj", b"<</S/JavaScript>>endobj"), None, "file"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", None, "file"),
        ("page.csv", b"<html><script>1</script></html>", None, "file"),
        ("binary.csv", b"a,b\x00c\n", None, "file"),
        ("run.exe", b"MZ\x90\x00", None, "file"),
        ("photo.pdf", photo(), False, "file"),
        ("statutes.jpg", PDF, False, "file"),
        ("text.xlsx", TEXT, None, "file"),
        ("plain.zip", packed("anything.xml"), None, "file"),
        ("macro.xlsx", packed("xl/workbook.xml", **{"xl/vbaProject.bin": b"x"}), None, "file"),
        ("entity.docx", packed("word/document.xml", **{"word/a.xml": b"<!doctype x>"}), None, "file"),
        ("bomb.xlsx", BOMB, None, "file"),
        ("torn.docx", TEXT[:-30], None, "file"),
        ("broken.jpg", photo()[:60], False, "file"),
        ("photo.jpg", photo(), None, "shows_minor"),
        ("child.jpg", photo(), True, "shows_minor"),
        ("big.csv", b"a,b\n" * 3_000_000, None, "file"),
    ],
)
def test_what_may_not_come_in_leaves_nothing_behind(
    organisation: Organisation, name: str, content: bytes, shows_minor: bool | None, field: str
) -> None:
    entries = JournalEntry.objects.count()
    with pytest.raises(UploadRefused) as refused:
        keep(organisation, name, content, shows_minor=shows_minor)
    assert refused.value.field == field
    assert len(str(refused.value.message)) > 20
    assert (Paper.objects.count(), JournalEntry.objects.count()) == (0, entries)


def test_a_picture_of_too_many_points_is_refused_before_it_is_unpacked(organisation: Organisation) -> None:
    out = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(out, "PNG")
    with pytest.raises(UploadRefused):
        keep(organisation, "large.png", out.getvalue(), shows_minor=False)


def test_a_rendered_document_keeps_what_it_was_rendered_from(organisation: Organisation, owner: User) -> None:
    about = {"policy": POLICY, "by": owner, "at": timezone.now(), "kind": "letter", "title": "Letter"}
    paper = store_pdf(organisation, PDF, snapshot={"amount_minor": 5}, **about)
    assert (paper.snapshot, kept(paper)) == ({"amount_minor": 5}, PDF)
    with pytest.raises(ValueError, match="no policy"):
        store_pdf(organisation, PDF, snapshot={}, **(about | {"policy": "nobody.knows"}))
