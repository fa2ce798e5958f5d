"""The page shapes: every view is one of ListPage, DetailPage, EditPage, StepPage, or a plain Page.

Each page names a policy. Who may not see gets 404 (or the sign-in page when not signed in); who may see but not act
gets a page with the reason. Views read one query and call one action; they never write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views import View

from fundmgmt.access import Refused, Yes, can
from fundmgmt.forms import StepForm, VersionedForm
from fundmgmt.forms.kept_file import keep_files
from fundmgmt.kinds import all_kinds
from fundmgmt.models.workflow import StaleObject, StepError
from fundmgmt.pages.signin import fresh_sign_in, keep_typed, take_typed
from fundmgmt.workflow import label_of, steps_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet


class Page(View):
    """A page under a policy. `policy` is asked with the object where there is one."""

    policy: ClassVar[str] = ""
    template_name: ClassVar[str] = ""
    title: ClassVar[object] = ""
    section: ClassVar[str] = ""  # which entry of the navigation this page belongs to
    public_reason: ClassVar[str] = ""  # a page whose policy is "anyone" says why

    request: Any  # a page asks its policy first, so that request.user is who the action needs

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """One time for the whole request."""
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()
        self.today = timezone.localdate(self.now)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask the policy before anything else."""
        self.object = self.get_object()
        if not can(request.user, self.policy, self.object):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_object(self) -> Any:
        """The row the page is about, or None. Raises Http404."""
        return None

    def get_title(self) -> object:
        """Title of the page."""
        return self.title

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Context of the template."""
        return {
            "page": self,
            "object": self.object,
            "title": self.get_title(),
            "section": self.section,
            "today": self.today,
            **extra,
        }

    def render(self, *, status: int = 200, template: str | None = None, **context: Any) -> HttpResponse:
        """The page."""
        return render(self.request, template or self.template_name, self.get_context(**context), status=status)

    def refuse(self, reason: object, back: str = "") -> HttpResponse:
        """May see, may not act: say why."""
        return render(
            self.request,
            "ui/refused.html",
            self.get_context(reason=reason, back=back or self.request.META.get("HTTP_REFERER", "/")),
            status=403,
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show it."""
        return self.render()


class ObjectPage(Page):
    """A page about one row, found by its public reference (or uuid) among the rows the person may see."""

    model: ClassVar[type[Model]]
    lookup: ClassVar[str] = "ref"

    def get_queryset(self) -> QuerySet[Any]:
        """Rows this person may see: the model's `visible_to`, with what the page reads joined in."""
        return self.model._default_manager.visible_to(self.request.user)  # type: ignore[attr-defined]

    def get_object(self) -> Any:
        """Found and visible, or 404 (a stranger and a wrong number look the same)."""
        try:
            return get_object_or_404(self.get_queryset(), **{self.lookup: self.kwargs[self.lookup]})
        except (ValidationError, ValueError) as error:
            raise Http404 from error

    def get_title(self) -> object:
        """The row's name."""
        return self.title or str(self.object)


class DetailPage(ObjectPage):
    """One row, with the steps the person may take or not and why."""

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Steps of the machine, when the row has one."""
        steps = steps_for(self.object, self.request.user) if hasattr(self.object, "state_columns") else []
        shown = self.shown_steps()
        steps = [step for step in steps if step.name in shown] if shown else steps
        return super().get_context(steps=steps, base=self.object.get_absolute_url(), **extra)

    def shown_steps(self) -> tuple[str, ...]:
        """Names of steps to show here; empty means all."""
        return ()


class EditPage(ObjectPage):
    """A form about one row. `act_policy` decides who may save; `save()` calls one action."""

    form_class: ClassVar[type[VersionedForm]]
    act_policy: ClassVar[str] = ""
    done: ClassVar[object] = _("Saved.")
    template_name: ClassVar[str] = "ui/form_page.html"
    submit_label: ClassVar[object] = _("Save")

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """The form, filled from the row or from what was typed."""
        return self.form_class(data, files, obj=self.object, user=self.request.user, initial=self.get_initial())

    def get_initial(self) -> dict[str, Any]:
        """What stands there now."""
        if self.object is None:
            return {}
        return {name: getattr(self.object, name) for name in self.form_class.base_fields if hasattr(self.object, name)}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What the form's template needs beside the form."""
        back = self.object.get_absolute_url() if hasattr(self.object, "get_absolute_url") else ""
        return super().get_context(
            **{"submit_label": self.submit_label, "back": back, "version": getattr(self.object, "version", None)}
            | extra
        )

    def save(self, form: VersionedForm) -> Any:
        """Call one action with form.values(); return the row to go to, or a URL."""
        raise NotImplementedError(type(self).__name__)

    def success_url(self, result: Any) -> str:
        """Where to go after saving."""
        return result if isinstance(result, str) else (result or self.object).get_absolute_url()

    def may_act(self) -> Any:
        """The answer of `act_policy`."""
        return can(self.request.user, self.act_policy or self.policy, self.object)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, or the reason why not."""
        answer = self.may_act()
        if not answer:
            return self.refuse(answer.reason)
        return self.render(form=self.get_form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Save, or show the form again with every message in its place and nothing typed lost."""
        answer = self.may_act()
        if not answer:
            return self.refuse(answer.reason)
        form = self.get_form(request.POST, request.FILES)
        status, valid = 422, form.is_valid()
        seen = form.cleaned_data.get("version")  # stays, so that what somebody else keeps meanwhile is noticed
        if valid:
            try:
                result = self.save(form)
            except StaleObject as error:
                form, status, seen = self.after_conflict(form, error), 409, None
            except (StepError, Refused, ValidationError) as error:
                form.take(error)
                self.object = self.get_object()  # the step was rolled back; the row in hand still shows it as taken
            else:
                if said := self.get_done():
                    messages.success(request, str(said))
                return HttpResponseRedirect(self.success_url(result))
        keep_files(form)
        return self.render(status=status, form=form, **({} if seen is None else {"version": seen}))

    def get_done(self) -> object:
        """What is said after saving; nothing when empty."""
        return self.done

    def after_conflict(self, form: VersionedForm, error: StaleObject) -> VersionedForm:
        """Say that somebody else changed the row; what was typed stays (see `ShowsConflict` for more)."""
        form.take(error)
        return form


class NewPage(EditPage):
    """A form for something that does not stand there yet."""

    def get_object(self) -> None:
        """None, until it is saved."""
        return


@dataclass(frozen=True)
class StepSpec:
    """How a step is asked and done: the form, and the action(obj, *, by, at, expected_version, **values)."""

    form: type[StepForm]
    action: Callable[..., Any]
    template: str = "ui/step.html"
    done: object = ""
    fresh: bool = False  # asks for a sign-in that is minutes old, because the step moves money


class StepPage(EditPage):
    """One address pattern for all steps of a model: <ref>/steps/<step>/."""

    template_name: ClassVar[str] = "ui/step.html"
    steps: ClassVar[dict[str, StepSpec]] = {}

    def get_object(self) -> Any:
        """The row; an unknown step is 404."""
        if self.kwargs["step"] not in self.steps:
            raise Http404
        self.spec = self.steps[self.kwargs["step"]]
        return super().get_object()

    def get_title(self) -> object:
        """The step's label, also when it is not possible from here."""
        step = self.find_step()
        return step.label if step else label_of(self.object, self.kwargs["step"])

    def find_step(self) -> Any:
        """The step from the present state, or None."""
        if not hasattr(self, "_step"):
            found = [s for s in steps_for(self.object, self.request.user) if s.name == self.kwargs["step"]]
            self._step = found[0] if found else None
        return self._step

    def may_act(self) -> Any:
        """The edge must exist from here and its policy must allow the person."""
        from_here = self.find_step()
        if from_here is None:
            return Gone(
                _("From “%(state)s” this step is not possible. Look at where things stand now.")
                % {"state": self.object.get_state_display()}
            )
        return from_here.allowed

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; for a step that moves money after a fresh sign-in only."""
        return self.sign_in_first() or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Take the step; what was typed is kept while somebody signs in again."""
        return self.sign_in_first() or super().post(request, *args, **kwargs)

    def sign_in_first(self) -> HttpResponse | None:
        """The page that asks for it, or nothing when there is no need or no right to the step anyway."""
        if not self.spec.fresh or not self.may_act():
            return None
        answer = fresh_sign_in(self.request, self.now)
        if isinstance(answer, Yes):
            return None
        if self.request.method == "POST":
            keep_typed(self.request, list(self.spec.form.base_fields))
        context = self.get_context(answer=answer, back=self.object.get_absolute_url())
        return render(self.request, "ui/sign_in_first.html", context, status=403)

    def get_form(self, data: Any = None, files: Any = None) -> VersionedForm:
        """The step's form; with what was typed before a sign-in in between."""
        typed = take_typed(self.request) if self.spec.fresh and data is None else None
        return self.spec.form(data, files, obj=self.object, user=self.request.user, initial=typed)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """The step beside the form."""
        back = self.object.get_absolute_url()
        return super().get_context(
            **{"step": self.find_step(), "back": back, "submit_label": self.get_title()} | extra,
        )

    def render(self, *, status: int = 200, template: str | None = None, **context: Any) -> HttpResponse:
        """The step's own template, when it has one."""
        return super().render(status=status, template=template or self.spec.template, **context)

    def get_done(self) -> object:
        """What the step says of itself, else what the journal now says of it."""
        told = all_kinds().get(f"{self.object._meta.label_lower}.{self.kwargs['step']}")
        return self.spec.done or (f"{told.label}." if told else self.done)

    def refuse(self, reason: object, back: str = "") -> HttpResponse:
        """Back to the row."""
        return super().refuse(reason, self.object.get_absolute_url())

    def save(self, form: VersionedForm) -> Any:
        """The action, with the version the person saw."""
        return self.spec.action(
            self.object,
            by=self.request.user,
            at=self.now,
            expected_version=form.cleaned_data.get("version"),
            **form.values(),
        )

    def success_url(self, result: Any) -> str:
        """Back to the row, or where the action's result says."""
        if isinstance(result, str):
            return result
        return self.object.get_absolute_url()


@dataclass(frozen=True)
class Gone:
    """A refusal that is no policy: the step does not exist from here."""

    reason: object

    def __bool__(self) -> bool:
        """Falsy."""
        return False
