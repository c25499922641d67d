"""What a retrain is measured against: `val`, `YOLO.train` and `val` with plots, one after the other in one process.

`python -m benchmarks.bare_retrain <folder>`: plan.json there has the weights to start from and the arguments of `train`.
"""

import json
import sys
from pathlib import Path

from jobs.vision.library import YOLO


def main(folder: Path) -> None:
    """Measure the weights, train them, and measure what came of it."""
    plan = json.loads((folder / "plan.json").read_text())
    train = plan["recipe"]
    measure = {name: train[name] for name in ("data", "imgsz", "batch", "device", "project")}
    YOLO(plan["weights"]).val(**measure, workers=0, name="before", plots=False, verbose=False)
    YOLO(plan["weights"]).train(**train)
    best = Path(train["project"], train["name"], "weights", "best.pt")
    YOLO(str(best)).val(**measure, workers=0, name="after", plots=True, verbose=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
