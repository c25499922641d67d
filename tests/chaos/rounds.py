"""One round: a stack, its load, its faults, and the checks at the end."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import redis

from api.client import Client
from jobs.errors import Conflict, NoriaError, Unavailable
from tests.chaos.checks import CHECKS, Books
from tests.chaos.faults import Injector
from tests.chaos.load import MODEL, Load, Wish, correction_wishes, make_wishes, upload_images
from tests.chaos.patience import Stuck
from tests.chaos.real import prepare
from tests.chaos.stack import ChaosStack

PAUSE_S = 1.0
STUCK_S = 420.0  # that long without any of what is waited for coming nearer


@dataclass
class Report:
    """What a round did and found. `kinds`: succeeded jobs of each; `misdeeds`: jobs by what they did wrong themselves;
    `violations` by the name of the check."""

    seed: int
    s3: bool
    jobs: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    violations: dict[str, list[str]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    misdeeds: Counter[str] = field(default_factory=Counter)
    corrections: int = 0
    lost_attempts: int = 0
    seconds: float = 0.0
    mounted: bool = False

    def __str__(self) -> str:
        lines = [(f"seed {self.seed}{', S3' if self.s3 else ''}: {self.jobs} jobs (succeeded: {dict(self.kinds)}; wrong: "
                  f"{dict(self.misdeeds)}), {self.corrections} corrections, {self.faults.total()} faults {dict(self.faults)}, "
                  f"{self.lost_attempts} attempts lost to them, {self.seconds:.0f} s; answers {dict(self.answers)}")]
        lines += [f"  {check}: {what}" for check, found in self.violations.items() for what in found[:20]]
        return "\n".join(lines)


def run_round(seed: int, *, jobs: int, faults: int, s3: bool, real: bool = True, folder: Path | None = None,
              time_limit_s: float = 3600, on_step: Callable[[int, int, str], None] = lambda *_: None) -> Report:
    """Start a stack, break it `faults` times under `jobs` jobs, let it come to rest, and check its books.

    `real`: trainings and predictions are among the jobs. What is left of a round without a violation is removed; of another
    one its folder stays, and the report names it. `on_step(faults, accepted, name)` is told of each fault.
    `time_limit_s` after the stack is ready no more faults are done.
    """
    began = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix=f"chaos-{seed}-", dir=folder)) / "home"
    stack = ChaosStack(home, s3=s3)
    report = Report(seed, s3, mounted=bool(stack.mounts))
    try:
        stack.start()
        _break(stack, report, _prepare(stack, report, jobs, real), faults, time_limit_s, on_step)
        books = Books(stack)
        _learn_from_the_rest(books)
        _check(books, report)
    except (AssertionError, NoriaError, OSError, redis.RedisError) as e:
        report.violations.setdefault("the round", []).append(repr(e))
    finally:
        left = stack.stop()
    if left:
        report.violations["no orphan"] = [f"process {p.pid} is left: {p}" for p in left]
    report.seconds = time.monotonic() - began
    if report.violations:
        stack.keep()
        report.violations.setdefault("look at", []).append(f"{home} (logs/), {stack.ledger.path}")
    else:
        stack.clear()
        home.parent.rmdir()
    return report


def _prepare(stack: ChaosStack, report: Report, jobs: int, real: bool) -> list[Wish]:
    """All that clients will ask for, once what they need for it is there."""
    client = Client(stack.api)
    first = {"number": -1, "seconds": 0, "ledger": str(stack.ledger.path), "model": MODEL}
    made = client.wait(client.submit("chaos.model", first, idempotency_key="learner")["id"])
    assert made["state"] == "succeeded", made["error"]
    stack.ledger.write("accepted", id=made["id"], key="learner")
    wishes = make_wishes(report.seed, jobs, stack.ledger.path, prepare(client, stack.home, stack.ledger) if real else None)
    images = upload_images(stack, max(6, jobs // 20))
    step = max(1, len(wishes) // len(images))
    for n, correction in enumerate(correction_wishes(images, report.seed)):
        wishes.insert(n * (step + 1), correction)
    report.corrections = len(images)
    return wishes


def _break(stack: ChaosStack, report: Report, wishes: list[Wish], faults: int, time_limit_s: float,
           on_step: Callable[[int, int, str], None]) -> None:
    load, injector = Load(stack, wishes, report.seed), Injector(stack, report.seed)
    load.start()
    let, until = 0, time.monotonic() + time_limit_s
    while injector.hits.total() < faults and time.monotonic() < until:
        due = len(wishes) * (injector.hits.total() + 1) // faults
        load.let(due - let)
        let = due
        time.sleep(injector.random.uniform(0.2, PAUSE_S))
        name = injector.inject()
        on_step(injector.hits.total(), load.done, name)
    injector.heal()
    load.join(STUCK_S)
    report.faults, report.answers = injector.hits, load.answers
    if load.faults:
        report.violations["requests"] = load.faults


def _learn_from_the_rest(books: Books) -> None:
    """Retrains are started until no correction waits: fewer than the threshold start none by themselves."""
    books.stack.wait_until_ready(STUCK_S)
    jobs, stuck = books.services.jobs, Stuck(STUCK_S)
    while (status := jobs.retrain_status(MODEL)).pending or status.under_way or jobs.unsettled_corrections(older_than_s=0).arriving:
        assert not stuck.at(status.pending + len(status.under_way)), f"in {STUCK_S:.0f} s no correction was learned from: {status}"
        if status.pending and not status.under_way:
            with suppress(Conflict, Unavailable):
                books.client.submit("chaos.retrain", {"model": MODEL})
        time.sleep(0.5)


def _check(books: Books, report: Report) -> None:
    if found := books.settle():
        report.violations["comes to rest"] = found
    books.read()
    report.jobs = len(books.jobs)
    report.kinds = Counter(job["kind"] for job in books.jobs.values() if job["state"] == "succeeded")
    report.misdeeds = Counter(job["params"]["how"] for job in books.of("chaos.bad"))
    report.lost_attempts = sum(a["outcome"] == "lost" for job in books.jobs.values() for a in job["attempts"])
    for name, check in CHECKS.items():
        try:
            found = check(books)
        except Exception as e:  # whatever it met, the other checks are made
            found = [f"the check itself failed: {e!r}"]
        if found:
            report.violations[name] = found

