"""Runs the pages under uvicorn until a signal ends it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from flatiron_tasks.contracts.errors import SettingsError
from workers.web.app import make_app
from workers.web.connections import OPTIONS, ImpatientProtocol
from workers.web.live import Live
from workers.web.site import Site

_PATIENCE_S = 3  # for requests that are under way when it is told to end


def serve(site: Site, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C. `say` is told the address. Raises SettingsError if it cannot be listened on."""
    app, web = make_app(site), site.settings.web
    listening = _listen(web.address, web.port)
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        http=ImpatientProtocol,
        ws="none",
        **OPTIONS,
        timeout_graceful_shutdown=_PATIENCE_S,
    )
    host = f"[{web.address}]" if ":" in web.address else web.address or socket.gethostname()
    say(f"http://{host}:{web.port}{site.root}/")
    _Server(config, site.live).run(sockets=[listening])


class _Server(uvicorn.Server):
    """Streams that never end by themselves must be told before uvicorn waits for them."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal has come."""
        self._live.end()
        super().handle_exit(sig, frame)


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        raise SettingsError(
            f"The page cannot be served at {address or 'every address'}, port {port}.",
            why=error.strerror or str(error),
            advice="Choose another port with --port or the setting `web.port`, or end what listens there.",
        ) from error
