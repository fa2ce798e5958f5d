"""What forms of this stage offer to choose from."""

from __future__ import annotations

from django.utils.translation import gettext as _

from fundmgmt.models import Indicator, Organisation

OFFERED: tuple[str, ...] = (
    Indicator.Level.OUTCOME,
    Indicator.Level.OUTPUT,
    Indicator.Level.IMPACT,
    Indicator.Level.ACCOUNTABILITY,
)


def indicator_choices() -> list[tuple[str, list[tuple[int, str]]]]:
    """Indicators by theme, core ones first; results before what is done for them (one query)."""
    found = list(Indicator.objects.filter(level__in=OFFERED))
    found.sort(key=lambda item: (item.tier != Indicator.Tier.CORE, OFFERED.index(item.level), item.code))
    groups: dict[str, list[tuple[int, str]]] = {theme: [] for theme in Indicator.Theme.values}
    for item in found:
        mark = _("core") if item.tier == Indicator.Tier.CORE else _("optional")
        said = f"{item.label} ({item.code}, {item.get_level_display()}, {mark})"
        groups.setdefault(item.theme, []).append((item.pk, said))
    named = dict(Indicator.Theme.choices)
    return [(str(named.get(theme, theme)), pairs) for theme, pairs in groups.items() if pairs]


def own_organisations(user: object) -> list[Organisation]:
    """Organisations this person may write for (one query)."""
    wanted = [pk for pk, role in user.memberships_today.items() if role in {"owner", "editor"}]  # type: ignore[attr-defined]
    return list(Organisation.objects.filter(pk__in=wanted))
