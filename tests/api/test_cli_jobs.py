"""list, show, cancel, retry, artifacts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli_jobs import size_text
from jobs.record import Artifact
from storage.job_store import End
from tests.api.conftest import Api
from tests.api.served import answer, run, served


@pytest.fixture
def url(api: Api) -> Iterator[str]:
    with served(api.app) as address:
        yield address


def with_artifacts(api: Api, *names: str) -> str:
    job = api.submit("test.noop")
    fence = api.start(job["id"]).fence
    artifacts = []
    for name in names:
        key = f"jobs/{job['id']}/fence-{fence}/{len(artifacts)}"
        api.objects.put(key, name.encode())
        artifacts.append(Artifact(name, key, len(name), "ab" * 32, "text/plain"))
    api.jobs.move(job["id"], fence, End("succeeded", result={"value": 1, "attempt": 1}), artifacts=artifacts)
    return job["id"]


def test_a_list_shows_the_newest_first_and_how_to_go_on(api: Api, url: str) -> None:
    ids = [api.submit("test.noop")["id"] for _ in range(3)]

    result = run(url, "list", "--limit", "2")

    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == [ids[2], ids[1]]
    cursor = result.stderr.split()[-1]
    assert [j["id"] for j in answer(run(url, "list", "--cursor", cursor, "--json"))["jobs"]] == [ids[0]]


def test_a_list_can_be_narrowed_by_kind_state_and_label(api: Api, url: str) -> None:
    wanted = api.submit("test.noop", labels={"team": "north"})["id"]
    api.submit("test.work", labels={"team": "north"})
    api.submit("test.noop")

    found = answer(run(url, "list", "--kind", "test.noop", "--state", "queued", "--label", "team:north", "--json"))

    assert [j["id"] for j in found["jobs"]] == [wanted]


def test_an_empty_list_says_how_to_begin(url: str) -> None:
    assert "noria submit" in run(url, "list").stdout


def test_show_prints_the_document_itself_as_json(api: Api, url: str) -> None:
    job = api.submit("test.noop")

    assert answer(run(url, "show", job["id"], "--json"))["id"] == job["id"]
    assert job["id"] in run(url, "show", job["id"]).stdout


def test_cancel_and_retry_change_the_state_of_the_job(api: Api, url: str) -> None:
    job_id = api.submit("test.noop")["id"]

    assert run(url, "cancel", job_id).exit_code == 0
    assert api.jobs.get(job_id).state == "canceled"
    assert answer(run(url, "retry", job_id, "--json"))["state"] == "queued"
    assert api.jobs.get(job_id).state == "queued"


def test_canceling_a_running_job_says_when_it_will_stop(api: Api, url: str) -> None:
    job_id = api.submit("test.work")["id"]
    api.start(job_id)

    result = run(url, "cancel", job_id)

    assert "next safe point" in result.stderr
    assert api.jobs.get(job_id).cancel_requested


def test_artifacts_are_listed_with_their_sizes(api: Api, url: str) -> None:
    job_id = with_artifacts(api, "predictions.csv")

    assert "predictions.csv" in run(url, "artifacts", "list", job_id).stdout
    assert answer(run(url, "artifacts", "list", job_id, "--json"))[0]["size"] == 15


def test_all_artifacts_or_those_named_are_downloaded(api: Api, url: str, tmp_path: Path) -> None:
    job_id = with_artifacts(api, "a.csv", "plots/b.png")

    run(url, "artifacts", "download", job_id, "a.csv", "--to", str(tmp_path / "one"))
    written = answer(run(url, "artifacts", "download", job_id, "--to", str(tmp_path / "all"), "--json"))

    assert [p.name for p in (tmp_path / "one").iterdir()] == ["a.csv"]
    assert (tmp_path / "all" / "plots" / "b.png").read_bytes() == b"plots/b.png"
    assert len(written) == 2


def test_a_name_that_leads_out_of_the_folder_is_refused(api: Api, url: str, tmp_path: Path) -> None:
    job_id = with_artifacts(api, "a.csv")

    result = run(url, "artifacts", "download", job_id, "../a.csv", "--to", str(tmp_path / "inside"))

    assert result.exit_code == 2
    assert list(tmp_path.rglob("*.csv*")) == []


@pytest.mark.parametrize(("size_bytes", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 30, "5.0 GiB")])
def test_sizes_are_written_for_people(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text
