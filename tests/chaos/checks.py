"""What has to be so once the faults are over. Each check gives what is not so, in words; nothing, if all is well."""

import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sized
from datetime import datetime
from pathlib import Path
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run

from api.client import Client
from jobs.errors import NotFound
from jobs.kind import QUEUES
from jobs.lifecycle import is_terminal
from storage import names
from storage.counts import by_kind
from storage.objects import STAGING, open_store
from storage.redis_jobs import RedisJobStore
from tests.chaos.kinds import STEPS
from tests.chaos.load import MODEL
from tests.chaos.patience import Stuck
from tests.chaos.real import LOST, PREDICTIONS, TRAININGS
from tests.chaos.stack import ChaosStack
from workers.services import Services, make_services

STUCK_S = 420.0  # that long without any of what is open coming to its end
SWEPT_S = 75.0  # every reaper clears away once a minute
FRESH_S = 60.0  # a note of a shipper, or a part of a file that its writer left when it was killed, goes after that
# The key map at the head of storage/lua/common.lua, as patterns; a key that is none of them was left behind by somebody.
OWN = re.compile(r"noria:(job:[0-9a-f]{24}(:events)?|jobs(:(kind|state|label):.+)?|archived|idempotency:.+|sequence|workers|worker:.+|"
                 r"leader:.+|bucket:.+|counts|index:.+|correction:.+|corrected:.+|retrain:.+|retrains:.+|given_back:.+|superseded|unarchived)$")
CELERYS = re.compile(r"_kombu\.binding.+|unacked_mutex")
EFFECTS = ("chaos.fast", "chaos.slow", "chaos.model")


class Books:
    """All that is compared: the ledger, the job store as the API shows it, object store and MLflow."""

    def __init__(self, stack: ChaosStack) -> None:
        self.stack, self.client = stack, Client(stack.api)
        self.services: Services = make_services(stack.settings, RedisJobStore(stack.settings.broker_url, timeout_s=10))
        self.objects = open_store(stack.settings.objects_url)
        self.accepted = {e["id"]: e["key"] for e in stack.ledger.entries("accepted")}
        self.jobs: dict[str, dict[str, Any]] = {}

    def read(self) -> None:
        """Every job of the stack, by page."""
        cursor, self.jobs = None, {}
        while True:
            page = self.client.jobs(limit=200, cursor=cursor)
            self.jobs |= {job["id"]: job for job in page["jobs"]}
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def of(self, *kinds: str, state: str | None = None) -> list[dict[str, Any]]:
        return [j for j in self.jobs.values() if j["kind"] in kinds and state in (None, j["state"])]

    def settle(self) -> list[str]:
        """Wait until all jobs have ended, what waits for the storage is there, and MLflow was told everything.

        However long that takes on a busy machine, as long as less and less is open.
        """
        store, stack = self.services.jobs, self.stack
        waits: dict[str, Callable[[], Sized]] = {
            "jobs that wait": lambda: [job for queue in QUEUES for job in stack.redis.zrange(f"noria:waiting:{queue}", 0, -1)],
            "jobs that wait for another attempt": lambda: stack.redis.zrange("noria:delayed", 0, -1),
            "jobs that run": lambda: stack.redis.zrange("noria:jobs:state:running", 0, -1),
            "jobs that the archive does not hold": lambda: stack.redis.zrange("noria:unarchived", 0, -1),
            "runs that MLflow was not told": self.services.spool.backlog,
            "messages that no worker acknowledged": lambda: stack.redis.hkeys("unacked"),
            "messages that nobody took": lambda: [q for q in store.queues() if stack.redis.llen(q)],
        }
        # A job that ends may leave two things to do, for the archive and for MLflow.
        stuck, weights = Stuck(STUCK_S), {"jobs that wait": 4, "jobs that wait for another attempt": 4, "jobs that run": 3}
        while open_ := {what: found for what, look in waits.items() if (found := look())}:
            if stuck.at(sum(len(found) * weights.get(what, 1) for what, found in open_.items())):
                return [f"for {STUCK_S:.0f} s nothing came of {len(found)} {what}: {list(found)[:3]}" for what, found in open_.items()]
            time.sleep(0.5)
        return []


def accepted_jobs_ended(books: Books) -> list[str]:
    """Every job that a client was promised is there and has ended, one for each key, and no other job is there."""
    wrong = [f"job {i} (key {key}) was accepted and is gone" for i, key in books.accepted.items() if i not in books.jobs]
    wrong += [f"job {j['id']} is {j['state']} still" for j in books.jobs.values() if not is_terminal(j["state"])]
    twice = [key for key, n in Counter(books.accepted.values()).items() if n > 1]
    wrong += [f"key {key} made more than one job" for key in twice]
    wrong += [f"job {j['id']} is there and no client was told" for j in books.jobs.values()
              if j["kind"] != "chaos.retrain" and j["id"] not in books.accepted]
    return wrong


def ends_are_right(books: Books) -> list[str]:
    """A job that does no wrong succeeded (or was canceled, if that was asked); one that does ended as it should."""
    wrong = []
    wrong += [f"job {job['id']} ({job['kind']}) {job['state']}: {job['error']}" for job in books.of(*EFFECTS)
              if job["state"] != "succeeded" and not (job["state"] == "canceled" and job["cancel_requested"])]
    wrong += [f"job {job['id']} ({job['kind']}) {job['state']}: {job['error']}" for job in books.of(*TRAININGS, *PREDICTIONS)
              if job["state"] != "succeeded" and not (job["attempt"] == job["max_attempts"] and job["error"]["code"] in LOST)]
    codes = {"fail": "data_error", "fail_retryable": "storage_unavailable", "eat_memory": "out_of_memory", "segfault": "worker_lost"}
    for job in books.of("chaos.bad"):
        how = job["params"]["how"]
        if how == "ignore_cancel":
            right = job["state"] == "canceled"
        else:  # its own way to end, or lost with the worker that a fault took
            right = job["state"] == "failed" and job["error"]["code"] in {codes[how], "worker_lost", "storage_unavailable"}
        if not right:
            wrong.append(f"job {job['id']} ({how}) {job['state']}: {job['error']}")
    return wrong


def effects_are_once(books: Books) -> list[str]:
    """The published result of each job is one that the ledger knows; what ran twice ran under attempts that were lost."""
    done: dict[str, list[dict[str, Any]]] = {}
    for entry in books.stack.ledger.entries("effect"):
        done.setdefault(entry["job"], []).append(entry)
    wrong = []
    for job in books.of(*EFFECTS):
        outcomes = Counter(a["outcome"] for a in job["attempts"])
        tokens = [entry["token"] for entry in done.get(job["id"], [])]
        if len(tokens) > len(job["attempts"]) or len(set(tokens)) < len(tokens):
            wrong.append(f"job {job['id']} had {len(tokens)} effects in {len(job['attempts'])} attempts")
        if job["state"] != "succeeded":
            continue
        token = job["result"]["token"]
        if outcomes["succeeded"] != 1 or None in outcomes:
            wrong.append(f"job {job['id']} succeeded with attempts {dict(outcomes)}")
        if token not in tokens:
            wrong.append(f"job {job['id']} has the result {token}, the ledger {tokens}")
        wrong += _published(books, job, token)
    return wrong


def _published(books: Books, job: dict[str, Any], token: str) -> list[str]:
    """What is wrong with the artifacts of a succeeded job: they are those of the run whose result counts."""
    found = {a.name: a.key for a in books.services.jobs.get(job["id"]).artifacts}
    if "token.txt" not in found:
        return [f"job {job['id']} has no artifact"]
    kept = books.objects.read(found["token.txt"]).decode()
    return [] if kept == token else [f"the artifact of job {job['id']} is {kept}, its result {token}"]


def files_are_whole(books: Books) -> list[str]:
    """Every artifact of a real job is there, byte for byte; every prediction of a model's version is the same."""
    wrong, forecasts, boxes = [], set(), set()
    for job in books.of(*TRAININGS, *PREDICTIONS, state="succeeded"):
        for artifact in books.services.jobs.get(job["id"]).artifacts:
            content = books.objects.read(artifact.key)
            if hashlib.sha256(content).hexdigest() != artifact.sha256:
                wrong.append(f"the artifact {artifact.name} of job {job['id']} is not what was published")
            if artifact.name == "predictions.csv":
                forecasts.add(artifact.sha256)
        if job["kind"] == "vision.predict":
            boxes.add(json.dumps(job["result"]))
    return wrong + [f"the same was asked and {len(found)} answers were given" for found in (forecasts, boxes) if len(found) > 1]


def models_are_once(books: Books) -> list[str]:
    """Every model job published one version and one promotion, of the run whose result counts; no other job published any."""
    wrong = []
    makers = {j["id"]: j for j in books.of("chaos.model", "chaos.retrain", *TRAININGS, state="succeeded")}
    published: Counter[str] = Counter()
    for owner in {n.split("/")[1] for n in books.objects.names("models/")}:
        versions = books.services.models.versions(owner)
        published.update(v.job_id for v in versions)
        for version in versions:
            job = makers.get(version.job_id)
            if job and job["kind"] == "chaos.model" and version.metadata["token"] != job["result"]["token"]:
                wrong.append(f"version {version.version} of {owner} is of another run than the result of job {job['id']}")
        promoted = Counter(e.version for e in books.services.models.history(owner))
        wrong += [f"version {number} of {owner} was promoted {n} times" for number, n in promoted.items() if n > 1]
        wrong += [f"version {v.version} of {owner} was never promoted" for v in versions if not promoted[v.version]]
    wrong += [f"job {i} succeeded and published {published[i]} versions" for i in makers if published[i] != 1]
    wrong += [f"job {i} published a version and did not succeed" for i in published if i not in makers]
    return wrong


def corrections_are_once(books: Books) -> list[str]:
    """Every correction that was accepted is kept, and one succeeded retrain learned from it, by its own word and the store's."""
    learned: Counter[str] = Counter()
    by: dict[str, str] = {}
    for job in books.of("chaos.retrain", state="succeeded"):
        learned.update(job["result"]["corrections"])
        by |= dict.fromkeys(job["result"]["corrections"], job["id"])
    wrong = [f"correction {i} was used by {n} retrains" for i, n in learned.items() if n > 1]
    for entry in books.stack.ledger.entries("stored"):
        try:
            correction, standing = books.services.corrections.get(entry["id"])
        except NotFound:
            wrong.append(f"correction {entry['id']} was accepted and is gone")
            continue
        newest = books.services.jobs.newest_correction(MODEL, correction.image)
        if (standing.state, standing.job) != ("used", by.get(entry["id"])) and newest == correction.id:
            wrong.append(f"correction {entry['id']} is {standing}, the retrains say {by.get(entry['id'])}")
    wrong += [f"correction {i} was used and its document does not say so" for i in learned
              if not books.objects.exists(names.correction(i, "used.json"))]
    return wrong


def runs_are_whole(books: Books) -> list[str]:
    """Each ended job has one run in MLflow, ended as the job did; that of a succeeded one has all that was tracked."""
    assert books.stack.settings.tracking_uri
    client = MlflowClient(tracking_uri=books.stack.settings.tracking_uri)
    experiments = [e.experiment_id for e in client.search_experiments()]
    runs: dict[str, list[Run]] = {}
    token = None
    while True:
        page = client.search_runs(experiments, max_results=1000, page_token=token)
        for run in page:
            runs.setdefault(run.data.tags.get("job_id", ""), []).append(run)
        token = page.token
        if not token:
            break
    wrong = [f"job {i} has {len(found)} runs" for i, found in runs.items() if len(found) > 1 and i]
    status = {"succeeded": "FINISHED", "failed": "FAILED", "canceled": "KILLED"}
    for job in books.jobs.values():
        found = runs.get(job["id"], [])
        if not found:
            if job["attempts"] and job["kind"] != "chaos.retrain":
                wrong.append(f"job {job['id']} ({job['kind']}, {job['state']}) has no run")
            continue
        run = found[0]
        if run.info.status != status[job["state"]]:
            wrong.append(f"the run of job {job['id']} ({job['kind']}, {job['state']}) is {run.info.status}")
        elif job["kind"] in EFFECTS and job["state"] == "succeeded" and (
                run.data.metrics.get("step"), run.data.params.get("number")) != (STEPS - 1, str(job["params"]["number"])):
            wrong.append(f"the run of job {job['id']} lacks metrics or params: {run.data.metrics} {run.data.params}")
        elif job["kind"] in TRAININGS and job["state"] == "succeeded" and not run.data.metrics:
            wrong.append(f"the run of job {job['id']} ({job['kind']}) has no metric")
    return wrong


def nothing_is_left(books: Books) -> list[str]:
    """No lease, message, key, note or temporary file that nobody needs any more."""
    store, home = books.stack.redis, books.stack.home
    wrong = [f"Redis still holds {key}" for key in store.scan_iter(count=1000) if not OWN.match(key) and not CELERYS.match(key)]
    wrong += [f"Redis holds {key} for good" for key in store.scan_iter("noria:bucket:*") if store.ttl(key) == -1]
    wrong += [f"Redis holds {key} of a job that is not there" for key in store.scan_iter("noria:job:*", count=1000)
              if key.split(":")[2] not in books.jobs]
    wrong += [f"the state index {key} is wrong" for key in store.scan_iter("noria:jobs:state:*")
              if set(store.zrange(key, 0, -1)) != {j["id"] for j in books.jobs.values() if j["state"] == key.rpartition(":")[2]}]
    folders = (home / "scratch", home / "cache", home / "spool")
    wrong += [f"the file {path.relative_to(home)} is left" for folder in folders for path in folder.rglob("*")
              if path.is_file() and (folder.name != "cache" or path.name.startswith(".")) and path.name != "server.json"
              and time.time() - path.stat().st_mtime > FRESH_S]
    wrong += [f"the folder scratch/{path.name} is left" for path in (home / "scratch").iterdir() if _over_for_s(books, path) > SWEPT_S]
    wrong += [f"the object {name} is left" for name in books.objects.names(STAGING)]
    if not books.stack.s3:
        wrong += [f"the file {path.relative_to(home)} is left" for path in (home / "objects").rglob("*#*")]
    return wrong


def _over_for_s(books: Books, scratch: Path) -> float:
    """For how long the job of a scratch folder has been over."""
    ended = books.jobs.get(scratch.name.partition("-")[0], {}).get("finished_at")
    return time.time() - datetime.fromisoformat(ended).timestamp() if ended else float("inf")


def counts_are_right(books: Books) -> list[str]:
    """The counts that the metrics tell are those of the jobs."""
    told, wrong = by_kind(books.services.jobs.counts()), []
    for kind in {job["kind"] for job in books.jobs.values()}:
        jobs = books.of(kind)
        have = (dict(told[kind].ended), told[kind].lost)
        want = (dict(Counter(j["state"] for j in jobs)), sum(a["outcome"] == "lost" for j in jobs for a in j["attempts"]))
        if have != want:
            wrong.append(f"of {kind} the counts tell {have}, the jobs {want}")
    return wrong


CHECKS: dict[str, Callable[[Books], list[str]]] = {
    "accepted jobs end": accepted_jobs_ended, "ends are right": ends_are_right, "effects once": effects_are_once,
    "files whole": files_are_whole, "models once": models_are_once, "corrections once": corrections_are_once, "runs whole": runs_are_whole, "counts": counts_are_right,
    "nothing left": nothing_is_left,
}
