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
from tracking.registry import Made
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


def test_a_version_that_is_registered_again_does_not_take_back_the_champions_place(client: mlflow.MlflowClient, name: str) -> None:
    # given a second version whose run is told once more after a roll-back
    registered(client, client.create_run("0").info.run_id, name, 1)
    second = client.create_run("0").info.run_id
    registered(client, second, name, 2)
    client.set_registered_model_alias(name, "champion", "1")
    # when
    registered(client, second, name, 2)
    # then
    assert champion(client, name) == "1"


def aliases(client: mlflow.MlflowClient, name: str) -> dict[str, str]:
    return dict(client.get_registered_model(name).aliases)


@pytest.fixture
def jobs(name: str) -> dict[int, Made]:
    """Jobs that made the versions 1 to 3, two of which are registered under two names."""
    return {number: Made(f"{name}-{number}", number) for number in (1, 2, 3)}


def register_both(client: mlflow.MlflowClient, name: str, made: Made) -> None:
    run_id = client.create_run("0").info.run_id
    for registered_name in (f"xgboost_{name}", f"prophet_{name}"):
        registry.register(client, run_id=run_id, job_id=made.job_id, registered_name=registered_name,
                          folder=f"models/{registered_name}", noria_version=made.noria_version, promote=False)


def test_the_aliases_follow_the_champion_forwards_and_backwards(client: mlflow.MlflowClient, name: str, jobs: dict[int, Made]) -> None:
    # given
    for number in (1, 2):
        register_both(client, name, jobs[number])
    # when the first is the champion and the second was rejected
    assert not registry.point_aliases(client, champion=jobs[1], newest=jobs[2])
    assert registry.point_aliases(client, champion=jobs[1], newest=jobs[2])
    # then
    for registered_name in (f"xgboost_{name}", f"prophet_{name}"):
        assert aliases(client, registered_name) == {"champion": "1", "challenger": "2"}
    # when the second is promoted
    registry.point_aliases(client, champion=jobs[2], newest=jobs[2])
    assert aliases(client, f"xgboost_{name}") == {"champion": "2"}
    # when that is rolled back
    registry.point_aliases(client, champion=jobs[1], newest=jobs[2])
    assert aliases(client, f"prophet_{name}") == {"champion": "1", "challenger": "2"}


def test_a_version_that_is_not_registered_yet_is_waited_for(client: mlflow.MlflowClient, name: str, jobs: dict[int, Made]) -> None:
    # given
    assert not registry.point_aliases(client, champion=None, newest=jobs[1])
    register_both(client, name, jobs[1])
    registry.point_aliases(client, champion=jobs[1], newest=jobs[1])
    # when the next champion's run has not arrived
    assert not registry.point_aliases(client, champion=jobs[2], newest=jobs[2])
    # then what there is stays
    assert aliases(client, f"xgboost_{name}") == {"champion": "1"}
    # when the newest has arrived before the champion
    register_both(client, name, jobs[3])
    assert not registry.point_aliases(client, champion=jobs[2], newest=jobs[3])
    assert aliases(client, f"xgboost_{name}") == {"champion": "1", "challenger": "2"}
    # when it has arrived too
    register_both(client, name, jobs[2])
    registry.point_aliases(client, champion=jobs[2], newest=jobs[3])
    assert registry.point_aliases(client, champion=jobs[2], newest=jobs[3])
    assert aliases(client, f"xgboost_{name}") == {"champion": "3", "challenger": "2"}


def test_a_model_without_a_champion_has_no_such_alias(client: mlflow.MlflowClient, name: str, jobs: dict[int, Made]) -> None:
    # given an alias that somebody set by hand
    register_both(client, name, jobs[1])
    client.set_registered_model_alias(f"xgboost_{name}", "champion", "1")
    # when
    registry.point_aliases(client, champion=None, newest=jobs[1])
    # then
    assert aliases(client, f"xgboost_{name}") == {"challenger": "1"}


def test_a_flavor_that_does_not_exist_is_refused() -> None:
    assert registry.flavor_available("file")
    assert registry.flavor_available("xgboost")
    with pytest.raises(ValueError, match="no flavor"):
        registry.flavor_available("pickle")
