"""When the stack is ready: the broker and the API answer, a worker listens on every queue, MLflow and Flower answer."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from celery.exceptions import CeleryError
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from deploy.environment import FLOWER_USER, flower_password, starts_flower, starts_mlflow
from jobs.address import api_url
from jobs.kind import QUEUES
from jobs.settings import Settings
from storage.job_queue import make_app

PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the stack to wait for. `programs` serve it; `missing()` says what is missing, or "" when it is ready."""

    name: str
    programs: tuple[str, ...]
    missing: Callable[[], str]


def parts(settings: Settings) -> list[Part]:
    """What has to be ready, in the order in which it comes up."""
    api = api_url(settings)
    wanted = [
        Part("API", ("broker", "api"), lambda: _not_200(f"{api}/readyz")),
        Part("workers", ("broker", "cpu", "gpu", "fast"), lambda: missing_queues(settings)),
    ]
    if starts_mlflow(settings):
        wanted.append(Part("MLflow", ("mlflow",), lambda: _not_200(f"http://127.0.0.1:{settings.mlflow_port}/health")))
    if starts_flower(settings):
        wanted.append(Part("Flower", ("flower",), lambda: _not_200(f"http://127.0.0.1:{settings.flower_port}/", login(settings))))
    return wanted


def login(settings: Settings) -> str:
    """The Authorization header for Flower."""
    return "Basic " + base64.b64encode(f"{FLOWER_USER}:{flower_password(settings)}".encode()).decode()


def missing_queues(settings: Settings) -> str:
    """Which queues no worker says it listens on; "" if there are none."""
    with make_app(settings) as app:
        try:
            answers = app.control.inspect(timeout=1.0).active_queues() or {}
        except (CeleryError, KombuError, RedisError, OSError):
            return "the broker does not answer"
    heard = {queue["name"] for queues in answers.values() for queue in queues}
    missing = [queue for queue in QUEUES if queue not in heard]
    return f"no worker answers on {', '.join(missing)}" if missing else ""


def status_of(url: str, authorization: str = "") -> int | None:
    """The HTTP status that `url` answers with, past any proxy; None if nothing answers."""
    request = Request(url, headers={"Authorization": authorization} if authorization else {})  # noqa: S310 our own http URL
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE_S) as answer:
            return int(answer.status)
    except HTTPError as e:
        return e.code
    except (URLError, OSError, ValueError):
        return None


def _not_200(url: str, authorization: str = "") -> str:
    status = status_of(url, authorization)
    if status == 200:
        return ""
    return "does not answer yet" if status is None else f"answers {status}"
