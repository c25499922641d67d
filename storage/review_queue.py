"""The protocol of the images that people look through for a model: which are to review, in what order, and who has one now.

Part of every job store, since whether an image is corrected is what its corrections say, and changes with them. An image of
the queue is *corrected* while a correction of it counts, else *skipped* if somebody skipped it, else *to review*. The order is
by how sure the model was of it, least first; what it has not looked at yet comes last. Who reviews an image has it to
themselves until they take another, or for as long as a lease; nobody else is given it meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

UNSEEN = 2.0  # sorts what the model has not looked at after all that it has


@dataclass(frozen=True, slots=True)
class Look:
    """What a prediction said of an image: its job and version, how many boxes it found, and how sure it was (0 to 1)."""

    job: str
    version: int
    boxes: int
    sureness: float


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """Images of a model by state; `unseen`: those to review that the model has not looked at."""

    to_review: int
    unseen: int
    corrected: int
    skipped: int


class ReviewQueue(Protocol):
    """See the module. Raises BrokerUnavailable when the store does not answer in time."""

    def put_reviews(self, model: str, looks: Mapping[str, Look | None]) -> int:
        """Put images into a model's queue, or note a new look at them; gives how many were not there before.

        None: it has not been looked at, which leaves an earlier look as it is.
        """
        ...

    def take_review(self, model: str, reviewer: str, *, lease_s: float, after: str | None = None) -> str | None:
        """Give the reviewer the first image to review that nobody else has, for `lease_s`; None if there is none.

        `after`: the image that they leave. It is free again, and if it still is to review the search starts behind it, goes
        on from the beginning, and does not give it again.
        """
        ...

    def hold_review(self, model: str, image: str, reviewer: str, *, lease_s: float) -> str:
        """Give the reviewer this very image unless somebody else has it; gives who has it now."""
        ...

    def skip_review(self, model: str, image: str) -> None:
        """Leave an image out until somebody opens it again."""
        ...

    def reopen_review(self, model: str, image: str) -> None:
        """Skip an image no longer."""
        ...

    def drop_review(self, model: str, image: str) -> None:
        """Forget an image that is not there any more."""
        ...

    def reviews(self, model: str, *, skipped: bool = False, offset: int = 0, limit: int = 50) -> tuple[str, ...]:
        """Images to review in their order, or those that are skipped by id."""
        ...

    def looks(self, model: str, images: Sequence[str]) -> dict[str, Look | None]:
        """The last look at those of these images that are in the queue."""
        ...

    def is_skipped(self, model: str, image: str) -> bool:
        """Whether the image is skipped."""
        ...

    def review_counts(self, model: str) -> ReviewCounts:
        """How far the review of a model is; every image with a correction that counts is corrected."""
        ...

    def begin_look(self, model: str, job_id: str) -> None:
        """Note a prediction whose answer is to order the queue."""
        ...

    def end_look(self, model: str, job_id: str) -> None:
        """Its answer is in, or is not waited for any more."""
        ...

    def looks_under_way(self, model: str) -> tuple[str, ...]:
        """Predictions begun and not ended, by id."""
        ...
