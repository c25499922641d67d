"""Real servers and processes for the tests of tracking: MLflow, a gate before it, interpreters of their own."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import urllib.request
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.services import free_port, wait_until


class MlflowServer:
    """An MLflow server on SQLite in `folder`, which may be killed, frozen and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "MlflowServer":
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
                   "--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db", "--serve-artifacts",
                   "--artifacts-destination", str(self.folder / "artifacts")]
        environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        with (self.folder / "server.log").open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=out, stderr=out, start_new_session=True)
        wait_until(self._answers, timeout_s=180, what="MLflow answering")
        return self

    def _answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, (self.folder / "server.log").read_text()[-3000:]
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def signal(self, number: int) -> None:
        assert self.process
        os.killpg(self.process.pid, number)

    def freeze(self) -> None:
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self.process
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Gate:
    """Stands before a server: passes calls on, or answers those whose path holds `path` with `status`.

    Its health page says 200 whatever it does, as MLflow's does when it refuses every call for its Host or its password.
    """

    def __init__(self, port: int) -> None:
        self.status: int | None = None
        self.path = "/api/"
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, content = (gate.status, b"no") if gate.status and gate.path in self.path else self.pass_on(body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def pass_on(self, body: bytes) -> tuple[int, bytes]:
                with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as server:
                    kept = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "accept-encoding", "connection"}}
                    server.request(self.command, self.path, body, kept)
                    answer = server.getresponse()
                    return answer.status, answer.read()

            do_GET = do_POST = do_PUT = do_PATCH = answer  # noqa: N815 - as the base class has them

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.uri = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Gate":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def run_python(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a script in an interpreter of its own."""
    command = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
