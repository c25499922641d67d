"""A receiver of callbacks: a real HTTP or HTTPS server that keeps what it gets and answers as a test says."""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Received:
    """A request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers`: what to answer with, one after another, the last one for ever; a status, or a function of the handler."""

    answers: list[int | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=lambda: [204])
    received: list[Received] = field(default_factory=list)
    scheme: str = "http"
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self, certificate: tuple[Path, Path] | None = None) -> "Receiver":
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                if callable(answer):
                    answer(self)
                else:
                    self.send_response(answer)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a sender that hangs up is expected
        self._server.daemon_threads = True
        self.port = self._server.server_port
        if certificate:
            self.scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def url(self, host: str = "127.0.0.1", path: str = "/hook?a=b") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def stop(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def redirect_to(url: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer that leads elsewhere."""
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(307)
        handler.send_header("Location", url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    return answer


def endless_body(receiver: Receiver) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer that never ends, sent as fast as it is taken."""
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not receiver.stopping.is_set():
            handler.wfile.write(b"x" * 65536)
    return answer


def trickling_head(receiver: Receiver) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer whose head comes a byte at a time and never ends."""
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not receiver.stopping.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()
    return answer


def silence(receiver: Receiver) -> Callable[[BaseHTTPRequestHandler], None]:
    """No answer at all."""
    return lambda _: bool(receiver.stopping.wait(30)) and None


class SilentSocket:
    """A listener that takes connections and never says a word, not even of TLS."""

    def __enter__(self) -> "SilentSocket":
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
