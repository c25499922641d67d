"""The HTTP client of the benchmarks, at a server that answers in pieces."""

import socket
import threading

import orjson
import pytest

from benchmarks.load import Connection, request


def answer_once(*pieces: bytes) -> int:
    """A server that reads one request and answers in these pieces; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = listener.accept()
        with listener, peer:
            peer.recv(1 << 16)
            for piece in pieces:
                peer.sendall(piece)

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])


def test_an_answer_in_pieces_is_put_together() -> None:
    connection = Connection(answer_once(b"HTTP/1.1 200 OK\r\ncontent-le", b"ngth: 6\r\n\r\nabc", b"def"))

    assert connection.ask(request("GET", "/")) == b"abcdef"
    connection.close()


def test_an_answer_that_says_no_is_an_error() -> None:
    connection = Connection(answer_once(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"))

    with pytest.raises(RuntimeError, match="404"):
        connection.ask(request("GET", "/"))
    connection.close()


def test_a_request_carries_its_json_and_headers() -> None:
    head, _, body = request("POST", "/v1/jobs", {"a": 1}, If_Match="x").partition(b"\r\n\r\n")

    assert head.split(b"\r\n")[0] == b"POST /v1/jobs HTTP/1.1"
    assert b"If-Match: x" in head
    assert orjson.loads(body) == {"a": 1}
