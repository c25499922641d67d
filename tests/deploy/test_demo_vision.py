"""The demo's corrections start a retrain; the whole of it runs in test_demo.py."""

from pathlib import Path

import pytest
from rich.console import Console

from api.client import Client
from deploy.demo_vision import MODEL, _boxes, _correct, _count, _show
from deploy.demo_work import DemoFailed
from deploy.digits import Scenes
from tests.api.conftest import Api
from tests.api.models import ended_job, put_version


def test_the_fifth_correction_starts_the_retrain_that_is_followed(api: Api, url: str, tmp_path: Path) -> None:
    client, scenes = Client(url), Scenes(3, inverted=True)
    put_version(api.objects, api.jobs, MODEL, classes=list("0123456789"))
    shown = [_show(client, scenes.scene(), tmp_path) for _ in range(5)]
    found = [{"image": s.image, "boxes": []} for s in shown]
    prediction = ended_job(api.jobs, "vision.predict", {"model": MODEL, "predictions": found}).id
    with (tmp_path / "shown.txt").open("w") as out:
        with pytest.raises(DemoFailed, match="started no retrain"):
            _correct(client, Console(file=out, width=100), shown[:4], prediction)
        job_id = _correct(client, Console(file=out, width=100), shown, prediction)

    assert api.jobs.get(job_id).retrains == MODEL
    assert f"correction 1 of 5: {len(shown[0].scene.boxes)} added" in (tmp_path / "shown.txt").read_text()


def test_boxes_are_counted_over_all_images() -> None:
    job = {"result": {"predictions": [{"boxes": [{}, {}]}, {"boxes": []}, {"boxes": [{}]}]}}
    assert _count(_boxes(job)) == 3
