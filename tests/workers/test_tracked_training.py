"""A real training in a real worker, and MLflow in every state that it can be in: the answer is the same."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from jobs.record import Job
from storage.redis_jobs import RedisJobStore
from tests.services import Valkey, free_port, wait_until
from tests.tracking.servers import Gate, MlflowServer
from tests.workers.conftest import Plant

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BLOCKER = """
import sys
from importlib.machinery import PathFinder
class WithoutMlflow(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == "mlflow" else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutMlflow
"""


def sales() -> str:
    rows = [f"2022-{m:02d}-01,{item},{20 + 5 * (m % 4) + n}" for n, item in enumerate("abc") for m in range(1, 13)]
    rows += [row.replace("2022-", "2023-") for row in rows]
    return "\n".join(["date,item,quantity", *rows]) + "\n"


class TrainedPlant(Plant):
    """A plant with a small data set, whose worker speaks to the MLflow of one address."""

    def upload(self, folder: Path) -> str:
        source = folder / "sales.csv"
        source.write_text(sales())
        stored, _ = self.services.datasets.receive(source, type="sales", name="shop", filename="sales.csv")
        self.services.datasets.wait(stored.id, 60)
        return stored.id

    def train(self, dataset: str) -> str:
        return self.submit("forecasting.train", dataset=dataset, horizon=3, folds=2)


@pytest.fixture
def make_trained(tmp_path: Path) -> Iterator[Callable[[str], tuple[TrainedPlant, str]]]:
    valkey = Valkey(tmp_path / "valkey").start()
    plants: list[TrainedPlant] = []

    def make(uri: str) -> tuple[TrainedPlant, str]:
        home = tmp_path / "home"
        home.mkdir()
        plant = TrainedPlant(home, valkey)
        plant.environ["MLFLOW_TRACKING_URI"] = uri
        plants.append(plant)
        return plant, plant.upload(tmp_path)

    yield make
    for plant in plants:
        plant.stop()
    valkey.stop()


def answer(job: Job) -> dict[str, Any]:
    assert job.state == "succeeded", job.error
    assert job.result is not None
    return {name: job.result[name] for name in ("metrics", "chosen", "coverage", "series", "rows")}


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """The answers seen so far; all have to be the first one."""
    return {}


def check(job: Job, expected: dict[str, Any]) -> None:
    assert answer(job) == expected.setdefault("answer", answer(job))


def tracked(jobs: RedisJobStore, job_id: str) -> dict[str, Any]:
    def arrived() -> bool:
        tracking = jobs.get(job_id).tracking
        return tracking is not None and not tracking["pending"]

    wait_until(arrived, timeout_s=90, what="the run arriving whole")
    return jobs.get(job_id).tracking or {}


def assert_run_is_whole(server: MlflowServer, tracking: dict[str, Any]) -> None:
    client = MlflowClient(tracking_uri=server.uri, registry_uri=server.uri)
    run = client.get_run(tracking["run_id"])
    assert run.info.status == "FINISHED"
    assert client.get_experiment(run.info.experiment_id).name == "tnsfull_ml"
    assert tracking["ui_url"] == f"{server.uri}/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
    assert {"modelo_id", "nit_empresa", "fecha_entrenamiento", "filas_entrenamiento", "total_articulos"} <= set(run.data.params)
    assert {"xgboost_mae", "xgboost_r2", "xgboost_rmse", "prophet_mae", "prophet_datos_entrenamiento"} <= set(run.data.metrics)
    assert "training_sample.csv" in [f.path for f in client.list_artifacts(run.info.run_id)]
    for name in ("xgboost_shop", "prophet_shop"):
        assert client.get_model_version_by_alias(name, "champion").run_id is not None
        assert run.info.run_id in [v.run_id for v in client.search_model_versions(f"name='{name}'")]


def test_with_mlflow_up_the_run_is_there_when_the_job_ends(make_trained, mlflow_server, expected):
    plant, dataset = make_trained(mlflow_server.uri)
    plant.start_worker()
    job = plant.wait_for_end(plant.train(dataset), timeout_s=120)
    check(job, expected)
    assert_run_is_whole(mlflow_server, tracked(plant.jobs, job.id))


def test_a_buy_list_tracks_what_the_old_system_tracked(make_trained, mlflow_server, tmp_path):
    # given a trained model and a stock file, through the stores and a worker
    plant, dataset = make_trained(mlflow_server.uri)
    plant.start_worker()
    assert plant.wait_for_end(plant.train(dataset), timeout_s=120).state == "succeeded"
    (tmp_path / "stock.csv").write_text("articulo_codigo,existencias,proveedor,costo_unitario\na,5,=X,2.5\nb,1000,Y,3\nc,0,Y,\n")
    stock, _ = plant.services.datasets.receive(tmp_path / "stock.csv", type="stock", name="stock", filename="stock.csv")
    plant.services.datasets.wait(stock.id, 60)
    # when two lists are made
    jobs = [plant.wait_for_end(plant.submit("forecasting.recommend", model="shop", stock=stock.id), timeout_s=120) for _ in range(2)]
    assert [(job.state, job.error) for job in jobs] == [("succeeded", None)] * 2
    # then the run has the params, metrics and files, and the second list knows the first
    client = MlflowClient(tracking_uri=mlflow_server.uri, registry_uri=mlflow_server.uri)
    run = client.get_run(tracked(plant.jobs, jobs[1].id)["run_id"])
    result = jobs[1].result
    assert {n: run.data.params[n] for n in ("modelo_id", "tipo_prediccion", "meses_proyeccion", "total_predicciones")} == {
        "modelo_id": "shop", "tipo_prediccion": "recomendaciones", "meses_proyeccion": "1", "total_predicciones": "3"}
    assert {"nit_empresa", "predictor_principal"} <= set(run.data.params)
    assert {"demanda_total", "demanda_promedio", "demanda_maxima", "demanda_minima"} <= set(run.data.metrics)
    assert (run.data.metrics["total_articulos_recomendados"], run.data.metrics["inversion_total"]) == (
        result["items_recommended"], result["investment_total"])
    assert run.data.metrics["cantidad_total_recomendada"] == result["quantity_total"]
    assert {"recommendations.csv", "recommendations.xlsx", "prediction_metadata.json", "abc_xyz.png", "orders"} <= {
        f.path for f in client.list_artifacts(run.info.run_id)}
    assert (jobs[0].result["changes"], result["changes"]["job"], result["changes"]["more"]) == (None, jobs[0].id, 0)
    assert {row["class"][0] for row in result["recommendations"]} <= set("ABC")


def test_a_question_is_answered_by_a_worker_and_its_run_tracked(make_trained, mlflow_server):
    # given a trained model
    plant, dataset = make_trained(mlflow_server.uri)
    plant.start_worker()
    assert plant.wait_for_end(plant.train(dataset), timeout_s=120).state == "succeeded"
    # when it is asked
    job = plant.wait_for_end(plant.submit("forecasting.ask", model="shop", question="What should I buy next month?"), timeout_s=120)
    # then the answer is kept, and its run has what was asked
    assert (job.state, job.error) == ("succeeded", None)
    assert (job.result["intent"], job.result["understood"]["language"]) == ("purchase_list", "en")
    client = MlflowClient(tracking_uri=mlflow_server.uri, registry_uri=mlflow_server.uri)
    run = client.get_run(tracked(plant.jobs, job.id)["run_id"])
    assert {n: run.data.params[n] for n in ("modelo_id", "tipo_prediccion", "question", "intent")} == {
        "modelo_id": "shop", "tipo_prediccion": "recomendaciones", "question": "What should I buy next month?",
        "intent": "purchase_list"}
    assert {"answer.json", "recommendations.csv", "prediction_metadata.json"} <= {
        f.path for f in client.list_artifacts(run.info.run_id)}


def test_with_mlflow_refusing_the_job_ends_and_the_run_comes_later(make_trained, expected, tmp_path):
    (tmp_path / "late").mkdir()
    late = MlflowServer(tmp_path / "late")
    plant, dataset = make_trained(late.uri)
    plant.start_worker()
    job = plant.wait_for_end(plant.train(dataset), timeout_s=120)
    check(job, expected)
    assert job.tracking is None
    late.start()
    try:
        assert_run_is_whole(late, tracked(plant.jobs, job.id))
    finally:
        late.stop()


def test_with_mlflow_frozen_the_job_ends_and_the_run_comes_later(make_trained, mlflow_server, expected):
    plant, dataset = make_trained(mlflow_server.uri)
    plant.start_worker()
    mlflow_server.freeze()
    try:
        job = plant.wait_for_end(plant.train(dataset), timeout_s=120)
    finally:
        mlflow_server.thaw()
    check(job, expected)
    assert_run_is_whole(mlflow_server, tracked(plant.jobs, job.id))


def test_with_mlflow_killed_in_the_middle_nothing_is_missing_in_the_end(make_trained, expected, tmp_path):
    (tmp_path / "killed").mkdir()
    server = MlflowServer(tmp_path / "killed").start()
    plant, dataset = make_trained(server.uri)
    plant.start_worker()
    try:
        job_id = plant.train(dataset)
        wait_until(lambda: plant.jobs.get(job_id).tracking, timeout_s=90, what="the run beginning")
        server.kill()
        job = plant.wait_for_end(job_id, timeout_s=120)
        check(job, expected)
        server.start()
        assert_run_is_whole(server, tracked(plant.jobs, job.id))
    finally:
        server.stop()


def test_with_mlflow_forbidding_everything_the_job_ends_without_a_run(make_trained, mlflow_server, expected):
    with Gate(mlflow_server.port) as gate:
        gate.status = 403
        plant, dataset = make_trained(gate.uri)
        plant.start_worker()
        job = plant.wait_for_end(plant.train(dataset), timeout_s=120)
        check(job, expected)
        assert job.tracking is None


def test_without_mlflow_installed_the_job_ends_without_a_run(make_trained, expected, tmp_path):
    (tmp_path / "blocker").mkdir()
    (tmp_path / "blocker" / "sitecustomize.py").write_text(BLOCKER)
    plant, dataset = make_trained(f"http://127.0.0.1:{free_port()}")
    plant.start_worker(PYTHONPATH=str(tmp_path / "blocker"))
    job = plant.wait_for_end(plant.train(dataset), timeout_s=120)
    check(job, expected)
    assert job.tracking is None
    assert next(iter(plant.jobs.workers().values()))["tracking"]["state"] == "not_installed"
