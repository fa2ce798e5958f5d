"""The administrator's pages: people and their roles, seats and terms, rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from fundmgmt.access import No
from fundmgmt.actions.people import begin_term, close_account, end_role, end_seat, end_term, grant_role, set_seat
from fundmgmt.actions.rules import set_rule
from fundmgmt.formats import words
from fundmgmt.forms import ReasonForm, RemarkForm, VersionedForm
from fundmgmt.forms.people import RoleForm, RuleForm, SeatForm, TermForm
from fundmgmt.models import RoleGrant, Seat, Term, User
from fundmgmt.models.people import in_force
from fundmgmt.pages import Column, DetailPage, EditPage, ListPage, Page
from fundmgmt.queries.people import people_for_list, person_story, seats_with_holders
from fundmgmt.refs import named_thread
from fundmgmt.roles import Role
from fundmgmt.rules import RuleValue, rules, specs
from fundmgmt.views.public import say_value

LOCKED = No(_("This rule is fixed by law and cannot be changed here."))


class PeopleFilter(forms.Form):
    """Search among people."""

    q = forms.CharField(label=_("Name or e-mail"), required=False, max_length=120)
    role = forms.ChoiceField(label=_("Role"), choices=[("", _("all")), *Role.choices], required=False)

    def __init__(self, *args: Any, today: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def apply(self, rows: QuerySet[User]) -> QuerySet[User]:
        """Narrow the list."""
        if text := self.cleaned_data["q"]:
            rows = rows.filter(Q(name__icontains=text) | Q(email__icontains=text))
        if role := self.cleaned_data["role"]:
            held = RoleGrant.objects.filter(in_force(self.today), role=role)
            rows = rows.filter(pk__in=held.values("user_id"))
        return rows


def _roles(user: Any) -> str:
    seats = [term.seat.code for term in user.terms_today]
    return ", ".join([*(str(grant.get_role_display()) for grant in user.roles_today), *seats])


def _organisations(user: Any) -> str:
    return ", ".join(str(row.organisation) for row in user.belongs_today)


def _account_state(row: User) -> str:
    return pgettext("account", "open") if row.is_active else pgettext("account", "closed")


class People(ListPage):
    """Everybody with an account."""

    policy = "fundmgmt.manage_people"
    title = _("People")
    section = "people"
    order = ("name", "id")
    csv_name = "people"
    columns = (
        Column("name", _("Name"), lambda row: row.name),
        Column("email", _("E-mail"), lambda row: row.email),
        Column("roles", _("Roles and seats"), _roles),
        Column("organisations", _("Organisations"), _organisations),
        Column("active", _("Account"), _account_state),
    )

    def get_queryset(self) -> QuerySet[User]:
        """All, with what they hold today."""
        return people_for_list(self.request.user, self.today)

    def filter_form(self, data: Any) -> PeopleFilter:  # type: ignore[override]
        """The filter knows which day it is."""
        return PeopleFilter(data, today=self.today)


class Person(DetailPage):
    """One person: what they hold and held."""

    policy = "fundmgmt.manage_people"
    model = User
    lookup = "pk"
    template_name = "fundmgmt/person.html"
    section = "people"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Roles, terms, memberships, and the journal of the account."""
        thread = named_thread("user", self.object.pk)
        return super().get_context(**person_story(self.object), thread=thread, **extra)


class PersonPage(EditPage):
    """A form about one person."""

    policy = "fundmgmt.manage_people"
    model = User
    lookup = "pk"
    section = "people"

    def get_initial(self) -> dict[str, Any]:
        """Nothing is filled in."""
        return {}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Whom it is about."""
        return super().get_context(**({"intro": self.object.name} | extra))


class GiveRole(PersonPage):
    """Give a role."""

    act_policy = "fundmgmt.give_role"
    form_class = RoleForm
    title = _("Give a role")
    submit_label = _("Give the role")

    def save(self, form: VersionedForm) -> User:
        """Give it."""
        grant_role(self.object, by=self.request.user, at=self.now, **form.values())
        return self.object


class EndRole(PersonPage):
    """End a role."""

    form_class = ReasonForm
    title = _("End the role")
    submit_label = _("End it now")

    def get_object(self) -> User:
        """The person, and the grant."""
        person = super().get_object()
        self.grant = person.role_grants.filter(in_force(self.today), pk=self.kwargs["grant"]).first()
        if self.grant is None:
            raise Http404
        return person

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Which role."""
        return super().get_context(**({"intro": words.says(self.object.name, self.grant.get_role_display())} | extra))

    def save(self, form: VersionedForm) -> User:
        """End it."""
        end_role(self.grant, by=self.request.user, at=self.now, **form.values())
        return self.object


class CloseFor(PersonPage):
    """Close the account of somebody who is gone."""

    form_class = ReasonForm
    act_policy = "fundmgmt.close_account"
    title = _("Close the account")
    submit_label = _("Close the account for good")
    done = _("The account is closed.")

    def save(self, form: VersionedForm) -> User:
        """Close it."""
        return close_account(self.object, by=self.request.user, at=self.now, **form.values())


class Seats(Page):
    """Seats of the Steering Committee and who sits on them."""

    policy = "fundmgmt.view_seats"
    template_name = "fundmgmt/seats.html"
    title = _("Steering Committee")
    section = "seats"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Seats with holder and alternate; what an administrator may do."""
        return super().get_context(
            seats=seats_with_holders(self.today),
            manages="administrator" in self.request.user.role_codes,
            **extra,
        )


class SeatPage(EditPage):
    """A form about seats; leads back to the list of seats."""

    policy = "fundmgmt.manage_people"
    section = "seats"

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Back to the seats."""
        return super().get_context(**({"back": reverse("fundmgmt:seats")} | extra))

    def success_url(self, result: Any) -> str:
        """Back to the seats."""
        return reverse("fundmgmt:seats")

    def get_title(self) -> object:
        """What is done here."""
        return self.title


class AddSeat(SeatPage):
    """Set a seat up."""

    form_class = SeatForm
    title = _("Set up a seat")
    submit_label = _("Set up the seat")

    def get_object(self) -> None:
        """None yet."""

    def save(self, form: VersionedForm) -> Seat:
        """Set it up."""
        return set_seat(by=self.request.user, at=self.now, **form.values())


class BeginTerm(SeatPage):
    """Seat somebody."""

    form_class = TermForm
    title = _("Begin a term")
    submit_label = _("Begin the term")

    def get_object(self) -> None:
        """None yet."""

    def save(self, form: VersionedForm) -> Term:
        """Begin it."""
        return begin_term(by=self.request.user, at=self.now, **form.values())


class EndTerm(SeatPage):
    """End a term."""

    form_class = RemarkForm
    model = Term
    lookup = "pk"
    title = _("End the term")
    submit_label = _("End it now")

    def get_queryset(self) -> QuerySet[Term]:
        """Terms that run today; the page's policy decides who comes here."""
        return Term.objects.filter(in_force(self.today)).select_related("seat", "user")

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Whose."""
        return super().get_context(**({"intro": words.says(self.object.seat.code, self.object.user.name)} | extra))

    def save(self, form: VersionedForm) -> Term:
        """End it."""
        return end_term(self.object, by=self.request.user, at=self.now, **form.values())


class EndSeat(SeatPage):
    """Take a seat away."""

    form_class = RemarkForm
    model = Seat
    lookup = "pk"
    title = _("End the seat")
    submit_label = _("End it now")

    def get_queryset(self) -> QuerySet[Seat]:
        """Seats that stand today; the page's policy decides who comes here."""
        return Seat.objects.filter(in_force(self.today))

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """Which."""
        return super().get_context(**({"intro": self.object.code} | extra))

    def save(self, form: VersionedForm) -> Seat:
        """End it."""
        return end_seat(self.object, by=self.request.user, at=self.now, **form.values())


class ChangeRule(EditPage):
    """A new version of a rule; a locked one says why it cannot change."""

    policy = "fundmgmt.manage_rules"
    form_class = RuleForm
    title = _("Change a rule")
    submit_label = _("Put the new version in force")
    done = _("The new version is kept; the old one stays in the history.")
    section = "rules"

    def get_object(self) -> RuleValue:
        """The rule by its key."""
        if self.kwargs["key"] not in specs():
            raise Http404
        return rules([self.kwargs["key"]], self.today)[self.kwargs["key"]]

    def get_title(self) -> str:
        """The rule in words."""
        return words.says(_t("Change this rule"), self.object.label)

    def get_initial(self) -> dict[str, Any]:
        """What holds today."""
        return {"value": self.object.value, "valid_from": self.today}

    def get_context(self, **extra: Any) -> dict[str, Any]:
        """What holds today, and why."""
        facts = [
            (_t("Today"), say_value(self.object)),
            (_t("Decision"), self.object.origin),
            (_t("Source"), self.object.spec.source),
        ]
        back = reverse("fundmgmt:rule", args=[self.object.spec.key])
        crumbs = {"crumbs": [(self.object.label, back), (_t("Change this rule"), "")]}
        return super().get_context(**({"back": back, "facts": facts} | crumbs | extra))

    def may_act(self) -> Any:
        """A locked rule is shown with its reason."""
        answer = super().may_act()
        return LOCKED if answer and self.object.spec.locked else answer

    def save(self, form: VersionedForm) -> str:
        """Keep the new version."""
        set_rule(self.object.spec.key, by=self.request.user, at=self.now, **form.values())
        return reverse("fundmgmt:rule", args=[self.object.spec.key])
