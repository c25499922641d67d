"""`noria validate`: whether a retrain would find everything that it needs, looked at before it is started."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import click
import orjson

from jobs.check import Check
from jobs.errors import DatasetUnusable, NoriaError, NotFound, Unavailable
from jobs.settings import Settings, child_environment, load_settings, without_userinfo
from storage import names
from storage.models import Version
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore
from tracking.environment import prepare_environment
from tracking.experiments import HOW_TO_CREATE
from tracking.server import ask, first_line
from workers.cli_experiments import experiment_checks
from workers.cli_output import json_option, print_checks, run_alone
from workers.services import Services, make_services

PATIENCE_S = 3.0
LOADING_S = 120.0  # for the libraries and each of the weights
QUEUE, DOMAIN, STORAGE = "gpu", "vision", "storage"
LOADER = "jobs.vision.loadable"


@click.command()
@click.option("--model", metavar="NAME", help="Look at this model alone; default: every model of vision.")
@json_option
def validate(model: str | None, as_json: bool) -> None:
    """Say of each thing that a retrain needs whether it is well, and how to mend it. Exits with 1 if not all is well."""
    prepare_environment()
    print_checks(examine(load_settings(), model), as_json)


def examine(settings: Settings, model: str | None = None) -> list[Check]:
    """Every check, in the order in which a retrain meets the parts."""
    checks = prerequisites(settings)
    if not all(check.ok for check in checks if check.name == STORAGE):
        return [*checks, Check("models", False, "they are in the storage", "see the storage first")]
    return [*checks, *_models(make_services(settings), model)]


def prerequisites(settings: Settings) -> list[Check]:
    """The checks of the installation, whatever the model."""
    return [*_broker(settings), _storage(settings), *_tracking(settings)]


def _broker(settings: Settings) -> Iterator[Check]:
    address = without_userinfo(settings.broker_url).partition("://")[2]
    store = RedisJobStore(settings.broker_url, timeout_s=PATIENCE_S)
    try:
        found = [name for name, health in store.workers().items() if QUEUE in health.get("queues", ())]
    except Unavailable as e:
        yield Check("broker", False, f"{address}: {e.message}", "`make up`, or look at REDIS_URL and that server")
        yield Check("gpu worker", False, "the broker knows, and it does not answer", "see the broker first")
        return
    finally:
        store.close()
    yield Check("broker", True, address)
    yield Check("gpu worker", bool(found), ", ".join(found) or f"no worker serves the queue {QUEUE}",
                "" if found else "`make up`, or see logs/gpu.log in NORIA_HOME; in containers: the profile `gpu`")


def _storage(settings: Settings) -> Check:
    place, probe = without_userinfo(settings.objects_url), names.probe(secrets.token_hex(8))
    try:
        objects = open_store(settings.objects_url)
        objects.put(probe, b"probe")
        objects.delete(probe)
    except NoriaError as e:
        return Check(STORAGE, False, f"{place}: {e.message}", "look at STORAGE_URL, its credentials, the folder's rights")
    return Check(STORAGE, True, f"{place}: an object was put there and deleted")


def _tracking(settings: Settings) -> Iterator[Check]:
    uri, pinned = settings.tracking_uri, settings.retrain_experiment_id
    if uri is None:
        yield Check("MLflow", False, "tracking is off", "set MLFLOW_TRACKING_URI: retrains are kept there")
        return
    error, shown = ask(uri), without_userinfo(uri)
    yield Check("MLflow", error is None, shown if error is None else f"{shown}: {first_line(error)}",
                "" if error is None else "`make up`, or see logs/mlflow.log in NORIA_HOME, or MLFLOW_TRACKING_URI")
    if not pinned:
        yield Check("experiment", False, "none is pinned", f"`make up` pins one where MLflow is the stack's own. {HOW_TO_CREATE}")
    elif error is None:
        yield from experiment_checks(settings, pinned)
    else:
        yield Check(f"experiment {pinned}", False, "MLflow knows, and it does not answer", "see MLflow first")


def _models(own: Services, wanted: str | None) -> list[Check]:
    champions: list[Version] = []
    checks: list[Check] = []
    for name in [wanted] if wanted else own.models.names():
        try:
            found = own.models.version(name)
        except NotFound as e:
            if wanted:
                checks.append(Check(f"model {name}", False, e.message, "see `noria models`; vision.train makes one"))
            continue
        if found.domain == DOMAIN:
            champions.append(found)
        elif wanted:
            checks.append(Check(f"model {name}", False, f"it is one of {found.domain}", "name a model of vision"))
    if not champions and not wanted:
        checks.append(Check("models", True, "there is none of vision yet; `noria submit vision.train` makes one"))
    problems = _problems(own, champions)
    for version in champions:
        checks += [_weights(version, problems.get(version.model, "Nothing was said of them.")), _base(own, version)]
    return checks


def _weights(version: Version, problem: str | None) -> Check:
    name = f"weights of {version.model}"
    if problem is None:
        return Check(name, True, f"version {version.version}: the SHA-256 is right, and they load")
    return Check(name, False, f"version {version.version}: {problem}",
                 f"`noria models rollback {version.model}` goes back to the champion before, or train again")


def _base(own: Services, version: Version) -> Check:
    data = version.metadata.get("data")
    dataset, name = str((data or {}).get("dataset") or ""), f"base data of {version.model}"
    try:
        found = own.datasets.get(dataset)
    except (NotFound, DatasetUnusable) as e:
        return Check(name, False, f"{dataset or 'none'}: {e.message}", "upload it again; the same bytes get the same id")
    except NoriaError as e:
        return Check(name, False, f"{dataset}: {e.message}", "see the storage and the broker first")
    ready = found.profile is not None
    return Check(name, ready, f"{dataset}, {found.rows} images" if ready else f"{dataset} is still inspected",
                 "" if ready else "ask again in a moment")


def _problems(own: Services, versions: list[Version]) -> dict[str, str | None]:
    """Why the weights of each version cannot be used (None: they can), by model; found out in a process of its own."""
    problems: dict[str, str | None] = {}
    lines: list[bytes] = []
    for version in versions:
        try:
            local = own.models.fetch(version, own.cache / "models")
        except NoriaError as e:
            problems[version.model] = e.message
            continue
        lines.append(orjson.dumps(asdict(local), default=str))
    if not lines:
        return problems
    try:
        ran = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", LOADER], input=b"\n".join(lines), capture_output=True, check=False,
            timeout=LOADING_S * (1 + len(lines)), env=child_environment({"NORIA_HOME": str(own.home)}))
    except subprocess.TimeoutExpired:
        return {**dict.fromkeys((v.model for v in versions), "They did not load in time."), **problems}
    problems |= {answer["name"]: answer["problem"] for answer in _answers(ran.stdout)}
    if ran.returncode:
        last = ran.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        problems = {**dict.fromkeys((v.model for v in versions), f"The process that loads them failed: {last}"), **problems}
    return problems


def _answers(printed: bytes) -> Iterator[dict[str, Any]]:
    for line in printed.splitlines():
        if line.startswith(b"{"):  # the libraries print too
            with suppress(orjson.JSONDecodeError):
                yield orjson.loads(line)


if __name__ == "__main__":
    run_alone(validate)
