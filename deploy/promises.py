"""What Noria promises, each with the tests that try to break it and the counts of their last long run: docs/promises.md.

`make chaos` writes those counts to docs/proofs/chaos.json, which is committed.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNTS = Path(__file__).resolve().parents[1] / "docs" / "proofs" / "chaos.json"


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence, the tests that try to break it (files below the root), and what they look at in the end."""

    sentence: str
    tests: tuple[str, ...]
    judged_by: str


PROMISES = (
    Promise("A job that was accepted ends, whatever dies on the way.",
            ("tests/chaos/test_chaos.py", "tests/workers/test_app.py"),
            "every id that a client was given is there and has ended; no job does wrong for the faults of others"),
    Promise("A submit that is sent again under its Idempotency-Key makes no second job.",
            ("tests/chaos/test_chaos.py", "tests/storage/test_job_store.py"),
            "one job for each key, and no job that no client was told of"),
    Promise("A job's result, artifacts and models are published once, and are those of one run.",
            ("tests/chaos/test_chaos.py", "tests/storage/test_job_machine.py", "tests/workers/test_publication.py"),
            "the token in the result is that of the artifact, of the model and of one line of a ledger outside of Redis"),
    Promise("What a job does outside of Noria may happen once more for each attempt that was lost, and not otherwise.",
            ("tests/chaos/test_chaos.py", "tests/workers/test_app.py"),
            "no more lines in the ledger than attempts of the job"),
    Promise("A correction that was accepted is kept, and one retrain that succeeded learned from it.",
            ("tests/chaos/test_chaos.py", "tests/storage/test_retrain_queue.py", "tests/workers/test_retrain.py"),
            "what the retrains say they learned from, the store's standing and the documents agree"),
    Promise("The run of an ended job is whole in MLflow once MLflow is back.",
            ("tests/chaos/test_chaos.py", "tests/tracking/test_shipper.py"),
            "one run for each job, ended as the job did, with all its metrics and params. Where the disk has no room for over "
            "30 s, a process that dies meanwhile takes its run along"),
    Promise("A job that eats memory, crashes its process or ignores its cancel ends, and holds up nobody.",
            ("tests/chaos/test_chaos.py", "tests/workers/test_app.py"),
            "its state and error code; the jobs beside it succeed"),
    Promise("No process, lease, message, key, lock or temporary file is left behind.",
            ("tests/chaos/test_chaos.py", "tests/deploy/test_stack.py", "tests/tracking/test_spool.py"),
            "Redis keys are those of the key map; scratch and spool are empty; no process has the stack's mark"),
    Promise("A request is answered yes, or no with a reason (429, 503), or its connection fails; sent again under its "
            "Idempotency-Key it is then done once, whatever part of Noria was killed or restarted under it.",
            ("tests/chaos/test_chaos.py", "tests/api/test_serve.py"),
            "every submit is sent until it is accepted; any other answer, or one without a code, counts as a violation"),
    Promise("A restart of the API in order (SIGTERM) answers every request that it began; connections that it cuts off or "
            "refuses meanwhile had no effect.",
            ("tests/api/test_serve.py",),
            "submits without a pause over three restarts: none that was cut off had made its job; open streams and long polls "
            "get whole answers"),
    Promise("No order of calls brings a job into a state that the rules do not have.",
            ("tests/storage/test_job_machine.py",),
            "a model of the states, beside the stores in memory and on Valkey, after each call that Hypothesis chose"),
    Promise("What `make backup` took, `make restore` brings back.",
            ("tests/deploy/test_backup_targets.py",),
            "jobs, models, data and runs of a restored installation, which goes on predicting"),
    Promise("One id leads through the log lines of every part that worked for a request.",
            ("tests/deploy/test_stack.py",),
            "the lines of API, worker, training process and sender of callbacks"),
)

ELSEWHERE = (
    ("compose.yaml", "validated", "against Compose's schema and supervisord.conf; not started"),
    ("CUDA", "untested", "no GPU; lanes, slots and devices are tested on the CPU"),
    ("power loss", "untested", "processes are killed; the kernel's caches stay. AOF is synced once a second: one may be lost"),
    ("real S3", "untested", "moto's server, behind a proxy that answers errors, answers late or hangs up"),
    ("the machine's memory running out", "untested", "a job's process gets a limit, and processes are killed as by the kernel"),
    ("clocks of several machines", "untested", "the broker's clock alone judges leases; their ends are put into the past"),
)


def promise_lines(promise: Promise) -> str:
    """A promise as an entry of a list."""
    tests = ", ".join(f"[{test}](../{test})" for test in promise.tests)
    return f"**{promise.sentence}**\n   Looked at: {promise.judged_by}. Tests: {tests}."


def last_run(found: dict[str, Any]) -> str:
    """A paragraph on the counts of a run."""
    answers = ", ".join(f"{n:,} × {status}" for status, n in found["answers"].items())
    which = "".join(f" ({check}: {n})" for check, n in found["violated"].items())
    return (f"{found['date']}: {found['rounds']} rounds ({found['rounds_on_s3']} of them on an S3 server), seeds "
            f"{', '.join(map(str, found['seeds']))}; {found['jobs']:,} jobs, {found['corrections']:,} corrections, "
            f"{sum(found['faults'].values()):,} faults, {found['attempts_lost']:,} attempts lost to them; "
            f"**{found['violations']:,} violations**{which}. Answers to the clients: {answers}.")


def counts() -> dict[str, Any]:
    """What the last `make chaos` counted."""
    found: dict[str, Any] = json.loads(COUNTS.read_text(encoding="utf-8"))
    return found
