"""What a kind does to the world through its context, on real stores."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from jobs.context import Experiment, Registration
from jobs.errors import Conflict, InputError, JobCanceled, LeaseLost, NotFound, NothingToRetrain, TrackingUnavailable
from jobs.record import new_job_id
from jobs.settings import Settings, load_settings
from storage.companies import CompanyIn
from storage.corrections import CorrectionIn
from storage.job_store import End, NewJob
from storage.memory_jobs import MemoryJobStore
from storage.models import Version
from tests.api.models import put_version
from tests.services import free_port
from tests.storage.pictures import picture
from tracking.null import NullRun
from workers import job_context
from workers.job_context import StagedModel, WorkerContext
from workers.lease import Heartbeat
from workers.services import Services, make_services

SALES = "fecha,articulo_codigo,cantidad\n" + "".join(f"2024-{m:02d}-05,00{i},{m + i}\n" for m in range(1, 13) for i in range(3))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"NORIA_HOME": str(tmp_path / "home")})


@pytest.fixture
def services(settings: Settings) -> Services:
    return make_services(settings, MemoryJobStore())


@pytest.fixture
def context(services: Services, settings: Settings, tmp_path: Path) -> Iterator[WorkerContext]:
    new = NewJob(new_job_id(), "test.model", "cpu", {}, 3, {})
    services.jobs.submit(new, idempotency_s=1, queue_limit=10)
    job = services.jobs.acquire(new.id, worker="w", lease_s=30)
    assert job is not None
    with Heartbeat(services.jobs, job, lease_s=30, time_limit_s=60) as heartbeat:
        yield WorkerContext(job, services, settings, heartbeat, NullRun(), tmp_path, threads=1)


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


def test_what_a_job_keeps_for_a_model_is_there_for_the_next_job_once_it_has_succeeded(context: WorkerContext, services: Services) -> None:
    context.remember("demand", "list", b"1")
    assert context.recall("demand", "list") is None
    later = replace(context, job=replace(context.job, id="later"))
    # given a job that still runs, or has died
    assert later.recall("demand", "list") is None
    # when it succeeds
    services.jobs.move(context.job.id, context.job.fence, End("succeeded", result={}))
    assert later.recall("demand", "list") == b"1"
    # and where the job store has forgotten it
    services.archive.save(services.jobs, context.job.id)
    services.jobs.drop_expired(retention_s=-1)
    with pytest.raises(NotFound):
        services.jobs.get(context.job.id)
    assert later.recall("demand", "list") == b"1"


@pytest.fixture
def retraining(services: Services, settings: Settings, tmp_path: Path) -> Iterator[WorkerContext]:
    """The context of a retrain that has claimed two corrections; its MLflow is at an address where nothing listens."""
    put_version(services.objects, services.jobs)
    for n in range(2):
        image, _ = services.images.receive(picture(n, format_="PNG"))
        box = {"label": "cat", "x1": 1.0, "y1": 2.0, "x2": 30.0 + n, "y2": 40.0}
        services.corrections.add(CorrectionIn.model_validate({"image": image.id, "model": "m", "boxes": [box]}), by="k")
    new = NewJob(new_job_id(), "test.retrain", "cpu", {"model": "m"}, 3, {}, retrains="m")
    services.jobs.submit(new, idempotency_s=1, queue_limit=10)
    job = services.jobs.acquire(new.id, worker="w", lease_s=30)
    assert job is not None
    away = settings.model_copy(update={"mlflow_tracking_uri": f"http://127.0.0.1:{free_port()}"})
    with Heartbeat(services.jobs, job, lease_s=30, time_limit_s=60) as heartbeat:
        yield WorkerContext(job, services, away, heartbeat, NullRun(), tmp_path, threads=1)


def test_claimed_corrections_come_whole_with_their_image(retraining: WorkerContext, services: Services) -> None:
    first, second = retraining.corrections()
    assert [c.boxes[0]["x2"] for c in (first, second)] == [30.0, 31.0]
    assert services.images.get(first.document["image"]).sha256 == first.image_sha256
    assert (first.width, first.height) == (64, 48)
    assert (first.document["state"], first.document["retrain_job"], first.document["by"]) == ("claimed", retraining.job_id, "k")


def test_a_job_without_a_claim_has_nothing_to_retrain(context: WorkerContext) -> None:
    with pytest.raises(NothingToRetrain):
        context.corrections()


def test_a_version_is_reserved_ahead_and_is_the_one_that_the_model_gets(context: WorkerContext) -> None:
    number = context.reserve_version("m")
    assert context.model("m", files={}, metadata={}) == number == context.reserve_version("m")


def test_without_an_experiment_named_or_pinned_the_message_says_how_to_pin_one(context: WorkerContext) -> None:
    with pytest.raises(InputError, match="RETRAIN_EXPERIMENT_ID") as refused:
        context.require_experiment(None)
    assert refused.value.fields[0].field == "params.experiment_id"


def test_an_mlflow_that_is_away_is_worth_another_attempt(retraining: WorkerContext) -> None:
    with pytest.raises(TrackingUnavailable) as away:
        retraining.require_experiment("7")
    assert away.value.retryable


def test_the_run_of_a_retrain_begins_in_its_experiment_with_its_tags_and_params(retraining: WorkerContext, services: Services) -> None:
    retraining.start_run(Experiment("7", "e", "mlflow-artifacts:/e"), "m v2", {"type": "retraining"})
    retraining.param("epochs", 3)
    retraining.run.close()
    (segment,) = (services.spool.runs / retraining.job_id).glob("*.jsonl")
    begin, *rest = [json.loads(line) for line in segment.read_text().splitlines()]
    assert (begin["experiment"], begin["run_name"], begin["tags"]["type"]) == ({"id": "7"}, "m v2", "retraining")
    assert {op["name"] for op in rest} == {"params.model", "epochs"}


def test_an_end_that_mlflow_does_not_confirm_is_waited_for_and_not_longer_than_said(retraining: WorkerContext, monkeypatch) -> None:
    monkeypatch.setattr(job_context, "CONFIRM_S", 0.5)
    retraining.start_run(Experiment("7", "e", "mlflow-artifacts:/e"), "m v2", {})
    began = time.monotonic()
    assert retraining.end_run() is False
    assert 0.5 <= time.monotonic() - began < 10  # CONFIRM_S itself is longer


def test_an_end_is_confirmed_once_nothing_of_the_run_waits_any_more(retraining: WorkerContext, services: Services) -> None:
    retraining.start_run(Experiment("7", "e", "mlflow-artifacts:/e"), "m v2", {})
    arrival = threading.Timer(0.3, lambda: shutil.rmtree(services.spool.runs / retraining.job_id))
    arrival.start()
    assert retraining.end_run() is True
    arrival.join()


def test_whoever_lost_the_lease_does_not_wait_for_the_end(retraining: WorkerContext) -> None:
    retraining.start_run(Experiment("7", "e", "mlflow-artifacts:/e"), "m v2", {})
    retraining.heartbeat.stop_error = LeaseLost("Another worker holds this job now.")
    with pytest.raises(LeaseLost):
        retraining.end_run()
    # while one that is canceled so late, or whose worker stops, goes on to its end at once
    retraining.heartbeat.stop_error = JobCanceled("The job was canceled.")
    assert retraining.end_run() is False


def test_the_version_made_last_with_a_file_is_found_whatever_its_number(context: WorkerContext, services: Services) -> None:
    services.objects.put("k", b"{}")
    for number, made, files in ((1, 10, {}), (2, 30, {"snapshot.json": "k"}), (3, 20, {"snapshot.json": "k"})):
        services.models.allocate("m", domain="test", job_id=f"j{number}")
        services.models.publish(Version("m", number, "test", f"j{number}", made, {}, files), promote=False)
    latest = context.latest_version("m", having="snapshot.json")
    assert latest is not None
    assert (latest.version, latest.files["snapshot.json"].read_bytes()) == (2, b"{}")
    assert context.latest_version("m", having="other.json") is None


def test_an_end_of_which_mlflow_refused_a_part_is_not_confirmed(retraining: WorkerContext, services: Services) -> None:
    retraining.start_run(Experiment("7", "e", "mlflow-artifacts:/e"), "m v2", {})
    (services.spool.dead / retraining.job_id).mkdir(parents=True)
    shutil.rmtree(services.spool.runs / retraining.job_id)
    assert retraining.end_run() is False
