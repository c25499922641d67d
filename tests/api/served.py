"""The application behind a real socket, and a proxy that cuts connections, for the client and the command line."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from click.testing import CliRunner, Result
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.serving import make_server

from api.cli import cli


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve `app` from a thread; gives its URL. Its log lines are kept away from what a command writes."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        with capture_logs():
            yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class CuttingProxy:
    """Passes bytes to a server and back; each of the first connections that answers more than `cut_after` bytes is cut there."""

    def __init__(self, target: str, *, cut_after: list[int]) -> None:
        host, _, port = target.removeprefix("http://").partition(":")
        self._target, self._cuts = (host, int(port)), cut_after
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> "CuttingProxy":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._socket.accept()[0]
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server, suppress(OSError):
            request = client.recv(65536)
            server.sendall(request)
            streaming = b"/events" in request.split(b"\r\n", 1)[0]
            left = self._cuts.pop(0) if streaming and self._cuts else 1 << 40
            while left and (piece := server.recv(min(left, 4096))):
                client.sendall(piece)
                left -= len(piece)


def run(url: str, *arguments: str, **environment: str) -> Result:
    """`noria <arguments>` against the API at `url`."""
    return CliRunner().invoke(cli, arguments, env={"NORIA_API": url, **environment})


def answer(result: Result) -> Any:
    """What a command wrote to standard output, as JSON."""
    return json.loads(result.stdout)
