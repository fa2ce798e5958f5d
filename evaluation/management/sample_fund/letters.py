"""Papers that people of the sample hand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundmgmt.pdf import Document, Paragraph, Signature, render

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


def host_letter(host: str, hosted: str, on: dt.date) -> bytes:
    """A fiscal host says that it takes the money in for somebody."""
    text = f"{host} reçoit les fonds pour {hosted}, tient un compte à part et en rend compte chaque mois."
    return render(Document("Lettre de l'hôte fiscal", "", "fr", (Paragraph(text),), on=on))


def signed_copy(ref: str, sha256: str, people: Sequence[tuple[str, str, dt.date]], language: str, on: dt.date) -> bytes:
    """Stands for the photo of a signed paper: who put a hand to which text."""
    words = Paragraph("Copie de démonstration de la dernière page. Texte signé (SHA-256) : " + sha256, "soft")
    return render(Document("Page de signature", ref, language, (Signature(tuple(people)), words), on=on))
