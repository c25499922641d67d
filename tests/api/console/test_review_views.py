"""What the pages of corrections show."""

from collections.abc import Iterator

import pytest

from api.console import review_views
from storage.review_queue import Look
from tests.api.conftest import Api
from tests.api.models import image_id, put_images, put_version


@pytest.fixture
def studio(api: Api) -> Iterator[Api]:
    put_version(api.objects, api.jobs, domain="vision")
    put_images(api.objects, 6)
    api.jobs.put_reviews("m", {image_id(n): Look("f" * 24, 1, 2, 0.5 + 0.05 * n) for n in range(6)})
    with api.app.test_request_context():
        yield api


def correct(api: Api, *numbers: int) -> str | None:
    """Correct images; gives the retrain that the last one started."""
    answers = [api.client.post("/v1/corrections", json={"image": image_id(n), "model": "m", "boxes": []}).json for n in numbers]
    started: str | None = answers[-1]["retrain_job"]
    return started


def test_images_are_shown_a_page_at_a_time_by_state(studio: Api) -> None:
    correct(studio, 0)
    studio.jobs.skip_review("m", image_id(1))

    first, following = review_views.tiles("m", "to_review", "", 3)
    second, end = review_views.tiles("m", "to_review", str(following), 3)
    corrected, _ = review_views.tiles("m", "corrected", "", 3)
    skipped, _ = review_views.tiles("m", "skipped", "", 3)

    assert [tile.image for tile in first + second] == [image_id(n) for n in (2, 3, 4, 5)]
    assert (following, end) == ("3", None)
    assert [(tile.image, tile.standing and tile.standing.state) for tile in corrected] == [(image_id(0), "pending")]
    assert [(tile.image, tile.look and tile.look.version) for tile in skipped] == [(image_id(1), 1)]


@pytest.mark.parametrize("start", ["x", "-1", "9" * 30])
def test_a_page_that_is_none_is_the_first(studio: Api, start: str) -> None:
    assert review_views.tiles("m", "to_review", start, 1)[0][0].image == image_id(0)


def test_before_the_first_retrain_only_the_count_is_known(studio: Api) -> None:
    correct(studio, 0, 1)

    found = review_views.learning("m")

    assert (found.status.pending, found.threshold, found.under_way, found.job, found.last) == (2, 5, False, None, None)


def test_a_retrain_under_way_is_the_job_that_is_shown(studio: Api) -> None:
    job = correct(studio, *range(5))
    assert job
    fence = studio.start(job).fence
    studio.jobs.publish(job, fence, [("progress", {"fraction": 0.5, "stage": "6 train", "message": None})])

    found = review_views.learning("m")

    assert found.job
    assert (found.job.id, found.under_way) == (job, True)


def test_a_retrain_that_failed_is_the_one_shown_until_another_succeeds(studio: Api) -> None:
    job = correct(studio, *range(5))
    assert job
    studio.end(job, "failed", error={"code": "x", "message": "The experiment is not there.", "retryable": False})

    found = review_views.learning("m")

    assert found.job
    assert found.status.blocked
    assert (found.job.id, found.status.blocked["reason"]) == (job, "The experiment is not there.")


def test_the_last_retrained_version_is_shown_with_its_decision(studio: Api) -> None:
    retrained = put_version(studio.objects, studio.jobs, domain="vision", promote=False, decision="rejected", reason="No better.",
                            retraining={"previous": 1, "corrections": [], "held_out": []})

    found = review_views.learning("m")

    assert found.last
    assert (found.last.version, found.decision, found.reason, found.job) == (retrained.version, "rejected", "No better.", None)


def test_queues_without_a_worker_or_paused_are_idle(studio: Api) -> None:
    assert review_views.idle_queues() == ["gpu", "gpu.fast"]

    studio.jobs.report_worker("w", {"queues": ["gpu", "gpu.fast"]}, ttl_s=60)
    studio.jobs.pause_queue("gpu", "new disk")

    assert review_views.idle_queues() == ["gpu"]
