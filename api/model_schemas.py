"""The documents about models and corrections that the API answers with; see schemas.py."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.schemas import Document
from storage.retrain_queue import CorrectionState


class ModelSummary(Document):
    """A model; `champion` is the version that predictions use, null where there is none."""

    name: str
    domain: str
    champion: int | None
    latest: int
    updated_at: datetime
    links: dict[str, str]


class ModelList(Document):
    """A page of models, the last trained first."""

    models: list[ModelSummary]
    next_cursor: str | None


class VersionDocument(Document):
    """A version of a model: how good it was measured to be, and on what."""

    version: int
    metrics: dict[str, Any] | None
    data: dict[str, Any] | None
    run_id: str | None = Field(description="MLflow's run, once it has one.")
    decision: Literal["promoted", "rejected"] | None
    job: str = Field(description="The job that made it.")
    created_at: datetime
    links: dict[str, str]


class VersionDetail(VersionDocument):
    """A version with all that its training kept."""

    model: str
    domain: str
    champion: bool
    metadata: dict[str, Any]


class PendingCorrections(Document):
    """What a model's next retrain would learn from, and the retrains that have not ended."""

    pending: int
    threshold: int
    retrain_jobs: list[str]


class RetrainBlocked(Document):
    """Why the last retrain came to nothing; corrections that it gave back start no other by themselves."""

    reason: str
    job: str
    at: datetime


class ModelDocument(Document):
    """A model, its versions newest first."""

    name: str
    domain: str
    champion: int | None
    versions: list[VersionDocument]
    corrections: PendingCorrections
    retrain_blocked: RetrainBlocked | None
    links: dict[str, str]


class HistoryEntryDocument(Document):
    """One decision; `by` is a key's id, `local`, or `noria`."""

    action: Literal["promoted", "rolled_back", "rejected"]
    version: int
    reason: str
    by: str
    at: datetime
    job: str | None


class ModelHistory(Document):
    """Every decision about a model's champion, newest first."""

    history: list[HistoryEntryDocument]


class CorrectionReceipt(Document):
    """A correction was kept; `retrain_job` is the retrain that it started, if it did."""

    id: str
    pending: int
    threshold: int
    retrain_job: str | None
    links: dict[str, str]


class LabelledBox(Document):
    """A box in pixels of the upright image."""

    label: str
    x1: float
    y1: float
    x2: float
    y2: float


class ChangesDocument(Document):
    """A correction against the prediction; pairs are what was predicted and what it was corrected to."""

    added: list[LabelledBox]
    removed: list[LabelledBox]
    moved: list[list[LabelledBox]]
    relabelled: list[list[LabelledBox]]
    confirmed: list[list[LabelledBox]]


class CorrectionDocument(Document):
    """What a person says is in an image, what the model had said, and what changed."""

    id: str
    model: str
    version: int = Field(description="The model's champion when it was corrected.")
    image: str
    boxes: list[LabelledBox]
    prediction: str | None
    predicted: list[LabelledBox] | None
    changes: ChangesDocument
    author: str
    by: str
    created_at: datetime
    state: CorrectionState
    retrain_job: str | None = Field(description="The retrain that claimed or used it.")
    links: dict[str, str]


class CorrectionList(Document):
    """A page of corrections, newest first."""

    corrections: list[CorrectionDocument]
    next_cursor: str | None


MODEL_ANSWERS: tuple[type[BaseModel], ...] = (
    ModelList, ModelDocument, VersionDetail, ModelHistory, CorrectionReceipt, CorrectionDocument, CorrectionList)
