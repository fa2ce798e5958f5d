"""Papers that people of the sample hand in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundmgmt.pdf import Document, Paragraph, render

if TYPE_CHECKING:
    import datetime as dt


def host_letter(host: str, hosted: str, on: dt.date) -> bytes:
    """A fiscal host says that it takes the money in for somebody."""
    text = f"{host} reçoit les fonds pour {hosted}, tient un compte à part et en rend compte chaque mois."
    return render(Document("Lettre de l'hôte fiscal", "", "fr", (Paragraph(text),), on=on))
