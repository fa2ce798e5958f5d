"""The navigation: each app registers its entries, each person sees those that a policy lets them."""

from dataclasses import dataclass
from typing import Any

from fundmgmt.access import can


@dataclass(frozen=True)
class Section:
    """An entry of the menu, shown to whom the policy lets in; `account`: under the person's name.

    `group` is the word under which a person with many entries finds it.
    """

    order: int
    name: str
    label: object
    url_name: str
    policy: str
    account: bool = False
    group: object = ""


_sections: dict[str, Section] = {}


def register_section(section: Section) -> None:
    """Add an entry of the navigation once."""
    if section.name in _sections:
        raise ValueError(f"section {section.name} is registered twice")
    _sections[section.name] = section


def sections_for(user: Any) -> list[Section]:
    """Entries this person sees, in order."""
    return [s for s in sorted(_sections.values(), key=lambda s: s.order) if can(user, s.policy)]
