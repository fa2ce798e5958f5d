"""Policies: default deny, reasons, and superusers bound like anyone else."""

from types import SimpleNamespace

import pytest

from fundmgmt import access
from fundmgmt.access import YES, No, Refused, can, negate, predicate, require, role


@predicate("needs a hat")
def hat(user: SimpleNamespace, obj: object) -> bool:
    return user.hat


@predicate("needs a coat")
def coat(user: SimpleNamespace, obj: object) -> bool:
    return user.coat


def person(**what: object) -> SimpleNamespace:
    nobody = {"is_authenticated": True, "is_active": True, "role_codes": frozenset(), "seat": None}
    return SimpleNamespace(**nobody | what)


@pytest.mark.parametrize("h", [True, False])
@pytest.mark.parametrize("c", [True, False])
def test_combinations_are_boolean_and_tell_why(h: bool, c: bool) -> None:
    user = SimpleNamespace(hat=h, coat=c)
    assert bool((hat & coat)(user)) == (h and c)
    assert bool((hat | coat)(user)) == (h or c)
    assert bool(negate(hat, "no hats")(user)) == (not h)
    if not h:
        assert (hat & coat)(user) == No("needs a hat")
    if h and not c:
        assert (hat & coat)(user) == No("needs a coat")
    if not h and not c:
        assert (hat | coat)(user) == No("needs a hat")


def test_an_unknown_policy_refuses_everybody() -> None:
    assert not can(person(is_superuser=True, role_codes=frozenset({"administrator"})), "nothing.at_all")
    with pytest.raises(Refused):
        require(person(), "nothing.at_all")


def test_a_superuser_without_the_role_is_refused() -> None:
    assert not role("treasurer")(person(is_superuser=True))
    assert role("treasurer")(person(role_codes=frozenset({"treasurer"}))) == YES


def test_a_closed_account_holds_no_role() -> None:
    assert not role("treasurer")(person(is_active=False, role_codes=frozenset({"treasurer"})))


def test_the_system_is_nobody() -> None:
    assert access.is_system(None)
    assert not access.is_system(person())
    assert not access.is_signed_in(None)
    assert not role("officer")(None)


def test_a_policy_is_registered_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        access.policy("fundmgmt.view_rules", access.anyone)
