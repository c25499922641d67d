"""Kinds for tests and benchmarks, registered by EXTRA_KINDS=tests.kinds. Each does one thing that real kinds do or suffer."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Literal

from pydantic import Field

from jobs.context import JobContext, Registration
from jobs.errors import DataError, StorageUnavailable
from jobs.kind import JobKind, Params, Result


class NoopParams(Params):
    value: int = Field(0, description="Given back.")


class WorkParams(Params):
    seconds: float = Field(1.0, ge=0, le=600, description="How long the job works.")
    ledger: str = Field("", description="File that a line is appended to as the job's effect.")
    misbehave: Literal["", "fail", "fail_retryable", "kill_self", "kill_self_once", "ignore_cancel", "exit", "odd_log"] = Field(
        "", description="What goes wrong.")


class ModelParams(Params):
    model: str = Field("toy", description="Name of the model to make.")
    second: str = Field("", description="Name of a second model to make.")
    tracked: int = Field(10, ge=0, description="Metric points to log.")


class RetrainParams(Params):
    model: str = Field(description="Name of the model.")
    rate: float = Field(0.5, description="Anything.")


class Answer(Result):
    value: int = 0
    attempt: int = 1


def noop(params: NoopParams, context: JobContext) -> Answer:
    return Answer(value=params.value, attempt=context.attempt)


def work(params: WorkParams, context: JobContext) -> Answer:
    start = time.monotonic()
    first = context.load_checkpoint("started") is None
    context.save_checkpoint("started", b"1")
    while (elapsed := time.monotonic() - start) < params.seconds:
        if params.misbehave == "ignore_cancel":
            time.sleep(0.05)
            continue
        if params.misbehave == "kill_self" or (params.misbehave == "kill_self_once" and first):
            os.kill(os.getpid(), signal.SIGKILL)
        context.progress(elapsed / params.seconds, "work", f"{elapsed:.1f} s")
        context.metric("elapsed", elapsed)
        time.sleep(0.05)
    if params.misbehave == "exit":
        sys.exit(3)
    if params.misbehave == "odd_log":
        context.log("a field that is not JSON", path=Path("x"))
        time.sleep(1.0)
    if params.misbehave == "fail":
        raise DataError("The data were made to fail.")
    if params.misbehave == "fail_retryable":
        raise StorageUnavailable("The storage was made to fail.")
    if params.ledger and not (folder := Path(params.ledger).parent).is_dir():
        context.log("The ledger has no folder.", level="error", folder=str(folder))
        raise DataError(f"The folder {folder} is not there. Make it, then retry.")
    context.artifact("note.txt", f"attempt {context.attempt}".encode())
    if params.ledger:
        with open(params.ledger, "a", encoding="utf-8") as f:  # noqa: PTH123
            f.write(f"{context.job_id} {context.attempt}\n")
    return Answer(attempt=context.attempt)


def make_model(params: ModelParams, context: JobContext) -> Answer:
    path = context.scratch / "weights.bin"
    path.write_bytes(b"weights")
    for i in range(params.tracked):
        context.metric("loss", 1 / (i + 1), i)
    context.param("model", params.model)
    version = context.model(params.model, files={"weights.bin": path}, metadata={"made": "toy"},
                            registrations=(Registration(f"toy_{params.model}", "file", "weights.bin"),))
    if params.second:
        path.write_bytes(b"other weights")
        context.model(params.second, files={"weights.bin": path}, metadata={})
    return Answer(value=version, attempt=context.attempt)


def retrain(params: RetrainParams, context: JobContext) -> Answer:
    path = context.scratch / "weights.bin"
    path.write_bytes(b"better weights")
    metadata = {"classes": ["cat"], "decision": "rejected", "reason": "It is no better."}
    return Answer(value=context.model(params.model, files={"weights.bin": path}, metadata=metadata, promote=False))


KINDS = (
    JobKind(name="test.noop", summary="Answer at once.", params=NoopParams, result=Answer, run="tests.kinds:noop",
            queue="cpu.fast", time_limit_s=30),
    JobKind(name="test.work", summary="Work for a while.", params=WorkParams, result=Answer, run="tests.kinds:work",
            queue="cpu", time_limit_s=600),
    JobKind(name="test.short_limit", summary="Work for too long.", params=WorkParams, result=Answer, run="tests.kinds:work",
            queue="cpu", time_limit_s=1),
    JobKind(name="test.model", summary="Make a model.", params=ModelParams, result=Answer, run="tests.kinds:make_model",
            queue="cpu", time_limit_s=60),
    JobKind(name="test.retrain", summary="Learn from corrections.", params=RetrainParams, result=Answer, run="tests.kinds:retrain",
            queue="cpu", time_limit_s=60, max_attempts=2, retrains="model"),
)
