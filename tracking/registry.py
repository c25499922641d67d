"""Registered models: built from native files, put into a run, versioned once, one of them the champion."""

import importlib.util
import pkgutil
import shutil
from pathlib import Path
from typing import Any

from tracking import names
from tracking.server import error_code

try:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion
except ImportError:  # MLflow is optional
    MlflowClient = ModelVersion = None

# What each flavor needs; its module is loaded on first use, since most workers never need both.
_FLAVORS = {"xgboost": "tracking.xgboost_flavor:build", "prophet": "tracking.prophet_flavor:build"}


def flavor_available(flavor: str) -> bool:
    """Whether this worker has the library of a flavor. Raises ValueError if there is no such flavor."""
    if flavor != "file" and flavor not in _FLAVORS:
        raise ValueError(f"there is no flavor {flavor!r}; there are file, {', '.join(_FLAVORS)}")
    return flavor == "file" or importlib.util.find_spec(flavor) is not None


def build(flavor: str, source: Path, target: Path) -> None:
    """Make MLflow's folder `target` of a model from its native file `source`; of a plain file, a folder with it.

    Needs no server. Raises what the library of the flavor raises for a file that it cannot read.
    """
    if flavor == "file":
        target.mkdir(parents=True)
        shutil.copy(source, target / source.name)
    else:
        pkgutil.resolve_name(_FLAVORS[flavor])(source, target)


def register(
    client: MlflowClient, *, run_id: str, job_id: str, registered_name: str, folder: str, noria_version: int, promote: bool,
) -> str:
    """Register the files that a run has in `folder` as a version of `registered_name`; gives MLflow's version number.

    The same run and folder are registered once, however often this is called. `promote` makes the version the champion,
    unless the champion has a higher number already, which happens when a run arrives late. Raises MlflowException.
    """
    try:
        client.create_registered_model(registered_name)
    except Exception as e:
        if error_code(e) != "RESOURCE_ALREADY_EXISTS":
            raise
    artifacts = client.get_run(run_id).info.artifact_uri
    source = f"{artifacts}/{folder}"
    known = [v for v in _versions(client, registered_name) if v.run_id == run_id and v.source == source]
    tags = {names.NORIA_VERSION: str(noria_version), names.JOB_ID: job_id}
    version = known[0] if known else client.create_model_version(
        registered_name, source, run_id=run_id, tags=tags, await_creation_for=0)
    if promote and _champion_number(client, registered_name) < noria_version:
        client.set_registered_model_alias(registered_name, names.CHAMPION, version.version)
    return str(version.version)


def set_champion_alias(client: MlflowClient, registered_name: str, noria_version: int) -> bool:
    """Point the alias at the version with Noria's number `noria_version`; True if it had to be moved.

    False as well if MLflow has no such version (yet). Raises MlflowException.
    """
    if _champion_number(client, registered_name) == noria_version:
        return False
    for version in _versions(client, registered_name):
        if version.tags.get(names.NORIA_VERSION) == str(noria_version):
            client.set_registered_model_alias(registered_name, names.CHAMPION, version.version)
            return True
    return False


def _versions(client: MlflowClient, registered_name: str) -> list[ModelVersion]:
    found: list[Any] = []
    token = None
    while True:
        page = client.search_model_versions(f"name = '{registered_name}'", max_results=1000, page_token=token)
        found.extend(page)
        token = page.token
        if not token:
            return found


def _champion_number(client: MlflowClient, registered_name: str) -> int:
    """Noria's number of the version that the alias names, 0 if there is none."""
    try:
        champion = client.get_model_version_by_alias(registered_name, names.CHAMPION)
    except Exception as e:
        # MLflow says "invalid parameter" for a missing alias, "does not exist" for a missing model.
        if error_code(e) not in {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"}:
            raise
        return 0
    number = champion.tags.get(names.NORIA_VERSION, "0")
    return int(number) if number.isdecimal() else 0
