"""The first migration of an app: all its tables at once, so that a new fund is set up in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class FirstTables(migrations.Migration):
    """A migration that only creates models.

    Django would draw every related model anew after each one (seconds for a hundred tables); here they are drawn once,
    when all of them are known.
    """

    initial = True

    def apply(
        self,
        project_state: ProjectState,
        schema_editor: BaseDatabaseSchemaEditor,
        collect_sql: bool = False,
    ) -> ProjectState:
        """Tell the state all models, then make their tables."""
        if collect_sql:
            return super().apply(project_state, schema_editor, collect_sql)
        project_state.clear_delayed_apps_cache()
        project_state.__dict__.pop("apps", None)
        before = project_state.clone()
        for operation in self.operations:
            if not isinstance(operation, migrations.CreateModel):
                raise TypeError(f"{self} may only create models, not {operation.describe()}")
            operation.state_forwards(self.app_label, project_state)
        for operation in self.operations:
            operation.database_forwards(self.app_label, schema_editor, before, project_state)
        return project_state
