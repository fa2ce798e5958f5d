"""Where rails send their messages: one address for each. Verified, kept once, answered at once, applied later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from disbursements.actions.events import keep_event
from disbursements.gateway.registry import NoSuchRail
from disbursements.gateway.registry import rail as rail_of
from fundmgmt.pages import Page

if TYPE_CHECKING:
    from django.http import HttpRequest

LARGEST = 256 * 1024  # bytes; a rail's message is a few hundred


@method_decorator(csrf_exempt, name="dispatch")
class RailEvents(Page):
    """A rail's own door. A message that is not signed by the rail is refused and nothing of it is kept."""

    policy = "disbursements.receive_event"
    public_reason = "Payment rails have no account here: each message is signed, and one that is not is refused."
    title = _("Messages of a payment rail")
    template_name = "disbursements/rail_events.html"

    def get_object(self) -> Any:
        """The rail, or 404."""
        try:
            return rail_of(self.kwargs["rail"])
        except NoSuchRail as error:
            raise Http404 from error

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep a genuine message; 403 for any other. What it leads to happens after the answer."""
        raw = request.body if int(request.headers.get("Content-Length") or 0) <= LARGEST else b""
        event = self.object.parse_event(raw, _headers(request))
        if event is None:
            return HttpResponse(status=403)
        keep_event(self.object.code, event, raw, at=self.now)
        return HttpResponse(status=200)


def _headers(request: HttpRequest) -> dict[str, str]:
    found = {name.lower(): value for name, value in request.headers.items()}
    return found | {":method": request.method or "", ":authority": request.get_host(), ":path": request.path}
