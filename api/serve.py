"""`python -m api.serve`: the API's server processes, by the settings. SIGTERM ends them and every open stream in order."""

import errno
import multiprocessing
import signal
import socket
import sys

import structlog
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from api.hotline import PATIENCE_S, hotline
from api.logs import configure_logging, server_logging
from api.metrics_folder import metrics_folder, share_metrics
from api.spool import remove_stale
from api.stored_keys import key_is_stored
from jobs.address import is_loopback
from jobs.errors import InputError, NoriaError
from jobs.settings import Settings, load_settings
from storage.datasets import remove_stale_scratch

BACKLOG = 2048
BACKPRESSURE = 1024

log = structlog.get_logger("api.serve")


def require_keys(settings: Settings) -> None:
    """Raise InputError if the API would be open to other machines without any key, seeded or kept; StorageUnavailable."""
    if is_loopback(settings.api_host) or settings.api_keys:
        return
    if not key_is_stored(settings.objects_url):
        raise InputError(f"API_HOST is {settings.api_host}, which other machines can reach, and there is no API key. "
                         "Make one with `noria keys create NAME --role admin`, or set API_KEYS, or API_HOST=127.0.0.1.")


def require_free_port(host: str, port: int) -> None:
    """Raise InputError if somebody listens there already; the server itself would share the port without a word."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as e:
            reason = "is taken" if e.errno == errno.EADDRINUSE else f"cannot be used ({e.strerror})"
            raise InputError(f"Port {port} of {host} {reason}. Set API_PORT or API_HOST to another.") from None


def build_server(settings: Settings) -> Server:
    """The server, with the hotline to its processes; not started yet."""
    server = Server(
        "api.process:load", factory=True, interface=Interfaces.WSGI, http=HTTPModes.http1, websockets=False,
        address=settings.api_host, port=settings.api_port, workers=settings.api_processes, blocking_threads=settings.api_threads,
        backlog=BACKLOG, backpressure=BACKPRESSURE, workers_kill_timeout=PATIENCE_S, respawn_failed_workers=True,
        log_level=LogLevels.info if settings.log_level == "debug" else LogLevels.error,
        log_dictconfig=server_logging(settings.log_level))
    # The server sets its own handlers first and calls this then, before it forks.
    server.on_startup(lambda: hotline().hang_up_on(signal.SIGTERM, signal.SIGINT))
    return server


def main() -> int:
    """Serve until SIGTERM or SIGINT; 2 for settings that cannot be served."""
    try:
        settings = load_settings()
        configure_logging(settings.log_level)
        require_keys(settings)
        require_free_port(settings.api_host, settings.api_port)
    except NoriaError as e:
        sys.stderr.write(f"The API does not start: {e.message}\n")
        return 2
    multiprocessing.set_start_method("fork")
    remove_stale(settings.home)
    remove_stale_scratch(settings.home)
    share_metrics(metrics_folder(settings))
    log.info("api starts", host=settings.api_host, port=settings.api_port, processes=settings.api_processes)
    build_server(settings).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
