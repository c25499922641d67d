"""One detector, trained for real, that several tests look at. Its classes have hostile names, and the network is a trap."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.digits import Scenes
from jobs.memory_context import MemoryContext
from jobs.vision import train
from jobs.vision.kinds import DetectorParams, DetectorResult
from tests.jobs.vision.scenes import add_scenes

_settings = tempfile.TemporaryDirectory(prefix="noria-yolo-")
os.environ.setdefault("YOLO_CONFIG_DIR", _settings.name)  # before anything imports Ultralytics, which writes there

HOSTILE = {0: "../../x", 1: "a: b\n- c: [", 7: "$\\frac{$ <b>"}

TRAP = """
import os, socket

def _caught(what):
    with open(os.environ["NETWORK_ATTEMPTS"], "a") as f:
        f.write(what + "\\n")
    raise OSError("no network in this test: " + what)

_connect = socket.socket.connect
def connect(self, address):
    return _connect(self, address) if self.family == socket.AF_UNIX else _caught(f"connect {address}")
socket.socket.connect = connect
socket.socket.connect_ex = lambda self, address: _caught(f"connect {address}")
socket.getaddrinfo = lambda *a, **k: _caught(f"getaddrinfo {a}")
socket.gethostbyname = lambda *a: _caught(f"gethostbyname {a}")
"""


@dataclass(frozen=True)
class Trap:
    """Counts what Python processes started with this environment try on the network, and lets none of it through."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lay the trap in a child process."""
        return {"PYTHONPATH": str(self.folder), "NETWORK_ATTEMPTS": str(self.folder / "attempts.txt")}

    @property
    def attempts(self) -> list[str]:
        """What was tried so far."""
        log = self.folder / "attempts.txt"
        return log.read_text().splitlines() if log.exists() else []


@dataclass(frozen=True)
class Trained:
    """A finished training."""

    ctx: MemoryContext
    result: DetectorResult
    attempts: list[str]


def lay_trap(folder: Path) -> Trap:
    """A trap in a folder of its own, proven to catch."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(TRAP)
    trap = Trap(folder)
    code = "import urllib.request; urllib.request.urlopen('http://203.0.113.1:9/')"
    subprocess.run([sys.executable, "-c", code], env=trap.environment, capture_output=True, check=False)
    assert len(trap.attempts) == 1
    (folder / "attempts.txt").unlink()
    return trap


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    """A network trap for child processes."""
    return lay_trap(tmp_path / "trap")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The model `digits`: zeros, ones and sevens, under hostile names."""
    ctx = MemoryContext(scratch=tmp_path_factory.mktemp("trained"))
    trap = lay_trap(ctx.scratch / "trap")
    add_scenes(ctx, ctx.scratch / "scenes", train=150, val=20, scenes=Scenes(0, HOSTILE, HOSTILE))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in trap.environment.items():
            patch.setenv(name, value)
        result = train.run(DetectorParams(dataset="digits", base="tiny11n", epochs=8, image_size=96), ctx)
    return Trained(ctx, result, trap.attempts)
