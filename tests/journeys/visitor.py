"""A person at a browser without scripts: reads pages, follows links, fills in the forms that stand there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from django.test import Client
from lxml import html

from tests.signing_in import sign_in

if TYPE_CHECKING:
    from django.http import HttpResponse

    from fundmgmt.models import User


@dataclass
class Sheet:
    """One page as it came back."""

    url: str
    response: HttpResponse

    def __post_init__(self) -> None:
        """Parse it, when it is a page at all."""
        kind = self.response.headers.get("Content-Type", "")
        if self.response.streaming:
            self.response.getvalue()  # read to the end, so that the file behind it is closed
        content = self.response.content if kind.startswith("text/html") and not self.response.streaming else b""
        self.tree = html.document_fromstring(content.decode() or "<p></p>", base_url=self.url)

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.response.status_code

    @property
    def main(self) -> Any:
        """The part of the page that is not frame."""
        found = self.tree.xpath("//main")
        return found[0] if found else self.tree

    @property
    def text(self) -> str:
        """What stands in the main part, with single spaces."""
        return " ".join(self.main.text_content().split())

    @property
    def errors(self) -> list[str]:
        """Messages at fields and above forms."""
        found = self.main.xpath(".//*[contains(concat(' ', @class, ' '), ' error ')]")
        found += self.main.xpath(".//*[@role='alert']//li")
        return [" ".join(node.text_content().split()) for node in found]

    @property
    def next(self) -> str:
        """What the page says comes next, in its own card."""
        cards = self.main.xpath(".//*[contains(concat(' ', @class, ' '), ' next ')]")
        return " ".join(" ".join(card.text_content().split()) for card in cards)

    @property
    def links(self) -> list[str]:
        """Addresses of ours in the main part."""
        return [
            urljoin(self.url, link)
            for link in self.main.xpath(".//a/@href")
            if not urlsplit(link).netloc and not link.startswith(("#", "tel:", "mailto:"))
        ]

    def forms(self) -> list[Any]:
        """Forms in the main part that change something."""
        return [form for form in self.main.xpath(".//form") if form.method == "POST"]


class Visitor:
    """Somebody signed in; keeps to what the pages offer."""

    def __init__(self, user: User, client: Client | None = None) -> None:
        self.user = user
        self.client = client or Client(raise_request_exception=True)
        if client is None:
            sign_in(self.client, user)

    def read(self, url: str) -> Sheet:
        """Open a page, redirects followed."""
        response = self.client.get(url, follow=True)
        chain = response.redirect_chain
        return Sheet(urljoin(url, chain[-1][0]) if chain else url, response)

    def send(self, sheet: Sheet, *, form: int = -1, files: dict[str, Any] | None = None, **values: Any) -> Sheet:
        """Fill in a form of the page (the last one unless said otherwise) and send it; what stands there is kept."""
        return self.post(sheet, sheet.forms()[form], {**values, **(files or {})})

    def post(self, sheet: Sheet, form: Any, values: dict[str, Any]) -> Sheet:
        """Send this form with these values over what stands in it. A value of None leaves the field out."""
        unknown = values.keys() - {*form.fields.keys(), *(i.name for i in form.inputs if i.name)}
        assert not unknown, f"{sheet.url} asks nothing called {', '.join(sorted(unknown))}"
        data: dict[str, Any] = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        data |= values
        data = {name: value for name, value in data.items() if value is not None}
        url = urljoin(sheet.url, form.action or sheet.url)
        response = self.client.post(url, data, follow=True)
        chain = response.redirect_chain
        return Sheet(urljoin(url, chain[-1][0]) if chain else url, response)

    def do(self, url: str, *, form: int = -1, files: dict[str, Any] | None = None, **values: Any) -> Sheet:
        """Open a page, fill in its form, send it; it must be taken."""
        sheet = self.read(url)
        assert sheet.status == 200, f"{self.user} at {url}: {sheet.status} {sheet.text[:400]}"
        assert sheet.forms(), f"{self.user} at {url}: no form. {sheet.text[:600]}"
        answer = self.send(sheet, form=form, files=files, **values)
        assert answer.status == 200, f"{self.user} at {url}: {answer.status} {answer.errors} {answer.text[:600]}"
        return answer
