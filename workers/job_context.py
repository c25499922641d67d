"""The JobContext of a real run: events by the heartbeat, files to the object store, tracking to the spool."""

import hashlib
import math
import mimetypes
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import structlog

from jobs.context import Company, Correction, Dataset, Experiment, Level, ModelVersion, Registration
from jobs.errors import FieldError, InputError, LeaseLost, NotFound, NothingToRetrain
from jobs.record import Artifact, Job, rfc3339
from jobs.settings import Settings
from storage import names
from storage.corrections import PENDING, correction_document
from storage.models import Version
from storage.retrain_queue import NOTHING
from tracking.experiments import HOW_TO_CREATE, check_artifact_location, require_experiment
from tracking.runs import RunLog, open_run
from workers.lease import Heartbeat
from workers.services import Services

log = structlog.get_logger("job")

LOG_LINE_MAX = 4_000
SHA256_CHARS = 64  # an image's id is shorter
MANY_METRICS = 5_000  # points of one run that go to its events; MLflow gets them all
CONFIRM_S, LOOK_EVERY_S = 60.0, 0.1  # how long the end of a run is waited for that has to be in MLflow


NO_EXPERIMENT = f"A retrain lands in one exact MLflow experiment, and none is named or pinned. {HOW_TO_CREATE}"


def start_run(job: Job, services: Services, settings: Settings, *, experiment_id: str | None = None, run_name: str | None = None,
              tags: Mapping[str, str] | None = None) -> RunLog:
    """The run of the job's attempt, with what is known of the job; see `open_run`."""
    told = {"kind": job.kind, "request_id": job.request_id, **{f"label.{k}": v for k, v in job.labels.items()}, **(tags or {})}
    run = open_run(services.spool, settings, job_id=job.id, fence=job.fence, kind=job.kind, experiment_id=experiment_id,
                   run_name=run_name, tags=told)
    for name, value in job.params.items():
        run.param(f"params.{name}", value if isinstance(value, str) else orjson.dumps(value).decode())
    return run


@dataclass(frozen=True)
class StagedModel:
    """A version that comes into being when the job succeeds; what the job document's `models` holds as JSON."""

    version: Version
    promote: bool
    registrations: tuple[Registration, ...]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        registrations = [asdict(r) for r in self.registrations]
        return {"version": asdict(self.version), "promote": self.promote, "registrations": registrations}

    @staticmethod
    def from_document(document: dict[str, Any]) -> "StagedModel":
        """The reverse of `document`."""
        registrations = tuple(Registration(**r) for r in document["registrations"])
        return StagedModel(Version(**document["version"]), document["promote"], registrations)


@dataclass
class WorkerContext:
    """See JobContext. `artifacts` and `models` collect what the run leaves behind, to be published by its end."""

    job: Job
    services: Services
    settings: Settings
    heartbeat: Heartbeat
    run: RunLog
    scratch: Path
    threads: int
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    models: list[StagedModel] = field(default_factory=list)
    stage: str | None = None
    _metric_points: int = 0

    @property
    def job_id(self) -> str:
        """See JobContext."""
        return self.job.id

    @property
    def attempt(self) -> int:
        """See JobContext."""
        return self.job.attempt

    @property
    def request_id(self) -> str:
        """See JobContext."""
        return self.job.request_id

    def dataset(self, dataset_id: str) -> Dataset:
        """See JobContext."""
        return self.services.datasets.local(dataset_id, self.services.cache / "datasets")

    def image(self, image: str) -> Path:
        """See JobContext."""
        sha256 = image if len(image) == SHA256_CHARS else self.services.images.get(image).sha256
        return self.services.images.local(sha256, self.services.cache / "images")

    def company(self, company_id: str) -> Company:
        """See JobContext; its data set is the one that holds for it now."""
        return self.services.companies.effective(self.services.companies.get(company_id))

    def latest_dataset(self, company_id: str, type: str) -> str | None:
        """See JobContext."""
        return self.services.datasets.latest_for_company(company_id, type)

    def recall(self, model: str, name: str) -> bytes | None:
        """See JobContext."""
        return self.services.models.recall(model, name, job_id=self.job.id, succeeded=self._succeeded)

    def remember(self, model: str, name: str, content: bytes) -> None:
        """See JobContext."""
        self.check()
        self.services.models.remember(model, name, content, job_id=self.job.id, succeeded=self._succeeded)

    def _succeeded(self, job_id: str) -> bool:
        try:
            return self.services.jobs.get(job_id).state == "succeeded"
        except NotFound:
            return self.services.archive.succeeded(job_id)

    def model_version(self, name: str, version: int | None = None) -> ModelVersion:
        """See JobContext."""
        found = self.services.models.version(name, version)
        return self.services.models.fetch(found, self.services.cache / "models")

    def latest_version(self, name: str, *, having: str) -> ModelVersion | None:
        """See JobContext."""
        found = [version for version in self.services.models.versions(name) if having in version.files]
        latest = max(found, key=lambda version: version.created_at, default=None)
        return self.services.models.fetch(latest, self.services.cache / "models") if latest else None

    def corrections(self) -> tuple[Correction, ...]:
        """See JobContext."""
        found = []
        for c in self.services.corrections.claimed(self.job.id):
            image = self.services.images.get(c.image)
            document = {**correction_document(c, PENDING), "state": "claimed", "retrain_job": self.job.id}
            found.append(Correction(c.id, image.sha256, image.width, image.height, tuple(c.boxes), document))
        if not found:
            raise NothingToRetrain(NOTHING)
        return tuple(found)

    def progress(self, fraction: float, stage: str, message: str = "") -> None:
        """See JobContext."""
        self.check()
        self.stage = stage
        bounded = min(1.0, max(0.0, fraction))
        self.heartbeat.send(("progress", {"fraction": round(bounded, 4), "stage": stage, "message": message or None}))

    def check(self) -> None:
        """See JobContext."""
        if self.heartbeat.stop_error:
            raise self.heartbeat.stop_error

    def canceled(self) -> bool:
        """See JobContext."""
        return self.heartbeat.stop_error is not None

    def log(self, message: str, level: Level = "info", **fields: Any) -> None:
        """See JobContext."""
        getattr(log, level)(message, **fields)
        plain = {n: v if isinstance(v, str | int | float | bool | None) else str(v) for n, v in fields.items()}
        self.heartbeat.send(("log", {**plain, "level": level, "message": message[:LOG_LINE_MAX]}))

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """See JobContext."""
        number = float(value)
        self.run.metric(name, number, step)
        self._metric_points += 1
        if math.isfinite(number) and self._metric_points <= MANY_METRICS:
            self.heartbeat.send(("metric", {"name": name, "value": number, "step": step}))

    def param(self, name: str, value: Any) -> None:
        """See JobContext."""
        self.run.param(name, value)

    def tag(self, name: str, value: str) -> None:
        """See JobContext."""
        self.run.tag(name, value)

    def artifact(self, name: str, source: Path | bytes, *, media_type: str | None = None) -> None:
        """See JobContext."""
        self.artifacts[name] = kept = self._keep(name, source, media_type)
        self.run.artifact(name, key=kept.key)

    def _keep(self, name: str, source: Path | bytes, media_type: str | None = None) -> Artifact:
        parts = name.split("/")
        if not all(names.NAME.fullmatch(p) and p.strip(".") for p in parts):
            raise InputError(f"{name!r} cannot be the name of an artifact: letters, digits, dots, - and _ between slashes.")
        key = names.artifact(self.job.id, self.job.fence, name)
        if isinstance(source, bytes):
            size, sha256 = len(source), hashlib.sha256(source).hexdigest()
        else:
            size = source.stat().st_size
            with source.open("rb") as f:
                sha256 = hashlib.file_digest(f, "sha256").hexdigest()
        self.services.objects.put(key, source)
        guessed = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Artifact(name, key, size, sha256, guessed)

    def model(
        self, name: str, *, files: Mapping[str, Path], metadata: dict[str, Any],
        registrations: tuple[Registration, ...] = (), promote: bool = True,
    ) -> int:
        """See JobContext."""
        self.check()
        number, domain = self.reserve_version(name), self.job.kind.partition(".")[0]
        keys = {file: self._keep(f"model/{name}/{file}", path).key for file, path in files.items()}
        created_at = time.time_ns() // 1_000_000
        kept = {"job": self.job.id, "attempt": self.attempt, "trained_at": rfc3339(created_at), **metadata}
        version = Version(name, number, domain, self.job.id, created_at, kept, keys)
        self.models.append(StagedModel(version, promote, registrations))
        return number

    def reserve_version(self, name: str) -> int:
        """See JobContext."""
        return self.services.models.allocate(name, domain=self.job.kind.partition(".")[0], job_id=self.job.id)

    def require_experiment(self, experiment_id: str | None) -> Experiment:
        """See JobContext."""
        wanted = experiment_id or self.settings.retrain_experiment_id
        if not wanted:
            raise InputError(NO_EXPERIMENT, fields=(FieldError("params.experiment_id", NO_EXPERIMENT),))
        uri, expected = self.settings.tracking_uri, self.settings.retrain_artifact_location
        found = require_experiment(uri, wanted, artifact_location=expected)
        check_artifact_location(uri, found)
        return found

    def start_run(self, experiment: Experiment, name: str, tags: Mapping[str, str]) -> None:
        """See JobContext."""
        self.run = start_run(self.job, self.services, self.settings, experiment_id=experiment.id, run_name=name, tags=tags)

    def register(self, registration: Registration, source: Path, *, version: int, folder: str) -> None:
        """See JobContext."""
        key = self._keep(f"{folder}/{registration.file}", source).key
        self.run.model(registration.registered_name, flavor=registration.flavor, key=key, file=registration.file,
                       noria_version=version, promote=False, folder=folder)

    def end_run(self) -> bool:
        """See JobContext."""
        self.run.end("FINISHED")
        deadline = time.monotonic() + CONFIRM_S
        while self.services.spool.holds(self.job.id):
            if isinstance(self.heartbeat.stop_error, LeaseLost):
                raise self.heartbeat.stop_error
            if self.heartbeat.stop_error or time.monotonic() > deadline:
                return False
            time.sleep(LOOK_EVERY_S)
        return not self.services.spool.refused(self.job.id)

    def save_checkpoint(self, name: str, content: bytes) -> None:
        """See JobContext."""
        self.check()
        self.services.objects.put(names.checkpoint(self.job.id, name), content)

    def load_checkpoint(self, name: str) -> bytes | None:
        """See JobContext."""
        try:
            return self.services.objects.read(names.checkpoint(self.job.id, name))
        except NotFound:
            return None
