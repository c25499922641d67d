"""Every error that Noria raises on purpose.

NoriaError
├── InputError               what was sent cannot be used; `fields` says which part
│   ├── DatasetUnusable      a file that holds no usable data
│   ├── DataError            readable data that a kind cannot work on
│   └── IdempotencyKeyReused the key was sent before with another body
├── NotFound
├── Conflict                 the request does not fit the present state
│   └── NothingToRetrain     no correction waits for the retrain
├── TooLarge
├── Unauthorized
├── Forbidden                the key is valid, and its role does not cover this
├── TooManyRequests          a limit on rate or queue length
├── Unavailable              something that Noria needs does not answer (retryable)
│   ├── BrokerUnavailable
│   ├── StorageUnavailable
│   │   └── StorageFull      too little room is left to take more in
│   └── TrackingUnavailable
└── JobStopped               the job's own end, seen from inside `run()`
    ├── JobCanceled
    ├── LeaseLost
    ├── WorkerStopping       the worker was told to stop: the job is handed back
    ├── TimeLimitExceeded
    └── WorkerLost           every attempt took its worker down with it

`code` is stable and part of the HTTP contract; the message is a sentence that a person can act on.
The HTTP status of each class stands in `api/problems.py`.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong, and where: `field` is a dotted path such as `params.horizon`."""

    field: str
    message: str


class NoriaError(Exception):
    """The root. `retryable` errors of a job are tried again with back-off, up to the kind's `max_attempts`."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong inside Noria"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, fields: tuple[FieldError, ...] = (), retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields
        self.retry_after_s = retry_after_s


class InputError(NoriaError):
    """What was sent cannot be used."""

    code = "invalid_input"
    title = "The input is not valid"


class DatasetUnusable(InputError):
    """A file that holds no usable data; the message and `fields` say why, with row numbers.

    `columns`: those of the file, where it is them that do not fit.
    """

    code = "dataset_unusable"
    title = "The data set cannot be used"

    def __init__(self, message: str, *, fields: tuple[FieldError, ...] = (), columns: tuple[str, ...] = (),
                 retry_after_s: float | None = None) -> None:
        super().__init__(message, fields=fields, retry_after_s=retry_after_s)
        self.columns = columns


class DataError(InputError):
    """Readable data that a kind cannot work on, such as too few periods."""

    code = "data_error"
    title = "The data do not allow this job"


class IdempotencyKeyReused(InputError):
    """The same Idempotency-Key came before with another body."""

    code = "idempotency_key_reused"
    title = "The idempotency key was used for another request"


class NotFound(NoriaError):
    """There is no such thing."""

    code = "not_found"
    title = "Not found"


class Conflict(NoriaError):
    """The request does not fit the present state."""

    code = "conflict"
    title = "The request conflicts with the present state"


class NothingToRetrain(Conflict):
    """No correction of the model waits for the retrain."""

    code = "nothing_to_retrain"
    title = "There is nothing to retrain the model with"


class TooLarge(NoriaError):
    """More bytes, rows or pixels than the settings allow."""

    code = "too_large"
    title = "Too large"


class Unauthorized(NoriaError):
    """No valid key."""

    code = "unauthorized"
    title = "A valid API key is needed"


class Forbidden(NoriaError):
    """A key whose role does not cover the request; `role` is the one that is needed, None where no key would help."""

    code = "forbidden"
    title = "The key may not do this"

    def __init__(self, message: str, *, role: str | None = None, fields: tuple[FieldError, ...] = (),
                 retry_after_s: float | None = None) -> None:
        super().__init__(message, fields=fields, retry_after_s=retry_after_s)
        self.role = role


class TooManyRequests(NoriaError):
    """Over a limit on rate or on the length of a queue."""

    code = "too_many_requests"
    title = "Too many requests"
    retryable = True


class Unavailable(NoriaError):
    """Something that Noria needs does not answer."""

    code = "unavailable"
    title = "Not available just now"
    retryable = True


class BrokerUnavailable(Unavailable):
    """Redis does not answer."""

    code = "broker_unavailable"
    title = "The broker does not answer"


class StorageUnavailable(Unavailable):
    """The object store does not answer, or is full."""

    code = "storage_unavailable"
    title = "The storage does not answer"


class StorageFull(StorageUnavailable):
    """Too little room is left to take more in."""

    code = "storage_full"
    title = "The disk is nearly full"


class TrackingUnavailable(Unavailable):
    """MLflow does not answer, where a job cannot do without it."""

    code = "tracking_unavailable"
    title = "MLflow does not answer"


class JobStopped(NoriaError):
    """The job has to stop; raised at a safe point inside `run()`."""

    code = "stopped"
    title = "The job was stopped"


class JobCanceled(JobStopped):
    """Somebody asked for it."""

    code = "canceled"
    title = "The job was canceled"


class LeaseLost(JobStopped):
    """The job belongs to another worker now; nothing of this run may be published."""

    code = "lease_lost"
    title = "The worker lost its lease"


class WorkerStopping(JobStopped):
    """The worker was told to stop; the job goes back to its queue and the attempt does not count."""

    code = "worker_stopping"
    title = "The worker is stopping"


class TimeLimitExceeded(JobStopped):
    """The job ran longer than its kind allows."""

    code = "time_limit_exceeded"
    title = "The job ran too long"


class WorkerLost(JobStopped):
    """Every attempt ended with its worker gone (killed, out of memory, crashed)."""

    code = "worker_lost"
    title = "The worker was lost"
