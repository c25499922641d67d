"""What an ended job that did nothing takes in Redis, and what is left of it once its time is over."""

from benchmarks.goals import Row, report
from benchmarks.pieces import Pieces, pieces
from jobs.record import new_job_id
from storage.job_store import NewJob
from tests.services import wait_until

JOBS, WARM_UP = 1000, 100
NOT_OF_JOBS = {b"noria:leader:archive", b"noria:sequence"}


def run_jobs(stack: Pieces, number: int) -> None:
    """Have so many jobs carried out and archived."""
    new = [NewJob(new_job_id(), "test.noop", "cpu.fast", {"value": 7}, 3, {}) for _ in range(number)]
    ids = [stack.plant.jobs.submit(job, idempotency_s=86_400, queue_limit=10**9).job.id for job in new]
    stack.plant.wait_for_end(ids[-1], timeout_s=300)
    wait_until(lambda: not stack.valkey.client.zcard("noria:unarchived"), timeout_s=300, what="all being archived")


def used(stack: Pieces) -> int:
    """Bytes that Redis holds for data."""
    return int(stack.valkey.client.info("memory")["used_memory_dataset"])


def forget(stack: Pieces) -> None:
    """Let the time of all ended jobs be over."""
    while stack.plant.jobs.drop_expired(retention_s=0):
        pass


def main(small: bool = False) -> bool:
    """Report KiB a job, and what is left; gives whether the goals were reached."""
    number = 100 if small else JOBS
    with pieces("cpu.fast") as stack:
        run_jobs(stack, 20 if small else WARM_UP)
        forget(stack)
        before, names = used(stack), set(stack.valkey.client.keys("noria:*"))
        run_jobs(stack, number)
        held = (used(stack) - before) / number / 1024
        forget(stack)
        left = set(stack.valkey.client.keys("noria:*")) - names - NOT_OF_JOBS
        left_kib = max(0.0, (used(stack) - before) / number / 1024)
    rows = [Row("Redis memory of an ended no-op job", "", (held,), 4.0, unit=" KiB"),
            Row("keys left after its time", "", (float(len(left)),), 0.0),
            Row("memory left after its time, a job", "", (left_kib,), None, unit=" KiB")]
    return report("job_memory", rows, keys_left=sorted(k.decode() for k in left))
