"""Two versions on the same images, beside what a person said of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import g

from api import comparisons
from jobs.errors import NotFound
from storage.corrections import BoxIn, CorrectionIn
from storage.job_store import End
from storage.models import Version
from tests.api.conftest import Api
from tests.api.models import image_id, put_images, put_version


def box(label: str, x1: float, confidence: float | None = None) -> dict[str, Any]:
    found = {"label": label, "x1": x1, "y1": 10.0, "x2": x1 + 20, "y2": 30.0}
    return found if confidence is None else {**found, "confidence": confidence}


@pytest.fixture
def studio(api: Api) -> Iterator[tuple[Api, Version]]:
    """Three corrections of a cat and a dog each, the version that learned from them, in a request."""
    put_version(api.objects, api.jobs, domain="vision")
    put_images(api.objects, 3)
    with api.app.test_request_context():
        g.request_id = "a-request"
        boxes = [BoxIn(**box("cat", 0.0)), BoxIn(**box("dog", 50.0))]
        ids = [api.app.extensions["noria"].corrections.add(CorrectionIn(
            image=image_id(n), model="m", boxes=boxes, prediction=None, author="", new_label=False), by="ana")[0].id for n in range(3)]
        retraining = {"previous": 1, "corrections": ids, "held_out": ids[2:]}
        yield api, put_version(api.objects, api.jobs, domain="vision", retraining=retraining, decision="rejected", promote=False)


def answer(api: Api, version: int, boxes: list[dict[str, Any]]) -> None:
    job = next(j for j in api.jobs.page(kind="vision.predict").jobs if j.params["version"] == version)
    fence = api.start(job.id).fence
    found = [{"image": image, "width": 100, "height": 80, "boxes": boxes} for image in job.params["images"]]
    api.jobs.move(job.id, fence, End("succeeded", result={"model": "m", "version": version, "runtime": "x", "predictions": found}))


def test_the_newest_version_that_learned_from_corrections_is_found_in_use_or_not(studio: tuple[Api, Version]) -> None:
    api, after = studio
    put_version(api.objects, api.jobs, domain="vision")  # trained anew

    found = comparisons.last_retrained("m")

    assert found is not None
    assert (found.version, found.metadata["retraining"]["previous"]) == (after.version, 1)


def test_a_model_that_never_learned_from_corrections_has_none(api: Api) -> None:
    put_version(api.objects, api.jobs, "fresh", domain="vision")
    with api.app.app_context():
        assert comparisons.last_retrained("fresh") is None


def test_both_versions_look_once_at_the_corrected_images_those_kept_for_testing_first(studio: tuple[Api, Version]) -> None:
    api, after = studio
    assert comparisons.comparison(after).jobs == {}

    for _ in range(2):
        comparisons.compare(after)

    jobs = api.jobs.page(kind="vision.predict").jobs
    assert sorted(job.params["version"] for job in jobs) == [1, 2]
    assert {tuple(job.params["images"]) for job in jobs} == {(image_id(2), image_id(0), image_id(1))}
    assert [side for it in comparisons.comparison(after).images for side in (it.before, it.after)] == [None] * 6


def test_each_side_counts_what_is_right_missed_and_wrong(studio: tuple[Api, Version]) -> None:
    api, after = studio
    comparisons.compare(after)
    answer(api, 1, [box("cat", 2.0, 0.9), box("cat", 50.0, 0.6), box("dog", 78.0, 0.3)])  # one right, one of another class, one too many
    answer(api, 2, [box("cat", 0.0, 0.9)])

    found = comparisons.comparison(after)

    assert found.before == 1
    assert {(it.before.right, it.before.missed, it.before.wrong) for it in found.images if it.before} == {(1, 1, 2)}
    assert {(it.after.right, it.after.missed, it.after.wrong) for it in found.images if it.after} == {(1, 1, 0)}
    assert [it.learned for it in found.images] == [False, True, True]


def test_without_the_images_there_is_nothing_to_compare(studio: tuple[Api, Version]) -> None:
    api, after = studio
    for n in range(3):
        api.objects.delete(f"images/documents/{image_id(n)}.json")

    assert comparisons.comparison(after).images == ()
    with pytest.raises(NotFound):
        comparisons.compare(after)
