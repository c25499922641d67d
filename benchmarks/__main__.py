"""`python -m benchmarks [--small] [NAME …]`: all benchmarks, or those named, in turn. Exits with 1 if one misses a goal.

Each has a process of its own, so that none finds what another left. `--small` runs those of QUICK in seconds, to see that they
run; its figures say nothing.
"""

import subprocess
import sys
from importlib import import_module

QUICK = ("submit", "http", "history", "round_trip", "waiters", "memory", "job_memory", "backlog")
NAMES = (*QUICK, "startup", "overhead", "forecast", "forecast_shapes", "forecast_parts", "forecast_scale", "inventory",
         "predict", "vision", "vision_retrain")


def main(arguments: list[str]) -> None:
    """Run what the arguments name. Raises SystemExit for a name that there is not, and for missed goals."""
    small = "--small" in arguments
    named = [name for name in arguments if name != "--small"]
    known = QUICK if small else NAMES
    if unknown := set(named) - set(known):
        raise SystemExit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(known)}.")
    if len(named) == 1:
        reached = import_module(f"benchmarks.{named[0]}").main(**({"small": True} if small else {}))
        raise SystemExit(0 if reached or small else f"A goal was missed by {named[0]}.")
    size = ["--small"] if small else []
    failed = [name for name in named or known
              if subprocess.run([sys.executable, "-m", "benchmarks", *size, name], check=False).returncode]
    if failed:
        raise SystemExit(f"Goals were missed, or no end was reached, by: {', '.join(failed)}.")


if __name__ == "__main__":
    main(sys.argv[1:])
