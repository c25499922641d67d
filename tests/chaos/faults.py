"""What is done to a stack: each fault by its name, chosen by a seed. A fault that found nothing to hit is not counted."""

import json
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import redis

from tests.chaos.stack import LANES, LEASE_S, ChaosStack

QUEUES = ("cpu", "cpu.fast", "gpu", "gpu.fast")
FROZEN_S = (LEASE_S + 0.5, LEASE_S * 2)  # longer than a lease
BALLAST = "ballast"
TRAINING = "jobs.vision.training_child"


class Injector:
    """Does faults to a stack, and counts those that hit."""

    def __init__(self, stack: ChaosStack, seed: int) -> None:
        self.stack, self.random = stack, random.Random(seed)
        self.hits: Counter[str] = Counter()
        self._messages: list[str] = []
        weights: dict[Callable[[], bool], int] = {
            self.kill_worker: 3, self.kill_job_process: 5, self.kill_training_process: 3, self.kill_api_process: 3, self.kill_api: 1,
            self.kill_reaper_in_charge: 3, self.kill_shipper: 3, self.kill_mlflow: 1, self.kill_broker: 2,
            self.stop_worker: 2, self.stop_api: 1, self.freeze_broker: 2, self.freeze_worker: 3, self.freeze_job_process: 3,
            self.freeze_mlflow: 2, self.deliver_twice: 6, self.lose_message: 4, self.skew_leases: 4,
        }
        if stack.mounts:
            weights[self.fill_disks] = 3
        if stack.s3:
            weights |= {self.s3_errors: 3, self.s3_slow: 2, self.s3_hangs_up: 2}
        self._faults, self._weights = list(weights), list(weights.values())
        self._due: list[Callable[[], bool]] = self.random.sample(self._faults, len(self._faults))  # each at least once, if it can be

    def inject(self) -> str:
        """One fault; gives its name, or "" if it hit nothing. One that was not seen yet comes first, or again later."""
        due = bool(self._due) and self.random.random() < 0.7
        fault = self._due.pop() if due else self.random.choices(self._faults, self._weights)[0]
        try:
            hit = fault()
        except (psutil.NoSuchProcess, redis.RedisError):
            hit = False  # it was gone already
        if hit:
            self.hits[fault.__name__] += 1
        elif due:
            self._due.insert(0, fault)
        return fault.__name__ if hit else ""

    def heal(self) -> None:
        """Everything is well from now on."""
        self.stack.thaw()
        if self.stack.s3:
            self.stack.s3.mode = ""
        for disk in self.stack.mounts:
            (disk / BALLAST).unlink(missing_ok=True)

    def kill_worker(self) -> bool:
        main = self.stack.leader(self.random.choice(LANES))
        return self._kill([main, *main.children(recursive=True)] if main else [])

    def kill_job_process(self) -> bool:
        return self._kill(self._one(self.stack.slots()))

    def kill_training_process(self) -> bool:
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            if found := [child for slot in self.stack.slots() for child in slot.children() if TRAINING in child.cmdline()]:
                return self._kill(self._one(found))
            time.sleep(0.05)
        return False

    def kill_api_process(self) -> bool:
        return self._kill(self._one(self.stack.program("api")[1:]))

    def kill_api(self) -> bool:
        return self._kill(self.stack.program("api"))

    def kill_reaper_in_charge(self) -> bool:
        holder = str(self.stack.redis.get("noria:leader:archive") or "")
        pid = holder.rpartition(":")[2]
        return self._kill([p for p in self.stack.slots() if str(p.pid) == pid])

    def kill_shipper(self) -> bool:
        """The process that ships a run this moment: it holds the lock of the run."""
        slots = self.stack.slots()
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            held = {path.stat().st_ino for path in (self.stack.home / "spool" / "locks").glob("*") if path.exists()}
            lines = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
            pids = {int(words[4]) for words in lines if "->" not in words and int(words[5].rpartition(":")[2]) in held}
            if shipping := [p for p in slots if p.pid in pids]:
                return self._kill(self._one(shipping))
            time.sleep(0.01)
        return False

    def kill_mlflow(self) -> bool:
        return self._kill(self.stack.program("mlflow"))

    def kill_broker(self) -> bool:
        return self._kill(self.stack.program("broker"))

    def stop_worker(self) -> bool:
        return self._signal(self.stack.leader(self.random.choice(LANES)), signal.SIGTERM)

    def stop_api(self) -> bool:
        return self._signal(self.stack.leader("api"), signal.SIGTERM)

    def freeze_broker(self) -> bool:
        return self._freeze(self.stack.program("broker"))

    def freeze_worker(self) -> bool:
        return self._freeze(self.stack.program(self.random.choice(LANES)))

    def freeze_job_process(self) -> bool:
        return self._freeze(self._one(self.stack.slots()))

    def freeze_mlflow(self) -> bool:
        return self._freeze(self.stack.program("mlflow"))

    def deliver_twice(self) -> bool:
        """Send messages again: those that are being worked on, those that wait, and old ones."""
        store = self.stack.redis
        seen = [json.dumps(json.loads(kept)[0]) for kept in store.hvals("unacked")]
        seen += [message for queue in QUEUES for message in store.lrange(queue, -3, -1)]
        self._messages = [*self._messages, *seen][-200:]
        again = self.random.sample(self._messages, min(5, len(self._messages)))
        for raw in again:
            message = json.loads(raw)
            message["properties"]["delivery_tag"] = f"{message['headers']['id']}-{secrets.randbits(48)}"
            store.lpush(message["properties"]["delivery_info"]["routing_key"], json.dumps(message))
        return bool(again)

    def lose_message(self) -> bool:
        """Take a waiting message away, as a worker does that dies between the list and its table of what it took."""
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            if self.stack.redis.rpop(self.random.choice(QUEUES)):
                return True
            time.sleep(0.01)
        return False

    def skew_leases(self) -> bool:
        """Put the ends of running leases into the past, as a clock that jumps does."""
        running = self.stack.redis.zrange("noria:leases", 0, -1)
        return sum(int(self.stack.redis.zadd("noria:leases", {job_id: 1}, xx=True, ch=True)) for job_id in running) > 0

    def fill_disks(self) -> bool:
        """No byte is free under the object store or the spool (or both) for a while."""
        disks = self.random.sample(self.stack.mounts, self.random.randint(1, len(self.stack.mounts)))
        deadline = time.monotonic() + self.random.uniform(*FROZEN_S)
        try:
            while time.monotonic() < deadline:
                for disk in disks:
                    _fill(disk / BALLAST)
                time.sleep(0.05)
        finally:
            for disk in disks:
                (disk / BALLAST).unlink(missing_ok=True)
        return True

    def s3_errors(self) -> bool:
        return self._s3("errors")

    def s3_slow(self) -> bool:
        return self._s3("slow")

    def s3_hangs_up(self) -> bool:
        return self._s3("hang_up")

    def _s3(self, mode: str) -> bool:
        assert self.stack.s3
        self.stack.s3.mode = mode  # type: ignore[assignment]
        time.sleep(self.random.uniform(*FROZEN_S))
        self.stack.s3.mode = ""
        return True

    def _one(self, found: list[psutil.Process]) -> list[psutil.Process]:
        return [self.random.choice(found)] if found else []

    def _kill(self, found: list[psutil.Process]) -> bool:
        return sum(self._signal(process, signal.SIGKILL) for process in found) > 0

    def _freeze(self, found: list[psutil.Process]) -> bool:
        hit = sum(self._signal(process, signal.SIGSTOP) for process in found) > 0
        if hit:
            time.sleep(self.random.uniform(*FROZEN_S))
        for process in found:
            self._signal(process, signal.SIGCONT)
        return hit

    @staticmethod
    def _signal(process: psutil.Process | None, number: int) -> bool:
        with suppress(psutil.NoSuchProcess):
            if process:
                process.send_signal(number)
                return True
        return False


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while file.write(b"\0" * size) == size:
                    pass
