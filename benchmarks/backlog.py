"""What a job costs while 100,000 wait in its queue, beside 10: CPU seconds of the store's client and of the broker together."""

import time
from collections import deque

from benchmarks.goals import Row, report
from benchmarks.measure import cpu_s, interleaved, ratios
from benchmarks.pieces import Pieces, pieces
from jobs.record import new_job_id
from storage.job_store import End, NewJob
from storage.redis_jobs import SCRIPTS, SHARED

ROUNDS, CYCLES, READS, REAPS = 9, 400, 800, 200
FEW, MANY = 10, 100_000
JOB, POLL, REAP = "submit, acquire and end of a job", "poll in the midst of the queue", "round of the reaper"
BATCH = 1000
FILL = """
for _, id in ipairs(ARGV) do create(id, 'test.work', 'cpu', '{"seconds":0}', '{}', 3, '', '') end
"""


class Queue:
    """One store whose queue keeps its length."""

    def __init__(self, stack: Pieces, length: int) -> None:
        self.stack, self.jobs = stack, stack.plant.jobs
        self.waiting = deque(self.fill(length))

    def fill(self, length: int) -> list[str]:
        """Ids of so many queued jobs, made by the scripts' own function."""
        # A rewrite of the log in the midst of a round is not a job's cost; nor is what this script leaves in the interpreter.
        self.stack.valkey.client.config_set("auto-aof-rewrite-percentage", "0")
        ids = [new_job_id() for _ in range(length)]
        shared = "\n".join((SCRIPTS / f"{name}.lua").read_text(encoding="utf-8") for name in SHARED)
        script = self.stack.valkey.client.register_script(shared + FILL)
        for start in range(0, length, BATCH):
            script(args=ids[start:start + BATCH])
        self.stack.valkey.client.script_flush()
        return ids

    def submit(self) -> str:
        new = NewJob(new_job_id(), "test.work", "cpu", {"seconds": 0}, 3, {})
        return self.jobs.submit(new, idempotency_s=86_400, queue_limit=10**9).job.id

    def cycle(self, number: int) -> None:
        """One job more at the end, the first one carried out."""
        for _ in range(number):
            self.waiting.append(self.submit())
            self.stack.valkey.client.rpop("cpu")
            job = self.jobs.acquire(self.waiting.popleft(), worker="w", lease_s=30)
            assert job
            self.jobs.move(job.id, job.fence, End("succeeded", result={}))

    def poll(self, number: int) -> None:
        middle = self.waiting[len(self.waiting) // 2]
        for _ in range(number):
            self.jobs.get(middle)

    def reap(self, number: int) -> None:
        for _ in range(number):
            self.jobs.reap(lease_s=30)

    def cost(self, what: str, number: int) -> float:
        """CPU seconds of this process and the broker."""
        own, broker = time.process_time(), cpu_s(self.stack.broker_pid)
        {JOB: self.cycle, POLL: self.poll, REAP: self.reap}[what](number)
        return time.process_time() - own + cpu_s(self.stack.broker_pid) - broker


def main(small: bool = False) -> bool:
    """Report how much more the long queue costs; gives whether the goals were reached."""
    rounds, many = (2, 200) if small else (ROUNDS, MANY)
    rows, found = [], {}
    with pieces() as first, pieces() as second:
        queues = {FEW: Queue(first, FEW), many: Queue(second, many)}
        for what, number in ((JOB, CYCLES), (POLL, READS), (REAP, REAPS)):
            times = number // 10 if small else number
            arms = {str(n): lambda q=q, w=what, t=times: q.cost(w, t) for n, q in queues.items()}
            interleaved(arms, 1)
            found[what] = interleaved(arms, rounds)
            rows.append(Row(f"{what}, {many:,} waiting", f"{FEW} waiting", tuple(ratios(found[what], str(many), str(FEW))),
                            None if what == REAP else 1.1, unit="x"))
    return report("backlog", rows, cpu_s=found)
