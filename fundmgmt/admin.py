"""Django's admin: a reading room. Catalogues come in by file; people, rules and the journal change by actions only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from import_export.admin import ImportExportModelAdmin

from fundmgmt import models, resources
from fundmgmt.access import can

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows can be read here and changed nowhere but through the gate and the actions."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class CatalogueAdmin(ImportExportModelAdmin, ReadOnlyAdmin):
    """Look a catalogue up; take it out as a file; bring a corrected file in, whole or not at all."""

    list_display = ("code", "label")
    search_fields = ("code",)

    def has_import_permission(self, request: HttpRequest) -> bool:
        """An administrator of the fund, not merely somebody who may open this site."""
        return bool(can(request.user, "fundmgmt.manage_catalogues"))


for resource in resources.CATALOGUES.values():
    model: type[Model] = resource._meta.model
    filters = tuple(name for name in ("rubric", "facet", "level", "theme", "framework") if hasattr(model, name))
    admin.site.register(
        model,
        type(f"{model.__name__}Admin", (CatalogueAdmin,), {"resource_classes": [resource], "list_filter": filters}),
    )


@admin.register(models.User)
class UserAdmin(ReadOnlyAdmin):
    """People."""

    list_display = ("name", "email", "language", "is_active")
    search_fields = ("name", "email")
    exclude = ("password",)


@admin.register(models.Organisation)
class OrganisationAdmin(ReadOnlyAdmin):
    """Organisations."""

    list_display = ("ref", "name", "kind", "state")
    search_fields = ("ref", "name", "acronym")


@admin.register(models.JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    """The journal."""

    list_display = ("id", "kind", "subject", "actor", "at", "from_state", "to_state")
    list_filter = ("kind",)
    list_select_related = ("actor",)
    search_fields = ("subject", "thread")
    show_full_result_count = False


@admin.register(
    models.Membership, models.RoleGrant, models.Seat, models.Term, models.Rule, models.Paper, models.Checkpoint
)
class PlainAdmin(ReadOnlyAdmin):
    """Everything else of the ground floor."""
