"""`make demo`, whole, and its promise to disturb nothing."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from deploy.demo import own_variables
from deploy.environment import MARK, ports
from jobs.settings import load_settings

ROOT = Path(__file__).parents[2]


def test_the_demo_takes_nothing_from_the_callers_environment(tmp_path: Path) -> None:
    callers = {"REDIS_URL": "redis://production:6379/0", "STORAGE_URL": "s3://production/x", "API_KEYS": "a-key", "MLFLOW_TRACKING_URI": "off"}

    settings = load_settings({**callers, **own_variables(tmp_path)})

    assert settings.home == tmp_path
    assert settings.objects_url.startswith("file://")
    assert settings.api_keys == ()
    assert len(ports(settings)) == 4


def test_the_ports_of_a_demo_are_four_different_ones(tmp_path: Path) -> None:
    chosen = own_variables(tmp_path)

    assert len({chosen[name] for name in ("API_PORT", "REDIS_PORT", "MLFLOW_PORT", "FLOWER_PORT")}) == 4


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_demo_works_from_its_start_to_its_end() -> None:
    done = subprocess.run([sys.executable, "-m", "deploy.demo"], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    for part in ("XGBoost", "Prophet", "seasonal naive", "inside the 80 % interval", "/#/experiments/", "Retrains land in", "All of it worked"):
        assert part in done.stdout
    assert list((ROOT / "var" / "demo").glob("store-*.png"))
    assert [p for p in psutil.process_iter() if _home_of(p).startswith("/tmp/noria-demo-")] == []


def _home_of(process: psutil.Process) -> str:
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError):
        return ""
