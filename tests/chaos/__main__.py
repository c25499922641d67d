"""`make chaos`: rounds of chaos, each on a stack of its own, until enough jobs and faults are done; exits with 1 for a violation."""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.processes import interrupt_once
from deploy.promises import COUNTS
from tests.chaos.rounds import Report, run_round

ROUND_FAULTS = 100


def main() -> int:
    """Do the rounds, and give the exit code."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2000, help="jobs in all")
    parser.add_argument("--faults", type=int, default=200, help="faults in all")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="of the first round; the others count on")
    parser.add_argument("--minutes", type=float, default=120, help="no more faults after that long")
    parser.add_argument("--folder", type=Path, help="where the rounds work; default: the temporary folder")
    asked = parser.parse_args()
    interrupt_once()  # so that a stack is stopped, whatever ends this
    console, began = Console(), time.monotonic()
    rounds = max(1, -(-asked.faults // ROUND_FAULTS))
    reports: list[Report] = []
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console) as bar:
        row = bar.add_task("faults", total=asked.faults)
        for number in range(rounds):
            seed, before, faults = asked.seed + number, sum(r.faults.total() for r in reports), _share(asked.faults, rounds, number)
            left_s = asked.minutes * 60 - (time.monotonic() - began)
            if left_s < 0:
                break
            report = run_round(seed, jobs=_share(asked.jobs, rounds, number), faults=faults, s3=number % 2 == 1, folder=asked.folder,
                               time_limit_s=left_s, on_step=lambda hit, done, name, b=before: bar.update(
                                   row, completed=b + hit, description=f"{name or '…'} · {done} requests"))
            reports.append(report)
            console.print(str(report), markup=False, soft_wrap=True)
    hits = _summed(r.faults for r in reports)
    broken = sum(len(found) for r in reports for check, found in r.violations.items() if check != "look at")
    record(reports, broken)
    console.print(f"{sum(r.jobs for r in reports)} jobs, {hits.total()} faults, {broken} violations, {time.monotonic() - began:.0f} s")
    return 1 if broken else 0


def record(reports: list[Report], broken: int) -> None:
    """Keep the counts of this run, which docs/promises.md shows."""
    faults, answers = _summed(r.faults for r in reports), _summed(r.answers for r in reports)
    found = {
        "date": datetime.now(UTC).date().isoformat(), "seeds": [r.seed for r in reports], "rounds": len(reports),
        "rounds_on_s3": sum(r.s3 for r in reports), "jobs": sum(r.jobs for r in reports), "corrections": sum(r.corrections for r in reports),
        "succeeded": dict(sorted(_summed(r.kinds for r in reports).items())), "misdeeds": dict(sorted(_summed(r.misdeeds for r in reports).items())),
        "attempts_lost": sum(r.lost_attempts for r in reports), "faults": dict(sorted(faults.items())),
        "answers": dict(sorted(answers.items())), "violations": broken,
        "violated": dict(Counter(check for r in reports for check, found in r.violations.items() for _ in found if check != "look at"))}
    COUNTS.parent.mkdir(exist_ok=True)
    COUNTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _summed(counts: Iterable[Counter[str]]) -> Counter[str]:
    return sum(counts, Counter())


def _share(whole: int, parts: int, number: int) -> int:
    return whole * (number + 1) // parts - whole * number // parts


if __name__ == "__main__":
    raise SystemExit(main())
