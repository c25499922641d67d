"""An S3 server (moto's) behind a proxy that can answer errors, answer late, or hang up."""

import http.client
import logging
import threading
import time
import urllib.request
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from moto.server import ThreadedMotoServer

from tests.services import free_port

Mode = Literal["", "errors", "slow", "hang_up"]
BUCKET = "noria-chaos"
SLOW_S = 1.5


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that was killed in the midst of its call is what chaos does, and nothing to print."""


class FaultyS3:
    """`mode` says what happens to calls from now on; `environ` is what leads obstore here."""

    def __init__(self) -> None:
        self.mode: Mode = ""
        self._port = free_port()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it would say each call
        self._moto = ThreadedMotoServer(ip_address="127.0.0.1", port=self._port, verbose=False)
        self._moto.start()
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/{BUCKET}", method="PUT")
        urllib.request.urlopen(request, timeout=20).close()
        self._proxy = _Proxy(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._proxy.serve_forever, daemon=True).start()
        self.url = f"s3://{BUCKET}"
        self.environ = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._proxy.server_address[1]}", "AWS_ACCESS_KEY_ID": "key",
                        "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}

    def stop(self) -> None:
        self._proxy.shutdown()
        self._proxy.server_close()
        self._moto.stop()

    def _handler(faulty) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if faulty.mode == "hang_up":
                    self.close_connection = True
                    return
                if faulty.mode == "slow":
                    time.sleep(SLOW_S)
                status, headers, content = (503, [], b"") if faulty.mode == "errors" else faulty._pass_on(self, body)
                self.send_response_only(status)
                dropped = {"connection", "transfer-encoding", "content-length"}
                for name, value in headers:
                    if name.lower() not in dropped:
                        self.send_header(name, value)
                length = {n.lower(): v for n, v in headers}.get("content-length") if self.command == "HEAD" else None
                self.send_header("Content-Length", length or str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815 - as the base class has them

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def _pass_on(self, call: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as server:
            kept = {k: v for k, v in call.headers.items() if k.lower() not in {"connection", "content-length"}}
            server.request(call.command, call.path, body, kept)
            answer = server.getresponse()
            return answer.status, answer.getheaders(), answer.read()
