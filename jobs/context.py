"""What `run(params, context)` is given: everything a kind may do to the world, and nothing else.

`JobContext` is the protocol; `jobs/memory_context.py` is its in-memory twin, `workers/job_context.py` the workers' own
implementation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A stored data set. `path` is a local Parquet file of the canonical columns (sales, future, stock).

    That of a detection data set has a row for each image: `image_sha256`, `split` (train, val or test), `name` (unique, and
    safe as a file's name), `width`, `height`, `boxes` (list of `label`, `x1`, `y1`, `x2`, `y2` in pixels). `profile["classes"]`
    numbers the labels.
    """

    id: str
    type: str
    name: str
    sha256: str
    rows: int
    profile: dict[str, Any]
    company: str | None
    path: Path


@dataclass(frozen=True, slots=True)
class Company:
    """A company as `PUT /v1/companies/{id}` left it, with its time zone resolved; `dataset` is a data set's id."""

    id: str
    nit: str
    name: str
    country: str
    currency: str
    timezone: str
    dataset: str | None


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A published version of a model. `files` are local copies by name; `metadata` is what the training kept."""

    name: str
    version: int
    domain: str
    metadata: dict[str, Any]
    files: dict[str, Path]


@dataclass(frozen=True, slots=True)
class Registration:
    """How a model's file is to be registered in MLflow: the flavor that can load `file`, under which name."""

    registered_name: str
    flavor: Literal["xgboost", "prophet", "file"]
    file: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says is in an image of `width` x `height` px. `boxes`: `label`, `x1`, `y1`, `x2`, `y2` in pixels.

    `document`: all that is known of it, ready for JSON.
    """

    id: str
    image_sha256: str
    width: int
    height: int
    boxes: tuple[dict[str, Any], ...]
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment of MLflow. `artifact_location`: where the files of its runs go."""

    id: str
    name: str
    artifact_location: str


class JobContext(Protocol):
    """A running job's hands. Every method may raise JobStopped's kinds, which `run()` must let pass."""

    @property
    def job_id(self) -> str:
        """The job's id."""
        ...

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        ...

    @property
    def request_id(self) -> str:
        """The id of the request that submitted the job."""
        ...

    @property
    def scratch(self) -> Path:
        """A folder of this run's own, removed when it ends."""
        ...

    @property
    def threads(self) -> int:
        """How many threads this run may use."""
        ...

    def dataset(self, dataset_id: str) -> Dataset:
        """The data set and a local copy of its table. Raises NotFound."""
        ...

    def image(self, image: str) -> Path:
        """A local copy of an image by its SHA-256, or by its id if it was uploaded: upright, with its format's suffix.

        To be copied, never written to. Raises NotFound.
        """
        ...

    def company(self, company_id: str) -> Company:
        """The company. Raises NotFound."""
        ...

    def latest_dataset(self, company_id: str, type: str) -> str | None:
        """Id of the last usable data set of `type` that was uploaded for a company, or None."""
        ...

    def model_version(self, name: str, version: int | None = None) -> ModelVersion:
        """A published version, the champion if `version` is None. Raises NotFound."""
        ...

    def latest_version(self, name: str, *, having: str) -> ModelVersion | None:
        """The version of a model that was made last of those with a file called `having`, champion or not; None without one."""
        ...

    def recall(self, model: str, name: str) -> bytes | None:
        """What the last other job that succeeded kept under `name` for `model`, or None; the same for each attempt."""
        ...

    def remember(self, model: str, name: str, content: bytes) -> None:
        """Keep bytes under `name` for the next job that works with `model`; the last thing to do before `run()` returns."""
        ...

    def corrections(self) -> tuple[Correction, ...]:
        """The corrections that this job has claimed, oldest first. Raises NothingToRetrain if there are none."""
        ...

    def progress(self, fraction: float, stage: str, message: str = "") -> None:
        """Say how far the job is, 0 to 1. A safe point: raises JobStopped if the job has to stop."""
        ...

    def check(self) -> None:
        """A safe point without news: raises JobStopped if the job has to stop."""
        ...

    def canceled(self) -> bool:
        """Whether the job has to stop, for code that cannot let an exception through (a C callback)."""
        ...

    def log(self, message: str, level: Level = "info", **fields: Any) -> None:
        """A line for people, shown in the job's events."""
        ...

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """A measured number; goes to the job's events and to MLflow. A NaN or infinity is dropped with a warning."""
        ...

    def param(self, name: str, value: Any) -> None:
        """A parameter of the MLflow run (the first value of a name stands)."""
        ...

    def tag(self, name: str, value: str) -> None:
        """A tag of the MLflow run."""
        ...

    def artifact(self, name: str, source: Path | bytes, *, media_type: str | None = None) -> None:
        """Keep a file under `name` (may hold slashes); published with the job's end, and logged to MLflow."""
        ...

    def model(
        self, name: str, *, files: Mapping[str, Path], metadata: dict[str, Any],
        registrations: tuple[Registration, ...] = (), promote: bool = True,
    ) -> int:
        """Stage a new version of model `name`; it exists once the job has succeeded. Gives the version's number.

        The number is the same for a later attempt of the same job. `promote`: it becomes the champion.
        Raises Conflict if the name belongs to another domain.
        """
        ...

    def reserve_version(self, name: str) -> int:
        """The number that `model` will give for `name`, ahead of it. Raises Conflict if the name belongs to another domain."""
        ...

    def require_experiment(self, experiment_id: str | None) -> Experiment:
        """The MLflow experiment with exactly this id, the pinned one if None, asked of the server now; its files can be written.

        For a kind that cannot do without. Nothing is created. Raises InputError if no id is given or pinned, NotFound, Conflict
        if the experiment cannot take a run, and TrackingUnavailable if MLflow is away.
        """
        ...

    def start_run(self, experiment: Experiment, name: str, tags: Mapping[str, str]) -> None:
        """Start the job's run in this experiment, or go on with it; for a kind with `retrains`, whose run starts no earlier."""
        ...

    def register(self, registration: Registration, source: Path, *, version: int, folder: str) -> None:
        """Register `source` in MLflow as a version of a model, under `folder` of the run; `model` does it after the job's end."""
        ...

    def end_run(self) -> bool:
        """End the run as finished and wait for MLflow to have all of it, at most a minute; whether it has.

        Nothing can be tracked afterwards. It is no safe point: the job can only succeed or lose its lease from here on.
        """
        ...

    def save_checkpoint(self, name: str, content: bytes) -> None:
        """Keep bytes for a later attempt of this job."""
        ...

    def load_checkpoint(self, name: str) -> bytes | None:
        """What an earlier attempt of this job kept under `name`, or None."""
        ...
