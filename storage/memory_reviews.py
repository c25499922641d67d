"""The review queue in memory: a part of MemoryJobStore, whose corrections tell it which images have one."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from storage.review_queue import UNSEEN, Look, ReviewCounts


@dataclass
class _Queue:
    """What is known of one model's queue. Who holds an image stands with the time at which that ends."""

    images: dict[str, Look | None] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    holders: dict[str, tuple[str, float]] = field(default_factory=dict)
    looking: set[str] = field(default_factory=set)


class MemoryReviews:
    """See ReviewQueue."""

    _lock: threading.RLock

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    def _now(self) -> int:
        raise TypeError("MemoryJobStore has the clock")

    def _corrected(self, model: str) -> Mapping[str, str]:
        raise TypeError("MemoryRetrains has the corrections")

    def put_reviews(self, model: str, looks: Mapping[str, Look | None]) -> int:
        """See ReviewQueue."""
        with self._lock:
            known = self._queue(model).images
            fresh = len(looks.keys() - known.keys())
            for image, look in looks.items():
                known[image] = look or known.get(image)
            return fresh

    def take_review(self, model: str, reviewer: str, *, lease_s: float, after: str | None = None) -> str | None:
        """See ReviewQueue."""
        with self._lock:
            order = self._order(model)
            place = order.index(after) if after in order else -1
            if after and self._holder(model, after) == reviewer:
                del self._queue(model).holders[after]
            for image in [*order[place + 1:], *order[:max(place, 0)]]:
                if self.hold_review(model, image, reviewer, lease_s=lease_s) == reviewer:
                    return image
            return None

    def hold_review(self, model: str, image: str, reviewer: str, *, lease_s: float) -> str:
        """See ReviewQueue."""
        with self._lock:
            holder = self._holder(model, image) or reviewer
            if holder == reviewer:
                self._queue(model).holders[image] = (reviewer, self._now() + lease_s * 1000)
            return holder

    def skip_review(self, model: str, image: str) -> None:
        """See ReviewQueue."""
        with self._lock:
            self._queue(model).images.setdefault(image, None)
            self._queue(model).skipped.add(image)

    def reopen_review(self, model: str, image: str) -> None:
        """See ReviewQueue."""
        with self._lock:
            self._queue(model).skipped.discard(image)

    def drop_review(self, model: str, image: str) -> None:
        """See ReviewQueue."""
        with self._lock:
            queue = self._queue(model)
            queue.images.pop(image, None)
            queue.holders.pop(image, None)
            queue.skipped.discard(image)

    def reviews(self, model: str, *, skipped: bool = False, offset: int = 0, limit: int = 50) -> tuple[str, ...]:
        """See ReviewQueue."""
        with self._lock:
            found = sorted(self._queue(model).skipped) if skipped else self._order(model)
            return tuple(found[offset:offset + limit])

    def looks(self, model: str, images: Sequence[str]) -> dict[str, Look | None]:
        """See ReviewQueue."""
        with self._lock:
            known = self._queue(model).images
            return {image: known[image] for image in images if image in known}

    def is_skipped(self, model: str, image: str) -> bool:
        """See ReviewQueue."""
        with self._lock:
            return image in self._queue(model).skipped

    def review_counts(self, model: str) -> ReviewCounts:
        """See ReviewQueue."""
        with self._lock:
            order, queue = self._order(model), self._queue(model)
            return ReviewCounts(len(order), sum(queue.images[image] is None for image in order), len(self._corrected(model)),
                                len(queue.skipped))

    def begin_look(self, model: str, job_id: str) -> None:
        """See ReviewQueue."""
        with self._lock:
            self._queue(model).looking.add(job_id)

    def end_look(self, model: str, job_id: str) -> None:
        """See ReviewQueue."""
        with self._lock:
            self._queue(model).looking.discard(job_id)

    def looks_under_way(self, model: str) -> tuple[str, ...]:
        """See ReviewQueue."""
        with self._lock:
            return tuple(sorted(self._queue(model).looking))

    def _forget_reviews(self, model: str) -> None:
        self._queues.pop(model, None)

    def _queue(self, model: str) -> _Queue:
        return self._queues.setdefault(model, _Queue())

    def _order(self, model: str) -> list[str]:
        queue, corrected = self._queue(model), self._corrected(model)
        left = ((look.sureness if look else UNSEEN, image) for image, look in queue.images.items()
                if image not in corrected and image not in queue.skipped)
        return [image for _, image in sorted(left)]

    def _holder(self, model: str, image: str) -> str | None:
        holder, until = self._queue(model).holders.get(image, ("", 0.0))
        return holder if holder and until > self._now() else None
