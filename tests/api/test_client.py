"""The client against the real application on a socket."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.client import Answer, Client, problem_error
from jobs.errors import (
    BrokerUnavailable,
    Conflict,
    DatasetUnusable,
    IdempotencyKeyReused,
    InputError,
    NoriaError,
    NotFound,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from jobs.record import Artifact
from storage.job_store import End
from tests.api.conftest import KEY, Api
from tests.api.models import put_version
from tests.api.served import CuttingProxy, served
from tests.services import free_port
from tests.storage.pictures import picture

SALES = "date,item,quantity\n" + "".join(f"2024-{m:02d}-{d:02d},A1,{d}\n" for m in range(1, 13) for d in range(1, 29))


@pytest.fixture
def client(api: Api) -> Iterator[Client]:
    with served(api.app) as url:
        yield Client(url)


def test_a_submitted_job_is_found_again_by_its_id(client: Client) -> None:
    job = client.submit("test.noop", {"value": 7}, labels={"team": "north"})

    assert client.job(job["id"])["params"] == {"value": 7}
    assert [j["id"] for j in client.jobs(label="team:north")["jobs"]] == [job["id"]]


def test_the_same_idempotency_key_gives_the_first_job_again(client: Client) -> None:
    first = client.submit("test.noop", {"value": 1}, idempotency_key="k")

    assert client.submit("test.noop", {"value": 1}, idempotency_key="k")["id"] == first["id"]
    with pytest.raises(IdempotencyKeyReused):
        client.submit("test.noop", {"value": 2}, idempotency_key="k")


def test_an_image_is_uploaded_and_corrected(api: Api, client: Client, tmp_path: Path) -> None:
    put_version(api.objects, api.jobs)
    (tmp_path / "a.png").write_bytes(picture(format_="PNG"))

    image = client.add_image(tmp_path / "a.png")
    answer = client.correct(image["id"], "m", [{"label": "cat", "x1": 1.0, "y1": 2.0, "x2": 30.0, "y2": 40.0}], author="Ana")

    assert (image["width"], answer["pending"], answer["retrain_job"]) == (64, 1, None)
    assert client.correction(answer["id"])["author"] == "Ana"
    with pytest.raises(InputError):
        client.correct(image["id"], "m", [{"label": "fox", "x1": 1.0, "y1": 2.0, "x2": 30.0, "y2": 40.0}])


def test_a_problem_comes_as_the_error_it_was_with_its_fields(client: Client) -> None:
    with pytest.raises(InputError) as caught:
        client.submit("test.noop", {"value": "many"})

    assert [f.field for f in caught.value.fields] == ["params.value"]


def test_an_unknown_job_is_raised_as_not_found(client: Client) -> None:
    with pytest.raises(NotFound):
        client.job("there-is-none")


def test_canceling_an_ended_job_is_raised_as_a_conflict(client: Client) -> None:
    job = client.submit("test.noop", {})
    client.cancel(job["id"])

    with pytest.raises(Conflict):
        client.cancel(job["id"])
    assert client.retry(job["id"])["state"] == "queued"


def test_a_wrong_key_is_raised_as_unauthorized(make_api) -> None:
    api = make_api(API_KEYS=KEY)
    with served(api.app) as url:
        with pytest.raises(Unauthorized):
            Client(url, "wrong").jobs()

        assert Client(url, KEY).jobs()["jobs"] == []


def test_a_server_that_is_not_there_is_raised_as_unavailable_with_what_to_do() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(Unavailable, match="make up"):
        Client(url).jobs()


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://127.0.0.1"])
def test_what_is_no_address_of_an_api_is_said_to_be_none(url: str) -> None:
    with pytest.raises(Unavailable, match="not the URL"):
        Client(url).jobs()


def test_waiting_returns_the_job_as_soon_as_it_has_ended(api: Api, client: Client) -> None:
    job = client.submit("test.noop", {})
    later = threading.Timer(0.3, lambda: api.end(job["id"], result={"value": 1, "attempt": 1}))
    later.start()
    started = time.monotonic()

    ended = client.wait(job["id"])

    later.join()
    assert ended["state"] == "succeeded"
    assert time.monotonic() - started < 5


def test_events_come_in_order_up_to_the_end_of_the_job(api: Api, client: Client) -> None:
    job = client.submit("test.noop", {})
    fence = api.start(job["id"]).fence
    api.jobs.publish(job["id"], fence, [("progress", {"fraction": 0.5, "stage": "half", "message": ""}),
                                        ("metric", {"name": "loss", "value": 0.25, "step": 1})])
    api.jobs.move(job["id"], fence, _succeeded())

    events = list(client.events(job["id"]))

    assert [e.type for e in events] == ["state", "state", "progress", "metric", "state"]
    assert events[3].data == {"name": "loss", "value": 0.25, "step": 1}
    assert events[-1].data["state"] == "succeeded"
    assert {e.attempt for e in events[1:]} == {1}


def test_events_go_on_without_loss_or_repeat_when_connections_are_cut(api: Api, client: Client) -> None:
    job = client.submit("test.noop", {})
    fence = api.start(job["id"]).fence
    api.jobs.publish(job["id"], fence, [("log", {"level": "info", "message": f"line {i}"}) for i in range(40)])
    later = threading.Timer(0.5, lambda: api.jobs.move(job["id"], fence, _succeeded()))
    later.start()

    cuts = [900, 2000]
    with CuttingProxy(client.url, cut_after=cuts) as proxy:
        events = list(Client(proxy.url).events(job["id"]))

    later.join()
    assert [e.data["message"] for e in events if e.type == "log"] == [f"line {i}" for i in range(40)]
    assert cuts == []
    assert len({e.id for e in events}) == len(events)
    assert events[-1].data["state"] == "succeeded"


def test_events_of_an_unknown_job_are_raised_as_not_found(client: Client) -> None:
    with pytest.raises(NotFound):
        list(client.events("there-is-none"))


def test_a_data_set_is_uploaded_with_its_profile_and_seen_progress(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_text(SALES, encoding="utf-8")
    seen: list[tuple[int, int]] = []

    dataset = client.upload(file, type="sales", on_progress=lambda done, total: seen.append((done, total)))

    assert dataset["rows"] == 12 * 28
    assert dataset["profile"]
    assert seen[-1] == (len(SALES), len(SALES))
    assert client.upload(file, type="sales")["id"] == dataset["id"]


def test_an_unusable_file_is_raised_with_the_reasons(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "picture.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))

    with pytest.raises(DatasetUnusable):
        client.upload(file, type="sales")


def test_too_large_a_file_is_raised_as_such_though_the_server_stops_reading(make_api, tmp_path: Path) -> None:
    api = make_api(MAX_UPLOAD_MB="1")
    file = tmp_path / "large.csv"
    file.write_bytes(b"x" * (4 << 20))

    with served(api.app) as url, pytest.raises(TooLarge):
        Client(url).upload(file, type="sales")


def test_an_artifact_is_downloaded_whole_into_a_new_folder(api: Api, client: Client, tmp_path: Path) -> None:
    job_id = _job_with_artifact(api, client, "plots/a b.txt", b"some bytes" * 1000)
    target = tmp_path / "out" / "a b.txt"

    client.download(job_id, "plots/a b.txt", target)

    assert target.read_bytes() == b"some bytes" * 1000
    assert [p.name for p in target.parent.iterdir()] == ["a b.txt"]
    assert client.artifacts(job_id)[0]["size"] == 10_000


def test_an_artifact_that_is_not_there_leaves_no_file(client: Client, tmp_path: Path) -> None:
    job = client.submit("test.noop", {})

    with pytest.raises(NotFound):
        client.download(job["id"], "nothing", tmp_path / "nothing")
    assert list(tmp_path.glob("nothing*")) == []


def test_a_company_is_written_and_read_back(client: Client) -> None:
    client.set_company("1", {"nit": "900123456", "name": "Café", "country": "CO", "currency": "COP", "timezone": None, "dataset": None})

    assert client.company("1")["name"] == "Café"


def test_readiness_is_told_whatever_it_is(client: Client) -> None:
    assert client.ready()["status"] == "ready"
    assert [k["name"] for k in client.kinds() if k["name"] == "test.noop"] == ["test.noop"]


@pytest.mark.parametrize(("status", "body", "expected"), [
    (503, b'{"code":"broker_unavailable","detail":"Away.","title":"t"}', BrokerUnavailable),
    (404, b"<html>", NotFound), (502, b"", Unavailable), (500, b"[]", NoriaError),
    (400, b'{"code":"a_new_word","title":"Something new"}', NoriaError),
])
def test_each_bad_answer_becomes_the_error_that_says_most(status: int, body: bytes, expected: type[NoriaError]) -> None:
    error = problem_error(Answer(status, {"retry-after": "2"}, body))

    assert type(error) is expected


def test_an_answer_of_something_else_is_not_taken_for_noria() -> None:
    with pytest.raises(Unavailable, match="not Noria"):
        Answer(200, {}, b"<html>").json()


def _succeeded() -> End:
    return End("succeeded", result={"value": 1, "attempt": 1})


def _job_with_artifact(api: Api, client: Client, name: str, content: bytes) -> str:
    job = client.submit("test.noop", {})
    fence = api.start(job["id"]).fence
    key = f"jobs/{job['id']}/fence-{fence}/{name}"
    api.objects.put(key, content)
    artifact = Artifact(name, key, len(content), "0" * 64, "text/plain")
    api.jobs.move(job["id"], fence, _succeeded(), artifacts=[artifact])
    return job["id"]


def test_models_are_listed_promoted_and_rolled_back(api: Api, client: Client) -> None:
    for _ in range(2):
        put_version(api.objects, api.jobs, "a.b")

    assert client.models()["models"][0]["name"] == "a.b"
    assert client.promote("a.b", 1, "Calmer.")["champion"] == 1
    assert client.rollback("a.b", "No.")["champion"] == client.model("a.b")["champion"] == 2
    assert [e["reason"] for e in client.model_history("a.b")][:2] == ["No.", "Calmer."]
    with pytest.raises(NotFound):
        client.model("../x")
