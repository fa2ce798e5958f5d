"""What stands around every page: the menu. Each app registers its items; a reader sees those of their roles."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True)
class NavItem:
    """One item of the menu: for everybody signed in, or for some roles, or (public) for all."""

    label: Any
    url: str
    order: int = 50
    roles: frozenset[str] = frozenset()
    public: bool = False
    visible: Callable[[Any], bool] | None = None
    account: bool = False


_items: dict[str, NavItem] = {}


def register_nav(*items: NavItem) -> None:
    """Add items to the menu; the same URL name twice keeps the last."""
    _items.update({item.url: item for item in items})


def registered_nav() -> list[NavItem]:
    """Return all items in their order."""
    return sorted(_items.values(), key=lambda item: item.order)


def _sees(item: NavItem, user: Any) -> bool:
    if item.public:
        return True
    if not user.is_authenticated:
        return False
    if item.visible is not None:
        return item.visible(user)
    return not item.roles or bool(item.roles & user.role_codes)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the menu for this reader, with the page that is open marked."""
    user = getattr(request, "user", None)
    if user is None:
        return {}
    seen = [
        {"label": item.label, "url": reverse(item.url), "account": item.account}
        for item in registered_nav()
        if _sees(item, user)
    ]
    open_urls = [one["url"] for one in seen if _is_under(request.path, one["url"])]
    current = max(open_urls, key=len, default=None)
    for one in seen:
        one["current"] = one["url"] == current
    return {
        "nav": [one for one in seen if not one["account"]],
        "account_nav": [one for one in seen if one["account"]],
    }


def _is_under(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))
