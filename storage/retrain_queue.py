"""The protocol of corrections that wait for a retrain, and of the one retrain of a model that claims them.

Part of every job store, since a correction, the job that it starts and the claim of that job change together or not at all.
A correction is *pending*; the retrain of its model claims all that are pending when it starts; they are *used* when it
succeeds, and pending again when it fails for good, is canceled, or has to try again. A retrain that only lost its worker
keeps its claim. Of the retrains of one model one runs at a time; the others wait, without counting an attempt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

from jobs.kind import Queue

CorrectionState = Literal["pending", "claimed", "used"]
CORRECTION_STATES: tuple[CorrectionState, ...] = get_args(CorrectionState)
NOTHING = "No correction of the model waits, so there is nothing to retrain it with. Upload corrections first."
CANCELED = "The retrain was canceled."


@dataclass(frozen=True, slots=True)
class RetrainPlan:
    """How the retrain of a model is submitted, and how many pending corrections start it."""

    kind: str
    queue: Queue
    params: dict[str, Any]
    max_attempts: int
    threshold: int


@dataclass(frozen=True, slots=True)
class CorrectionRef:
    """What the store knows of a correction; its document is in the object store. `at` is epoch milliseconds."""

    id: str
    model: str
    image: str
    at: int


@dataclass(frozen=True, slots=True)
class Added:
    """What an added correction did. `counts` is False if a newer one of its image counts instead."""

    counts: bool
    pending: int
    retrain_job: str | None = None
    replaced: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a correction stands, and the retrain that claimed or used it."""

    state: CorrectionState
    job: str | None


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Corrections whose document and entry here may disagree: `arriving` without an entry, `superseded` without a mark."""

    arriving: tuple[str, ...]
    superseded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RetrainStatus:
    """A model's corrections and retrains. `blocked`: reason, job and at of the one that failed, until one succeeds."""

    pending: int
    under_way: tuple[str, ...]
    active: str | None
    blocked: dict[str, Any] | None


def correction_collection(model: str | None = None, state: CorrectionState | None = None) -> str:
    """Name of the index (see DocumentIndex) that lists the corrections of a model, in a state, or all."""
    parts = ["corrections", *(("model", model) if model else ()), *((state,) if model and state else ())]
    return ":".join(parts if model or not state else ["corrections", "state", state])


class RetrainQueue(Protocol):
    """See the module. Raises BrokerUnavailable when the store does not answer in time."""

    def announce_correction(self, correction_id: str) -> None:
        """Note that a correction's document is about to be written; `add_correction` takes the note away."""
        ...

    def add_correction(self, correction: CorrectionRef, plan: RetrainPlan, *, retrain_id: str, request_id: str = "",
                       late: bool = False, seen: str | None = None) -> Added:
        """Make a correction pending, in place of a pending one of its image, and start the retrain that is due.

        The retrain gets the id `retrain_id`; it is due when `plan.threshold` are pending and none of the model is under
        way. `late`: the correction arrived earlier than it is added, so a newer one of its image counts. `seen`: what
        `newest_correction` gave when the client looked, '' for none; if it is another by now, that one counts and stays.
        """
        ...

    def restore_correction(self, correction: CorrectionRef, *, used_by: str | None) -> bool:
        """Put a correction back as pending or used (reindex); False if it is known or a newer one counts. Starts nothing."""
        ...

    def forget_corrections(self, model: str) -> None:
        """Forget every correction of a model that is taken away, and how it was retrained."""
        ...

    def withdraw_correction(self, correction_id: str) -> CorrectionState | None:
        """Forget a pending correction. Gives the state that it was in, None for one that is not known."""
        ...

    def correction_standings(self, ids: Sequence[str]) -> dict[str, Standing]:
        """Where corrections stand, by id; those that are not known are left out."""
        ...

    def newest_correction(self, model: str, image: str) -> str | None:
        """The model's correction of an image that counts, pending or not; None if there is none."""
        ...

    def unsettled_corrections(self, *, older_than_s: float, limit: int = 100) -> Unsettled:
        """Corrections announced that long ago and not added, and those whose document must be told that they do not count."""
        ...

    def settle_correction(self, correction_id: str) -> None:
        """Take a correction off what `unsettled_corrections` gives."""
        ...

    def claimed_corrections(self, job_id: str) -> tuple[str, ...]:
        """The corrections that a retrain has claimed, oldest first; none before it starts and after it ended."""
        ...

    def retrain_status(self, model: str) -> RetrainStatus:
        """A model's corrections and retrains."""
        ...
