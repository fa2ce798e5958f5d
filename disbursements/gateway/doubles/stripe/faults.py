"""What goes wrong, when it is told to: one fault is one way, for some addresses, a number of times."""

from __future__ import annotations

import threading
from dataclasses import dataclass

KINDS = {
    "refused_busy": "429 before anything began",
    "refused_lock": "409: another request works on it",
    "reset_before": "the connection breaks before anything began",
    "error_before": "500 before anything began; nothing is kept",
    "error_sticky": "500 in the work: undone, and the same 500 for the key from then on",
    "error_after": "500 after the work: done, and the same 500 for the key from then on",
    "reset_after": "done, then the connection breaks",
    "hang_before": "silence, then the work is done when nobody listens any more",
    "hang_after": "done, then silence",
    "wrong_amount": "done, but the answer names another amount",
    "wrong_currency": "done, but the answer names another currency",
    "say_no_retry": "500 with Stripe-Should-Retry: false",
    "webhook_lost": "the event is never told",
    "webhook_twice": "the event is told twice",
    "webhook_late": "the event is told after `seconds`",
    "webhook_last": "the event is told after the ones that come later",
    "webhook_forged": "the event is signed with another secret",
    "webhook_future": "the event is signed for a time that has not come",
    "webhook_altered": "the event says something else than was signed",
}
ABOUT_EVENTS = tuple(name for name in KINDS if name.startswith("webhook_"))


@dataclass
class Fault:
    """`kind` for requests whose method and path begin so (events: whose type begins with `path`), `times` times."""

    kind: str
    path: str = "/v1/"
    method: str = "POST"
    times: int = 1
    seconds: int = 30

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind}: {', '.join(KINDS)}")


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self.on: list[Fault] = []
        self.lock = threading.Lock()

    def switch_on(self, fault: Fault) -> None:
        """From now on."""
        with self.lock:
            self.on.append(fault)

    def clear(self) -> None:
        """All is well again."""
        with self.lock:
            self.on.clear()

    def for_request(self, method: str, path: str) -> Fault | None:
        """The fault of this request, used up by one."""
        return self._take(
            lambda one: one.kind not in ABOUT_EVENTS and one.method == method and path.startswith(one.path)
        )

    def for_event(self, kind: str) -> Fault | None:
        """The fault of this event, used up by one."""
        return self._take(lambda one: one.kind in ABOUT_EVENTS and (one.path == "/v1/" or kind.startswith(one.path)))

    def _take(self, fits: object) -> Fault | None:
        with self.lock:
            for fault in self.on:
                if fits(fault):  # type: ignore[operator]
                    fault.times -= 1
                    if fault.times <= 0:
                        self.on.remove(fault)
                    return fault
        return None
