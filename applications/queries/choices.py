"""What forms of this stage offer to choose from."""

from __future__ import annotations

from django.utils.translation import gettext as _

from fundmgmt.models import Indicator, Organisation

OFFERED = (Indicator.Level.OUTCOME, Indicator.Level.OUTPUT, Indicator.Level.IMPACT, Indicator.Level.ACCOUNTABILITY)


def indicator_choices() -> list[tuple[str, list[tuple[int, str]]]]:
    """Indicators by level, core ones marked (one query)."""
    groups: dict[str, list[tuple[int, str]]] = {str(level.label): [] for level in OFFERED}
    for item in Indicator.objects.filter(level__in=OFFERED):
        mark = _("core") if item.tier == Indicator.Tier.CORE else _("optional")
        groups[str(item.get_level_display())].append((item.pk, f"{item.code} {item.label} ({mark})"))
    return [(label, pairs) for label, pairs in groups.items() if pairs]


def own_organisations(user: object) -> list[Organisation]:
    """Organisations this person may write for (one query)."""
    wanted = [pk for pk, role in user.memberships_today.items() if role in {"owner", "editor"}]  # type: ignore[attr-defined]
    return list(Organisation.objects.filter(pk__in=wanted))
