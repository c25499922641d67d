"""What a kind does to the world through its context, on real stores."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from jobs.context import Registration
from jobs.errors import Conflict, InputError, JobCanceled, NotFound
from jobs.record import new_job_id
from jobs.settings import load_settings
from storage.companies import CompanyIn
from storage.job_store import NewJob
from storage.memory_jobs import MemoryJobStore
from tests.storage.pictures import picture
from tracking.null import NullRun
from workers.job_context import StagedModel, WorkerContext
from workers.lease import Heartbeat
from workers.services import Services, make_services

SALES = "fecha,articulo_codigo,cantidad\n" + "".join(f"2024-{m:02d}-05,00{i},{m + i}\n" for m in range(1, 13) for i in range(3))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return make_services(load_settings({"NORIA_HOME": str(tmp_path / "home")}), MemoryJobStore())


@pytest.fixture
def context(services: Services, tmp_path: Path) -> Iterator[WorkerContext]:
    new = NewJob(new_job_id(), "test.model", "cpu", {}, 3, {})
    services.jobs.submit(new, idempotency_s=1, queue_limit=10)
    job = services.jobs.acquire(new.id, worker="w", lease_s=30)
    assert job is not None
    with Heartbeat(services.jobs, job, lease_s=30, time_limit_s=60) as heartbeat:
        yield WorkerContext(job, services, heartbeat, NullRun(), tmp_path, threads=1)


def test_a_data_set_is_a_local_table_with_items_as_uploaded(context: WorkerContext, services: Services, tmp_path: Path) -> None:
    source = tmp_path / "sales.csv"
    source.write_text(SALES)
    stored, _ = services.datasets.receive(source, type="sales", name="ventas", filename="sales.csv")
    services.datasets.wait(stored.id, 60)
    dataset = context.dataset(stored.id)
    table = pl.read_parquet(dataset.path)
    assert set(table["item"]) == {"000", "001", "002"}
    assert table["quantity"].sum() == sum(m + i for m in range(1, 13) for i in range(3))
    assert dataset.profile["frequency"] == "month"


def test_an_image_is_a_local_copy_with_its_suffix(context: WorkerContext, services: Services) -> None:
    content = picture(format_="PNG")
    document, _ = services.images.receive(content)
    path = context.image(document.sha256)
    assert (path.name, path.read_bytes()) == (f"{document.sha256}.png", content)
    assert context.image(document.sha256) == context.image(document.id) == path
    with pytest.raises(NotFound):
        context.image("0" * 64)


def test_a_company_brings_the_data_set_last_uploaded_for_it(context: WorkerContext, services: Services, tmp_path: Path) -> None:
    services.companies.put("acme", CompanyIn(nit="900123456", name="Acme", country="CO", currency="COP"))
    source = tmp_path / "sales.csv"
    source.write_text(SALES)
    stored, _ = services.datasets.receive(source, type="sales", name="ventas", company="acme", filename="sales.csv")
    services.datasets.wait(stored.id, 60)
    company = context.company("acme")
    assert (company.nit, company.timezone, company.dataset) == ("900123456", "America/Bogota", stored.id)


def test_artifacts_wait_under_the_fence_until_the_job_ends(context: WorkerContext, services: Services) -> None:
    context.artifact("plots/fan.png", b"png")
    kept = context.artifacts["plots/fan.png"]
    assert kept.key == f"jobs/{context.job_id}/fence-1/plots/fan.png"
    assert (services.objects.read(kept.key), kept.media_type, kept.size) == (b"png", "image/png", 3)
    assert services.jobs.get(context.job_id).artifacts == ()


@pytest.mark.parametrize("name", ["../x", "a//b", "/etc/passwd", "a/../b", "", "a b", "x" * 70])
def test_an_artifact_cannot_be_named_out_of_its_folder(context: WorkerContext, name: str) -> None:
    with pytest.raises(InputError):
        context.artifact(name, b"x")


def test_a_staged_model_survives_the_trip_through_the_job_document(context: WorkerContext, tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"w")
    registrations = (Registration("xgboost_m", "xgboost", "weights.bin"),)
    assert context.model("m", files={"weights.bin": weights}, metadata={"k": [1]}, registrations=registrations) == 1
    assert StagedModel.from_document(context.models[0].document()) == context.models[0]
    assert context.models[0].version.metadata["k"] == [1]
    with pytest.raises(NotFound):
        context.model_version("m")


def test_a_model_name_of_another_domain_is_refused(context: WorkerContext, services: Services, tmp_path: Path) -> None:
    services.models.allocate("taken", domain="vision", job_id="other")
    with pytest.raises(Conflict, match="vision"):
        context.model("taken", files={}, metadata={})


def test_a_checkpoint_is_there_for_the_next_attempt(context: WorkerContext) -> None:
    assert context.load_checkpoint("fold-1") is None
    context.save_checkpoint("fold-1", b"done")
    assert context.load_checkpoint("fold-1") == b"done"


def test_every_safe_point_raises_once_the_run_has_to_stop(context: WorkerContext) -> None:
    context.heartbeat.stop_error = JobCanceled("The job was canceled.")
    assert context.canceled()
    for safe_point in (context.check, lambda: context.progress(0.5, "fit"), lambda: context.save_checkpoint("x", b"")):
        with pytest.raises(JobCanceled):
            safe_point()


def test_numbers_that_json_cannot_hold_never_become_events(context: WorkerContext, services: Services) -> None:
    context.metric("mae", float("nan"))
    context.metric("mae", 1.5, 2)
    context.heartbeat.flush()
    assert [e.data for e in services.jobs.events(context.job_id) if e.type == "metric"] == [{"name": "mae", "value": 1.5, "step": 2}]


def test_the_last_stock_of_a_company_is_found(context: WorkerContext, services: Services, tmp_path: Path) -> None:
    company = CompanyIn(nit="900123456", name="Acme", country="CO", currency="COP")
    services.companies.put("acme", company)
    assert context.latest_dataset("acme", "stock") is None
    for n in (1, 2):
        (tmp_path / "stock.csv").write_text(f"articulo_codigo,existencias\n001,{n}\n")
        stored, _ = services.datasets.receive(tmp_path / "stock.csv", type="stock", name="bodega", company="acme", now_ms=n)
        services.datasets.wait(stored.id, 60)
    assert context.latest_dataset("acme", "stock") == stored.id
    assert pl.read_parquet(context.dataset(stored.id).path).rows() == [("001", 2.0)]


def test_what_a_job_keeps_for_a_model_is_there_for_the_next_job_not_for_itself(context: WorkerContext, services: Services) -> None:
    context.remember("demand", "list", b"1")
    assert context.recall("demand", "list") is None
    assert services.models.recall("demand", "list", job_id="another") == b"1"
