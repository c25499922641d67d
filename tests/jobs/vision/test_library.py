"""Ultralytics stays at home: it is imported with the network, the package installer and foreign code switched off."""

import json
import os
import pickle
import subprocess
import sys

import pytest

from jobs.errors import InputError
from jobs.vision.library import CONFIG, FONTS, SWITCHES, YOLO, device_for, precision_for, prepare, torch
from jobs.vision.training import ROOT
from tests.jobs.vision.conftest import Trap

SEEN = """
import json
from jobs.vision.library import SETTINGS, CONFIG
from ultralytics import utils
print(json.dumps({
    "online": utils.ONLINE, "autoinstall": utils.AUTOINSTALL, "safe": utils.SAFE_LOAD, "config": str(CONFIG),
    "on": [name for name in ("sync", "mlflow", "clearml", "comet", "dvc", "raytune", "wandb") if SETTINGS[name]]}))
"""


def test_its_switches_are_set_before_it_is_imported(tmp_path, trap: Trap):
    environment = {**os.environ, **trap.environment, "NORIA_HOME": str(tmp_path)}
    environment["PYTHONPATH"] += os.pathsep + str(ROOT)
    environment.pop("YOLO_CONFIG_DIR", None)
    done = subprocess.run([sys.executable, "-c", SEEN], env=environment, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen == {"online": False, "autoinstall": False, "safe": True, "config": str(tmp_path / "yolo"), "on": []}
    assert trap.attempts == []


def test_the_environment_of_this_process_holds_the_switches():
    assert {name: os.environ[name] for name in SWITCHES} == SWITCHES
    assert os.environ["YOLO_CONFIG_DIR"] == str(CONFIG)


def test_the_fonts_that_it_would_download_are_there(tmp_path):
    prepare(tmp_path)
    prepare(tmp_path)
    assert {path.name for path in (tmp_path / "Ultralytics").iterdir()} == set(FONTS)
    assert all((tmp_path / "Ultralytics" / name).stat().st_size > 100_000 for name in FONTS)


class Evil:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_weights_that_hold_code_are_refused_and_the_code_is_not_run(tmp_path):
    evil = Evil()
    evil.mark = tmp_path / "executed"
    torch.save({"model": evil}, tmp_path / "evil.pt")
    with pytest.raises((TypeError, pickle.UnpicklingError)):
        YOLO(str(tmp_path / "evil.pt"))
    assert not evil.mark.exists()


def test_a_device_that_is_named_is_taken_or_found_missing():
    assert device_for("cpu") == "cpu"
    if torch.cuda.is_available():
        assert (device_for("cuda:0"), device_for("auto")) == ("cuda:0", "cuda:0")
    else:
        assert device_for("auto") == "cpu"
        with pytest.raises(InputError, match="finds no such GPU"):
            device_for("cuda:0")


def test_a_cpu_computes_in_full_precision():
    assert precision_for("cpu") is False
