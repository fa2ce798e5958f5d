"""House tests look at the site as the demonstration shows it, outbox page included."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _as_in_the_demonstration(settings: Any, no_cover: None) -> None:
    """Which lines such a walk passes is not counted: whoever walks everywhere proves little about each line."""
    settings.DEMO = True
