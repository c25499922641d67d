"""What a kind of job is: its name, the schemas of what goes in and comes out, where it runs, what runs it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from jobs.context import JobContext

Queue = Literal["cpu", "cpu.fast", "gpu", "gpu.fast"]
QUEUES: tuple[Queue, ...] = get_args(Queue)


class Params(BaseModel):
    """What a job is asked to do. Frozen, strict about types, unknown fields refused, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Result(BaseModel):
    """What a job answers. A NaN or infinity is an error in the kind, so it is refused here too."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


RunFunction = Callable[[Params, "JobContext"], Result]


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind. HTTP routes, OpenAPI, the command line and the docs are made from these fields alone.

    run: "package.module:function"; the worker imports it on first use, the API never does.
    time_limit_s: seconds one attempt may take.  max_attempts: acquires that count before the job fails.
    retrains: the param that names a model, if a job of this kind claims that model's pending corrections when it starts.
    """

    name: str
    summary: str
    params: type[Params]
    result: type[Result]
    run: str
    queue: Queue
    time_limit_s: float
    max_attempts: int = 3
    retrains: str | None = None

    def __post_init__(self) -> None:
        if self.queue not in QUEUES:
            raise ValueError(f"kind {self.name!r}: queue {self.queue!r} is none of {', '.join(QUEUES)}")
        if self.max_attempts < 1 or self.time_limit_s <= 0:
            raise ValueError(f"kind {self.name!r}: max_attempts and time_limit_s must be positive")

    def load(self) -> RunFunction:
        """The function that carries the job out: `run(params, context) -> result`. Imports its libraries."""
        module, _, function = self.run.partition(":")
        loaded: RunFunction = getattr(importlib.import_module(module), function)
        return loaded
