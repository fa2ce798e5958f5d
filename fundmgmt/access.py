"""Who may do what: predicates that answer yes or no with a reason, and a registry of named policies.

A policy is default deny: an unknown name refuses. The same policy guards a workflow edge, a page, an export and a
file, so no path is laxer than another. Predicates are callables, never permission strings, because Django lets a
superuser pass every string and four-eyes rules must bind a superuser too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Yes:
    """Allowed."""

    reason: object = ""

    def __bool__(self) -> bool:
        """Truthy."""
        return True


@dataclass(frozen=True)
class No:
    """Refused; `reason` is a lazy sentence for the refused person that says what to do next."""

    reason: object

    def __bool__(self) -> bool:
        """Falsy."""
        return False


YES = Yes()
Answer = Yes | No


class Refused(Exception):
    """A policy said no. `message` is for the person refused."""

    field: str | None = None

    def __init__(self, message: object) -> None:
        """Keep the lazy text."""
        super().__init__(str(message))
        self.message = message


class _Asked(Protocol):
    def __call__(self, user: Any, obj: Any) -> Answer: ...


class Predicate:
    """A question about a user and an object; combine with & (all), | (any, last reason speaks) and ~ (not)."""

    def __init__(self, ask: _Asked, name: str) -> None:
        """Wrap a function that answers YES or No."""
        self._ask = ask
        self.name = name

    def __call__(self, user: Any, obj: Any = None) -> Answer:
        """Answer for this user (None is the system) and this object."""
        return self._ask(user, obj)

    def __and__(self, other: Predicate) -> Predicate:
        """Both; the first refusal speaks."""

        def ask(user: Any, obj: Any) -> Answer:
            return self(user, obj) and other(user, obj)

        return Predicate(ask, f"({self.name} and {other.name})")

    def __or__(self, other: Predicate) -> Predicate:
        """Either; when both refuse, the left reason speaks."""

        def ask(user: Any, obj: Any) -> Answer:
            left = self(user, obj)
            if left:
                return left
            return other(user, obj) or left

        return Predicate(ask, f"({self.name} or {other.name})")

    def __repr__(self) -> str:
        """Name, for the generated tables."""
        return self.name

    def otherwise(self, reason: object) -> Predicate:
        """The same question with another sentence for the refused."""
        return Predicate(lambda user, obj: self(user, obj) or No(reason), self.name)


def predicate(reason: object) -> Callable[[Callable[[Any, Any], bool]], Predicate]:
    """Make a predicate of a function (user, obj) -> bool; `reason` is told when it is False."""

    def wrap(function: Callable[[Any, Any], bool]) -> Predicate:
        return Predicate(lambda user, obj: YES if function(user, obj) else No(reason), function.__name__)

    return wrap


def negate(asked: Predicate, reason: object) -> Predicate:
    """Not `asked`; `reason` is told when `asked` holds."""
    return Predicate(lambda user, obj: No(reason) if asked(user, obj) else YES, f"not {asked.name}")


@predicate("")
def anyone(user: Any, obj: Any) -> bool:
    """Open to the public. A page that uses it stands in the reasoned public list."""
    return True


@predicate(_("Sign in first."))
def is_signed_in(user: Any, obj: Any) -> bool:
    """A person with an active account."""
    return bool(user is not None and user.is_authenticated and user.is_active)


@predicate(_("The system does this by itself."))
def is_system(user: Any, obj: Any) -> bool:
    """Steps that follow from others or from the clock: no person, no account."""
    return user is None


def role(*codes: str) -> Predicate:
    """Somebody who holds one of the roles today."""
    from_codes = frozenset(str(code) for code in codes)
    reason = _("This is not among your roles in the fund. Ask an administrator if it should be.")

    def ask(user: Any, obj: Any) -> Answer:
        if not is_signed_in(user, obj):
            return is_signed_in(user, obj)
        return YES if user.role_codes & from_codes else No(reason)

    return Predicate(ask, " or ".join(sorted(from_codes)))


@predicate(_("Only members of the Steering Committee do this."))
def holds_seat(user: Any, obj: Any) -> bool:
    """A seat of the Steering Committee, voting or observer, today."""
    return bool(is_signed_in(user, obj) and user.seat is not None)


@predicate(_("Observers read and comment; they do not vote."))
def holds_voting_seat(user: Any, obj: Any) -> bool:
    """A voting seat of the Steering Committee today."""
    return bool(is_signed_in(user, obj) and user.seat is not None and user.seat.votes)


@predicate(_("You declared a link with this organisation: somebody without one takes this step."))
def has_declared_no_link(user: Any, obj: Any) -> bool:
    """No link with the organisation of `obj` stands in any stage, under whichever account of theirs."""
    return bool(is_signed_in(user, obj) and not obj.is_linked(user))


class Policy:
    """A named rule. Usable as `permission=` of a transition, where django-fsm calls it (instance, user)."""

    def __init__(self, name: str, rule: Predicate) -> None:
        """Name it app.verb."""
        self.name = name
        self.rule = rule

    def __call__(self, instance: Any, user: Any) -> Answer:
        """django-fsm's order of arguments."""
        return self.rule(user, instance)

    def __repr__(self) -> str:
        """Name and rule, for the generated tables."""
        return f"{self.name}: {self.rule!r}"


_policies: dict[str, Policy] = {}


def policy(name: str, rule: Predicate) -> Policy:
    """Register a policy once; a second registration under the same name is a programming error."""
    if name in _policies:
        raise ValueError(f"policy {name} is registered twice")
    _policies[name] = Policy(name, rule)
    return _policies[name]


def policies() -> dict[str, Policy]:
    """All policies by name, for tests and generated documents."""
    return dict(_policies)


def can(user: Any, name: str, obj: Any = None) -> Answer:
    """May this user do this to this object? An unregistered name is No: default deny."""
    found = _policies.get(name)
    if found is None:
        return No(_("Nobody may do this: no rule allows it."))
    return found(obj, user)


def require(user: Any, name: str, obj: Any = None) -> None:
    """Raise Refused with the reason when the policy says no."""
    answer = can(user, name, obj)
    if not answer:
        raise Refused(answer.reason)


def _organisation_of(obj: Any) -> int | None:
    """Id of the organisation a row belongs to, or of the row itself; never the id of another kind of row."""
    if hasattr(obj, "organisation_id"):
        return obj.organisation_id
    return obj.pk if obj is not None and obj._meta.label == "fundmgmt.Organisation" else None


def member_of(*codes: str) -> Predicate:
    """Acts for `obj.organisation` (or for obj, an Organisation) today, in one of these membership roles."""
    wanted = frozenset(str(code) for code in codes)

    def ask(user: Any, obj: Any) -> Answer:
        if not is_signed_in(user, obj):
            return is_signed_in(user, obj)
        held = user.memberships_today.get(_organisation_of(obj))
        if held is None:
            return No(_("Only the organisation's own people do this."))
        if held not in wanted:
            return No(_("Your place in the organisation lets you read. Ask the responsible person to do this step."))
        return YES

    return Predicate(ask, "member as " + " or ".join(sorted(wanted)))


@predicate(_("Only the person concerned does this."))
def is_self(user: Any, obj: Any) -> bool:
    """`obj` is this person's account, or a row that belongs to it (`user_id`)."""
    if not is_signed_in(user, obj) or obj is None:
        return False
    return bool(getattr(obj, "user_id", None) == user.pk or (obj._meta.label == "fundmgmt.User" and obj.pk == user.pk))


OFFICER = role("officer")
ADMINISTRATOR = role("administrator")
STAFF = role("officer", "treasurer", "evaluator", "safeguarding", "auditor", "administrator")
WRITES = member_of("owner", "editor")
BELONGS = member_of("owner", "editor", "viewer")
OWNS = member_of("owner")

policy("fundmgmt.begin_organisation", is_signed_in | is_system)
policy("fundmgmt.view_organisation", BELONGS | STAFF)
policy("fundmgmt.describe_organisation", WRITES | OFFICER)
policy("fundmgmt.pause_organisation", OFFICER)
policy("fundmgmt.manage_members", OWNS | ADMINISTRATOR | OFFICER)
policy("fundmgmt.end_membership", OWNS | is_self | ADMINISTRATOR | OFFICER)
policy("fundmgmt.hand_over", OWNS | OFFICER)
policy("fundmgmt.manage_people", ADMINISTRATOR | is_system)
policy(
    "fundmgmt.give_role",
    (ADMINISTRATOR & negate(is_self, _("Nobody gives a role to themselves. Ask another administrator."))) | is_system,
)
policy("fundmgmt.view_user", is_self | ADMINISTRATOR)
policy("fundmgmt.describe_user", is_self)
policy("fundmgmt.close_account", is_self | ADMINISTRATOR)
policy("fundmgmt.manage_rules", ADMINISTRATOR | is_system)
policy("fundmgmt.view_rules", anyone)
policy("fundmgmt.view_gallery", anyone)
policy("fundmgmt.view_journal", role("auditor", "administrator"))
policy("fundmgmt.erase_remark", ADMINISTRATOR)
policy("fundmgmt.manage_catalogues", ADMINISTRATOR)
policy("fundmgmt.view_seats", is_signed_in)
policy("fundmgmt.view_public", anyone)
policy("fundmgmt.view_own", is_signed_in)
policy("fundmgmt.view_entrance", negate(is_signed_in, _("You have signed in already.")))


@predicate(_("This paper is not open to you."))
def may_read_paper(user: Any, obj: Any) -> bool:
    """Whoever the paper's own policy lets see the row that the paper belongs to."""
    return obj is not None and obj.about is not None and bool(can(user, obj.policy, obj.about))


@predicate(_("There is an outbox in the demonstration only."))
def is_demonstration(user: Any, obj: Any) -> bool:
    """Every person and every message is invented here."""
    return bool(settings.DEMO)


policy("fundmgmt.view_outbox", is_demonstration)
for _catalogue in ("indicator", "rubricitem", "practicetag", "standarditem", "glossaryterm", "place"):
    policy(f"fundmgmt.view_{_catalogue}", anyone)
policy("fundmgmt.read_paper", may_read_paper)
policy("fundmgmt.view_restricted", role("safeguarding", "auditor"))
policy("fundmgmt.view_whole_story", STAFF)
policy("fundmgmt.verify_journal", role("auditor", "administrator"))
policy("fundmgmt.view_verification", role("auditor", "administrator"))
