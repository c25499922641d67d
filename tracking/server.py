"""One MLflow server: its client, what its errors mean, and a breaker that leaves it alone while it is away.

Importing this imports MLflow, where it is installed (2 s, 190 MiB); `connect` says so where it is not.
"""

import time
from functools import cached_property
from urllib.parse import urlsplit

import structlog

try:
    import requests
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
except ImportError:  # MLflow is optional, and brings requests
    requests = MlflowClient = MlflowException = None  # type: ignore[assignment]

from jobs.errors import TrackingUnavailable
from jobs.settings import without_userinfo
from tracking.environment import PROBE_TIMEOUT_S

log = structlog.get_logger("tracking")

NOT_ASKED = "not asked yet"
FIRST_COOL_DOWN_S = 5.0
LONGEST_COOL_DOWN_S = 30.0

# Answers that would be the same the next time; all else is worth another try.
_FINAL = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "BAD_REQUEST", "RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS",
          "NOT_FOUND", "INVALID_STATE", "NOT_IMPLEMENTED"}
_WORTH_ANOTHER_TRY = {401, 403, 408, 425, 429}


def connect(uri: str) -> MlflowClient:
    """A client of the server at `uri`, without touching MLflow's global state. Raises TrackingUnavailable: not installed."""
    if MlflowClient is None:
        raise TrackingUnavailable("MLflow is not installed here; install requirements/cpu.txt or requirements/gpu.txt.")
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def ask(uri: str) -> Exception | None:
    """Ask the server, first whether it lives, with a short time-out, then for something real; gives what is wrong, or None.

    The health page answers 200 also where every call is refused for its Host or its password.
    """
    try:
        if urlsplit(uri).scheme in {"http", "https"}:
            requests.get(f"{uri}/health", timeout=PROBE_TIMEOUT_S).raise_for_status()
        connect(uri).search_experiments(max_results=1)
    except Exception as e:  # noqa: BLE001 - whatever goes wrong means that it cannot be used
        return e
    return None


def error_code(error: BaseException) -> str | None:
    """MLflow's name for an error, or None for an error of another kind."""
    return error.error_code if MlflowException is not None and isinstance(error, MlflowException) else None


def is_final(error: BaseException) -> bool:
    """Whether trying again is of no use: the server understood and refused; or the fault is in the data, not on the way."""
    code = error_code(error)
    if code is not None:
        return code in _FINAL
    if requests and isinstance(error, requests.HTTPError) and error.response is not None:
        status = error.response.status_code
        return 400 <= status < 500 and status not in _WORTH_ANOTHER_TRY
    return not isinstance(error, OSError)


class Server:
    """A server with its breaker: after a failure it is left alone for 5 s, then 10, 20, at most 30, and probed first."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.error: str | None = NOT_ASKED
        self._closed_until = 0.0
        self._cool_down_s = 0.0
        self._seen = 0.0

    @cached_property
    def client(self) -> MlflowClient:
        """The client. Raises MlflowException if the address is none that MLflow knows."""
        return connect(self.uri)

    @property
    def up(self) -> bool:
        """Whether the last call was answered."""
        return self.error is None

    def ready(self, *, fresh_s: float = 10.0) -> bool:
        """Whether calls make sense now; asks the server if it has not answered for `fresh_s` seconds."""
        now = time.monotonic()
        if now < self._closed_until:
            return False
        if not self.up or now - self._seen > fresh_s:
            self.probe()
        return self.up

    def probe(self) -> bool:
        """Ask the server, and note what came of it."""
        error = ask(self.uri)
        if error is not None:
            self.failed(error)
            return False
        self.answered()
        return True

    def answered(self) -> None:
        """Note a call that worked."""
        if not self.up:
            log.info("MLflow answers", uri=without_userinfo(self.uri))
        self.error, self._cool_down_s, self._seen = None, 0.0, time.monotonic()

    def failed(self, error: BaseException) -> None:
        """Note a call that did not arrive, and leave the server alone for a while."""
        if self.up or self.error == NOT_ASKED:
            log.warning("MLflow does not answer; runs are kept and shipped later", uri=without_userinfo(self.uri),
                        reason=first_line(error))
        self.error = first_line(error)
        self._cool_down_s = min(LONGEST_COOL_DOWN_S, self._cool_down_s * 2 or FIRST_COOL_DOWN_S)
        self._closed_until = time.monotonic() + self._cool_down_s


def first_line(error: BaseException) -> str:
    """What an error says, in one line of at most 600 characters and without the passwords of addresses."""
    lines = without_userinfo(str(error)).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:600]}" if lines else type(error).__name__
