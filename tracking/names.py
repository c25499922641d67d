"""Names in MLflow: tags, paths, links. The one place that makes them."""

import re
from functools import lru_cache
from typing import Any, Literal

Status = Literal["FINISHED", "FAILED", "KILLED"]

JOB_ID = "job_id"
KIND = "kind"
FENCE = "fence"
RUN_NAME = "mlflow.runName"
NORIA_VERSION = "noria_version"
CHAMPION = "champion"
CHALLENGER = "challenger"

MAX_VALUE_CHARS = 6000
MASKED = "***"

_SECRET = re.compile(r"(?:^|[^a-z])(?:api)?(?:key|secret|password|passwd|token)s?(?:[^a-z]|$)", re.IGNORECASE)
_REFUSED = re.compile(r"[^\w.\- :/]")


def run_url(ui_url: str, experiment_id: str, run_id: str) -> str:
    """The link that opens a run in MLflow's pages; `ui_url` is their address as people reach it."""
    return f"{ui_url.rstrip('/')}/#/experiments/{experiment_id}/runs/{run_id}"


def run_name(kind: str, job_id: str) -> str:
    """What a run is called where nobody named it."""
    return f"{kind} {job_id}"


@lru_cache(maxsize=4096)
def entry(name: str) -> str:
    """The name of a param, metric or tag, without what MLflow refuses: `(`, `%` and the like, and the `..` of a path."""
    parts = _REFUSED.sub("", name)[:250].split("/")
    return "/".join(part for part in parts if part.strip(" .")).strip() or "unnamed"


def value(name: str, given: Any) -> str:
    """A param's value as text, cut to what MLflow takes; that of a param named like a secret is masked."""
    return MASKED if _SECRET.search(name) else str(given)[:MAX_VALUE_CHARS]


def model_folder(registered_name: str) -> str:
    """Where in a run the files of a registered model are."""
    return f"models/{registered_name}"


def of_job(job_id: str) -> str:
    """The filter that finds the run of a job, or the registered versions that it made."""
    return f"tags.`{JOB_ID}` = '{job_id}'"
