"""Who works on what: the queues, the workers that serve them, and what each of them runs."""

from dataclasses import dataclass

from jobs.kind import QUEUES, Queue
from jobs.record import Job
from storage.job_store import JobStore
from storage.queues import QueueStatus

RUNNING_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Lane:
    """A queue with the names of the workers that serve it."""

    queue: Queue
    status: QueueStatus
    workers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """A worker: its queues, its slots, and the jobs that it runs now."""

    name: str
    queues: tuple[str, ...]
    slots: int
    jobs: tuple[Job, ...]

    @property
    def free(self) -> int:
        """Slots without a job."""
        return max(0, self.slots - len(self.jobs))


@dataclass(frozen=True, slots=True)
class Desk:
    """All of it. Running jobs past the newest hundred are counted in their lane, and not shown with their worker."""

    lanes: tuple[Lane, ...]
    benches: tuple[Bench, ...]

    @property
    def waiting(self) -> int:
        """Jobs that wait, in all queues."""
        return sum(lane.status.waiting for lane in self.lanes)

    @property
    def running(self) -> int:
        """Jobs that run."""
        return sum(lane.status.running for lane in self.lanes)

    @property
    def oldest_s(self) -> float:
        """Seconds that the longest waiting job has waited; 0 where none waits."""
        return max(lane.status.oldest_s for lane in self.lanes)

    @property
    def slots(self) -> int:
        """Slots of all workers."""
        return sum(bench.slots for bench in self.benches)

    @property
    def free(self) -> int:
        """Slots without a job, of all workers."""
        return sum(bench.free for bench in self.benches)


def lanes(jobs: JobStore) -> tuple[Lane, ...]:
    """Every queue as it stands now. Raises BrokerUnavailable."""
    status, health = jobs.queues(), jobs.workers()
    return tuple(Lane(queue, status.get(queue, QueueStatus(0, 0)),
                      tuple(name for name, found in health.items() if queue in found.get("queues", ()))) for queue in QUEUES)


def lane_of(jobs: JobStore, queue: Queue) -> Lane:
    """One queue as it stands now. Raises BrokerUnavailable."""
    return next(lane for lane in lanes(jobs) if lane.queue == queue)


def desk(jobs: JobStore) -> Desk:
    """The queues and workers as they stand now. Raises BrokerUnavailable."""
    found, health = lanes(jobs), jobs.workers()
    running = jobs.page(state="running", limit=RUNNING_SHOWN).jobs if any(lane.status.running for lane in found) else ()
    by_worker: dict[str, list[Job]] = {}
    for job in running:
        by_worker.setdefault(job.attempts[-1].worker if job.attempts else "", []).append(job)
    benches = tuple(Bench(name, tuple(report.get("queues", ())), int(report.get("slots", 1)), tuple(by_worker.get(name, ())))
                    for name, report in health.items())
    return Desk(found, benches)
