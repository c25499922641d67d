"""The runner: names, and that quick benchmarks run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from deploy.environment import ROOT


def test_a_name_that_is_no_benchmark_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SystemExit, match="no benchmark speed; there are submit, "):
        main(["speed"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["submit", "http", "round_trip", "backlog"])
def test_a_quick_benchmark_runs_in_its_small_form(name: str, tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "benchmarks", "--small", name], cwd=ROOT, capture_output=True, text=True, check=False,
                          env={**os.environ, "NORIA_HOME": str(tmp_path)})

    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "bench" / f"{name}.json").read_text())["rows"]
    assert rows
    assert all(value > 0 for row in rows for value in row["values"] if row["goal"])
