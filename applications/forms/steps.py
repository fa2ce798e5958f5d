"""Forms of the steps of an application that the organisation and the officers take."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from applications.states import EligibilityAnswer, Section
from fundmgmt.forms import DayField, ReasonForm, StepForm, VersionedForm
from fundmgmt.rules import rule


class SubmitForm(StepForm):
    """The organisation's word."""

    declared = forms.BooleanField(
        label=_("We confirm: what is written here is true, our links are declared, and the fund may use these data."),
        required=False,
    )


class WithdrawForm(ReasonForm):
    """Why it is taken back."""


class ReturnForm(StepForm):
    """What should change, section by section."""

    answer_by_date = DayField(label=_("Answer until"))
    reason = forms.CharField(
        label=_("A word to the organisation"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The day of the rule, and one box for each section."""
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        days = rule("return_answer_days", today)
        self.initial.setdefault("answer_by_date", today + dt.timedelta(days=days.value))
        self.fields["answer_by_date"].help_text = _("The fund's rule gives %(days)s days.") % {"days": days.value}
        for code, label in Section.choices:
            box = self.fields[f"section-{code}"] = forms.CharField(label=label, max_length=500, required=False)
            box.quiet = True  # most stay empty, and the page says so once

    def values(self) -> dict[str, Any]:
        """Sections that have something in them."""
        values = super().values()
        sections = {k.removeprefix("section-"): v for k, v in values.items() if k.startswith("section-") and v}
        return {"sections": sections, "reason": values["reason"], "answer_by_date": values["answer_by_date"]}


class ScreeningForm(VersionedForm):
    """Every eligibility question with its answer and note; questions may be left for later."""

    def __init__(self, *args: Any, items: list[Any], answers: dict[str, Any], **kwargs: Any) -> None:
        """Two boxes for each question."""
        super().__init__(*args, **kwargs)
        self.items = items
        for item in items:
            given = answers.get(item.code)
            self.fields[item.code] = forms.ChoiceField(
                label=f"{item.code} {item.label}",
                help_text=item.asked,
                choices=EligibilityAnswer,
                widget=forms.RadioSelect,
                required=False,
                initial=given.answer if given else None,
            )
            self.fields[f"{item.code}-note"] = forms.CharField(
                label=_("Note on %(item)s") % {"item": item.code},
                max_length=500,
                required=False,
                initial=given.note if given else "",
            )

    def values(self) -> dict[str, Any]:
        """Code to (answer, note), for questions that have an answer."""
        return {
            "answers": {
                item.code: (self.cleaned_data[item.code], self.cleaned_data[f"{item.code}-note"])
                for item in self.items
                if self.cleaned_data.get(item.code)
            }
        }
