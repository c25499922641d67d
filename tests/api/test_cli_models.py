"""models list, show, promote, rollback, history."""

from collections.abc import Iterator

import pytest

from tests.api.conftest import Api
from tests.api.models import put_version
from tests.api.served import answer, run, served
from tests.api.test_correction_routes import correct


@pytest.fixture
def url(api: Api) -> Iterator[str]:
    for _ in range(2):
        put_version(api.objects, api.jobs, "demand", domain="forecasting")
    with served(api.app) as address:
        yield address


def test_models_are_listed_with_their_champion(url: str) -> None:
    assert "demand  forecasting  2" in run(url, "models", "list").stdout
    assert answer(run(url, "models", "list", "--json"))["models"][0]["champion"] == 2
    assert "--cursor" not in run(url, "models", "list").stderr


def test_without_a_model_the_list_says_how_to_get_one(api: Api) -> None:
    with served(api.app) as address:
        assert "noria submit" in run(address, "models", "list").stdout


def test_a_model_is_shown_with_its_versions_and_what_waits(api: Api, url: str) -> None:
    correct(api)

    shown = run(url, "models", "show", "demand").stdout

    assert "champion: 2" in shown
    assert shown.count("promoted") == 2
    assert "1 pending of 5" in run(url, "models", "show", "m").stdout


def test_a_blocked_retrain_is_shown_with_its_reason(api: Api, url: str) -> None:
    job_id = [correct(api, n).json for n in range(5)][4]["retrain_job"]
    api.client.post(f"/v1/jobs/{job_id}/cancel")

    assert "retrain blocked: The retrain was canceled." in run(url, "models", "show", "m").stdout


def test_a_version_is_promoted_and_rolled_back_with_a_reason(url: str) -> None:
    assert "champion: 1" in run(url, "models", "promote", "demand", "1", "--reason", "Calmer.").stdout
    assert answer(run(url, "models", "rollback", "demand", "--reason", "No.", "--json"))["champion"] == 2

    history = run(url, "models", "history", "demand").stdout
    assert [line.split()[1] for line in history.splitlines()[1:]] == ["rolled_back", "promoted", "promoted", "promoted"]
    assert answer(run(url, "models", "history", "demand", "--json"))[1]["reason"] == "Calmer."


def test_a_decision_without_a_reason_is_wrong_usage(url: str) -> None:
    assert run(url, "models", "promote", "demand", "1").exit_code == 2
    assert run(url, "models", "rollback", "demand").exit_code == 2


def test_what_is_not_there_exits_with_one(url: str) -> None:
    assert run(url, "models", "show", "nothing").exit_code == 1
    assert run(url, "models", "promote", "demand", "9", "--reason", "x").exit_code == 1
