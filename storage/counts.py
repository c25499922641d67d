"""What happened to jobs since ever, counted by the job store itself, so that no process that dies takes its numbers along.

    attempts|{kind}          runs begun
    lost|{kind}              runs whose lease ran out
    ended|{kind}|{state}     jobs ended
    runs|{kind}|{class}      runs ended, by the least bound in seconds (or +Inf) that their time does not exceed
    run_ms|{kind}            the time of all of them
"""

from dataclasses import dataclass, field

CLASSES = ("0.1", "1", "5", "30", "60", "300", "1800", "3600", "14400", "+Inf")


@dataclass(slots=True)
class KindCounts:
    """The counts of one kind."""

    attempts: int = 0
    lost: int = 0
    run_ms: int = 0
    ended: dict[str, int] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)

    def cumulative(self) -> list[tuple[str, float]]:
        """Each bound in seconds and how many runs took no longer, as Prometheus' histograms have it."""
        total, found = 0, []
        for bound in CLASSES:
            total += self.runs.get(bound, 0)
            found.append((bound, float(total)))
        return found


def run_class(run_ms: float) -> str:
    """The class of a run that took `run_ms` milliseconds."""
    return next(bound for bound in CLASSES if run_ms <= float(bound) * 1000)


def by_kind(counts: dict[str, int]) -> dict[str, KindCounts]:
    """The store's counts, by kind."""
    found: dict[str, KindCounts] = {}
    for name, number in sorted(counts.items()):
        what, kind, *rest = name.split("|")
        one = found.setdefault(kind, KindCounts())
        match what:
            case "attempts" | "lost" | "run_ms":
                setattr(one, what, number)
            case "ended" | "runs":
                getattr(one, what)[rest[0]] = number
    return found
