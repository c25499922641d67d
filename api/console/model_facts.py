"""What the pages of models show: models, versions, and the corrections that made a version, gathered from where each is kept."""

from contextlib import suppress
from dataclasses import dataclass

from api.services import Services
from jobs.catalog import kinds
from jobs.errors import NotFound
from jobs.record import Job
from storage.corrections import Correction
from storage.images import ImageDocument
from storage.models import Decision, HistoryEntry, Version, champions
from storage.retrain_queue import RetrainStatus

CORRECTIONS_SHOWN = 24


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model. versions: newest first. history: newest first. retrain: None for a model that does not learn from corrections.

    under_way: its retrains that have not ended. back_to: the version that a rollback would bring back, None if there is none.
    """

    name: str
    versions: tuple[Version, ...]
    champion: int | None
    history: tuple[HistoryEntry, ...]
    retrain: RetrainStatus | None
    under_way: tuple[Job, ...]
    threshold: int
    back_to: int | None

    @property
    def domain(self) -> str:
        """Such as `vision`."""
        return self.versions[0].domain

    @property
    def in_use(self) -> Version | None:
        """The version that predictions use."""
        return next((version for version in self.versions if version.version == self.champion), None)


@dataclass(frozen=True, slots=True)
class SeenCorrection:
    """A correction that a version learned from, or was measured on (`held_out`), with its image; None for what is gone."""

    id: str
    held_out: bool
    correction: Correction | None
    image: ImageDocument | None


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """A version with the job that made it, if it is known still, and some of its corrections: those from the `start`-th on."""

    version: Version
    decision: Decision | None
    job: Job | None
    corrections: tuple[SeenCorrection, ...]
    corrections_total: int
    start: int

    @property
    def next_start(self) -> int | None:
        """The first correction that is not shown any more."""
        end = self.start + len(self.corrections)
        return end if end < self.corrections_total else None


def model_facts(s: Services, name: str, versions: list[Version]) -> ModelFacts:
    """A model by its versions, oldest first. Raises BrokerUnavailable."""
    history = s.models.history(name)
    learns = f"{versions[-1].domain}.retrain" in kinds()
    reign, retrain = champions(history), s.jobs.retrain_status(name) if learns else None
    under_way = tuple(job for job_id in (retrain.under_way if retrain else ()) if (job := s.reader.find(job_id)))
    return ModelFacts(
        name, tuple(reversed(versions)), s.models.champion(name), tuple(history), retrain, under_way, s.corrections.threshold,
        reign[-2] if len(reign) > 1 else None)


def version_facts(s: Services, model: ModelFacts, version: Version, *, start: int = 0) -> VersionFacts:
    """A version of a model; its corrections from the `start`-th on, so many as a page shows."""
    retraining = version.metadata.get("retraining") or {}
    ids = [str(correction_id) for correction_id in retraining.get("corrections", ())]
    held_out = set(retraining.get("held_out", ()))
    seen = tuple(_seen(s, correction_id, correction_id in held_out) for correction_id in ids[start:start + CORRECTIONS_SHOWN])
    decision, job = s.models.decision(version, list(model.history)), s.reader.find(version.job_id)
    return VersionFacts(version, decision, job, seen, len(ids), start)


def _seen(s: Services, correction_id: str, held_out: bool) -> SeenCorrection:
    try:
        correction = s.corrections.get(correction_id)[0]
    except NotFound:
        return SeenCorrection(correction_id, held_out, None, None)
    image = None
    with suppress(NotFound):
        image = s.images.get(correction.image)
    return SeenCorrection(correction_id, held_out, correction, image)
