"""People, their organisations, roles and committee seats."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Replace, Right
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import transition

from fundmgmt.access import ADMINISTRATOR, STAFF, is_signed_in, policies
from fundmgmt.models.workflow import WorkflowModel, WorkflowQuerySet, WorkflowState
from fundmgmt.roles import Constituency, MemberRole, Role
from fundmgmt.states import Language, LegalStatus, OrganisationKind, OrganisationState

if TYPE_CHECKING:
    from collections.abc import Collection


def in_force(day: dt.date, prefix: str = "") -> Q:
    """Rows whose valid_from..valid_until (both days included) hold this day."""
    return Q(**{f"{prefix}valid_from__lte": day}) & (
        Q(**{f"{prefix}valid_until__isnull": True}) | Q(**{f"{prefix}valid_until__gte": day})
    )


PHONE_SIGNS = " -./()"
PHONE_DIGITS = 9  # the same with and without the country's prefix


def phone_key(number: str) -> str:
    """What makes two written phone numbers the same: the last digits, without signs between them."""
    return "".join(sign for sign in number if sign not in PHONE_SIGNS)[-PHONE_DIGITS:]


def _without_signs(column: str) -> F | Replace:
    """The same in the database."""
    found: F | Replace = F(column)
    for sign in PHONE_SIGNS:
        found = Replace(found, Value(sign))
    return found


class UserQuerySet(models.QuerySet["User"]):
    """People as others may see them."""

    def visible_to(self, user: Any) -> UserQuerySet:
        """Oneself; all for an administrator. Equals the policy fundmgmt.view_user row by row."""
        if not is_signed_in(user):
            return self.none()
        return self if ADMINISTRATOR(user) else self.filter(pk=user.pk)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # -- a class made by Django
    """Users by e-mail."""

    def get_by_natural_key(self, username: str | None) -> User:
        """E-mail, whatever its case."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person with an account."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Somebody who may open Django's admin; the fund's own policies bind them like anyone else."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


@dataclass(frozen=True)
class SeatHeld:
    """The seat a person holds today."""

    code: str
    constituency: str
    votes: bool
    seat_id: int


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. Never deleted: pseudonymised, so that the journal stays whole."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, help_text=_("How colleagues call you."))
    phone = models.CharField(_("phone"), max_length=24, blank=True)
    phone_key = models.GeneratedField(  # two accounts with one phone are one person
        expression=Right(_without_signs("phone"), PHONE_DIGITS),
        output_field=models.CharField(max_length=24),
        db_persist=True,
    )
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.FR)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    private_fields = ("email", "name", "phone", "phone_key")

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    def __str__(self) -> str:
        """Name."""
        return self.name or self.email

    def get_absolute_url(self) -> str:
        """The administrator's page about this person."""
        return reverse("fundmgmt:person", args=[self.pk])

    def get_full_name(self) -> str:
        """Name."""
        return self.name

    def get_short_name(self) -> str:
        """Name."""
        return self.name

    @cached_property
    def _standing(self) -> list[tuple[str, str, int, str, bool]]:
        """Roles, memberships and committee seats of today (one query for each loaded user: every page asks for all)."""
        today = in_force(timezone.localdate())
        none, no = Value(0, models.BigIntegerField()), Value(value=False)
        roles = self.role_grants.filter(today).values_list(Value("role"), "role", none, Value(""), no)
        belongs = self.memberships.filter(today).values_list(Value("member"), "role", "organisation_id", Value(""), no)
        seats = self.terms.filter(today).order_by()
        held = [
            seats.filter(alternate=alternate).values_list(
                Value(kind), "seat__code", "seat_id", "seat__constituency", "seat__votes"
            )
            for kind, alternate in (("seat", False), ("seat as alternate", True))
        ]
        return list(roles.union(belongs, *held, all=True))

    @cached_property
    def role_codes(self) -> frozenset[str]:
        """Codes of the roles held today."""
        return frozenset(code for kind, code, *_rest in self._standing if kind == "role")

    @cached_property
    def memberships_today(self) -> dict[int, str]:
        """Organisation id to the role held in it today."""
        return {pk: role for kind, role, pk, *_rest in self._standing if kind == "member"}

    @property
    def organisation_ids(self) -> frozenset[int]:
        """Organisations this person belongs to today."""
        return frozenset(self.memberships_today)

    @cached_property
    def seat(self) -> SeatHeld | None:
        """The committee seat held today, if any."""
        held = sorted(row for row in self._standing if row[0].startswith("seat"))
        if not held:
            return None
        _kind, code, pk, constituency, votes = held[0]
        return SeatHeld(code, constituency, bool(votes), pk)

    def is_same_person_as(self, other: User | None) -> bool:
        """People count, not accounts: one account, or two with the same phone."""
        if other is None:
            return False
        mine = phone_key(self.phone)
        return other.pk == self.pk or bool(mine and mine == phone_key(other.phone))

    def is_one_of(self, people: Collection[int]) -> bool:
        """Whether this person is among these accounts, under whichever account (one query, when they have a phone)."""
        key = phone_key(self.phone)
        return self.pk in people or bool(key and people and User.objects.filter(pk__in=people, phone_key=key).exists())

    def forget_roles(self) -> None:
        """Read roles, memberships and seat again next time they are asked."""
        for name in ("_standing", "role_codes", "memberships_today", "seat"):
            self.__dict__.pop(name, None)


class OrganisationQuerySet(WorkflowQuerySet):
    """Organisations as a person may see them."""

    def visible_to(self, user: Any) -> OrganisationQuerySet:
        """One's own; all for the fund's staff. Equals the policy fundmgmt.view_organisation row by row."""
        if not is_signed_in(user):
            return self.none()
        return self if STAFF(user) else self.filter(pk__in=user.organisation_ids)


class Organisation(WorkflowModel):
    """A community organisation or a host, apart from the people who act for it."""

    ref = models.CharField(max_length=16, unique=True)
    name = models.CharField(_("name of the organisation"), max_length=200)
    acronym = models.CharField(_("short name"), max_length=24, blank=True)
    kind = models.CharField(_("kind of organisation"), max_length=40, choices=OrganisationKind)
    founded_year = models.PositiveSmallIntegerField(_("founded in"), null=True, blank=True)
    legal_status = models.CharField(_("legal standing"), max_length=24, choices=LegalStatus)
    registration_number = models.CharField(_("registration number"), max_length=80, blank=True)
    fiscal_host = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="hosted", verbose_name=_("fiscal host")
    )
    has_bank_account = models.BooleanField(_("account in the organisation's name, two signatories"), default=False)
    province = models.CharField(_("province"), max_length=40, blank=True)
    territory = models.CharField(_("city or territory"), max_length=80, blank=True)
    address = models.CharField(_("address or landmark"), max_length=200, blank=True)
    phone = models.CharField(_("phone of the organisation"), max_length=24, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    created_at = models.DateTimeField()
    state = WorkflowState(choices=OrganisationState, default=OrganisationState.ACTIVE)

    private_fields = ("address", "phone", "registration_number")

    objects = OrganisationQuerySet.as_manager()  # type: ignore[misc]  # -- a richer manager than the base has

    class Meta:
        """By name."""

        ordering = ("name", "id")

    def __str__(self) -> str:
        """Short name if there is one."""
        return self.acronym or self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("fundmgmt:organisation", args=[self.ref])

    @transition(
        field=state,
        source="*",
        target=None,
        permission=policies()["fundmgmt.describe_organisation"],
        custom={"label": _("Change the organisation's details")},
    )
    def describe(self, **details: Any) -> None:
        """Change what the organisation says of itself; an act, not a step."""
        for name, value in details.items():
            setattr(self, name, value)

    @transition(
        field=state,
        source=OrganisationState.ACTIVE,
        target=OrganisationState.PAUSED,
        permission=policies()["fundmgmt.pause_organisation"],
        custom={"label": _("Pause the organisation"), "style": "danger"},
    )
    def pause(self) -> None:
        """No new applications while paused."""

    @transition(
        field=state,
        source=OrganisationState.PAUSED,
        target=OrganisationState.ACTIVE,
        permission=policies()["fundmgmt.pause_organisation"],
        custom={"label": _("Make the organisation active again"), "style": "primary"},
    )
    def resume(self) -> None:
        """Applications are possible again."""


class Membership(models.Model):
    """One person acts for one organisation between two days."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=8, choices=MemberRole)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    private_fields = ()

    class Meta:
        """One open membership per person and organisation."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "organisation"), condition=Q(valid_until__isnull=True), name="membership_open_once"
            ),
        )

    def __str__(self) -> str:
        """Who, where."""
        return f"{self.user_id} in {self.organisation_id}"


class RoleGrant(models.Model):
    """A role given to a person, with its days and the decision behind it."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=16, choices=Role)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    decided_in = models.CharField(max_length=64, blank=True)

    private_fields = ()

    class Meta:
        """One open grant per person and role."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "role"), condition=Q(valid_until__isnull=True), name="role_open_once"
            ),
        )

    def __str__(self) -> str:
        """Who, what."""
        return f"{self.user_id}: {self.role}"


class Seat(models.Model):
    """A seat of the Steering Committee, voting or observer."""

    code = models.CharField(max_length=8, unique=True)
    constituency = models.CharField(max_length=32, choices=Constituency)
    votes = models.BooleanField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        """By code."""

        ordering = ("-votes", "code")

    def __str__(self) -> str:
        """Code."""
        return self.code


class Term(models.Model):
    """A person holds a seat between two days; an alternate is named in advance."""

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="terms")
    user = models.ForeignKey(User, models.PROTECT, related_name="terms")
    alternate = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    decided_in = models.CharField(max_length=64, blank=True)

    private_fields = ()

    class Meta:
        """One holder and one alternate at a time."""

        constraints = (
            models.UniqueConstraint(
                fields=("seat", "alternate"), condition=Q(valid_until__isnull=True), name="term_one_holder"
            ),
        )

    def __str__(self) -> str:
        """Seat and holder."""
        return f"{self.seat_id}: {self.user_id}"
