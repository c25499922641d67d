"""The protocol of deliveries that are owed: a job with a `callback_url` has come to an end, and its receiver is not told yet.

Part of every job store, since a job's end and what is owed for it are written together or not at all. A delivery is taken for the
time of a lease; one whose taker was killed is given out again when the lease is over, under the same id.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from jobs.record import Job


@dataclass(frozen=True, slots=True)
class Delivery:
    """One end of one job, to be told. `id` is the same for every try, and another for each end of a retried job.

    `job`: as it stood at that end, whatever became of it since. `tries`: how many were begun, this one included.
    """

    id: str
    job: Job
    tries: int


class CallbackQueue(Protocol):
    """What is owed to receivers of callbacks."""

    def take_callbacks(self, limit: int, *, lease_s: float) -> tuple[Delivery, ...]:
        """Deliveries that are due, the longest due first. Nobody else is given them for `lease_s`; each one's tries go up."""
        ...

    def settle_callback(self, delivery: Delivery, said: dict[str, Any], *, again_s: float | None) -> bool:
        """Note how a try went: `said` becomes a `log` event of the job, if that is there still.

        again_s: seconds to the next try; None if there is none. False, and nothing is noted, if it was settled before.
        """
        ...

    def callbacks_owed(self) -> int:
        """Deliveries that are not settled."""
        ...
