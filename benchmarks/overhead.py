"""What a training job costs beside the same function called in a bare process: CPU seconds of every process there is.

Daily sales of ITEMS items over two years, made up. With MLflow up its server counts too, until all of the run has arrived; down
means configured and not answering. All processes are warm: each has trained once before. One thread for the libraries everywhere.
A training's own CPU seconds vary by more than a job adds, so what is spent outside of the process that trains is told apart.
"""

import csv
import os
import random
import tempfile
import time
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from api.client import Client
from benchmarks.goals import Row, report
from benchmarks.measure import cpu_s, interleaved, ratios
from benchmarks.pieces import Pieces, pieces
from jobs.context import Dataset
from jobs.forecasting.kinds import TrainParams
from jobs.forecasting.train import run
from jobs.memory_context import MemoryContext
from tests.services import free_port, wait_until
from tests.tracking.servers import MlflowServer

ROUNDS, ITEMS, DAYS = 3, 400, 730
BARE, UP, DOWN = "bare process", "MLflow up", "MLflow down"


def make_sales(path: Path, items: int = ITEMS, days: int = DAYS) -> Path:
    """A CSV of date, item, quantity with a weekly rhythm."""
    chance = random.Random(1)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("date", "item", "quantity"))
        for item in range(items):
            level = chance.uniform(2, 60)
            for day in range(days):
                on = date(2024, 1, 1) + timedelta(day)
                quantity = chance.gauss(level * (1 + 0.3 * (on.weekday() > 4)), level / 4)
                rows.writerow((on, f"item-{item:04}", max(0, round(quantity))))
    return path


def train_on_demand(asked: Connection, dataset: Dataset) -> None:
    """In a process of its own: train each time that it is asked, until it is told to end."""
    while asked.recv():
        with tempfile.TemporaryDirectory() as folder:
            run(TrainParams(dataset=dataset.id), MemoryContext(scratch=Path(folder), datasets={dataset.id: dataset}))
        asked.send("done")


def by_job(
    stack: Pieces, client: Client, dataset: str, others: tuple[int, ...], around: list[float], *, tracked: bool,
) -> float:
    """CPU seconds of a job and all that has to be done after its end; `around` gets those outside of the process that trains."""
    assert stack.worker
    pids = (stack.api_pid, stack.worker.process.pid, stack.broker_pid, *others)
    trains = [process.pid for process in psutil.Process(stack.worker.process.pid).children()]
    before, trained = cpu_s(*pids), cpu_s(*trains)
    job = client.wait(client.submit("forecasting.train", {"dataset": dataset})["id"])
    if job["state"] != "succeeded":
        raise RuntimeError(f"The job {job['state']}: {job['error']}")
    wait_until(lambda: not stack.valkey.client.zcard("noria:unarchived"), timeout_s=60, what="the job being archived")
    if tracked:
        wait_until(lambda: not client.job(job["id"])["tracking"]["pending"], timeout_s=180, what="the run having arrived")
    else:
        time.sleep(3)  # in which the shipper tries
    spent = cpu_s(*pids) - before
    around.append(spent - (cpu_s(*trains) - trained))
    return spent


def main() -> bool:
    """Report the ratios; gives whether the goals were reached."""
    os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="PASSIVE")
    with ExitStack() as stopped:
        folder = Path(stopped.enter_context(tempfile.TemporaryDirectory()))
        (folder / "mlflow").mkdir()
        server = MlflowServer(folder / "mlflow").start()
        stopped.callback(server.stop)
        assert server.process
        sales = make_sales(folder / "sales.csv")
        stacks = {UP: stopped.enter_context(pieces("cpu", MLFLOW_TRACKING_URI=server.uri)),
                  DOWN: stopped.enter_context(pieces("cpu", MLFLOW_TRACKING_URI=f"http://127.0.0.1:{free_port()}"))}
        clients = {name: Client(f"http://127.0.0.1:{stack.api.port}") for name, stack in stacks.items()}
        uploaded = {name: client.upload(sales, type="sales")["id"] for name, client in clients.items()}
        dataset = stacks[UP].plant.services.datasets.local(uploaded[UP], folder / "cache")
        asked, asks = get_context("spawn").Pipe()
        bare = get_context("spawn").Process(target=train_on_demand, args=(asks, dataset), daemon=True)
        bare.start()

        def by_hand() -> float:
            before = cpu_s(bare.pid or 0)
            asked.send(True)
            asked.recv()
            return cpu_s(bare.pid or 0) - before

        others = {UP: (server.process.pid,), DOWN: ()}
        arms = {BARE: by_hand}
        around: dict[str, list[float]] = {name: [] for name in stacks}
        for name, stack in stacks.items():
            arms[name] = partial(by_job, stack, clients[name], uploaded[name], others[name], around[name], tracked=name == UP)
        interleaved(arms, 1)
        found = interleaved(arms, ROUNDS)
        asked.send(False)
        bare.join()
    what = f"training job of {ITEMS} items"
    rows = [Row(f"{what}, {name}", BARE, tuple(ratios(found, name, BARE)), 1.03, unit="x") for name in stacks]
    added = {name: tuple(a - b for a, b in zip(found[name], found[BARE], strict=True)) for name in stacks}
    rows += [Row("the bare training", "", tuple(found[BARE]), None, unit=" CPU s"),
             *(Row(f"what the job adds, {name}", "", seconds, None, unit=" CPU s") for name, seconds in added.items()),
             *(Row(f"of it outside of the process that trains, {name}", "", tuple(seconds[1:]), None, unit=" CPU s")
               for name, seconds in around.items())]
    return report("overhead", rows, cpu_s=found, around_s=around)
