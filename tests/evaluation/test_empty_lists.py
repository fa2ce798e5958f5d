"""Lists with nothing in them yet."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.applications import person


@pytest.mark.parametrize("name", ["reports", "queue", "checks", "evaluations", "cases"])
def test_lists_say_what_will_stand_there(client: Client, db: None, name: str) -> None:
    user = person("somebody@example.org", "evaluator" if name == "evaluations" else "officer")
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = reverse(f"evaluation:{name}")
    assert client.get(address).status_code == 200
    assert client.get(address, {"format": "csv"}).status_code == 200
