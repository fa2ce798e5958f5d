"""A new wording of the agreement, typed language by language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from disbursements.queries.wording import Wording, marks, typed
from fundmgmt.forms import DayField, VersionedForm
from fundmgmt.states import Language

LONG = frozenset({"note"})


class WordingForm(VersionedForm):
    """Day, decision and reason; then for each language the promises, and the words round them."""

    from_date = DayField(label=_("In force from"), help_text=_("Agreements prepared from this day on say it."))
    decision = forms.CharField(label=_("Decided in"), help_text=_("For example SC-2026-01/3."), max_length=64)
    reason = forms.CharField(
        label=_("What changes, and why"),
        help_text=_("The person who puts it in force reads this first."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
    )

    def __init__(self, *args: Any, before: dict[str, Wording], **kwargs: Any) -> None:
        """Filled with the wording that stands, or with one that is taken up again."""
        super().__init__(*args, **kwargs)
        here = before.get(get_language() or "", before[Language.EN])
        self.names = list(here.words)
        for language, said in before.items():
            self._add(f"duties_{language}", _t("Promises, one a line"), "\n".join(map(typed, said.duties)), 12)
            self._explain(f"duties_{language}", sorted({mark for one in said.duties for mark in marks(one)}))
            for name in self.names:
                text, rows = said.words[name], 3 if name in LONG else 1
                label = _t("Last sentence") if name in LONG else here.words[name]
                self._add(f"{name}_{language}", label, typed(text) if marks(text) else text, rows)
                self._explain(f"{name}_{language}", marks(text))

    def _add(self, name: str, label: str, initial: str, rows: int) -> None:
        widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput()
        self.fields[name] = forms.CharField(label=label, widget=widget, max_length=6000 if rows > 1 else 299)
        self.initial.setdefault(name, initial)

    def _explain(self, name: str, places: list[str]) -> None:
        if places:
            said = _t("Keep %(marks)s as it is: the system fills it in.")
            self.fields[name].help_text = said % {"marks": ", ".join(places)}

    def first_fields(self) -> list[BoundField]:
        """What is said about the version itself."""
        return [self[name] for name in ("from_date", "decision", "reason")]

    def parts(self) -> list[dict[str, Any]]:
        """The boxes of each language: promises and note open, the small words folded unless one is wrong."""
        found = []
        for language in Language:
            small = [self[f"{name}_{language}"] for name in self.names if name not in LONG]
            main = [self[f"duties_{language}"], self[f"note_{language}"]]
            wrong = any(one.errors for one in small)
            found.append({"code": str(language), "label": language.label, "main": main, "small": small, "wrong": wrong})
        return found

    def values(self) -> dict[str, Any]:
        """Day, decision, reason, and the texts by language."""
        said = self.cleaned_data
        texts = {
            str(language): {
                "words": {name: said[f"{name}_{language}"] for name in self.names},
                "duties": said[f"duties_{language}"].splitlines(),
            }
            for language in Language
        }
        return {**{name: said[name] for name in ("from_date", "decision", "reason")}, "texts": texts}
