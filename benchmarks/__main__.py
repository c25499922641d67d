"""`python -m benchmarks [NAME …]`: all benchmarks, or those named, one after the other. Exits with 1 if one misses a goal."""

import sys
from importlib import import_module

NAMES = ("submit", "forecast", "forecast_shapes", "forecast_parts", "forecast_scale", "inventory", "predict", "vision")

if __name__ == "__main__":
    if unknown := set(sys.argv[1:]) - set(NAMES):
        raise SystemExit(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}.")
    missed = [name for name in sys.argv[1:] or NAMES if not import_module(f"benchmarks.{name}").main()]
    if missed:
        raise SystemExit(f"Goals were missed by: {', '.join(missed)}.")
