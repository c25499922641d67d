"""Predictions that order the review queue, and the next image of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import g

from api import reviews
from jobs.errors import NotFound
from storage.job_store import End
from storage.review_queue import Look
from tests.api.conftest import Api
from tests.api.models import image_id, put_images, put_version

IMAGES = [image_id(n) for n in range(30)]


@pytest.fixture
def studio(api: Api) -> Iterator[Api]:
    """A detector in use, thirty images in its queue, in a request."""
    put_version(api.objects, api.jobs, domain="vision")
    put_images(api.objects, len(IMAGES))
    api.jobs.put_reviews("m", dict.fromkeys(IMAGES))
    with api.app.test_request_context():
        g.request_id = "a-request"
        yield api


def answer(api: Api, job_id: str, sureness: float = 0.6, version: int = 1) -> None:
    """Let a prediction succeed that is equally sure of each of its images."""
    job = api.start(job_id)
    box = {"label": "cat", "confidence": sureness, "x1": 1.0, "y1": 1.0, "x2": 9.0, "y2": 9.0}
    found = [{"image": image, "width": 100, "height": 80, "boxes": [box]} for image in job.params["images"]]
    api.jobs.move(job_id, job.fence, End("succeeded", result={"model": "m", "version": version, "runtime": "x", "predictions": found}))


def images_of(jobs: list[Any]) -> list[list[str]]:
    return [job.params["images"] for job in jobs]


def test_what_is_unseen_is_looked_at_in_batches_of_the_version_in_use(studio: Api) -> None:
    begun = reviews.look("m")

    assert images_of(begun) == [IMAGES[:25], IMAGES[25:]]
    assert {(job.kind, job.params["version"], job.labels["review"]) for job in begun} == {("vision.predict", 1, "m")}
    assert reviews.look("m") == []  # all of it is under way


def test_answers_order_the_queue_and_are_waited_for_no_longer(studio: Api) -> None:
    first, second = reviews.look("m")
    answer(studio, second.id, 0.3)

    waiting = reviews.gather("m")

    assert [job.id for job in waiting] == [first.id]
    assert studio.jobs.reviews("m", limit=6) == (*IMAGES[25:], IMAGES[0])
    assert studio.jobs.looks("m", [IMAGES[29]]) == {IMAGES[29]: Look(second.id, 1, 1, 0.3)}


def test_a_new_champion_looks_at_what_an_older_version_has_seen(studio: Api) -> None:
    for job in reviews.look("m"):
        answer(studio, job.id)
    reviews.gather("m")
    assert reviews.look("m") == []

    put_version(studio.objects, studio.jobs, domain="vision")

    assert [job.params["version"] for job in reviews.look("m")] == [2, 2]


def test_a_look_that_failed_is_shown_until_the_next_one_takes_its_place(studio: Api) -> None:
    first, _ = reviews.look("m")
    studio.end(first.id, "failed", error={"code": "data_error", "message": "x", "retryable": False})
    assert {job.state for job in reviews.gather("m")} == {"failed", "queued"}

    (again,) = reviews.look("m")

    assert (again.id != first.id, again.params["images"]) == (True, IMAGES[:25])
    assert {job.state for job in reviews.gather("m")} == {"queued"}


def test_images_that_were_deleted_are_neither_looked_at_nor_given(studio: Api) -> None:
    for image in IMAGES[:2]:
        studio.objects.delete(f"images/documents/{image}.json")

    assert images_of(reviews.look("m"))[0][0] == IMAGES[2]
    assert reviews.next_image("m", "Ana") == IMAGES[2]
    assert IMAGES[0] not in studio.jobs.reviews("m")


def test_nobody_is_given_an_image_when_none_is_left(studio: Api) -> None:
    for image in IMAGES:
        studio.jobs.skip_review("m", image)

    assert reviews.next_image("m", "Ana") is None


def test_images_uploaded_elsewhere_join_the_queue_once(studio: Api) -> None:
    for n, image in enumerate([*IMAGES, image_id(99)]):
        studio.jobs.index("images", image, n)
    put_images(studio.objects, 100)

    assert [reviews.put_earlier("m"), reviews.put_earlier("m")] == [1, 0]
    assert image_id(99) in studio.jobs.reviews("m")


def test_what_a_prediction_said_of_an_image_is_found_as_long_as_the_job_is(studio: Api) -> None:
    job, _ = reviews.look("m")
    answer(studio, job.id, 0.42)

    said = reviews.said_of(job.id, IMAGES[3])

    assert said is not None
    assert [(box["label"], box["confidence"]) for box in said] == [("cat", 0.42)]
    assert reviews.said_of(job.id, IMAGES[29]) is None
    assert reviews.said_of("f" * 24, IMAGES[3]) is None


def test_only_models_of_vision_are_corrected(studio: Api) -> None:
    put_version(studio.objects, studio.jobs, "toy")

    assert reviews.detectors() == ["m"]
    for other in ("toy", "none"):
        with pytest.raises(NotFound):
            reviews.detector(other)


def test_the_same_prediction_once_is_one_job(studio: Api) -> None:
    jobs = [reviews.predict("m", 1, IMAGES[:2], {"compare": "m v1"}, once=once).id for once in (True, True, False)]

    assert (jobs[0] == jobs[1], jobs[0] == jobs[2]) == (True, False)
