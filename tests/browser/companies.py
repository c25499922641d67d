"""A company with real sales and a model that was really trained, for the pages of forecasts.

The work of a job is done here by its own code, and put into the stores as a worker would: so that a test costs no second worker.
"""

import hashlib
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

import httpx
import polars as pl

from jobs.context import Company
from jobs.forecasting import train
from jobs.forecasting.kinds import TrainParams
from jobs.memory_context import MemoryContext
from jobs.record import Artifact, Job
from jobs.settings import load_settings
from storage import names
from storage.datasets import Datasets
from storage.job_store import End
from storage.models import Models, Version
from storage.objects import open_store
from tests.browser.conftest import Console
from tests.jobs.forecasting.sales import carparts

COMPANY = {"nit": "900123456", "name": "Repuestos Andinos", "country": "CO", "currency": "COP"}
MODEL = "empresa_900123456"
PARTS = 40


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


def finish_training(console: Console, job_id: str) -> Job:
    """Carry out a queued training of a company as a worker would: artifacts, model, result."""
    job = console.start(job_id)
    objects = open_store((console.home / "objects").as_uri())
    datasets = Datasets(objects, console.jobs, load_settings({"NORIA_HOME": str(console.home)}))
    company = job.params["company"]
    dataset = datasets.latest_for_company(company)
    assert dataset
    document = datasets.get(dataset)
    result, metadata, files = trained(objects.read(names.dataset(dataset, "table.parquet")), dataset, str(document.profile), company)
    artifacts = []
    for name, content in files.items():
        key = names.artifact(job_id, job.fence, name)
        objects.put(key, content)
        kind = "image/png" if name.endswith(".png") else "text/csv" if name.endswith(".csv") else "application/x-ndjson"
        artifacts.append(Artifact(name, key, len(content), hashlib.sha256(content).hexdigest(), kind))
    models = Models(objects, console.jobs)
    number = models.allocate(MODEL, domain="forecasting", job_id=job_id)
    told = {**result, "version": number}
    console.jobs.commit(job_id, job.fence, result=told, artifacts=artifacts, models=[])
    models.publish(Version(MODEL, number, "forecasting", job_id, job.created_at, metadata), promote=True)
    return console.jobs.move(job_id, job.fence, End("succeeded", result=told))


@cache
def trained(table: bytes, dataset: str, profile: str, company: str) -> tuple[dict, dict, dict[str, bytes]]:
    """Result, card and files of a training on these sales; the same sales are learned from once in a session."""
    path = Path(tempfile.mkdtemp(prefix="noria-")) / "table.parquet"
    path.write_bytes(table)
    ctx = MemoryContext()
    sums = "'period_sums': True" in profile
    ctx.add_dataset(path, dataset_id=dataset, profile={"frequency": "month", "period_sums": sums}, company=company)
    ctx.companies[company] = Company(company, COMPANY["nit"], COMPANY["name"], "CO", "COP", "America/Bogota", dataset)
    result = train.run(TrainParams(company=company), ctx)
    return result.model_dump(mode="json"), ctx.model_version(MODEL).metadata, dict(ctx.artifacts)


def small_sales(items: int = 3, months: int = 36, name: str = "") -> bytes:
    """Monthly sums as a CSV, with `name` in the articles' names."""
    rows = [f"{date(2021 + m // 12, m % 12 + 1, 1)},A-{n},{(n + 1) * (20 + m % 12)},\"{name.replace(chr(34), chr(34) * 2)}A-{n}\""
            for n in range(items) for m in range(months)]
    return ("date,item,quantity,item_name\n" + "\n".join(rows) + "\n").encode()


def train_company(console: Console, company: str = "andes") -> Job:
    """Submit a training of the company, and carry it out."""
    return finish_training(console, console.submit("forecasting.train", "cpu", {"company": company}))
