"""A job's context that keeps everything in memory and on a temporary folder, for tests and notebooks."""

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from jobs.context import Company, Correction, Dataset, Experiment, Level, ModelVersion, Registration
from jobs.errors import JobCanceled, NotFound, NothingToRetrain

K = TypeVar("K")
V = TypeVar("V")


def _scratch() -> Path:
    """A temporary folder, there until this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="noria-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass
class MemoryContext:
    """A JobContext that keeps everything in memory and on a temporary folder, to look at afterwards."""

    scratch: Path = field(default_factory=_scratch)
    job_id: str = "job-in-memory"
    attempt: int = 1
    request_id: str = ""
    threads: int = 1
    datasets: dict[str, Dataset] = field(default_factory=dict)
    images: dict[str, Path] = field(default_factory=dict)
    companies: dict[str, Company] = field(default_factory=dict)
    versions: dict[str, list[ModelVersion]] = field(default_factory=dict)
    claimed: tuple[Correction, ...] = ()
    experiment: Experiment | None = None
    run_name: str | None = None
    run_ended: bool = False
    promotions: dict[str, int] = field(default_factory=dict)
    registrations: list[Registration] = field(default_factory=list)
    progresses: list[tuple[float, str, str]] = field(default_factory=list)
    logs: list[tuple[Level, str]] = field(default_factory=list)
    metrics: list[tuple[str, float, int | None]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    checkpoints: dict[str, bytes] = field(default_factory=dict)
    memories: dict[tuple[str, str], bytes] = field(default_factory=dict)
    stop: bool = False

    def add_dataset(self, path: Path, *, dataset_id: str = "data", type: str = "sales", company: str | None = None,
                    profile: dict[str, Any] | None = None, rows: int = 0) -> Dataset:
        """Make the Parquet file at `path` known as a data set."""
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        found = Dataset(dataset_id, type, dataset_id, sha256, rows, profile or {}, company, path)
        self.datasets[dataset_id] = found
        return found

    def dataset(self, dataset_id: str) -> Dataset:
        """See JobContext."""
        return _get(self.datasets, dataset_id, "data set")

    def image(self, image: str) -> Path:
        """See JobContext."""
        return _get(self.images, image, "image")

    def company(self, company_id: str) -> Company:
        """See JobContext."""
        return _get(self.companies, company_id, "company")

    def latest_dataset(self, company_id: str, type: str) -> str | None:
        """See JobContext; the last one is the one added last."""
        found = [d.id for d in self.datasets.values() if (d.company, d.type) == (company_id, type)]
        return found[-1] if found else None

    def recall(self, model: str, name: str) -> bytes | None:
        """See JobContext; every run counts as a job of its own."""
        return self.memories.get((model, name))

    def remember(self, model: str, name: str, content: bytes) -> None:
        """See JobContext."""
        self.memories[model, name] = content

    def model_version(self, name: str, version: int | None = None) -> ModelVersion:
        """See JobContext; the champion is the last version that was staged to be promoted, else the last one."""
        found = _get(self.versions, name, "model")
        number = version or self.promotions.get(name, found[-1].version)
        return _get({v.version: v for v in found}, number, f"version of model {name}")

    def latest_version(self, name: str, *, having: str) -> ModelVersion | None:
        """See JobContext."""
        return next((version for version in reversed(self.versions.get(name, [])) if having in version.files), None)

    def corrections(self) -> tuple[Correction, ...]:
        """See JobContext; `claimed` holds them."""
        if not self.claimed:
            raise NothingToRetrain("No correction is claimed.")
        return self.claimed

    def progress(self, fraction: float, stage: str, message: str = "") -> None:
        """See JobContext."""
        self.check()
        self.progresses.append((fraction, stage, message))

    def check(self) -> None:
        """See JobContext."""
        if self.stop:
            raise JobCanceled("The job was canceled.")

    def canceled(self) -> bool:
        """See JobContext."""
        return self.stop

    def log(self, message: str, level: Level = "info", **fields: Any) -> None:
        """See JobContext."""
        self.logs.append((level, message))

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """See JobContext."""
        self.metrics.append((name, value, step))

    def param(self, name: str, value: Any) -> None:
        """See JobContext."""
        self.params.setdefault(name, value)

    def tag(self, name: str, value: str) -> None:
        """See JobContext."""
        self.tags[name] = value

    def artifact(self, name: str, source: Path | bytes, *, media_type: str | None = None) -> None:
        """See JobContext."""
        self.artifacts[name] = source if isinstance(source, bytes) else source.read_bytes()

    def model(
        self, name: str, *, files: Mapping[str, Path], metadata: dict[str, Any],
        registrations: tuple[Registration, ...] = (), promote: bool = True,
    ) -> int:
        """See JobContext."""
        number = self.reserve_version(name)
        folder = self.scratch / "models" / name / str(number)
        folder.mkdir(parents=True)
        kept = {key: Path(shutil.copy(path, folder / key)) for key, path in files.items()}
        self.versions.setdefault(name, []).append(ModelVersion(name, number, "", metadata, kept))
        self.registrations.extend(registrations)
        if promote:
            self.promotions[name] = number
        return number

    def reserve_version(self, name: str) -> int:
        """See JobContext."""
        return len(self.versions.get(name, ())) + 1

    def require_experiment(self, experiment_id: str | None) -> Experiment:
        """See JobContext; `experiment` is the only one there is."""
        if self.experiment is None or experiment_id not in (None, self.experiment.id):
            raise NotFound(f"There is no experiment {experiment_id}.")
        return self.experiment

    def start_run(self, experiment: Experiment, name: str, tags: Mapping[str, str]) -> None:
        """See JobContext."""
        self.run_name = name
        self.tags.update(tags)

    def register(self, registration: Registration, source: Path, *, version: int, folder: str) -> None:
        """See JobContext."""
        self.registrations.append(registration)

    def end_run(self) -> bool:
        """See JobContext."""
        self.run_ended = True
        return True

    def save_checkpoint(self, name: str, content: bytes) -> None:
        """See JobContext."""
        self.checkpoints[name] = content

    def load_checkpoint(self, name: str) -> bytes | None:
        """See JobContext."""
        return self.checkpoints.get(name)


def _get(known: Mapping[K, V], key: K, what: str) -> V:
    try:
        return known[key]
    except KeyError:
        raise NotFound(f"There is no {what} {key!r}.") from None
