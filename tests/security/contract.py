"""Schemathesis against a running API: every operation of /openapi.json, every check, alone and in sequences.

The server, its Valkey and its storage are real; nobody works on the jobs. One installation is seeded with a thing of each sort, so
that requests get past `404`.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.record import new_job_id
from storage.job_store import End, NewJob
from storage.objects import open_store
from storage.redis_jobs import RedisJobStore
from tests.api.models import put_version
from tests.api.server import ROOT, ApiServer, multipart
from tests.services import Valkey
from tests.storage.files import SALES
from tests.storage.pictures import picture, write_zip, yolo_files

KEY = "a-key-of-the-contract-run-0123456789"
# What is valid by its schema may still be no picture, name what there is not (also as a cursor), or write 3 as 3.0: 422.
BY_CONTENT = ("submitJob", "uploadDataset", "uploadImages", "putCompany", "addCorrection", "promoteVersion", "listJobs", "listDatasets",
              "listImages", "listCompanies", "listModels", "listCorrections")
ACCEPTED = ["2xx", "3xx", 401, 403, 404, 409, 429, "5xx"]


@dataclass(slots=True)
class Found:
    """What the rounds so far sent and found."""

    cases: int = 0
    rounds: int = 0
    operations: int = 0
    seeds: list[int] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)


@contextmanager
def installation(folder: Path) -> Iterator[ApiServer]:
    """An API of one process with a key, on a Valkey of its own, without limits on rates."""
    valkey = Valkey(folder / "valkey").start()
    server = ApiServer(folder / "home", valkey.url, API_PROCESSES="1", API_THREADS="64", RATE_LIMIT="0", API_KEYS=KEY,
                       KEY_FAILURES_PER_MINUTE="0", MAX_UPLOAD_MB="8")
    try:
        yield server.start()
    finally:
        server.stop()
        valkey.stop()


def seed_things(server: ApiServer) -> dict[str, list[Any]]:
    """Make things of each sort; gives the values that requests may use, by the name of their dictionary."""
    key = {"X_API_Key": KEY}
    jobs = [_post(server, "/v1/jobs", {"kind": "test.noop", "labels": {"team": "north"}})["id"] for _ in range(4)]
    server.call("POST", f"/v1/jobs/{jobs[0]}/cancel", {}, **key)
    sales = _send(server, "/v1/datasets", SALES, "sales.csv", type="sales")["id"]
    boxes = write_zip(server.home / "boxes.zip", yolo_files(4)).read_bytes()
    detection = _send(server, "/v1/datasets", boxes, "boxes.zip", type="detection")["id"]
    images = [_send(server, "/v1/images", picture(n), f"{n}.jpg")["images"][0]["id"] for n in range(3)]
    company = {"nit": "900123456", "name": "Acme", "country": "CO", "currency": "COP"}
    assert server.call("PUT", "/v1/companies/acme", company, **key).status == 200
    objects, store = open_store(f"file://{server.home / 'objects'}"), RedisJobStore(server.environment["REDIS_URL"])
    for _ in range(2):
        put_version(objects, store, "m", domain="vision")
    correction = {"image": images[0], "model": "m", "boxes": [{"label": "cat", "x1": 1, "y1": 1, "x2": 30, "y2": 30}]}
    corrections = [_post(server, "/v1/corrections", correction | {"image": image})["id"] for image in images[:2]]
    jobs.append(_ended(store))
    return {"jobs": jobs, "datasets": [sales, detection], "images": images, "companies": ["acme"], "models": ["m"], "versions": [1, 2],
            "corrections": corrections}


def _ended(store: RedisJobStore) -> str:
    new = NewJob(new_job_id(), "test.noop", "cpu.fast", {}, 3, {})
    store.submit(new, idempotency_s=0, queue_limit=100)
    running = store.acquire(new.id, worker="w", lease_s=30)
    assert running
    store.move(new.id, running.fence, End("succeeded", result={"value": 1, "attempt": 1}))
    return new.id


def _post(server: ApiServer, path: str, document: dict[str, Any]) -> dict[str, Any]:
    answer = server.call("POST", path, document, X_API_Key=KEY)
    assert answer.status < 300, answer.body
    return answer.json


def _send(server: ApiServer, path: str, content: bytes, filename: str, **fields: str) -> dict[str, Any]:
    body, content_type = multipart(content, filename, **fields)
    answer = server.call("POST", path, content=body, Content_Type=content_type, X_API_Key=KEY)
    assert answer.status < 300, answer.body
    return answer.json


def configuration(things: dict[str, list[Any]], *, seed: int, examples: int, steps: int) -> dict[str, Any]:
    """Schemathesis' own configuration of one round: all checks, all phases."""
    bound = {"path.job_id": "jobs", "path.dataset_id": "datasets", "path.image_id": "images", "path.company_id": "companies",
             "path.name": "models", "path.version": "versions", "path.correction_id": "corrections", "query.model": "models",
             "query.cursor": "jobs", "body.model": "models", "body.image": "images", "body.version": "versions"}
    return {
        "seed": seed, "hooks": "tests.security.hooks", "request-timeout": 30, "continue-on-failure": True,
        "dictionaries": {name: {"values": values} for name, values in things.items()},
        "parameters": {where: {"dictionary": name, "probability": 0.6} for where, name in bound.items()},
        "generation": {"max-examples": examples, "database": "none"},
        "phases": {"stateful": {"max-steps": steps}},
        "operations": [{"include-operation-id": list(BY_CONTENT),
                        "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, 422]}}}]}


def as_toml(document: dict[str, Any]) -> str:
    """A document as TOML, one line for each of its first keys."""
    def inline(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{json.dumps(name)} = {inline(inner)}" for name, inner in value.items()) + "}"
        return f"[{', '.join(map(inline, value))}]" if isinstance(value, list) else json.dumps(value)

    return "".join(f"{json.dumps(name)} = {inline(value)}\n" for name, value in document.items())


def run_round(server: ApiServer, folder: Path, found: Found, *, seed: int, examples: int, steps: int = 8) -> list[dict[str, Any]]:
    """One run of Schemathesis over all phases on freshly seeded things; adds to `found` and gives the failures."""
    folder.mkdir(parents=True, exist_ok=True)
    config, report = folder / "schemathesis.toml", folder / "report.json"
    config.write_text(as_toml(configuration(seed_things(server), seed=seed, examples=examples, steps=steps)), encoding="utf-8")
    url = f"http://127.0.0.1:{server.port}/openapi.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", url, "--checks", "all", "--max-response-time", "20",
               "--header", f"X-API-Key: {KEY}", "--report", "json", "--report-json-path", str(report)]
    with (folder / "output.txt").open("w", encoding="utf-8") as output:
        subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
                       stdout=output, stderr=subprocess.STDOUT, check=False)
    answer = json.loads(report.read_text(encoding="utf-8"))
    assert answer["complete"], (folder / "output.txt").read_text(encoding="utf-8")[-3000:]
    found.cases += answer["test_cases"]["generated"]
    found.operations = answer["operations"]["tested"]
    found.rounds += 1
    found.seeds.append(seed)
    failures = [*answer["failures"], *answer["errors"]]
    for failure in failures:
        found.failures[failure.get("title", "error")] += failure.get("count", 1)
    return failures
