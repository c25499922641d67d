"""One job's ops told to MLflow, in order and with their own times, from where the last try stopped."""

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import structlog

from jobs.errors import Conflict, NoriaError, NotFound, Unavailable
from tracking import names, registry
from tracking.experiments import experiment_named, experiment_with_id
from tracking.server import Server, first_line, is_final
from tracking.spool import Op, RunFolder

try:
    from mlflow.entities import Metric, Param, RunTag
except ImportError:  # MLflow is optional
    Metric = Param = RunTag = None

log = structlog.get_logger("tracking")

Fetch = Callable[[str, Path], Path]
OnTracking = Callable[[str, dict[str, Any]], None]

BATCH = 1000
BATCH_NAMES = 100
MAX_FAILURES = 8
FLAVOR_PATIENCE_S = 600.0


class Replay:
    """Ships one locked folder to one server. MLflow's own exceptions come out when the server is away."""

    def __init__(
        self, folder: RunFolder, server: Server, fetch: Fetch, on_tracking: OnTracking, stop: threading.Event,
    ) -> None:
        self._folder, self._state, self._server, self._stop = folder, folder.state, server, stop
        self._client = server.client
        self._fetch, self._on_tracking = fetch, on_tracking
        self._known_params: set[str] | None = None

    def ship(self) -> bool:
        """Ship what there is; True once all has arrived and the folder is gone, False if more is to come.

        Raises Unavailable if the folder cannot go on for a reason that is not MLflow's, Conflict if MLflow will never take the
        run, or what MLflow's client raised when the server did not answer.
        """
        segments = self._folder.segments()
        over = [self._ship_segment(segment) for segment in segments]
        self._announce()
        if self._stop.is_set():
            return False
        # An earlier attempt's segment is over at the latest when a later one has begun.
        if segments and not over[-1]:
            return False
        if self._state.creations > 1:
            self._delete_twins()
        self._folder.remove(segments)
        return True

    def _ship_segment(self, segment: Path) -> bool:
        over = self._folder.over(segment)  # asked first: what is written later is read below
        while ops := self._folder.pending(segment):
            for batch in batches(ops):
                if self._stop.is_set():
                    return False
                self._tell([op for op, _ in batch])
                self._state.done[segment.name] = batch[-1][1]
                self._state.failures = 0
                self._folder.save_state()
                self._server.answered()
        return over

    def _tell(self, ops: list[Op]) -> None:
        """Tell MLflow a batch; an op that it refuses, or that failed too often, is put aside."""
        try:
            self._dispatch(ops)
        except (Unavailable, Conflict):
            raise
        except Exception as e:
            if not is_final(e):
                self._state.failures += 1
                self._folder.save_state()
                if self._state.failures <= MAX_FAILURES or not self._server.probe():
                    raise
            if ops[0].op == "begin":
                raise Conflict(first_line(e)) from e
            if len(ops) == 1:
                self._folder.bury(ops[0], first_line(e))
                return
            for op in ops:  # one of them is bad: the others must arrive
                self._tell([op])

    def _dispatch(self, ops: list[Op]) -> None:
        first = ops[0]
        if first.op == "begin":
            self._begin(first)
        elif first.op == "end":
            self._end(first)
        elif first.op == "unreadable":
            self._folder.bury(first, "the line cannot be read")
        elif self._state.run_id is None:
            for op in ops:
                self._folder.bury(op, "the run was never begun")
        elif first.op == "artifact":
            self._artifact(first, self._state.run_id)
        elif first.op == "model":
            self._model(first, self._state.run_id)
        else:
            self._entries(ops, self._state.run_id)

    def _begin(self, op: Op) -> None:
        """Find the job's run, or create it; a later attempt opens it again."""
        state, data = self._state, op.data
        tags = {**data["tags"], names.JOB_ID: self._folder.job_id, names.KIND: data["kind"], names.FENCE: str(data["fence"])}
        state.ended = False
        if state.experiment_id is None:
            state.uri, state.ui = data["uri"], data["ui"]
            state.experiment_id = self._experiment(data["experiment"])
        state.run_id, fence = self._find_with_fence(state.experiment_id)
        if state.run_id is None:
            state.creations += 1
            self._folder.save_state()
            run = self._client.create_run(state.experiment_id, start_time=op.at, tags=tags, run_name=data["run_name"])
            state.run_id, self._known_params = run.info.run_id, set()
        elif fence > data["fence"]:
            state.ended = True  # a later attempt has gone on with it elsewhere: what this one knew is added, and no more
        else:
            self._client.update_run(state.run_id, status="RUNNING")
            self._client.log_batch(state.run_id, tags=[RunTag(k, v) for k, v in tags.items()])
        self._folder.save_state()
        self._announce()

    def _experiment(self, wanted: dict[str, str]) -> str:
        try:
            if "id" in wanted:
                return experiment_with_id(self._client, wanted["id"]).id
            return experiment_named(self._client, wanted["name"])
        except NoriaError as e:
            raise Conflict(e.message) from e

    def _find(self, experiment_id: str) -> str | None:
        return self._find_with_fence(experiment_id)[0]

    def _find_with_fence(self, experiment_id: str) -> tuple[str | None, int]:
        """The job's run, and the fence of the attempt that went on with it last."""
        found = self._client.search_runs([experiment_id], names.of_job(self._folder.job_id), max_results=1)
        return (str(found[0].info.run_id), int(found[0].data.tags.get(names.FENCE, "0"))) if found else (None, 0)

    def _end(self, op: Op) -> None:
        state = self._state
        if state.run_id is None and not self._find_elsewhere(op):
            return
        self._client.set_terminated(state.run_id, status=op.data["status"], end_time=op.at)
        state.ended = True

    def _delete_twins(self) -> None:
        """A server may create a run long after whoever asked has given up, and so twice: what nobody wrote to goes."""
        state = self._state
        for run in self._client.search_runs([str(state.experiment_id)], names.of_job(self._folder.job_id)):
            if run.info.run_id != state.run_id and not run.data.params and not run.data.metrics:
                self._client.delete_run(run.info.run_id)

    def _find_elsewhere(self, op: Op) -> bool:
        """For an end alone: the run that an attempt on another machine may have begun."""
        state, data = self._state, op.data
        state.ui, state.run_id, state.experiment_id = data.get("ui"), data.get("run_id"), data.get("experiment_id")
        if state.run_id is None:
            wanted = data.get("experiment", {})
            named = self._client.get_experiment_by_name(wanted["name"]) if "name" in wanted else None
            state.experiment_id = str(named.experiment_id) if named else wanted.get("id")
            if state.experiment_id is not None:
                state.run_id = self._find(state.experiment_id)
        return state.run_id is not None

    def _entries(self, ops: list[Op], run_id: str) -> None:
        params = self._new_params([op for op in ops if op.op == "param"], run_id)
        metrics = [Metric(op.data["name"], op.data["value"], op.at, op.data["step"]) for op in ops if op.op == "metric"]
        tags = {op.data["name"]: op.data["value"] for op in ops if op.op == "tag"}
        self._client.log_batch(run_id, metrics=metrics, params=params, tags=[RunTag(k, v) for k, v in tags.items()])
        if self._known_params is not None:
            self._known_params.update(p.key for p in params)

    def _new_params(self, ops: list[Op], run_id: str) -> list[Param]:
        """The params that the run has not got yet: the first value stands, also that of an earlier attempt."""
        if not ops:
            return []
        if self._known_params is None:
            self._known_params = set(self._client.get_run(run_id).data.params)
        return [Param(op.data["name"], op.data["value"]) for op in ops if op.data["name"] not in self._known_params]

    def _artifact(self, op: Op, run_id: str) -> None:
        path = PurePosixPath(op.data["path"])
        with self._folder.scratch() as scratch:
            local = self._fetched(op.data["key"], scratch / path.name)
            folder = str(path.parent) if path.parent != PurePosixPath() else None
            self._client.log_artifact(run_id, str(local), folder)

    def _model(self, op: Op, run_id: str) -> None:
        data = op.data
        if not registry.flavor_available(data["flavor"]):
            if time.time() - op.at / 1000 < FLAVOR_PATIENCE_S:
                raise Unavailable(f"{data['flavor']} is not installed here; another worker of this machine may have it")
            self._folder.bury(op, f"{data['flavor']} is not installed in any worker of this machine")
            return
        with self._folder.scratch() as scratch:
            local = self._fetched(data["key"], scratch / PurePosixPath(data["file"]).name)
            made = scratch / "made"
            registry.build(data["flavor"], local, made)
            self._client.log_artifacts(run_id, str(made), data["folder"])
        registry.register(self._client, run_id=run_id, job_id=self._folder.job_id, registered_name=data["name"],
                          folder=data["folder"], noria_version=data["version"], promote=data["promote"])

    def _fetched(self, key: str, target: Path) -> Path:
        try:
            return self._fetch(key, target)
        except NotFound:
            raise
        except (Unavailable, OSError) as e:
            raise Unavailable(f"the storage does not give {key}: {first_line(e)}") from e

    def _announce(self) -> None:
        """Tell the worker where the run is, once when it is begun and once when all has arrived; again if it could not listen."""
        state = self._state
        news: Literal["begun", "ended"] = "ended" if state.ended else "begun"
        if state.run_id is None or state.announced == news:
            return
        url = names.run_url(state.ui or self._server.uri, str(state.experiment_id), state.run_id)
        told = {"experiment_id": state.experiment_id, "run_id": state.run_id, "ui_url": url, "pending": not state.ended}
        try:
            self._on_tracking(self._folder.job_id, told)
        except NoriaError as e:
            if state.ended:
                raise Unavailable(f"the job cannot be told that its run has arrived: {e.message}") from e
            log.warning("a job could not be told of its run", job_id=self._folder.job_id, reason=e.message)
            return
        state.announced = news
        self._folder.save_state()


def batches(ops: Iterable[tuple[Op, int]]) -> Iterable[list[tuple[Op, int]]]:
    """Params, metrics and tags that follow each other together, as many as one call takes; all else alone."""
    batch: list[tuple[Op, int]] = []
    named: dict[str, int] = {}
    for op, offset in ops:
        small = op.op in {"param", "metric", "tag"}
        if batch and (not small or len(batch) == BATCH or max(named.get("param", 0), named.get("tag", 0)) == BATCH_NAMES):
            yield batch
            batch, named = [], {}
        if not small:
            yield [(op, offset)]
            continue
        batch.append((op, offset))
        named[op.op] = named.get(op.op, 0) + 1
    if batch:
        yield batch
