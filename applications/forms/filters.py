"""Filters of lists; their values live in the address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models import ApplicationQuerySet, Call
from applications.states import ApplicationState, Window
from fundmgmt.queries import catalogues

ALL = [("", _("All"))]


class ApplicationFilters(forms.Form):
    """Search and filters of the officers' list."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=80, help_text=_("Reference, title or organisation")
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=ALL + ApplicationState.choices)
    call = forms.ChoiceField(label=_("Call"), required=False)
    province = forms.ChoiceField(label=_("Province"), required=False)
    window = forms.ChoiceField(label=_("Window"), required=False, choices=ALL + Window.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Calls and provinces that exist."""
        super().__init__(*args, **kwargs)
        self.fields["call"].choices = ALL + [(call.ref, f"{call.ref} {call.title}") for call in Call.objects.all()[:50]]
        self.fields["province"].choices = ALL + catalogues.provinces()

    def apply(self, rows: ApplicationQuerySet) -> ApplicationQuerySet:
        """Rows that fit."""
        value = self.cleaned_data
        for name, column in (("state", "state"), ("call", "call__ref"), ("province", "province"), ("window", "window")):
            if value.get(name):
                rows = rows.filter(**{column: value[name]})
        if value.get("q"):
            text = value["q"].strip()
            rows = rows.filter(
                Q(ref__icontains=text)
                | Q(external_ref__icontains=text)
                | Q(title_fr__icontains=text)
                | Q(title_en__icontains=text)
                | Q(title_sw__icontains=text)
                | Q(organisation__name__icontains=text)
                | Q(organisation__acronym__icontains=text)
            )
        return rows
