"""Measuring on a machine that is not quiet: interleaved rounds, CPU seconds and memory of whole process trees."""

from collections.abc import Callable, Mapping
from pathlib import Path

import psutil


def interleaved(arms: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each arm measured in each round. All arms take their turn in a round, so that a busy neighbour slows all alike."""
    measured: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(rounds):
        order = list(arms) if number % 2 == 0 else list(reversed(arms))
        for name in order:
            measured[name].append(arms[name]())
    return measured


def ratios(measured: Mapping[str, list[float]], ours: str, theirs: str) -> list[float]:
    """Ours over theirs, round by round."""
    return [a / b for a, b in zip(measured[ours], measured[theirs], strict=True)]


def family(*pids: int) -> list[psutil.Process]:
    """These processes and all that descend from them."""
    roots = [psutil.Process(pid) for pid in pids]
    return [*roots, *(child for root in roots for child in root.children(recursive=True))]


def cpu_s(*pids: int) -> float:
    """CPU seconds that these processes, their descendants, and those of them that ended have taken so far."""
    spent = 0.0
    for process in family(*pids):
        times = process.cpu_times()
        spent += times.user + times.system + times.children_user + times.children_system
    return spent


def private_mb(pid: int) -> float:
    """Memory of one process in MiB, what it shares divided by those who share it (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
