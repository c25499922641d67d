"""The list's filters and search, and one job's page."""

from jobs.record import Artifact
from storage.job_store import End
from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE
from tests.api.console.lists import an_answer


def listed(api: Api, query: str) -> list[str]:
    """Ids in the list, in its order."""
    page = api.client.get(f"/?{query}", headers=PAGE)
    assert page.status_code == 200, page.text
    return [part.partition('"')[0] for part in page.text.split('<tr id="job-')[1:]]


def test_the_filters_are_those_of_the_contract_and_an_empty_field_is_none(api: Api) -> None:
    a = api.submit("test.noop", labels={"team": "north"})["id"]
    b = api.submit("test.work", labels={"team": "south"})["id"]
    api.jobs.request_cancel(a)

    assert listed(api, "kind=&state=&label=&id=") == [b, a]
    assert listed(api, "kind=test.work") == [b]
    assert listed(api, "state=canceled") == [a]
    assert listed(api, "label=team:south") == [b]
    assert api.client.get("/?state=odd", headers=PAGE).status_code == 422


def test_the_address_above_a_jobs_own_leads_to_the_list(api: Api) -> None:
    answer = api.client.get("/jobs", headers=PAGE)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_a_job_is_found_by_its_id_or_the_beginning_of_it(api: Api) -> None:
    first, second = api.submit()["id"], api.submit()["id"]

    assert listed(api, f"id={second}") == [second]
    assert listed(api, f"id={first.upper()}") == [first]
    assert listed(api, f"id={first[:8]}") == [second, first]
    assert listed(api, "id=ffff") == listed(api, "id=no-id") == []


def test_jobs_of_a_kind_are_told_apart_by_their_question_and_whose_they_are(api: Api) -> None:
    an_answer(api.jobs, api.objects, "What <sells> the most?", {})

    assert '<small class="about">What &lt;sells&gt; the most? · shop</small>' in api.client.get("/", headers=PAGE).text


def test_the_list_goes_on_from_page_to_page(api: Api) -> None:
    ids = [api.submit()["id"] for _ in range(60)]

    page = listed(api, "")
    more = api.client.get("/", headers=PAGE).text.partition('hx-get="/?cursor=')[2].partition('"')[0]

    assert page == ids[:9:-1]
    assert listed(api, f"cursor={more}") == ids[9::-1]


def test_a_page_of_a_kind_is_used_for_its_result_where_there_is_one(api: Api) -> None:
    job = api.submit("test.noop")["id"]
    api.end(job, result={"value": 1234.5, "rows": [{"item": "<b>", "mean": 2}]})

    text = api.client.get(f"/jobs/{job}", headers=PAGE).text

    assert "1,234.5" in text
    assert "&lt;b&gt;" in text


def test_files_are_served_as_the_contract_serves_them(api: Api) -> None:
    job = api.submit("test.noop")["id"]
    api.objects.put("page", b"<script>alert(1)</script>")
    api.jobs.move(job, api.start(job).fence, End("succeeded"), artifacts=[Artifact("a page.html", "page", 25, "0" * 64, "text/html")])

    answer = api.client.get(f"/jobs/{job}/artifacts/a page.html", headers=PAGE)

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no preview" in api.client.get(f"/jobs/{job}/preview/a page.html", headers=PAGE).text


def test_a_job_is_canceled_and_retried(api: Api) -> None:
    job = api.submit()["id"]

    assert api.client.post(f"/jobs/{job}/cancel", headers=OWN).headers["Location"] == f"/jobs/{job}"
    assert api.client.post(f"/jobs/{job}/cancel", headers=OWN).status_code == 409
    assert api.client.post(f"/jobs/{job}/retry", headers={**OWN, "HX-Request": "true"}).status_code == 204
    assert api.jobs.get(job).state == "queued"


def test_events_are_those_of_the_contract(api: Api) -> None:
    job = api.submit()["id"]

    ours = api.client.get(f"/jobs/{job}/events", headers={"Accept": "application/json"})

    assert ours.json == api.client.get(f"/v1/jobs/{job}/events").json


def test_a_head_of_the_stream_holds_no_place(api: Api) -> None:
    assert api.client.head("/events").mimetype == "text/event-stream"
    assert api.app.extensions["noria"].hub.waiting == 0


def test_what_a_page_shows_of_events_is_in_its_language(api: Api) -> None:
    job = api.submit()["id"]
    fence = api.start(job).fence
    api.jobs.publish(job, fence, [("progress", {"fraction": 0.5, "stage": "backtest", "message": "fold 2 of 3"})])

    told = api.client.get(f"/jobs/{job}/events", headers={"Accept": "application/json", "Accept-Language": "es"}).json["events"]
    page = api.client.get(f"/jobs/{job}", headers={**PAGE, "Accept-Language": "es"}).text

    assert [event["data"]["message"] for event in told if event["type"] == "progress"] == ["prueba 2 de 3"]
    assert "probar con el pasado" in page
