"""A person's own account, the language switch, and the invitation to an organisation."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language

from fundmgmt.actions.organisations import InvitationBroken, InvitationEnded, read_invitation
from fundmgmt.actions.people import close_account, describe_account, join, remember_language
from fundmgmt.forms import VersionedForm
from fundmgmt.forms.people import AccountForm, CloseAccountForm
from fundmgmt.models import User
from fundmgmt.models.workflow import StepError
from fundmgmt.pages import EditPage, Page
from fundmgmt.queries.people import organisations_of


class ChooseLanguage(Page):
    """The language switch, remembered for whoever is signed in."""

    policy = "fundmgmt.view_public"
    public_reason = "Everybody chooses the language they read in; it changes nothing else."

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nothing to see here."""
        return HttpResponseRedirect("/")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Switch, by a cookie and on the account."""
        response = set_language(request)
        if self.request.user.is_authenticated:
            remember_language(self.request.user, request.POST.get("language", ""))
        return response


class OwnPage(EditPage):
    """A form about one's own account."""

    policy = "fundmgmt.view_own"
    model = User

    def get_object(self) -> Any:
        """Oneself; a stranger is sent to sign in by the policy."""
        return self.request.user


class Account(OwnPage):
    """Name, phone, language, and where to look after password and second step."""

    act_policy = "fundmgmt.describe_user"
    form_class = AccountForm
    template_name = "fundmgmt/account.html"
    title = _("Your account")
    section = "account"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Where one belongs."""
        extra.setdefault("back", "/")
        return super().get_context(belongs=organisations_of(self.request.user), **extra)

    def save(self, form: VersionedForm) -> str:
        """Keep it, and come back."""
        describe_account(self.request.user, by=self.request.user, at=self.now, **form.values())
        return reverse("fundmgmt:account")


class CloseAccount(OwnPage):
    """Close one's own account for good."""

    act_policy = "fundmgmt.close_account"
    form_class = CloseAccountForm
    template_name = "fundmgmt/close_account.html"
    title = _("Close your account")
    submit_label = _("Close my account")
    done = _("Your account is closed. Your name, e-mail and phone are gone.")

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the account."""
        return super().get_context(**({"back": reverse("fundmgmt:account")} | extra))

    def save(self, form: VersionedForm) -> str:
        """Close, and sign out."""
        close_account(self.request.user, by=self.request.user, at=self.now)
        logout(self.request)
        return "/"


class Join(Page):
    """An invitation: sign up or sign in with the address it was sent to, then say yes."""

    policy = "fundmgmt.view_public"
    public_reason = "Somebody invited has no account yet; the signed link is the key."
    template_name = "fundmgmt/join.html"
    title = _("You are invited")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show who invites whom; remember that the address was reached by mail."""
        try:
            invitation = read_invitation(self.kwargs["token"], self.today)
        except InvitationBroken as broken:
            raise Http404 from broken
        except InvitationEnded as ended:
            return self.render(status=410, ended=ended.message)
        here = request.get_full_path()
        known = User.objects.filter(email__iexact=invitation.email, is_active=True).exists()
        if not request.user.is_authenticated and not known:
            get_adapter().stash_verified_email(request, invitation.email)
        return self.render(
            invitation=invitation,
            organisation=invitation.organisation,
            wrong_person=request.user.is_authenticated and request.user.email.lower() != invitation.email,
            enter=f"{reverse('account_login' if known else 'account_signup')}?{urlencode({'next': here})}",
            known=known,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Yes."""
        if not request.user.is_authenticated:
            return HttpResponseRedirect(request.get_full_path())
        try:
            row = join(self.kwargs["token"], by=request.user, at=self.now)
        except StepError as error:
            return self.render(status=422, ended=error.message)
        messages.success(request, _t("You belong to %(name)s now.") % {"name": row.organisation.name})
        return HttpResponseRedirect(row.organisation.get_absolute_url())
