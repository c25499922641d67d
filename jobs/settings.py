"""Every setting, with its type, unit, default and meaning; the only reader of the environment.

`$NORIA_HOME/settings.env` (lines of NAME=value) stands over the environment and is read again by every
`load_settings()`, so a change there holds from the next job on without a restart.
"""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from jobs.callbacks import parse_origin
from jobs.errors import FieldError, InputError


def _words(value: Any) -> Any:
    return tuple(w for w in value.replace(",", " ").split() if w) if isinstance(value, str) else value


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64  # what the Standard Webhooks specification asks for
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
Port = Annotated[int, Field(ge=1, le=65535)]
OptionalPort = Annotated[Port | None, BeforeValidator(_empty_is_none)]


class Settings(BaseModel):
    """One reading of the settings. The environment variable of a field is its name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    noria_home: Path = Field(Path("var"), description="Data folder: objects, spool, logs, the embedded servers' files.")
    api_host: str = Field("127.0.0.1", description="Address the API listens on. Anything but loopback needs API_KEYS.")
    api_port: Port = Field(8000, description="Port of the API.")
    api_processes: int = Field(2, ge=1, le=64, description="API processes.")
    api_threads: int = Field(480, ge=8, le=4096, description="Threads per API process; each waiting client holds one.")
    api_keys: tuple[SecretStr, ...] = Field((), description="Keys to seed, comma separated; none: open, on loopback only.")
    rate_limit: float = Field(1000.0, ge=0, description="Requests a second that a key (an address, without keys) may make over "
                              "time; past it: 429. 0: no limit.")
    rate_burst: int = Field(20_000, ge=1, description="Requests that it may make at once, before RATE_LIMIT holds it back.")
    key_failures_per_minute: float = Field(120.0, ge=0, description="Wrong keys that an address may send in a minute; past it: "
                                           "429 for keys that were not in use from there. 0: no limit.")
    trusted_proxies: int = Field(0, ge=0, le=10, description="Reverse proxies before the API, whose X-Forwarded-For is believed.")
    redis_url: str = Field("", description="Redis (7.0 or newer) or Valkey to use; empty: the embedded server on REDIS_PORT.")
    redis_port: Port = Field(6399, description="Port of the embedded Valkey.")
    mlflow_tracking_uri: str = Field("", description="MLflow; empty: http://127.0.0.1:$MLFLOW_PORT; `off`: no tracking.")
    mlflow_port: OptionalPort = Field(5000, description="Port of the embedded MLflow; empty: do not start one.")
    mlflow_ui_url: str = Field("", description="What links to MLflow show, when it differs from MLFLOW_TRACKING_URI.")
    mlflow_experiment: str = Field("tnsfull_ml", description="Experiment of every run but a retrain's.")
    flower_port: OptionalPort = Field(5555, description="Port of Flower; empty: do not start it.")
    flower_password: SecretStr = Field(SecretStr(""), description="Password of Flower's `admin`; empty: one is made.")
    storage_url: str = Field("", description="Object store; empty: $NORIA_HOME/objects; else s3://bucket/prefix.")
    cpu_slots: int = Field(1, ge=1, le=256, description="Jobs that one cpu worker runs at once.")
    gpu_slots: int = Field(1, ge=1, le=64, description="Jobs that one gpu worker runs at once (one per GPU).")
    device: str = Field("auto", description="Device of vision jobs: auto, cpu, cuda:0, …")
    weights_dir: Path | None = Field(None, description="Folder of weights to start from; default $NORIA_HOME/weights.")
    retrain_threshold: int = Field(5, ge=1, le=100_000, description="Corrections that start a retrain.")
    retrain_experiment_id: str = Field("", description="Experiment id that retrains land in; empty: the pinned one.")
    retrain_artifact_location: str = Field("", description="Where that experiment has to keep its files; empty: as it says.")
    retrain_old_tolerance: float = Field(0.08, ge=0, le=1, description="What mAP50 on the old held-out images may fall by for a "
                                         "retrained version to be promoted.")
    lease_s: float = Field(30.0, ge=0.5, le=3600, description="Seconds of silence after which a job is given to another worker.")
    job_retention_days: float = Field(30.0, gt=0, description="Days that an ended, archived job stays listed in Redis.")
    artifact_retention_days: float = Field(90.0, gt=0, description="Days that `noria prune` leaves artifacts of ended jobs, "
                                           "unused images and unused local copies.")
    idempotency_hours: float = Field(24.0, ge=24, validate_default=True,
                                     description="Hours that an Idempotency-Key is remembered.")
    queue_limit: int = Field(100_000, ge=1, description="Jobs that may wait in one queue; past it a submit is answered 429.")
    min_free_mb: int = Field(512, ge=0, description="MiB free under NORIA_HOME below which uploads and submits are answered 503.")
    noria_build: str = Field("", description="Build that `/healthz` tells, such as a commit.")
    max_upload_mb: int = Field(512, ge=1, le=100_000, description="Largest upload, in MiB.")
    max_image_mp: float = Field(40.0, gt=0, le=1000, description="Largest image, in megapixels.")
    max_rows: int = Field(50_000_000, ge=1, description="Largest table, in rows.")
    inspect_memory_mb: int = Field(4096, ge=512, description="Memory that the parser of an upload may take, in MiB.")
    inspect_time_s: float = Field(600.0, ge=1, description="Seconds that the parser of an upload may take.")
    compat_wait_s: float = Field(60.0, ge=0, le=600, description="Seconds that a compatibility route waits for its job.")
    compat_open: bool = Field(False, description="1: the compatibility routes need no key (loopback only).")
    callback_hosts: Words = Field((), description="Where callbacks may go, comma separated: `hooks.example.com`, "
                                  "`*.example.com`, `http://hooks.internal:8080`; https unless it says http; empty: nowhere.")
    callback_secret: SecretStr = Field(SecretStr(""), description="What callbacks are signed with: `whsec_` and 24 to 64 bytes "
                                       "in base64; empty: callbacks are refused.")
    callback_private: bool = Field(False, description="1: those hosts may have loopback, link-local and private addresses.")
    extra_kinds: Words = Field((), description="Further modules with KINDS, comma separated.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")

    @field_validator("mlflow_tracking_uri")
    @classmethod
    def _http_or_off(cls, value: str) -> str:
        if value and value != "off" and not value.startswith(("http://", "https://")):
            raise ValueError("has to be an http:// or https:// address, or off")
        return value

    @field_validator("callback_hosts")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parse_origin(origin)
        return value

    @field_validator("callback_secret")
    @classmethod
    def _a_standard_secret(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not MIN_SECRET_BYTES <= len(_secret_bytes(value)) <= MAX_SECRET_BYTES:
            raise ValueError(f"has to be whsec_ and {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes in base64")
        return value

    @field_validator("idempotency_hours")
    @classmethod
    def _jobs_outlive_their_keys(cls, value: float, info: ValidationInfo) -> float:
        if info.data.get("job_retention_days", value) * 24 < value:
            raise ValueError("JOB_RETENTION_DAYS has to be at least as long, so that a key always finds its job")
        return value

    @property
    def broker_url(self) -> str:
        """URL of the Redis or Valkey server that is in use, embedded or not."""
        return self.redis_url or f"redis://127.0.0.1:{self.redis_port}/0"

    @property
    def tracking_uri(self) -> str | None:
        """MLflow's address without a final slash, or None when tracking is off or no server is configured."""
        if self.mlflow_tracking_uri == "off":
            return None
        if self.mlflow_tracking_uri:
            return self.mlflow_tracking_uri.rstrip("/")
        return f"http://127.0.0.1:{self.mlflow_port}" if self.mlflow_port else None

    @property
    def tracking_ui_url(self) -> str | None:
        """The base of links to MLflow, as people reach it; without the password that Noria itself may use."""
        return without_userinfo(self.mlflow_ui_url.rstrip("/") or self.tracking_uri or "") or None

    @cached_property
    def home(self) -> Path:
        """NORIA_HOME as an absolute path."""
        return self.noria_home.expanduser().resolve()

    @property
    def objects_url(self) -> str:
        """URL of the object store: `file:///…` or `s3://bucket/prefix`."""
        return self.storage_url or (self.home / "objects").as_uri()

    @property
    def callback_key(self) -> bytes:
        """The bytes that callbacks are signed with; none: they cannot be signed."""
        return _secret_bytes(self.callback_secret)

    @property
    def weights_folder(self) -> Path:
        """Folder of the weights that training may start from, absolute."""
        return (self.weights_dir or self.home / "weights").expanduser().resolve()


def _secret_bytes(secret: SecretStr) -> bytes:
    """The bytes of a `whsec_…` secret; none if it is not one."""
    prefix, _, text = secret.get_secret_value().partition("_")
    try:
        return base64.b64decode(text, validate=True) if prefix == "whsec" else b""
    except (binascii.Error, ValueError):
        return b""


def usable_cores() -> int:
    """Cores that this process may run on; a container's CPU quota is not seen, so say CPU_SLOTS and a cpuset there."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def without_userinfo(url: str) -> str:
    """`url`, or a text that holds some, without their `user:password@`, to be shown or kept; other text as it is."""
    return re.sub(r"""(?<=://)[^/?#\s"'<>]*@""", "", url)


def read_env_file(path: Path) -> dict[str, str]:
    """NAME=value lines of a settings file; blank lines and `#` lines are skipped; {} if there is no such file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings as they stand now: defaults, then `environ` (os.environ), then settings.env in NORIA_HOME.

    Raises InputError naming each variable that is wrong, and what it takes.
    """
    source = os.environ if environ is None else environ
    home = Path(source.get("NORIA_HOME") or "var").expanduser()
    return _validated({**source, **read_env_file(home / "settings.env"), "NORIA_HOME": str(home)})


def _validated(merged: Mapping[str, str]) -> Settings:
    given = {name: merged[name.upper()] for name in Settings.model_fields if name.upper() in merged}
    # An empty variable means the default, except where emptiness has a meaning of its own.
    given = {k: v for k, v in given.items() if v != "" or k in {"mlflow_port", "flower_port"}}
    if "api_keys" in given:
        given["api_keys"] = _words(given["api_keys"])
    try:
        return Settings.model_validate(given)
    except ValidationError as e:
        fields = tuple(FieldError(str(x["loc"][0]).upper(), x["msg"]) for x in e.errors(include_input=False))
        raise InputError("Settings: " + "; ".join(f"{f.field}: {f.message}" for f in fields), fields=fields) from None


def write_setting(home: Path, name: str, value: str) -> None:
    """Set NAME=value in `home`/settings.env, keeping the other lines. Raises InputError if the result is not valid."""
    if name.lower() not in Settings.model_fields or name == "NORIA_HOME" or "\n" in value:
        raise InputError(f"{name} is not a setting that settings.env may hold.", fields=(FieldError(name, "unknown"),))
    path = home / "settings.env"
    kept = {**read_env_file(path), name: value}
    _validated(kept)
    home.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".tmp")
    fresh.touch(mode=0o600)
    fresh.write_text("".join(f"{k}={v}\n" for k, v in kept.items()), encoding="utf-8")
    fresh.replace(path)


def child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child process: this process's own with `changes` over it."""
    return {**os.environ, **changes}
