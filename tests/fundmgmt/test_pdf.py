import hashlib
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from fundmgmt.money import Money
from fundmgmt.pdf import (
    Bullets,
    Document,
    Facts,
    Heading,
    Note,
    PageBreak,
    Paragraph,
    Signature,
    Table,
    render,
)


def document(language: str = "fr", extra: tuple = ()) -> Document:
    rows = tuple((f"Ligne {n}", "Frais scolaires & repas", Money(n * 1000, "USD")) for n in range(1, 4))
    return Document(
        title="Accord de subvention",
        ref="GR-2026-0007",
        language=language,
        on=date(2026, 6, 30),
        subtitle="Un repas et un cahier : rester à l'école à Kambove",
        blocks=(
            Note("Ce papier engage les deux parties.", "wait"),
            Heading("Les parties"),
            Facts((("Bénéficiaire", "Le coin des mamans <asbl>"), ("Montant", Money(2744500, "USD")), ("Fin", None))),
            Heading("Le budget", 2),
            Table(("Poste", "Pour quoi", ("Montant", "num")), rows, ("Total", "", Money(6000, "USD")), "En dollars"),
            Paragraph("Première ligne.\nDeuxième ligne.\n\nAutre paragraphe: ŋ ɛ ✓ œuvre."),
            Paragraph("Dit par la communauté.", "quote"),
            Bullets(("Accord signé", "Rapport accepté"), ("✓", "✕")),
            Signature((("Espérance M.", "Présidente", date(2026, 6, 30)), ("Le bureau", "Programme", ""))),
            *extra,
        ),
    )


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_the_same_document_gives_the_same_bytes() -> None:
    first, second = render(document()), render(document())
    assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest()


def test_texts_and_amounts_are_readable_and_in_the_readers_language() -> None:
    said = text_of(render(document())).replace("\u202f", " ").replace("\xa0", " ")
    assert "Le coin des mamans <asbl>" in said
    assert "27 445,00 USD" in said
    assert "30 juin 2026" in said
    assert "œuvre" in said
    english = text_of(render(document("en"))).replace("\xa0", " ")
    assert "27,445.00 USD" in english
    assert "30 June 2026" in english
    assert "page 1 of 1" in english


def test_metadata_name_title_subject_and_language() -> None:
    reader = PdfReader(BytesIO(render(document())))
    assert reader.metadata.title == "Accord de subvention"
    assert reader.metadata.subject == "GR-2026-0007"
    assert reader.trailer["/Root"]["/Lang"] == "fr"


def test_each_page_carries_its_number() -> None:
    pdf = render(document("en", extra=(PageBreak(), Paragraph("Annex"))))
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    assert len(pages) == 2
    assert "page 2 of 2" in pages[1]
    assert "Annex" in pages[1]


def test_fonts_are_embedded() -> None:
    reader = PdfReader(BytesIO(render(document())))
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    sans = [font.get_object() for font in fonts if "DejaVuSans" in str(font.get_object()["/BaseFont"])]
    assert sans
    assert all("/FontFile2" in font["/FontDescriptor"] for font in sans)


@pytest.mark.parametrize(
    "block", [Facts((("Récit", "mot " * 3000),)), Table(("A", "B"), (("x" * 4000, "mot " * 2000),))]
)
def test_texts_longer_than_a_page_go_on_on_the_next(block: Facts | Table) -> None:
    assert len(PdfReader(BytesIO(render(document(extra=(block,))))).pages) > 1
