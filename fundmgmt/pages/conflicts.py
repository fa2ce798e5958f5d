"""Two people at one form: both texts stand on the page, and saving again is a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.choices import flatten_choices
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.forms import BoundField

    from fundmgmt.models.workflow import StaleObject


class ShowsConflict:
    """For an EditPage whose form may be saved over what somebody else kept meanwhile, once both were read."""

    in_conflict = False

    def after_conflict(self: Any, form: Any, error: StaleObject) -> Any:
        """The same form with the version of now; at each box that differs stands what is kept now."""
        self.in_conflict = True
        self.object = self.get_object()
        kept = self.get_form()
        data = form.data.copy()
        data["version"] = self.object.version
        again = self.get_form(data, form.files)
        again.is_valid()
        again.add_error(None, ValidationError(str(error.message)))
        for name in again.changed_data:
            said = "" if name not in kept.fields or kept[name].is_hidden else words_in(kept[name])
            if said:
                again.add_error(name, _("To keep yours, save again. What is kept now: %(text)s") % {"text": said})
        return again


def words_in(field: BoundField) -> str:
    """What a box holds, as people read it."""
    value = field.value()
    choices: list[tuple[Any, Any]] = list(flatten_choices(getattr(field.field, "choices", ())))
    labels = {str(code): str(label) for code, label in choices}
    parts = value if isinstance(value, list | tuple) else [value]
    shown = [labels.get(str(part), field.field.widget.format_value(part)) for part in parts if part not in (None, "")]
    return ", ".join(str(part) for part in shown if part)
