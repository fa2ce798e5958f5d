"""What each runner of a race needs, loaded once: the process that runners are forked from imports this first."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundmgmt.settings")
os.environ.setdefault("SECRET_KEY", "races-only-" + "k" * 50)  # here, not in the process that runs the tests
django.setup()

import pytest  # noqa: E402, F401 -- the modules of races import it

import tests.factories.grants  # noqa: E402, F401 -- as above; it needs the models
