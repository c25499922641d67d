"""How long `make up` takes until all answers, in a home that was used before: reported by part, MLflow and Flower apart."""

import os
import re
import subprocess
import sys
import tempfile

from benchmarks.goals import Row, report
from deploy.environment import ROOT
from tests.services import free_port

ROUNDS = 3
OF_OTHERS = ("MLflow", "Flower")
LINE = re.compile(r"✓ (.+?)\s+(\d+) s")


def stack(command: str, environment: dict[str, str]) -> str:
    """Run `deploy.stack`; gives what it printed."""
    done = subprocess.run([sys.executable, "-m", "deploy.stack", command], cwd=ROOT, env={**os.environ, **environment},
                          capture_output=True, text=True, check=True)
    return done.stdout


def main() -> bool:
    """Report the seconds; gives whether our own parts kept the goal."""
    with tempfile.TemporaryDirectory() as home:
        ports = {name: str(free_port()) for name in ("API_PORT", "REDIS_PORT", "MLFLOW_PORT", "FLOWER_PORT")}
        environment = {"NORIA_HOME": home, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "REDIS_URL": "", "MLFLOW_TRACKING_URI": "",
                       **ports}
        found: dict[str, list[float]] = {}
        try:
            for round_number in range(ROUNDS + 1):
                printed = stack("up", environment)
                stack("down", environment)
                for part, seconds in LINE.findall(printed) if round_number else ():
                    found.setdefault(part, []).append(float(seconds))
        finally:
            stack("down", environment)
    own = [seconds for part, seconds in found.items() if not part.startswith(OF_OTHERS)]
    rows = [Row("start, our own parts", "", tuple(map(max, zip(*own, strict=True))), 15.0, unit=" s"),
            *(Row(f"start: {part}", "", tuple(seconds), None, unit=" s") for part, seconds in found.items())]
    return report("startup", rows)
