"""The aliases of MLflow's registered models follow the champions: storage knows the truth, MLflow is told within seconds.

One process of all workers does it, in a thread; a server that is away is told later. A model is looked at when its champion or
its newest version may have changed, and until MLflow has both: their runs may arrive late.
"""

import math
import threading
import time
from dataclasses import dataclass

import structlog

from jobs.errors import NoriaError
from jobs.settings import Settings, load_settings
from storage.models import Mark
from tracking.environment import mlflow_available
from tracking.registry import Made, point_aliases
from tracking.server import Server, first_line, is_final
from workers.services import Services

log = structlog.get_logger("workers.aliases")

LOOK_EVERY_S = 3.0
LEADERSHIP_S = 15.0
MOST_AT_ONCE = 50
LONGEST_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Look:
    """The last look at a model: its mark then, and when to look again if that stays so. `wait_s` doubles from look to look."""

    mark: Mark
    wait_s: float
    due: float


class Aliases:
    """Does one round at a time; `watch` does rounds until it is told to stop."""

    def __init__(self, services: Services, name: str) -> None:
        self._services, self._name = services, name
        self._server: Server | None = None
        self._looks: dict[str, Look] = {}

    def watch(self, stop: threading.Event) -> None:
        """Rounds until `stop`, whatever goes wrong in one."""
        if not mlflow_available():
            return
        while not stop.wait(LOOK_EVERY_S):
            try:
                self.round(load_settings())
            except NoriaError as e:
                log.warning("the aliases of models are compared later", reason=e.message)
            except Exception:
                log.exception("a round of the aliases failed")

    def round(self, settings: Settings) -> None:
        """Look at the models that are due, if this process is the one that does. Raises BrokerUnavailable, StorageUnavailable."""
        server = self._server_of(settings.tracking_uri)
        if server is None or not self._services.jobs.lead("aliases", self._name, ttl_s=LEADERSHIP_S) or not server.ready():
            return
        for model, mark in self._due()[:MOST_AT_ONCE]:
            try:
                settled = self._point(server, model, mark)
                server.answered()
            except NoriaError:
                raise
            except Exception as e:  # noqa: BLE001 - what MLflow raises is judged by what it says
                if not is_final(e):
                    server.failed(e)
                    return
                log.warning("the aliases of a model cannot be set", model=model, reason=first_line(e))
                settled = False
            self._note(model, mark, settled)

    def _server_of(self, uri: str | None) -> Server | None:
        if uri != (self._server.uri if self._server else None):
            self._server, self._looks = Server(uri) if uri else None, {}
        return self._server

    def _due(self) -> list[tuple[str, Mark]]:
        now, marks = time.monotonic(), self._services.models.marks()
        looks = self._looks
        return [(m, mark) for m, mark in marks.items() if m not in looks or looks[m].mark != mark or looks[m].due <= now]

    def _note(self, model: str, mark: Mark, settled: bool) -> None:
        last = self._looks.get(model)
        again = min(LONGEST_WAIT_S, 2 * last.wait_s) if last and last.mark == mark else LOOK_EVERY_S
        wait_s = math.inf if settled else again
        self._looks[model] = Look(mark, wait_s, time.monotonic() + wait_s)

    def _point(self, server: Server, model: str, mark: Mark) -> bool:
        models = self._services.models
        number = models.champion(model)
        newest = models.version(model, mark.newest)
        champion = models.version(model, number) if number else None
        return point_aliases(
            server.client, champion=Made(champion.job_id, champion.version) if champion else None,
            newest=Made(newest.job_id, newest.version))
