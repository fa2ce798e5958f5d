"""What stands around every page: the menu, made of the sections that each app registers (fundmgmt.pages)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from fundmgmt.pages import sections_for

ROW = 7


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the menu for this reader, with the page that is open marked."""
    user = getattr(request, "user", None)
    if user is None:
        return {}
    seen: list[dict[str, Any]] = [
        {
            "name": section.name,
            "label": section.label,
            "url": reverse(section.url_name),
            "account": section.account,
            "group": str(section.group),
        }
        for section in sections_for(user)
    ]
    said = _section_of(request)
    named = [one["url"] for one in seen if one["name"] == said]
    open_urls = named or [one["url"] for one in seen if _is_under(request.path, one["url"])]
    current = max(open_urls, key=len, default=None)
    for one in seen:
        one["current"] = one["url"] == current
    return {
        "nav": _grouped([one for one in seen if not one["account"]]),
        "account_nav": [one for one in seen if one["account"]],
        "demo": settings.DEMO,
    }


def _grouped(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Up to ROW entries stand in a row; more stand under the words of their groups, where the first of each stood."""
    if len(entries) <= ROW:
        return entries
    found: dict[str, list[dict[str, Any]]] = {}
    for one in entries:
        found.setdefault(one["group"] or one["url"], []).append(one)
    return [
        rows[0] if len(rows) == 1 else {"label": group, "entries": rows, "current": any(one["current"] for one in rows)}
        for group, rows in found.items()
    ]


def _section_of(request: HttpRequest) -> str:
    """The section that the page says it belongs to; its address alone may look like another's."""
    view = getattr(getattr(request.resolver_match, "func", None), "view_class", None)
    return str(getattr(view, "section", ""))


def _is_under(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
