"""Registered models: built from native files, put into a run, versioned once, one of them the champion."""

import importlib.util
import pkgutil
import shutil
from dataclasses import dataclass
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

    The same run and folder are registered once, however often this is called. `promote` makes a new version the champion at
    once, unless one with a higher number is there already, which happens when a run arrives late. Raises MlflowException.
    """
    try:
        client.create_registered_model(registered_name)
    except Exception as e:
        if error_code(e) != "RESOURCE_ALREADY_EXISTS":
            raise
    artifacts = client.get_run(run_id).info.artifact_uri
    source = f"{artifacts}/{folder}"
    earlier = _versions(client, f"name = '{registered_name}'")
    known = [v for v in earlier if v.run_id == run_id and v.source == source]
    if known:
        return str(known[0].version)
    tags = {names.NORIA_VERSION: str(noria_version), names.JOB_ID: job_id}
    made = client.create_model_version(registered_name, source, run_id=run_id, tags=tags, await_creation_for=0)
    if promote and all(_noria_version(v) < noria_version for v in earlier):
        client.set_registered_model_alias(registered_name, names.CHAMPION, made.version)
    return str(made.version)


@dataclass(frozen=True, slots=True)
class Made:
    """A version by the job that made it and Noria's number of it, which its registered versions have as tags."""

    job_id: str
    noria_version: int


def point_aliases(client: MlflowClient, *, champion: Made | None, newest: Made) -> bool:
    """Point the aliases of a model's registered names: `champion` at its champion, `challenger` at its newest version if that
    is another one.

    An alias of what is not there is taken away; that of a champion which is not registered (yet) is left alone. True if nothing
    is left to be done: both are registered, and the aliases were right already. Raises MlflowException.
    """
    champions = _registered(client, champion) if champion else {}
    newests = champions if newest == champion else _registered(client, newest)
    challengers = {} if newest == champion else newests
    right = True
    for name in sorted({*champions, *newests}):
        wanted = {names.CHALLENGER: challengers.get(name)}
        if champions or champion is None:
            wanted[names.CHAMPION] = champions.get(name)
        present = client.get_registered_model(name).aliases
        for alias, version in wanted.items():
            if present.get(alias) == version:
                continue
            right = False
            if version is None:
                client.delete_registered_model_alias(name, alias)
            else:
                client.set_registered_model_alias(name, alias, version)
    return right and bool(newests) and bool(champions or champion is None)


def _registered(client: MlflowClient, made: Made) -> dict[str, str]:
    """MLflow's version number of what a job made, by registered name."""
    found = _versions(client, names.of_job(made.job_id))
    return {v.name: str(v.version) for v in found if _noria_version(v) == made.noria_version}


def _versions(client: MlflowClient, which: str) -> list[ModelVersion]:
    found: list[Any] = []
    token = None
    while True:
        page = client.search_model_versions(which, max_results=1000, page_token=token)
        found.extend(page)
        token = page.token
        if not token:
            return found


def _noria_version(version: ModelVersion) -> int:
    """Noria's number of a registered version; 0 for one that somebody else registered."""
    number = version.tags.get(names.NORIA_VERSION, "0")
    return int(number) if number.isdecimal() else 0
