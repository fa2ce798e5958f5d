"""The double on this machine's own address, in threads, able to break connections."""

from __future__ import annotations

import logging
import socket
import struct
import threading
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger("disbursements.gateway.doubles.stripe.server")
HERE = "127.0.0.1"
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: closing sends a reset


class Handler(WSGIRequestHandler):
    """Quiet, and with a way to break off."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class calls it so
        """What is asked may name people: it is not logged."""

    def get_environ(self) -> dict[str, Any]:
        """With `double.reset`, which ends the connection without an answer."""
        return {**super().get_environ(), "double.reset": self.reset}

    def reset(self) -> None:
        """Reset the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        self.connection.close()

    def handle(self) -> None:
        """A connection that is gone is no error of ours."""
        try:
            super().handle()
        except (ConnectionError, OSError, ValueError):
            logger.debug("a connection ended early")

    def finish(self) -> None:
        """As handle()."""
        try:
            super().finish()
        except (ConnectionError, OSError, ValueError):
            logger.debug("a connection ended early")


class Server(ThreadingMixIn, WSGIServer):
    """Each request in a thread of its own; none keeps the process alive."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up misses the answer; that is all."""
        logger.debug("a request ended early")


def listen(app: Any, port: int = 0) -> Server:
    """A server of the app on this machine; port 0 is any free one."""
    server = Server((HERE, port), Handler)
    server.set_app(app)
    return server


@contextmanager
def running(app: Any, port: int = 0) -> Iterator[str]:
    """The address of a server that runs as long as the block."""
    server = listen(app, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://{HERE}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
