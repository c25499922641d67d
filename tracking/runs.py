"""A job's run as the job sees it: calls that only append to the spool and never fail, whatever MLflow does."""

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import structlog

from jobs.settings import Settings, without_userinfo
from tracking import names
from tracking.environment import mlflow_available
from tracking.names import Status
from tracking.null import NullRun
from tracking.spool import PATIENCE_S, Op, Segment, Spool

log = structlog.get_logger("tracking")


class RunLog(Protocol):
    """One attempt's part of a job's run. No method raises, and none but `settle` waits for more than a short local write."""

    def param(self, name: str, value: Any) -> None:
        """A parameter; the first value of a name stands, also over attempts. One named like a secret is masked."""
        ...

    def metric(self, name: str, value: float, step: int | None = None, *, at_ms: int | None = None) -> None:
        """A point of a metric at `at_ms` (epoch ms, now); a NaN or infinity is dropped with a warning."""
        ...

    def tag(self, name: str, value: str) -> None:
        """A tag; the last value of a name stands."""
        ...

    def artifact(self, path: str, *, key: str) -> None:
        """A file at `path` inside the run, whose bytes the object store holds already under the name `key`."""
        ...

    def model(
        self, registered_name: str, *, flavor: str, key: str, file: str, noria_version: int, promote: bool,
        folder: str | None = None,
    ) -> None:
        """A version to register in MLflow, built by the shipper from the native file that the object store has as `key`.

        flavor: xgboost, prophet or file.  file: the file's own name.  folder: where in the run it goes (models/<name>).
        noria_version: the number in Noria's storage.  promote: it becomes the champion. Call it once the version is published.
        """
        ...

    def end(self, status: Status, *, at_ms: int | None = None) -> None:
        """The run is over; nothing may follow."""
        ...

    def close(self) -> None:
        """The attempt's part is over, the run is not: the job was handed back and a later attempt goes on."""
        ...

    def settle(self, patience_s: float = PATIENCE_S) -> bool:
        """Wait until all that was told would outlive this process; False if the disk is full for longer than `patience_s`."""
        ...


class SpoolRun:
    """A RunLog that appends to one segment of the spool. Used by one thread."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._params: set[str] = set()

    def param(self, name: str, value: Any) -> None:
        """See RunLog."""
        name = names.entry(name)
        if name not in self._params:
            self._params.add(name)
            self._segment.append(Op("param", _now_ms(), {"name": name, "value": names.value(name, value)}))

    def metric(self, name: str, value: float, step: int | None = None, *, at_ms: int | None = None) -> None:
        """See RunLog."""
        value = float(value)
        if not math.isfinite(value):
            log.warning("a metric that is not finite was dropped", metric=name, value=str(value))
            return
        data = {"name": names.entry(name), "value": value, "step": step or 0}
        self._segment.append(Op("metric", _now_ms() if at_ms is None else at_ms, data))

    def tag(self, name: str, value: str) -> None:
        """See RunLog."""
        name = names.entry(name)
        self._segment.append(Op("tag", _now_ms(), {"name": name, "value": names.value(name, value)}))

    def artifact(self, path: str, *, key: str) -> None:
        """See RunLog."""
        self._segment.append(Op("artifact", _now_ms(), {"path": path, "key": key}))

    def model(
        self, registered_name: str, *, flavor: str, key: str, file: str, noria_version: int, promote: bool,
        folder: str | None = None,
    ) -> None:
        """See RunLog."""
        data = {"name": registered_name, "flavor": flavor, "key": key, "file": file, "version": noria_version,
                "promote": promote, "folder": folder or names.model_folder(registered_name)}
        self._segment.append(Op("model", _now_ms(), data))

    def end(self, status: Status, *, at_ms: int | None = None) -> None:
        """See RunLog."""
        self._segment.append(Op("end", _now_ms() if at_ms is None else at_ms, {"status": status}))
        self._segment.close()

    def close(self) -> None:
        """See RunLog."""
        self._segment.close()

    def settle(self, patience_s: float = PATIENCE_S) -> bool:
        """See RunLog."""
        return self._segment.settle(patience_s)


def open_run(
    spool: Spool | None, settings: Settings, *, job_id: str, fence: int, kind: str, experiment_id: str | None = None,
    run_name: str | None = None, tags: Mapping[str, str] | None = None, started_at_ms: int | None = None,
) -> RunLog:
    """The run of a job's attempt: a new one in MLflow, or the same one again for a later attempt.

    It lands in the experiment with the exact id `experiment_id`, else in the configured one, which is created if absent.
    The MLflow server is the one of `settings`, for all of this run. `spool` None, tracking off, or MLflow not
    installed: a run that goes nowhere. Never raises: without room on the disk it goes nowhere too, with a warning.
    """
    uri = settings.tracking_uri
    if spool is None or uri is None or not mlflow_available():
        return NullRun()
    experiment = {"id": experiment_id} if experiment_id else {"name": settings.mlflow_experiment}
    data = {"uri": without_userinfo(uri), "ui": settings.tracking_ui_url, "experiment": experiment, "kind": kind, "fence": fence,
            "run_name": run_name or names.run_name(kind, job_id), "tags": dict(tags or {})}
    at = _now_ms() if started_at_ms is None else started_at_ms
    segment = spool.open_segment(job_id, fence)
    segment.append(Op("begin", at, data))
    return SpoolRun(segment)


def close_run(
    spool: Spool | None, settings: Settings, *, job_id: str, fence: int, status: Status, at_ms: int,
    experiment_id: str | None = None, tracking: Mapping[str, Any] | None = None, kind: str | None = None,
    started_at_ms: int | None = None,
) -> bool:
    """End the run of a job whose worker is gone. `tracking` is what the job document has of it, if anything.

    It is looked for in the experiment `experiment_id`, else in the configured one.

    A run that exists nowhere, neither in MLflow nor in this machine's spool, is created if `kind` is given: the processes of all
    attempts died before they could write down that they began. False if the disk had no room for the note: to be called again.
    """
    uri = settings.tracking_uri
    if spool is None or uri is None or not mlflow_available():
        return True
    known = {k: tracking[k] for k in ("experiment_id", "run_id") if tracking and tracking.get(k)}
    experiment = {"id": experiment_id} if experiment_id else {"name": settings.mlflow_experiment}
    data = {"status": status, "uri": without_userinfo(uri), "ui": settings.tracking_ui_url, "experiment": experiment, **known}
    if kind is not None:  # one fence on: what another machine still has of the last attempt does not open it again
        data["begin"] = {"kind": kind, "fence": fence + 1, "run_name": names.run_name(kind, job_id), "tags": {},
                         "at": at_ms if started_at_ms is None else started_at_ms}
    segment = spool.open_segment(job_id, fence, closing=True)
    segment.append(Op("end", at_ms, data))
    segment.close()
    settled = segment.settle(0)
    if not settled:
        segment.forget()
    return settled


def spool_folder(settings: Settings) -> Path:
    """Where this machine's spool is."""
    return settings.home / "spool"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
