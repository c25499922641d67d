"""An HTTP client that costs little: prepared requests over a few connections that are kept open."""

import selectors
import socket
import time
from collections.abc import Callable
from typing import Any

import orjson

CONNECTIONS = 16
Body = Any


def request(method: str, path: str, document: Body = None, **headers: str) -> bytes:
    """A request, ready to be sent; header names are written with underscores."""
    body = b"" if document is None else orjson.dumps(document)
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/json"] if body else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection:
    """One connection, one request at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def send(self, prepared: bytes) -> None:
        self.socket.sendall(prepared)

    def receive(self) -> tuple[int, bytes] | None:
        """Status and body if the answer is whole with what has come by now, else None."""
        self._received += self.socket.recv(1 << 18)
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        at = head.lower().find(b"content-length:")
        if len(body) < int(head[at + 15:].split(b"\r\n", 1)[0]):
            return None
        self._received = b""
        return int(head[9:12]), body

    def ask(self, prepared: bytes) -> bytes:
        """The body of the answer. Raises RuntimeError for one that says no."""
        self.send(prepared)
        while (answer := self.receive()) is None:
            pass
        status, body = answer
        if status >= 400:
            raise RuntimeError(f"{status}: {body[:200]!r}")
        return body

    def close(self) -> None:
        self.socket.close()


def rate(port: int, prepare: Callable[[], bytes], count: int, connections: int = CONNECTIONS) -> float:
    """Requests per second while each of the connections asks again as soon as it is answered.

    A few answers may be 503 (a broker that a busy machine held up). Raises RuntimeError for more of them, and for a 4xx.
    """
    opened = [Connection(port) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        for connection in opened:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        began, sent, answered, refused = time.perf_counter(), 0, 0, 0
        for connection in opened:
            connection.send(prepare())
            sent += 1
        while answered < count:
            for key, _ in selector.select():
                answer = key.data.receive()
                if answer is None:
                    continue
                refused += answer[0] >= 400
                if refused > count / 100 or 400 <= answer[0] < 500:
                    raise RuntimeError(f"{answer[0]}: {answer[1][:200]!r}")
                answered += 1
                if sent < count:
                    key.data.send(prepare())
                    sent += 1
        seconds = time.perf_counter() - began
    for connection in opened:
        connection.close()
    return count / seconds
