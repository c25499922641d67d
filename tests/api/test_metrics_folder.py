"""Where the API's processes keep their numbers."""

import subprocess
import sys
from pathlib import Path

import pytest

from api.metrics_folder import metrics_folder, share_metrics
from jobs.settings import load_settings
from tests.api.server import ROOT


def test_apis_on_two_ports_keep_their_numbers_apart(tmp_path: Path) -> None:
    one, two = (metrics_folder(load_settings({"NORIA_HOME": str(tmp_path), "API_PORT": port})) for port in ("8001", "8002"))

    assert one != two
    assert one.is_relative_to(tmp_path)


def test_what_an_earlier_api_counted_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").touch()

    share_metrics(tmp_path / "metrics")

    assert list((tmp_path / "metrics").iterdir()) == []


def test_the_launcher_does_not_import_prometheus_before_the_folder_is_named() -> None:
    done = subprocess.run([sys.executable, "-c", "import sys, api.serve; print('prometheus_client' in sys.modules)"], cwd=ROOT,
                          capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
