"""The pages of corrections without a browser: what they do, to whom, and what they refuse."""

import io
import json
import re
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug.test import TestResponse

from api.cli import cli
from storage.review_queue import Look
from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE, sign_in
from tests.api.models import ended_job, image_id, put_images, put_version
from tests.storage.pictures import picture

CAT = {"label": "cat", "x1": 10.0, "y1": 10.0, "x2": 60.0, "y2": 60.0}
HTMX = {**OWN, "HX-Request": "true"}


@pytest.fixture
def studio(api: Api) -> Api:
    """A detector and six images of which the model was ever surer."""
    prepare(api)
    return api


def prepare(api: Api) -> None:
    put_version(api.objects, api.jobs, domain="vision")
    put_images(api.objects, 6)
    said = [{"image": image_id(n), "width": 100, "height": 80, "boxes": [{**CAT, "confidence": 0.3 + 0.1 * n}]} for n in range(6)]
    job = ended_job(api.jobs, "vision.predict", {"model": "m", "version": 1, "runtime": "x", "predictions": said})
    api.jobs.put_reviews("m", {image_id(n): Look(job.id, 1, 1, 0.3 + 0.1 * n) for n in range(6)})


def at(n: int, what: str = "") -> str:
    return f"/correct/m/images/{image_id(n)}" + (f"/{what}" if what else "")


def save(api: Api, n: int, boxes: Any = (CAT,), headers: dict[str, str] = OWN, **form: str) -> TestResponse:
    return api.client.post(at(n, "save"), data={"boxes": json.dumps(boxes), **form}, headers=headers)


def test_without_a_detector_the_page_teaches_the_first_step(api: Api) -> None:
    page = api.client.get("/correct", headers=PAGE)

    assert (page.status_code, 'href="/new/vision.train"' in page.text) == (200, True)
    commands = re.search(r"<pre[^>]*>(.*?)</pre>", page.text, re.DOTALL)[1].splitlines()  # type: ignore[index]
    assert [command.split()[:2] for command in commands] == [["noria", "upload"], ["noria", "submit"]]
    for command in commands:  # with options that there are
        assert CliRunner().invoke(cli, [*command.split()[1:], "--help"]).exit_code == 0


def test_the_only_detector_is_opened_at_once_and_several_are_offered(studio: Api) -> None:
    assert studio.client.get("/correct", headers=PAGE).headers["Location"] == "/correct/m"
    put_version(studio.objects, studio.jobs, "other", domain="vision")
    put_version(studio.objects, studio.jobs, "toy")

    page = studio.client.get("/correct", headers=PAGE).text

    assert [f'href="/correct/{name}"' in page for name in ("m", "other", "toy")] == [True, True, False]


@pytest.mark.parametrize("path", ["/correct/none", "/correct/toy", at(99), "/correct/none/compare"])
def test_what_is_not_there_is_404(studio: Api, path: str) -> None:
    put_version(studio.objects, studio.jobs, "toy")

    assert studio.client.get(path, headers=PAGE).status_code == 404


def test_starting_leads_to_the_image_of_which_the_model_was_least_sure(studio: Api) -> None:
    answer = studio.client.post("/correct/m/next", headers=OWN)

    assert (answer.status_code, answer.headers["Location"]) == (303, at(0))
    assert studio.client.post("/correct/m/next", headers=HTMX).headers["HX-Redirect"] == at(0)


def test_a_save_is_the_contracts_correction_and_leads_on(studio: Api) -> None:
    job = studio.jobs.page(kind="vision.predict").jobs[0].id

    answer = save(studio, 0, [{**CAT, "x2": 50}], prediction=job)

    (kept,) = studio.client.get("/v1/corrections").json["corrections"]
    assert answer.headers["Location"] == f"{at(1)}?done=saved&last={image_id(0)}&correction={kept['id']}"
    assert (kept["image"], kept["boxes"][0]["x2"], kept["prediction"], len(kept["changes"]["moved"])) == (image_id(0), 50, job, 1)


@pytest.mark.parametrize(("boxes", "fault"), [([{**CAT, "label": "fox"}], "is not a label of the model"), ("x", "boxes"), ([{"label": "cat"}], "boxes.0.x1")])
def test_boxes_that_the_contract_refuses_are_refused_in_its_words(studio: Api, boxes: Any, fault: str) -> None:
    answer = save(studio, 0, boxes, headers=HTMX)

    assert (answer.status_code, fault in answer.text) == (422, True)
    assert studio.jobs.review_counts("m").corrected == 0


def test_a_new_class_is_taken_when_the_form_says_so(studio: Api) -> None:
    assert save(studio, 0, [{**CAT, "label": "fox"}], new_label="yes").status_code == 303


def test_the_last_image_leads_to_the_queue(studio: Api) -> None:
    for n in range(5):
        save(studio, n)

    answer = save(studio, 5, [])

    assert answer.headers["Location"].startswith("/correct/m?done=saved&last=")
    assert studio.client.post("/correct/m/next", headers=OWN).headers["Location"] == "/correct/m?done=none"


def test_a_saved_image_is_reopened_and_its_correction_withdrawn(studio: Api) -> None:
    save(studio, 0)
    kept = studio.client.get("/v1/corrections").json["corrections"][0]["id"]

    answer = studio.client.post(at(0, "reopen"), data={"correction": kept}, headers=OWN)

    assert answer.headers["Location"] == f"{at(0)}?done=undone"
    assert studio.client.get("/v1/corrections").json["corrections"] == []
    assert studio.jobs.reviews("m", limit=1) == (image_id(0),)


def test_a_correction_that_a_retrain_has_claimed_stays_and_the_page_says_so(studio: Api) -> None:
    for n in range(5):
        save(studio, n)
    kept = studio.client.get("/v1/corrections").json["corrections"][0]["id"]
    studio.start(studio.jobs.page(kind="vision.retrain").jobs[0].id)

    answer = studio.client.post(at(4, "reopen"), data={"correction": kept}, headers=OWN)

    assert answer.headers["Location"] == f"{at(4)}?done=claimed"
    assert "a retrain learns from it now." in studio.client.get(answer.headers["Location"], headers=PAGE).text


def test_a_save_over_a_correction_that_its_page_did_not_show_changes_nothing_and_shows_that_one(studio: Api) -> None:
    save(studio, 0, [{**CAT, "label": "dog"}], seen="")
    (kept,) = studio.client.get("/v1/corrections").json["corrections"]

    answer = save(studio, 0, seen="", headers=HTMX)

    page = studio.client.get(answer.headers["HX-Redirect"], headers=PAGE).text
    assert [c["id"] for c in studio.client.get("/v1/corrections").json["corrections"]] == [kept["id"]]
    assert "Your boxes are not saved" in page
    assert f'name="seen" value="{kept["id"]}"' in page
    assert "done=saved" in save(studio, 0, seen=kept["id"]).headers["Location"]


def test_undo_of_a_correction_that_was_replaced_says_so_and_leaves_the_other(studio: Api) -> None:
    save(studio, 0)
    (old,) = studio.client.get("/v1/corrections").json["corrections"]
    save(studio, 0, [])

    answer = studio.client.post(at(0, "reopen"), data={"correction": old["id"]}, headers=HTMX)

    assert answer.headers["HX-Redirect"] == f"{at(0)}?done=replaced"
    assert "nothing was undone" in studio.client.get(f"{at(0)}?done=replaced", headers=PAGE).text
    assert studio.client.get("/v1/corrections").json["corrections"][0]["boxes"] == []


def test_a_skipped_image_is_left_out_until_it_is_reopened(studio: Api) -> None:
    answer = studio.client.post(at(0, "skip"), headers=OWN)
    skipped = studio.client.get("/correct/m?show=skipped", headers=PAGE).text

    studio.client.post(at(0, "reopen"), headers=OWN)

    assert answer.headers["Location"] == f"{at(1)}?done=skipped&last={image_id(0)}"
    assert image_id(0) in skipped
    assert studio.jobs.reviews("m", limit=1) == (image_id(0),)


def test_leaving_an_image_gives_the_next_one_and_frees_it(studio: Api) -> None:
    studio.client.get(at(0), headers=PAGE)

    answer = studio.client.post("/correct/m/next", data={"after": image_id(0)}, headers=OWN)

    assert answer.headers["Location"] == at(1)
    assert studio.app.test_client().post("/correct/m/next", headers=OWN).headers["Location"] == at(0)


def test_nobody_changes_an_image_that_another_has(studio: Api) -> None:
    other = studio.app.test_client()
    other.get(at(0), headers=PAGE)

    answers = [studio.client.post(at(0, what), data={"boxes": "[]"}, headers=HTMX) for what in ("save", "skip", "reopen")]

    assert [answer.status_code for answer in answers] == [409, 409, 409]
    assert "Somebody else has this image now" in answers[0].json["detail"]
    assert "Somebody else has this image now" in studio.client.get(at(0), headers=PAGE).text
    assert other.post(at(0, "save"), data={"boxes": "[]"}, headers=OWN).status_code == 303


def test_uploads_are_those_of_the_contract_and_join_the_queue(studio: Api) -> None:
    def send(*contents: bytes, **headers: str) -> TestResponse:
        return studio.client.post("/correct/m/upload", data={"file": [(io.BytesIO(c), f"{n}.jpg") for n, c in enumerate(contents)]},
                                  headers={**OWN, **headers})

    told = send(picture(1), picture(2), Accept="application/json")
    again = send(picture(2), picture(5), picture(5), Accept="application/json")
    refused = send(picture(3), b"none", Accept="application/json")
    plain = send(picture(4))

    assert (told.status_code, len(told.json["images"])) == (201, 2)
    assert (told.json["new"], len(again.json["images"]), again.json["new"]) == (2, 3, 1)
    assert [fault["field"] for fault in refused.json["errors"]] == ["file[1]"]
    assert (plain.status_code, plain.headers["Location"]) == (303, "/correct/m")
    assert studio.jobs.review_counts("m").to_review == 10
    (job,) = studio.jobs.page(kind="vision.predict", state="queued").jobs  # without a script the model is asked at once
    assert len(job.params["images"]) == 4


def test_the_model_is_asked_to_look_and_the_page_shows_it(studio: Api) -> None:
    studio.jobs.put_reviews("m", {image_id(3): None, image_id(7): None})
    put_images(studio.objects, 8)
    assert "Let version 1 look at the images" in studio.client.get("/correct/m", headers=PAGE).text

    assert studio.client.post("/correct/m/look", headers=HTMX).status_code == 204

    page = studio.client.get("/correct/m", headers=PAGE).text
    assert "The model looks at 1 image" in page
    assert "No worker takes jobs of the queue gpu.fast now" in page


def test_images_from_elsewhere_are_added(studio: Api) -> None:
    studio.client.post("/v1/images", data={"file": (io.BytesIO(picture(1)), "a.jpg")})

    studio.client.post("/correct/m/earlier", headers=OWN)

    assert studio.jobs.review_counts("m").to_review == 7


def test_an_image_shows_what_the_model_said_with_its_confidence(studio: Api) -> None:
    page = studio.client.get(at(2), headers=PAGE).text

    assert '"confidence": 0.5' in page
    assert "Boxes of version 1." in page


def test_a_corrected_image_shows_the_correction(studio: Api) -> None:
    save(studio, 2, [{**CAT, "label": "dog"}])

    page = studio.client.get(at(2), headers=PAGE).text

    assert '"label": "dog"' in page
    assert "Withdraw the correction" in page


def test_who_may_only_look_holds_nothing_and_has_no_tools(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    prepare(api)
    sign_in(api, secrets["read"])

    queue, page = (api.client.get(path, headers=PAGE).text for path in ("/correct/m", at(0)))

    assert ["Start correcting" in queue, 'id="upload"' in queue, 'id="save"' in page] == [False, False, False]
    assert api.client.post("/correct/m/next", headers=OWN).status_code == 403
    assert api.jobs.hold_review("m", image_id(0), "luis", lease_s=1) == "luis"


def test_who_may_submit_corrects_under_their_own_name(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    prepare(api)
    sign_in(api, secrets["submit"])

    assert save(api, 0).status_code == 303

    assert next(iter(api.app.extensions["noria"].corrections.page(model="m")[0]))[0].by == "submit-key"
    other = api.app.test_client()
    other.post("/sign-in", data={"key": secrets["admin"]}, headers=OWN)
    api.client.get(at(1), headers=PAGE)
    assert "submit-key has this image now" in other.get(at(1), headers=PAGE).text


def test_before_and_after_need_a_retrain_and_are_started_once(studio: Api) -> None:
    assert "has not learned from corrections yet" in studio.client.get("/correct/m/compare", headers=PAGE).text
    assert studio.client.post("/correct/m/compare", headers=HTMX).status_code == 404
    save(studio, 0)
    kept = studio.client.get("/v1/corrections").json["corrections"][0]["id"]
    put_version(studio.objects, studio.jobs, domain="vision", retraining={"previous": 1, "corrections": [kept], "held_out": []})

    assert [studio.client.post("/correct/m/compare", headers=HTMX).status_code for _ in range(2)] == [204, 204]

    assert len(studio.jobs.page(kind="vision.predict", state="queued").jobs) == 2
    assert "Version 2 looks at the images" in studio.client.get("/correct/m/compare", headers=PAGE).text


def test_another_sites_form_changes_nothing(studio: Api) -> None:
    answer = studio.client.post(at(0, "save"), data={"boxes": "[]"}, headers={**PAGE, "Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert studio.jobs.review_counts("m").corrected == 0
