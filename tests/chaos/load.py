"""Clients that submit jobs and corrections to a stack that is being broken, and write down what was promised to them.

A client sends the same again under the same Idempotency-Key until it is accepted, and sometimes after that, as clients do
whose answer was lost.
"""

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api.client import Client
from jobs.errors import Unavailable
from tests.chaos.patience import Stuck
from tests.chaos.real import Real
from tests.chaos.stack import ChaosStack
from tests.storage.pictures import picture

CLIENTS = 4
PATIENCE_S = 300.0  # for one request to be accepted, whatever happens meanwhile
AGAIN = 0.1  # share of submits that are sent again after they were accepted
CLEAR = {429, 503}  # what a request may be answered besides yes
MODEL = "learner"
BOX = {"label": "cat", "x1": 10.0, "y1": 10.0, "x2": 40.0, "y2": 40.0}


@dataclass
class Wish:
    """Something that a client wants. `cancel`: it takes it back when it runs."""

    key: str
    path: str
    body: dict[str, Any]
    cancel: bool = False


@dataclass
class Load:
    """The clients of one round. `faults`: answers that break a promise, in words."""

    stack: ChaosStack
    wishes: list[Wish]
    seed: int
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = Client(self.stack.api, timeout_s=15)
        self._left = list(reversed(self.wishes))
        self._lock = threading.Lock()
        self._pace = threading.Semaphore(0)
        self.over = threading.Event()
        self.done = 0
        self._threads = [threading.Thread(target=self._serve, args=(n,), daemon=True) for n in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def let(self, count: int) -> None:
        """Have that many more wishes sent."""
        self._pace.release(count) if count > 0 else None

    def join(self, timeout_s: float) -> None:
        """Wait for the last one; clients of which none gets on for `timeout_s` are a fault."""
        self.let(len(self.wishes) + CLIENTS)
        stuck = Stuck(timeout_s)
        while any(thread.is_alive() for thread in self._threads):
            if stuck.at(len(self.wishes) - self.done):
                self.faults.append(f"{len(self.wishes) - self.done} requests were not answered, and none in {timeout_s:.0f} s of calm")
                return
            time.sleep(0.2)

    def _serve(self, number: int) -> None:
        chance = random.Random(f"{self.seed} {number}")
        while True:
            self._pace.acquire()
            with self._lock:
                if not self._left:
                    return
                wish = self._left.pop()
            try:
                self._fulfil(wish, chance)
            except Exception as e:  # a thread's error is a fault of the round, not a line on the console
                self.faults.append(f"{wish.path} {wish.key}: {e!r}")
            self.done += 1

    def _fulfil(self, wish: Wish, chance: random.Random) -> None:
        given = self._send(wish)
        if given is None:
            return
        what = "accepted" if wish.path == "/v1/jobs" else "stored"
        self.stack.ledger.write(what, id=given["id"], key=wish.key)
        if what == "accepted" and chance.random() < AGAIN:
            again = self._send(wish)
            if again and again["id"] != given["id"]:
                self.faults.append(f"key {wish.key} gave two jobs: {given['id']} and {again['id']}")
        if wish.cancel:
            self._cancel(given["id"])

    def _send(self, wish: Wish) -> dict[str, Any] | None:
        """The answer's document, at last; None if the request was refused for good, which is a fault."""
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": wish.key} if wish.path == "/v1/jobs" else {})
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status, document = self._exchange("POST", wish.path, json.dumps(wish.body).encode(), headers)
            if status in {200, 201, 202}:
                return document
            if status not in CLEAR | {0}:
                self.faults.append(f"POST {wish.path} {wish.key} was answered {status}: {document}")
                return None
            time.sleep(0.2)
        self.faults.append(f"POST {wish.path} {wish.key} was not accepted within {PATIENCE_S:.0f} s")
        return None

    def _cancel(self, job_id: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status, document = self._exchange("GET", f"/v1/jobs/{job_id}", None, {})
            if status == 200 and document["state"] != "queued":
                break
            time.sleep(0.5)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            status, document = self._exchange("POST", f"/v1/jobs/{job_id}/cancel", None, {})
            if status in {200, 202, 409}:
                return
            time.sleep(0.2)
        self.faults.append(f"job {job_id} could not be canceled within {PATIENCE_S:.0f} s")

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and document of an answer; 0 if there was none, and `answers` says how that came."""
        try:
            answer = self._client._exchange(method, path, timeout_s=15, body=body, headers=headers)
        except Unavailable as e:
            self.answers[_silence(e.__cause__)] += 1
            return 0, {}
        self.answers[str(answer.status)] += 1
        if answer.status in CLEAR and not (answer.headers.get("content-type", "").startswith("application/problem+json") and answer.json()["code"]):
            self.faults.append(f"{method} {path}: a {answer.status} that does not say why: {answer.body[:200]!r}")
        return answer.status, answer.json()


def _silence(cause: BaseException | None) -> str:
    """How a request came to no answer."""
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    return "nothing in time" if isinstance(cause, TimeoutError) else "connection cut off"


def make_wishes(seed: int, jobs: int, ledger: Path, real: Real | None = None) -> list[Wish]:
    """Jobs of every sort, in an order that the seed says: effects short and long, models, jobs that do wrong, and `real` ones."""
    chance = random.Random(seed)
    ways = ["fail", "fail_retryable", "eat_memory", "segfault", "ignore_cancel"]
    wishes = []
    for n in range(jobs):
        effect: dict[str, Any] = {"number": n, "seconds": round(chance.choice([0, 0, 0.1, 0.4]), 2), "ledger": str(ledger)}
        lot, cancel = chance.random(), False
        if n < len(ways) or lot < 0.01:
            way = ways[n] if n < len(ways) else chance.choice(ways[:-1])
            kind, params, cancel = "chaos.bad", {"how": way}, way == "ignore_cancel"
        elif lot < 0.60:
            kind, params = "chaos.fast", effect
        elif lot < 0.93:
            kind, params, cancel = "chaos.slow", effect, chance.random() < 0.03
        else:
            kind, params = "chaos.model", {**effect, "model": f"toy{n % 5}"}
        wishes.append(Wish(f"chaos-{seed}-{n}", "/v1/jobs", {"kind": kind, "params": params, "labels": {"chaos": str(seed)}}, cancel))
    chance.shuffle(wishes)
    wanted = real.jobs() if real else []
    for n, (kind, params) in enumerate(wanted):  # over the whole round, a training of each sort first
        wishes.insert(n * (jobs + len(wanted)) // len(wanted), Wish(f"real-{seed}-{n}", "/v1/jobs", {"kind": kind, "params": params}))
    return wishes


def upload_images(stack: ChaosStack, count: int) -> list[str]:
    """Images to correct, by id."""
    client = Client(stack.api)
    file = stack.home / "image.jpg"
    found = []
    for n in range(count):
        file.write_bytes(picture(n))
        found.append(str(client.add_image(file)["id"]))
    file.unlink()
    return found


def correction_wishes(images: list[str], seed: int) -> list[Wish]:
    """A correction of each image."""
    return [Wish(f"{seed}-{image}", "/v1/corrections", {"image": image, "model": MODEL, "boxes": [BOX], "prediction": None, "author": "Ana"})
            for image in images]
