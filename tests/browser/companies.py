"""A company with real sales and a model that was really trained, for the pages of forecasts.

The work of a job is done here by its own code, and put into the stores as a worker would: so that a test costs no second worker.
"""

import hashlib
import json
from datetime import date
from functools import cache
from pathlib import Path

import httpx
import polars as pl

from jobs.context import Company
from jobs.forecasting import predict, train
from jobs.forecasting.kinds import PredictParams, TrainParams
from jobs.memory_context import MemoryContext
from jobs.record import Artifact, Job
from jobs.settings import load_settings
from storage import names
from storage.datasets import Datasets
from storage.job_store import End
from storage.models import Models, Version
from storage.object_store import ObjectStore
from storage.objects import open_store
from tests.browser.conftest import Console
from tests.jobs.forecasting.sales import carparts

COMPANY = {"nit": "900123456", "name": "Repuestos Andinos", "country": "CO", "currency": "COP"}
MODEL = "empresa_900123456"
PARTS = 40
TYPES = {"png": "image/png", "csv": "text/csv", "json": "application/json", "jsonl": "application/x-ndjson"}
RESULTS: dict[int, dict[str, object]] = {}  # of a training, by its context


def car_parts(folder: Path) -> bytes:
    """The parts of the car parts set that sold most, as a CSV of monthly sums with Spanish headings."""
    long = carparts(folder, 2674)
    sums = long.group_by("item").agg(pl.col("quantity").sum()).sort(["quantity", "item"], descending=[True, False]).head(PARTS)
    table = long.join(sums.select("item"), on="item", how="semi").with_columns(
        articulo_nombre="Pieza " + pl.col("item").str.slice(-4), categoria=pl.lit("Motor"))
    brakes = pl.col("item").str.ends_with("1") | pl.col("item").str.ends_with("4")
    table = table.with_columns(categoria=pl.when(brakes).then(pl.lit("Frenos")).otherwise("categoria")).sort("date", "item")
    return table.rename({"date": "fecha", "item": "articulo_codigo", "quantity": "cantidad"}).write_csv().encode()


def put_company(console: Console, company_id: str = "andes", **changes: str) -> None:
    """Make a company over the HTTP contract."""
    assert httpx.put(f"{console.url}/v1/companies/{company_id}", json={**COMPANY, **changes}).status_code == 200


def send(console: Console, content: bytes, type_: str = "sales", company: str = "andes", name: str = "ventas.csv") -> str:
    """Upload a data set of a company over the HTTP contract; gives its id."""
    answer = httpx.post(f"{console.url}/v1/datasets", data={"type": type_, "company": company}, files={"file": (name, content)}, timeout=60)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["id"])


def carry_out(console: Console, job_id: str) -> Job:
    """Carry out a queued training or prediction of a company as a worker would: artifacts, model, result."""
    job = console.start(job_id)
    objects = open_store((console.home / "objects").as_uri())
    datasets = Datasets(objects, console.jobs, load_settings({"NORIA_HOME": str(console.home)}))
    models = Models(objects, console.jobs)
    asked = job.params if job.kind == "forecasting.train" else models.version(MODEL).metadata
    ctx = learner(read(datasets, objects, "sales"), read(datasets, objects, "future"), tuple(asked.get("regressors") or ()),
                  asked.get("horizon"))
    if job.kind == "forecasting.predict":
        twin = MemoryContext(versions=ctx.versions, datasets=ctx.datasets)
        told = predict.run(PredictParams.model_validate_json(json.dumps(job.params)), twin).model_dump(mode="json")
        console.jobs.commit(job_id, job.fence, result=told, artifacts=keep(job, twin, objects), models=[])
    else:
        number = models.allocate(MODEL, domain="forecasting", job_id=job_id)
        told = {**RESULTS[id(ctx)], "version": number}
        console.jobs.commit(job_id, job.fence, result=told, artifacts=keep(job, ctx, objects), models=[])
        card = ctx.model_version(MODEL).metadata
        models.publish(Version(MODEL, number, "forecasting", job_id, job.created_at, card), promote=True)
    return console.jobs.move(job_id, job.fence, End("succeeded", result=told))


def read(datasets: Datasets, objects: ObjectStore, type_: str) -> tuple[str, bytes, str] | None:
    """Id, table and profile of the company's last data set of a type."""
    found = datasets.latest_for_company("andes", type_)
    profile = json.dumps(datasets.get(found).profile) if found else ""
    return (found, objects.read(names.dataset(found, "table.parquet")), profile) if found else None


def keep(job: Job, ctx: MemoryContext, objects: ObjectStore) -> list[Artifact]:
    """Put a run's files where a worker does."""
    kept = []
    for name, content in ctx.artifacts.items():
        key = names.artifact(job.id, job.fence, name)
        objects.put(key, content)
        kept.append(Artifact(name, key, len(content), hashlib.sha256(content).hexdigest(), TYPES[name.rpartition(".")[2]]))
    return kept


@cache
def learner(
    sales: tuple[str, bytes, str] | None, future: tuple[str, bytes, str] | None, regressors: tuple[str, ...],
    horizon: int | None,
) -> MemoryContext:
    """A context in which the company has learned from these sales; the same ones are learned from once in a session."""
    assert sales
    ctx = MemoryContext()
    for type_, given in (("sales", sales), ("future", future)):
        if given:
            path = ctx.scratch / f"{type_}.parquet"
            path.write_bytes(given[1])
            ctx.add_dataset(path, dataset_id=given[0], type=type_, profile=json.loads(given[2]), company="andes")
    ctx.companies["andes"] = Company("andes", COMPANY["nit"], COMPANY["name"], "CO", "COP", "America/Bogota", sales[0])
    RESULTS[id(ctx)] = train.run(TrainParams(company="andes", regressors=regressors, horizon=horizon), ctx).model_dump(mode="json")
    return ctx


def small_sales(items: int = 3, months: int = 36, name: str = "") -> bytes:
    """Monthly sums as a CSV, with `name` in the articles' names."""
    rows = [f"{date(2021 + m // 12, m % 12 + 1, 1)},A-{n},{(n + 1) * (20 + m % 12)},\"{name.replace(chr(34), chr(34) * 2)}A-{n}\""
            for n in range(items) for m in range(months)]
    return ("date,item,quantity,item_name\n" + "\n".join(rows) + "\n").encode()


def train_company(console: Console, **params: object) -> Job:
    """Submit a training of the company, and carry it out."""
    return carry_out(console, console.submit("forecasting.train", "cpu", {"company": "andes", **params}))
