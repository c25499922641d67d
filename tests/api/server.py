"""A real API: server processes on a free port, and a small client that keeps headers, streams and timings in sight."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services import free_port, wait_until

ROOT = Path(__file__).parents[2]


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def call(port: int, method: str, path: str, document: Any = None, *, content: bytes | None = None, timeout: float = 20,
         **headers: str) -> Answer:
    """One request over a connection of its own, with a document or other content; header names are written with underscores."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    body = content
    if document is not None:
        body, sent["Content-Type"] = json.dumps(document), "application/json"
    try:
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def waiting_client(port: int, path: str, **headers: str) -> socket.socket:
    """A connection on which `path` was asked for, and nothing was read yet."""
    s = socket.create_connection(("127.0.0.1", port), timeout=20)
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    s.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n".encode())
    return s


def read_all(s: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    received = b""
    while piece := s.recv(65536):
        received += piece
    s.close()
    return received


def multipart(content: bytes | None, filename: str = "sales.csv", **fields: str) -> tuple[bytes, str]:
    """A form with one file, and its content type; built here, since Flask's test client leaves large ones open."""
    parts = [f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    if content is not None:
        head = f'--B\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\nContent-Type: text/csv\r\n\r\n'
        parts += [head.encode(), content, b"\r\n"]
    return b"".join([*parts, b"--B--\r\n"]), "multipart/form-data; boundary=B"


class ApiServer:
    """`python -m api.serve` in a folder of its own."""

    def __init__(self, home: Path, redis_url: str, **environment: str) -> None:
        self.home, self.port = home, free_port()
        self.environment = {**os.environ, "NORIA_HOME": str(home), "REDIS_URL": redis_url, "API_PORT": str(self.port),
                            "EXTRA_KINDS": "tests.kinds", "API_PROCESSES": "2", "API_THREADS": "200", **environment}
        self.log = home / "api.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "ApiServer":
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "api.serve"], cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        wait_until(self.answers, what=f"the API answering; {self.log}")
        return self

    def answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.call("GET", "/healthz").status == 200
        except OSError:
            return False

    def call(self, method: str, path: str, document: Any = None, **headers: Any) -> Answer:
        return call(self.port, method, path, document, **headers)

    @property
    def processes(self) -> list[int]:
        """Ids of the server processes, without the launcher."""
        assert self.process
        return [int(p) for p in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; gives its exit status."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=20)
