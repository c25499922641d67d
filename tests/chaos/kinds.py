"""Kinds for chaos, registered by EXTRA_KINDS=tests.chaos.kinds: each writes what it does to the ledger, outside of Redis."""

import ctypes
import os
import resource
import secrets
import time
from pathlib import Path
from typing import Literal

from pydantic import Field

from jobs.context import JobContext, Registration
from jobs.errors import DataError, StorageUnavailable
from jobs.kind import JobKind, Params, Result
from tests.chaos.ledger import Ledger

STEPS = 5
PATIENT = 60  # attempts: nothing but its own fault ends such a job
ROOM_BYTES = 256 << 20


class EffectParams(Params):
    number: int = Field(description="Number of the job in its round.")
    seconds: float = Field(0.0, ge=0, le=60, description="How long it works.")
    ledger: str = Field(description="File of the ledger.")


class ModelParams(EffectParams):
    model: str = Field(description="Name of the model that it makes a version of.")


class BadParams(Params):
    how: Literal["fail", "fail_retryable", "eat_memory", "segfault", "ignore_cancel"] = Field(description="What it does wrong.")


class RetrainParams(Params):
    model: str = Field(description="Name of the model.")


class Effect(Result):
    token: str = ""
    corrections: tuple[str, ...] = ()


def _effect(params: EffectParams, context: JobContext) -> Effect:
    """Do the work in steps, then one effect: a token in the ledger, in the artifact and in the result."""
    context.param("number", params.number)
    for step in range(STEPS):
        context.progress(step / STEPS, "work")
        context.metric("step", step, step)
        time.sleep(params.seconds / STEPS)
    token = secrets.token_hex(8)
    context.artifact("token.txt", token.encode())
    Ledger(Path(params.ledger)).write("effect", job=context.job_id, attempt=context.attempt, token=token)
    return Effect(token=token)


def effect(params: EffectParams, context: JobContext) -> Effect:
    return _effect(params, context)


def model(params: ModelParams, context: JobContext) -> Effect:
    done = _effect(params, context)
    weights = context.scratch / "weights.bin"
    weights.write_text(done.token)
    context.model(params.model, files={"weights.bin": weights}, metadata={"classes": ["cat"], "token": done.token},
                  registrations=(Registration(f"chaos_{params.model}", "file", "weights.bin"),))
    return done


def retrain(params: RetrainParams, context: JobContext) -> Effect:
    learned = [c.id for c in context.corrections()]
    weights = context.scratch / "weights.bin"
    weights.write_text(" ".join(learned))
    context.model(params.model, files={"weights.bin": weights}, metadata={"classes": ["cat"], "learned": learned})
    return Effect(corrections=tuple(learned))


def bad(params: BadParams, context: JobContext) -> Effect:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if params.how == "fail":
        raise DataError("The data were made to fail.")
    if params.how == "fail_retryable":
        raise StorageUnavailable("The storage was made to fail.")
    if params.how == "segfault":
        ctypes.string_at(0)
    if params.how == "eat_memory":
        _eat_memory()
    while True:  # ignore_cancel
        time.sleep(0.05)


def _eat_memory() -> None:
    """Take all that the process may have: a limit stands for the machine's, which other programs need."""
    had = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * os.sysconf("SC_PAGE_SIZE") + ROOM_BYTES, had[1]))
    try:
        eaten = []
        while True:
            eaten.append(bytearray(16 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, had)


RUN = "tests.chaos.kinds"
KINDS = (
    JobKind(name="chaos.fast", summary="An effect.", params=EffectParams, result=Effect, run=f"{RUN}:effect", queue="cpu.fast",
            time_limit_s=120, max_attempts=PATIENT),
    JobKind(name="chaos.slow", summary="An effect.", params=EffectParams, result=Effect, run=f"{RUN}:effect", queue="cpu",
            time_limit_s=120, max_attempts=PATIENT),
    JobKind(name="chaos.model", summary="An effect and a model.", params=ModelParams, result=Effect, run=f"{RUN}:model",
            queue="gpu.fast", time_limit_s=120, max_attempts=PATIENT),
    JobKind(name="chaos.retrain", summary="Learn from corrections.", params=RetrainParams, result=Effect, run=f"{RUN}:retrain",
            queue="cpu", time_limit_s=120, max_attempts=PATIENT, retrains="model"),
    JobKind(name="chaos.bad", summary="Do something wrong.", params=BadParams, result=Effect, run=f"{RUN}:bad", queue="gpu",
            time_limit_s=120, max_attempts=2),
)
