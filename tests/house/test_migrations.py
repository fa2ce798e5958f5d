"""Migrations: none missing, one leaf for each app."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.house.reading import APPS


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_each_app_has_one_last_migration() -> None:
    leaves = [app for app, _name in MigrationLoader(connection).graph.leaf_nodes() if app in APPS]
    assert sorted(leaves) == sorted(set(leaves))
