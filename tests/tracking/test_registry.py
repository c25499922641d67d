"""Registered models: loaded back by alias they predict what the job's model predicted; each is registered once."""

import time
from pathlib import Path

import mlflow
import numpy as np
import pytest

from tests.tracking import model_files
from tests.tracking.conftest import Desk
from tests.tracking.servers import MlflowServer
from tracking import registry
from tracking.server import connect

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")


@pytest.fixture
def name() -> str:
    return str(900_000_000 + time.time_ns() % 1_000_000)


@pytest.fixture
def client(mlflow_server: MlflowServer) -> mlflow.MlflowClient:
    mlflow.set_tracking_uri(mlflow_server.uri)  # for the loading below, as a data scientist would
    mlflow.set_registry_uri(mlflow_server.uri)
    return connect(mlflow_server.uri)


@pytest.fixture
def run_id(client: mlflow.MlflowClient) -> str:
    return str(client.create_run("0").info.run_id)


def registered(client: mlflow.MlflowClient, run_id: str, name: str, number: int, promote: bool = True) -> str:
    return registry.register(client, run_id=run_id, job_id=f"j{number}", registered_name=name, folder=f"models/{name}",
                             noria_version=number, promote=promote)


def champion(client: mlflow.MlflowClient, name: str) -> str:
    return str(client.get_model_version_by_alias(name, "champion").tags["noria_version"])


def test_models_of_a_job_are_loaded_by_alias_and_predict_the_same(
    desk: Desk, job_id: str, name: str, client: mlflow.MlflowClient,
) -> None:
    # given a job that left its native files
    desk.objects.update(model_files.objects())
    run = desk.open(job_id)
    run.model(f"xgboost_{name}", flavor="xgboost", key="blob/x", file="model.ubj", noria_version=3, promote=True)
    run.model(f"prophet_{name}", flavor="prophet", key="blob/p", file="model.json", noria_version=3, promote=True)
    run.end("FINISHED")
    # when
    desk.ship(job_id)
    # then XGBoost is there, natively and as a function
    x = model_files.features()
    wanted = model_files.fitted_xgboost().predict(x)
    native = mlflow.xgboost.load_model(f"models:/xgboost_{name}@champion")
    assert native.get_booster().feature_names == ["lag1", "month", "promo"]
    np.testing.assert_array_equal(native.predict(x), wanted)
    np.testing.assert_array_equal(mlflow.pyfunc.load_model(f"models:/xgboost_{name}@champion").predict(x), wanted)
    # and so is Prophet
    days = model_files.days()[["ds", "promo"]]
    wanted = model_files.fitted_prophet().predict(days)["yhat"]
    np.testing.assert_allclose(mlflow.prophet.load_model(f"models:/prophet_{name}@champion").predict(days)["yhat"], wanted)
    np.testing.assert_allclose(mlflow.pyfunc.load_model(f"models:/prophet_{name}@champion").predict(days)["yhat"], wanted)


def test_a_plain_file_is_registered_under_its_own_name(
    desk: Desk, job_id: str, name: str, client: mlflow.MlflowClient, tmp_path: Path,
) -> None:
    # given weights that go to a folder of the job's choice
    desk.objects["blob/w"] = b"weights"
    run = desk.open(job_id)
    run.model(
        f"vision_{name}", flavor="file", key="blob/w", file="retrained_v1.pt", noria_version=1, promote=True, folder="models")
    run.end("FINISHED")
    # when
    found = desk.ship(job_id)
    # then
    assert [a.path for a in client.list_artifacts(found.info.run_id, "models")] == ["models/retrained_v1.pt"]
    local = mlflow.artifacts.download_artifacts(f"models:/vision_{name}@champion", dst_path=str(tmp_path))
    assert (Path(local) / "retrained_v1.pt").read_bytes() == b"weights"


def test_registering_again_makes_no_second_version(client: mlflow.MlflowClient, run_id: str, name: str) -> None:
    # given
    first = registered(client, run_id, name, 1)
    # when
    again = registered(client, run_id, name, 1)
    # then
    assert first == again
    [version] = client.search_model_versions(f"name = '{name}'")
    assert version.tags == {"noria_version": "1", "job_id": "j1"}


def test_a_run_that_arrives_late_does_not_take_the_champions_place(client: mlflow.MlflowClient, name: str) -> None:
    # given
    old, new = (client.create_run("0").info.run_id for _ in range(2))
    registered(client, new, name, 2)
    # when the older version's run arrives after the newer one's
    registered(client, old, name, 1)
    # then
    assert champion(client, name) == "2"


def test_a_version_that_is_not_promoted_is_no_champion(client: mlflow.MlflowClient, run_id: str, name: str) -> None:
    registered(client, run_id, name, 1, promote=False)
    assert "champion" not in client.get_registered_model(name).aliases


def test_the_alias_follows_norias_champion_also_backwards(client: mlflow.MlflowClient, name: str) -> None:
    # given
    for number in (1, 2):
        registered(client, client.create_run("0").info.run_id, name, number)
    # when a roll-back made version 1 the champion
    moved = registry.set_champion_alias(client, name, 1)
    # then
    assert moved
    assert champion(client, name) == "1"
    assert not registry.set_champion_alias(client, name, 1)
    assert not registry.set_champion_alias(client, name, 99)
    assert not registry.set_champion_alias(client, "unheard-of", 1)
    assert champion(client, name) == "1"


def test_a_flavor_that_does_not_exist_is_refused() -> None:
    assert registry.flavor_available("file")
    assert registry.flavor_available("xgboost")
    with pytest.raises(ValueError, match="no flavor"):
        registry.flavor_available("pickle")
