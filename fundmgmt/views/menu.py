"""The ground floor's entries in the menu."""

from django.utils.translation import gettext_lazy as _

from fundmgmt.pages import Section, register_section

PEOPLE = _("People and seats")
JOURNAL = _("Journal")


def register() -> None:
    """Once, at start-up."""
    for section in (
        Section(5, "home", _("Waiting for you"), "fundmgmt:home", "fundmgmt.view_own"),
        Section(70, "people", _("People"), "fundmgmt:people", "fundmgmt.manage_people", group=PEOPLE),
        Section(72, "seats", _("Steering Committee"), "fundmgmt:seats", "fundmgmt.manage_people", group=PEOPLE),
        Section(75, "journal", _("Journal"), "fundmgmt:journal", "fundmgmt.view_journal", group=JOURNAL),
        Section(76, "verify", _("Verify the journal"), "fundmgmt:verify", "fundmgmt.verify_journal", group=JOURNAL),
        Section(90, "how", _("How it works"), "fundmgmt:how_it_works", "fundmgmt.view_entrance"),
        Section(91, "rules", _("Rules"), "fundmgmt:rules", "fundmgmt.view_entrance"),
        Section(94, "account", _("Your account"), "fundmgmt:account", "fundmgmt.view_own", account=True),
        Section(95, "how_account", _("How it works"), "fundmgmt:how_it_works", "fundmgmt.view_own", account=True),
        Section(96, "rules_account", _("Rules"), "fundmgmt:rules", "fundmgmt.view_own", account=True),
        Section(99, "outbox", _("Outbox"), "fundmgmt:outbox", "fundmgmt.view_outbox", account=True),
    ):
        register_section(section)
