"""The documents that the API answers with, as OpenAPI describes them; tests hold real answers against these."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from jobs.kind import Queue
from jobs.lifecycle import Outcome, State
from jobs.record import EventType


class Document(BaseModel):
    """The root: an answer may grow new fields within /v1, so clients ignore what they do not know."""

    model_config = ConfigDict(extra="allow")


class FieldFault(Document):
    """One thing that is wrong, and where."""

    field: str = Field(description="Dotted path, such as `params.horizon`.")
    message: str


class Problem(Document):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str = Field(description="A stable word, such as `invalid_input`.")
    errors: list[FieldFault] = Field([], description="The fields at fault, where fields are.")
    role: str | None = Field(None, description="The role that a key needs for this, where that is what lacks.")


class ProgressDocument(Document):
    """How far a job is."""

    fraction: float = Field(ge=0, le=1)
    stage: str | None
    message: str | None


class AttemptDocument(Document):
    """One time that a worker took the job."""

    attempt: int
    fence: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome | None


class ErrorDocument(Document):
    """Why a job failed."""

    code: str
    message: str
    retryable: bool
    step: str | None


class TrackingDocument(Document):
    """Where MLflow has the job's run; `pending` while something of it has not arrived yet."""

    experiment_id: str | None
    run_id: str | None
    ui_url: str | None
    pending: bool


class JobLinks(Document):
    """Addresses of the job's parts."""

    self: str
    events: str
    cancel: str
    artifacts: str


class JobDocument(Document):
    """A job."""

    id: str
    kind: str
    state: State
    queue: Queue
    progress: ProgressDocument
    params: dict[str, Any]
    labels: dict[str, str]
    result: dict[str, Any] | None = Field(description="What the kind's result schema says; null until the job succeeded.")
    error: ErrorDocument | None
    attempt: int
    max_attempts: int
    queue_position: int | None = Field(description="0 for the next one to start; null unless queued.")
    cancel_requested: bool
    request_id: str
    attempts: list[AttemptDocument]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    tracking: TrackingDocument | None
    links: JobLinks


class JobList(Document):
    """A page of jobs, newest first."""

    jobs: list[JobDocument]
    next_cursor: str | None


class EventDocument(Document):
    """Something that happened to a job."""

    id: str
    type: EventType
    attempt: int
    at: datetime
    data: dict[str, Any]


class EventList(Document):
    """A page of events, oldest first; `next` is what to send as `after`."""

    events: list[EventDocument]
    next: str | None


class EventStream(RootModel[str]):
    """Server-sent events `state`, `progress`, `metric`, `log`, `tracking`; `data`: JSON with `attempt`, `at`, and more."""


class ArtifactDocument(Document):
    """A file that a job published."""

    name: str
    size: int = Field(description="Bytes.")
    sha256: str
    media_type: str
    links: dict[str, str]


class ArtifactList(Document):
    """A job's files."""

    artifacts: list[ArtifactDocument]


class KindDocument(Document):
    """A kind of job, with the JSON Schemas of its params and its result."""

    name: str
    summary: str
    queue: Queue
    time_limit_s: float
    max_attempts: int
    params: dict[str, Any]
    result: dict[str, Any]


class KindList(Document):
    """The catalog."""

    kinds: list[KindDocument]


class DatasetDocument(Document):
    """A data set; `rows` and `profile` are null while it is inspected."""

    id: str
    type: str
    name: str
    sha256: str
    rows: int | None
    profile: dict[str, Any] | None
    company: str | None
    created_at: datetime
    links: dict[str, str]


class DatasetList(Document):
    """A page of data sets, newest first."""

    datasets: list[DatasetDocument]
    next_cursor: str | None


class ImageDocument(Document):
    """An uploaded image; size in pixels and hash are those of the upright one that is kept."""

    id: str
    sha256: str
    width: int
    height: int
    media_type: str
    bytes: int
    created_at: datetime
    links: dict[str, str]


class ImagesReceived(Document):
    """The images of an upload, in its order."""

    images: list[ImageDocument]


class ImageList(ImagesReceived):
    """A page of images, newest first."""

    next_cursor: str | None


class CompanyDocument(Document):
    """A company; `timezone` follows from the country if it was not given."""

    id: str
    nit: str
    name: str
    country: str
    currency: str
    timezone: str
    dataset: str | None


class CompanyList(Document):
    """A page of companies, newest first."""

    companies: list[CompanyDocument]
    next_cursor: str | None


class Liveness(Document):
    """The process answers."""

    status: str
    version: str
    build: str | None = Field(description="Such as a commit; null if none was named.")


class Readiness(Document):
    """What answers; `workers` for callers with a key."""

    status: str
    checks: dict[str, str]
    workers: dict[str, dict[str, Any]] = {}


ANSWERS: tuple[type[BaseModel], ...] = (
    Problem, JobDocument, JobList, EventDocument, EventList, EventStream, ArtifactList, KindList, DatasetDocument, DatasetList,
    ImagesReceived, ImageList, CompanyDocument, CompanyList, Liveness, Readiness)
