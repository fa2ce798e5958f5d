"""Every component on one page, with invented content and no database: the place to look before writing a page."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.safestring import SafeString

from fundmgmt import charts
from fundmgmt.pages import Page

AT = datetime(2025, 12, 5, 9, 30, tzinfo=UTC)


class NotNow:
    """A refusal with its reason, false as a Policy's No is."""

    reason = "You approved this tranche, so another treasurer must pay it."

    def __bool__(self) -> bool:
        """A refusal is no."""
        return False


@dataclass(frozen=True)
class SampleStep:
    """What steps_for() returns, as far as the buttons read it."""

    name: str
    label: str
    style: str
    allowed: object = True


class SampleForm(forms.Form):
    """One field of each kind, with a mistake among them."""

    followed = forms.IntegerField(
        label="Children followed during these six months", help_text="All who receive the project's support."
    )
    attending = forms.IntegerField(
        label="Of these, regularly in class", help_text="Present on at least 75 % of school days."
    )
    source = forms.CharField(
        label="How do you know?", help_text="School register, head teacher's note …", widget=forms.Textarea
    )
    level = forms.ChoiceField(label="Evidence", choices=[("a", "Seen by us"), ("b", "Told to us")])
    ways = forms.MultipleChoiceField(
        label="What the project does",
        widget=forms.CheckboxSelectMultiple,
        choices=[("s", "School costs"), ("m", "Meals"), ("i", "Income for parents")],
    )
    consent = forms.BooleanField(label="We asked parents and children before we counted", required=False)
    paper = forms.FileField(label="A paper", help_text="PDF or picture, at most 5 MB.", required=False)

    def clean(self) -> dict[str, Any]:
        """Compare the two counts."""
        data = super().clean() or {}
        if (data.get("attending") or 0) > (data.get("followed") or 0):
            message = "131 is more than the 124 children followed. Check one of the two numbers."
            self.add_error("attending", message)
        return data


class SampleFilters(forms.Form):
    """Two filters."""

    q = forms.CharField(label="Search", required=False)
    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "all"), ("draft", "draft"), ("submitted", "submitted")]
    )


def sample_form() -> SampleForm:
    """Return the form as it comes back with one mistake."""
    data = {
        "followed": "124",
        "attending": "131",
        "source": "Registers of both schools.",
        "level": "a",
        "ways": ["s"],
    }
    return SampleForm(data)


def _parts() -> dict[str, Any]:
    return {
        "path": [
            {"label": "Planned", "status": "done"},
            {"label": "Requested", "status": "done", "note": date(2025, 12, 2)},
            {"label": "Checked", "status": "done", "note": date(2025, 12, 5)},
            {"label": "Approve", "status": "here"},
            {"label": "Sent", "status": "ahead"},
            {"label": "Confirmed", "status": "ahead"},
        ],
        "checks": [
            {"label": "Agreement signed", "met": True, "reason": "30 June 2025, both parties and the fiscal host"},
            {
                "label": "At least 80 % of tranche 1 spent",
                "met": False,
                "reason": "6,850.00 of 10,978.00 USD (62.4 %)",
                "value": 685000,
                "max": 1097800,
                "low": 878240,
            },
            {"label": "Visit of the spring", "met": None, "reason": "planned for 3 March 2026"},
        ],
        "story": [
            {"at": AT, "who": "programme office", "text": "Found spending below the rule.", "tone": "ember"},
            {
                "at": AT - timedelta(days=3),
                "who": "grantee",
                "text": "Asked for tranche 2.",
                "note": "For school fees.",
            },
            {"at": AT - timedelta(days=15), "text": "Report 1 accepted.", "tone": "leaf"},
        ],
        "facts": [("Period", "January to June 2026"), ("Children", 124), ("Due", date(2026, 7, 15)), ("Paid", None)],
        "columns": ["Tranche", "Planned", "State", ("USD", "num")],
        "sections": [
            {"label": "Your project", "url": "#1", "done": True},
            {"label": "Place and people", "url": "#2", "current": True, "note": "2 answers are missing"},
            {"label": "Money", "url": "#3"},
        ],
        "tabs": [{"label": "Waiting", "url": "#w", "current": True, "count": 4}, {"label": "All", "url": "#a"}],
        "files": [{"url": "#f", "title": "Agreement", "kind": "PDF", "size": 84213, "at": AT}],
    }


def _pictures() -> list[charts.Chart]:
    terms = ["T1", "T2", "T3", "T4"]
    return [
        charts.bars("Most children came from Kambove", [("Kambove", 420), ("Kolwezi", 260), ("Likasi", 90)]),
        charts.share("Two thirds of the money is paid", [("Paid", 66), ("Committed", 24), ("Free", 10)]),
        charts.line("Attendance rose each term", list(zip(terms, [61, 70, 78, 84], strict=True)), unit="%"),
        charts.timeline(
            "Three tranches in one year",
            [
                ("Tranche 1", date(2025, 7, 10), "done"),
                ("Tranche 2", date(2025, 12, 10), "here"),
                ("Tranche 3", date(2026, 5, 10), "ahead"),
            ],
        ),
    ]


class Gallery(Page):
    """Show every component of templates/ui/."""

    policy = "fundmgmt.view_gallery"
    public_reason = "It shows invented content only, to whoever builds pages."
    template_name = "fundmgmt/gallery.html"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Return one sample of everything."""
        badge = SafeString('<span class="badge ok">confirmed</span>')
        rows = [
            ["Tranche 1", date(2025, 7, 10), badge, "10,978.00"],
            [("Tranche 2", "#t2"), date(2025, 12, 10), "blocked", "10,978.00"],
        ]
        steps = [
            SampleStep("approve", "Approve the tranche", "primary"),
            SampleStep("hold", "Put it on hold", "plain"),
            SampleStep("send", "Send the payment", "plain", NotNow()),
        ]
        return super().get_context(
            **_parts(),
            side=["put on hold", "cancelled"],
            rows=rows,
            total=["Sum", "", "", "21,956.00"],
            charts=_pictures(),
            form=sample_form(),
            filters=SampleFilters(),
            steps=steps,
            soon=self.today + timedelta(days=6),
            past=self.today - timedelta(days=2),
            at=AT,
            **extra,
        )
