"""What to put into an address whose rows cannot be found from its page class: name of the door -> rows and values."""

from collections.abc import Callable, Iterator
from typing import Any

SAMPLES: dict[str, Callable[[], Iterator[tuple[Any, dict[str, Any]]]]] = {}
