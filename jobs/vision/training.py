"""The job's side of a training process: start it, hear its events, keep its checkpoints, and leave no process behind."""

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path

from jobs.context import JobContext
from jobs.errors import FieldError, InputError, Unavailable
from jobs.settings import child_environment
from jobs.vision.training_plan import BatchDone, CheckpointKept, EpochDone, Event, Failed, Measured, Plan, read_event

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
POLL_S = 0.2
CHECKPOINTS = ("best.pt", "last.pt")  # in this order: a last.pt that is kept never lacks the best.pt of its epoch
LOG_TAIL_CHARS = 4000
# Ultralytics takes these for a test run of its own and behaves otherwise.
TEST_MARKS = ("PYTEST_CURRENT_TEST", "GITHUB_ACTIONS")


def events_of(plan: Plan, folder: Path, ctx: JobContext) -> Generator[Event, None, None]:
    """Carry out `plan` in a process of its own, in `folder`, and give each of its events but a failure.

    The process is dead when this ends, raises or is closed. Raises InputError where the process refused (also for lack of
    memory), Unavailable if it was killed (another attempt goes on from the last checkpoint), RuntimeError for a fault of ours,
    and JobStopped's kinds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ids = {"job_id": ctx.job_id, "attempt": ctx.attempt, "request_id": ctx.request_id}
    (folder / "plan.json").write_text(plan.model_copy(update={"ids": ids}).model_dump_json(), encoding="utf-8")
    reading, writing = os.pipe()
    logged = os.dup(2)  # the worker's log
    failure: Failed | None = None
    with (folder / "child.log").open("ab") as printed, os.fdopen(reading, encoding="utf-8") as lines:
        try:
            child = subprocess.Popen(  # noqa: S603 - our own module, on a folder of our own
                [sys.executable, "-m", "jobs.vision.training_child", str(folder), str(writing), str(logged)], cwd=folder,
                stdin=subprocess.PIPE, stdout=printed, stderr=printed, pass_fds=(writing, logged), start_new_session=True,
                env=_environment(folder, plan.threads))
        finally:
            os.close(writing)
            os.close(logged)
        try:
            for event in _events(lines, child, ctx):
                if isinstance(event, Failed):
                    failure = event
                else:
                    yield event
        finally:
            _end(child)
    if failure or child.returncode:
        raise _error(failure, child.returncode, folder)


def training_threads(ctx: JobContext) -> int:
    """How many threads torch gets in a training process: half of what the job may use, at least one.

    With both of two cores a training took 1.2 to 1.3 times as long as with one, on a machine with little else to do.
    """
    return max(1, ctx.threads // 2)


class TrainingWatch:
    """Tells the job what its training process tells, and keeps the checkpoints for a later attempt.

    digest: names what the checkpoints depend on. share: the fractions of the job's progress at which training starts and ends.
    stage: what the job's stage is called meanwhile. `measured` collects the measurements by name, `last_epoch` has the metrics of
    the last epoch once it is over.
    """

    def __init__(self, ctx: JobContext, folder: Path, digest: str, epochs: int, share: tuple[float, float],
                 stage: str = "train") -> None:
        self._ctx, self._kept, self._digest, self._epochs, self._share = ctx, folder / "kept", digest, epochs, share
        self._stage = stage
        self.measured: dict[str, Measured] = {}
        self.last_epoch: dict[str, float] = {}

    def take_over(self) -> None:
        """Lay out the last checkpoint of an earlier attempt, if there is one."""
        self.last_epoch = json.loads(self._ctx.load_checkpoint(f"{self._digest}-last-epoch.json") or b"{}")
        found = {name: self._ctx.load_checkpoint(f"{self._digest}-{name}") for name in CHECKPOINTS}
        self._kept.mkdir(parents=True, exist_ok=True)
        if all(found.values()):
            for name, content in found.items():
                (self._kept / name).write_bytes(content or b"")
            self._ctx.log("The training goes on from the last checkpoint of an earlier attempt.")

    def hear(self, event: Event) -> None:
        """Pass one event on. Raises JobStopped's kinds."""
        if isinstance(event, BatchDone):
            done = (event.epoch - 1 + event.batch / event.batches) / self._epochs
            start, end = self._share
            self._ctx.progress(start + (end - start) * done, self._stage,
                               f"epoch {event.epoch} of {self._epochs}, batch {event.batch} of {event.batches}")
        elif isinstance(event, EpochDone):
            for name, value in event.metrics.items():
                self._ctx.metric(name, value, step=event.epoch)
            if event.epoch == self._epochs:
                self.last_epoch = event.metrics
                self._ctx.save_checkpoint(f"{self._digest}-last-epoch.json", json.dumps(event.metrics).encode())
        elif isinstance(event, CheckpointKept):
            for name in CHECKPOINTS if event.best else CHECKPOINTS[1:]:
                self._ctx.save_checkpoint(f"{self._digest}-{name}", (self._kept / name).read_bytes())
        elif isinstance(event, Measured):
            self.measured[event.name] = event


def _environment(folder: Path, threads: int) -> dict[str, str]:
    made = child_environment({"YOLO_CONFIG_DIR": str(folder / "config"), "OMP_NUM_THREADS": str(threads)})
    made["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), made.get("PYTHONPATH"))))
    return {name: value for name, value in made.items() if name not in TEST_MARKS}


def _events(lines: Iterator[str], child: "subprocess.Popen[bytes]", ctx: JobContext) -> Iterator[Event]:
    """Events until the process has ended. Looks every moment whether the job has to stop."""
    heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        for line in lines:
            heard.put(line)
        heard.put(None)

    reader = threading.Thread(target=read, name="training-events", daemon=True)
    reader.start()
    while True:
        ctx.check()
        try:
            line = heard.get(timeout=POLL_S)
        except queue.Empty:
            if child.poll() is not None and not reader.is_alive():
                return
            continue
        if line is None:
            child.wait()
            return
        with contextlib.suppress(ValueError):  # a line cut short by a kill
            yield read_event(line)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Kill the process and all that it started; it keeps nothing that a kill could spoil."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdin:
        child.stdin.close()


def _error(failure: Failed | None, status: int, folder: Path) -> Exception:
    if failure and failure.reason == "refused":
        return InputError(failure.message, fields=(FieldError(failure.field, failure.message),))
    if failure and failure.reason == "memory":
        message = "The training needs more memory than there is; take a smaller `batch` or `image_size`."
        return InputError(message, fields=(FieldError("params.batch", message),))
    log.error("the training process failed with status %s; it printed: %s", status, _printed(folder))
    if failure is None and status < 0:
        return Unavailable(f"The training process was killed (signal {-status}); another attempt goes on from its last "
                           "checkpoint. If it happens again, it lacked memory: take a smaller `batch` or `image_size`.")
    return RuntimeError(failure.message if failure else f"the training process ended with status {status}")


def _printed(folder: Path) -> str:
    return (folder / "child.log").read_bytes()[-LOG_TAIL_CHARS:].decode("utf-8", "replace")
