"""What anybody sees: the calls, one call, and the way into an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from applications.actions import intake
from applications.forms.calls import StartForm
from applications.models import Call
from applications.states import CallState
from applications.views.steps import CallStep
from fundmgmt.access import can
from fundmgmt.formats import words
from fundmgmt.pages import DetailPage, EditPage, Page
from fundmgmt.rules import rules

if TYPE_CHECKING:
    from django.http import HttpRequest

    from applications.models import CallQuerySet


def window_lines(call: Call, on: Any) -> list[dict[str, Any]]:
    """The call's windows with their limits (one query)."""
    book = rules([f"window_{code}" for code in call.windows], on)
    return [
        {
            "label": book[f"window_{code}"].label.partition(":")[0],
            "currency": call.currency,
            "least": _least(book[f"window_{code}"].value["min_minor"], call.currency),
            **book[f"window_{code}"].value,
        }
        for code in call.windows
    ]


def _least(minor: int, currency: str) -> str:
    """The least amount in words: a window that begins one cent above another begins above its round number."""
    if minor % 100 == 1:
        return _t("more than %(amount)s") % {"amount": words.money(minor - 1, currency)}
    return words.money(minor, currency)


class Calls(Page):
    """Calls that are open now; staff also see those in preparation and closed ones."""

    policy = "applications.browse_calls"
    public_reason = "organisations look for open calls before they sign up"
    template_name = "applications/public/calls.html"
    title = _("Calls for proposals")
    section = "calls"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Open ones first."""
        rows = list(Call.objects.visible_to(self.request.user).exclude(state=CallState.ARCHIVED)[:60])
        taking = [call for call in rows if call.takes_applications(self.now)]
        return super().get_context(
            open_calls=taking,
            other_calls=[call for call in rows if call not in taking],
            may_prepare=bool(can(self.request.user, "applications.begin_call")),
            **extra,
        )


class Feed(Page):
    """Open calls as JSON, for other sites."""

    policy = "applications.browse_calls"
    public_reason = "other sites show the open calls of the fund"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Plain facts; amounts in minor units, times in ISO."""
        rows = Call.objects.taking_applications(self.now).order_by("closes_at", "id")
        found = [
            {
                "ref": call.ref,
                "title": {code: getattr(call, f"title_{code}") for code in ("en", "fr", "sw")},
                "summary": {code: getattr(call, f"summary_{code}") for code in ("en", "fr", "sw")},
                "envelope_minor": call.envelope_minor,
                "currency": call.currency,
                "windows": call.windows,
                "provinces": call.provinces,
                "opens_at": call.opens_at.isoformat() if call.opens_at else None,
                "closes_at": call.closes_at.isoformat(),
                "url": request.build_absolute_uri(call.get_absolute_url()),
            }
            for call in rows
        ]
        return JsonResponse({"calls": found, "at": self.now.isoformat(timespec="seconds")})


class CallDetail(DetailPage):
    """One call: what it is for, how much, until when, and the way in."""

    model = Call
    policy = "applications.view_call"
    template_name = "applications/public/call.html"
    section = "calls"

    def get_queryset(self) -> CallQuerySet:
        """Opened calls; staff also those in preparation."""
        return Call.objects.visible_to(self.request.user)

    def shown_steps(self) -> tuple[str, ...]:
        """Steps that have a page."""
        return tuple(CallStep.steps)

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Windows with their limits, and the one thing to do."""
        staff = bool(can(self.request.user, "applications.list_calls"))
        context = super().get_context(
            lines=window_lines(self.object, self.today),
            takes=self.object.takes_applications(self.now),
            staff=staff,
            **extra,
        )
        if not staff:
            context["steps"] = []
        return context


class Start(EditPage):
    """Begin an application in this call."""

    model = Call
    policy = "applications.start"
    form_class = StartForm
    template_name = "applications/public/start.html"
    title = _("Start an application")
    submit_label = _("Start the application")
    section = "calls"
    done = _("Your draft is here. Write it bit by bit: everything is kept.")

    def get_initial(self) -> dict[str, Any]:
        """Nothing of the call goes into the form."""
        return {}

    def may_act(self) -> Any:
        """A closed call starts nothing."""
        if not self.object.takes_applications(self.now):
            return _Closed()
        return super().may_act()

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Somebody without an organisation registers one first."""
        form = extra.get("form")
        return super().get_context(
            has_organisation=bool(form is not None and form.found),
            **{"back": self.object.get_absolute_url(), **extra},
        )

    def save(self, form: Any) -> Any:
        """Start it, or lead to the draft there is."""
        values = form.values()
        try:
            return intake.start_application(
                self.object,
                values["organisation"],
                by=self.request.user,
                at=self.now,
                language=values["language"],
                title=values["title"],
            )
        except intake.DraftExists as found:
            return found.application

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing to post without an organisation."""
        if not StartForm(user=request.user).found:
            messages.info(request, str(_("Register your organisation first, then come back to this call.")))
            return HttpResponseRedirect(request.path)
        return super().post(request, *args, **kwargs)


class _Closed:
    reason = _("This call is closed. Look at the calls that are open now.")

    def __bool__(self) -> bool:
        return False
