"""Steps as this stage's pages lay them out: what can be done now, and what not with the reason."""

from __future__ import annotations

from typing import Any


def apart(context: dict[str, Any]) -> dict[str, Any]:
    """The page's context with its allowed steps as (step, address) and the refused ones beside them."""
    steps, base = context["steps"], context["base"]
    allowed = [(step, f"{base}steps/{step.name}/") for step in steps if step.allowed]
    order = {"primary": 0, "plain": 1, "danger": 2}
    allowed.sort(key=lambda one: order[one[0].style or "plain"])
    return {**context, "steps": allowed, "refused_steps": [step for step in steps if not step.allowed]}
