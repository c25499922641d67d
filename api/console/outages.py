"""What is away of all that jobs need, the broker apart: workers, and the way to MLflow, as the workers' reports have it."""

from dataclasses import asdict, dataclass
from typing import Any

from storage.job_store import JobStore

DOWN = "down"  # tracking.health says so


@dataclass(frozen=True, slots=True)
class Outages:
    """workers: the names of those that report. unserved: queues where jobs wait or run, and no worker is. tracking: runs do
    not reach MLflow.
    """

    workers: tuple[str, ...] = ()
    unserved: tuple[str, ...] = ()
    tracking: bool = False

    def document(self) -> dict[str, Any]:
        """What pages are told, ready for JSON."""
        return {name: value for name, value in asdict(self).items() if name != "workers"}


def outages(jobs: JobStore) -> Outages:
    """What is away now. Raises BrokerUnavailable."""
    reports, queues = jobs.workers(), jobs.queues()
    served = {queue for report in reports.values() for queue in report.get("queues", ())}
    needed = (queue for queue, status in queues.items() if status.waiting or status.running)
    tracking = any((report.get("tracking") or {}).get("state") == DOWN for report in reports.values())
    return Outages(tuple(reports), tuple(queue for queue in needed if queue not in served), tracking)
