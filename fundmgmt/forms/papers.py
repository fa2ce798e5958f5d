"""How a person hands in a file; stages use it in their own steps."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from fundmgmt.forms import StepForm


class PaperForm(StepForm):
    """A file, what it is, and the question about pictures. Its values fit actions.papers.store_upload."""

    title = forms.CharField(label=_("What is it?"), help_text=_("For example: statutes, signed."), max_length=200)
    upload = forms.FileField(
        label=_("File"),
        help_text=_("PDF, JPG, PNG, XLSX, DOCX or CSV, at most 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.xlsx,.docx,.csv"}),
    )
    shows_minor = forms.TypedChoiceField(
        label=_("If it is a picture: is anyone under 18 visible?"),
        help_text=_("From behind or from far counts too."),
        choices=[("", _("It is no picture")), ("no", _("No, nobody")), ("yes", _("Yes"))],
        coerce={"yes": True, "no": False}.get,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )

    def take(self, error: Exception) -> None:
        """The action calls the file `file`; here it is `upload`."""
        if getattr(error, "field", None) == "file":
            error.field = "upload"  # type: ignore[attr-defined]
        super().take(error)  # type: ignore[arg-type]
