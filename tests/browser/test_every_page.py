"""Every page in both themes and on a phone: a picture, nothing for axe-core, nothing wider than the screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from jobs.record import Artifact
from storage.job_store import End
from storage.objects import open_store
from tests.browser.conftest import DESKTOP, PHONE, Console, open_page, picture, violations

RESULT = {"model": "empresa_900123456", "version": 3, "chosen": "ensemble", "coverage": {"80": 0.81, "95": 0.944},
          "members": ["xgboost", "theta"], "scaled": None, "whole": True,
          "rows": [{"item": f"A-{n}", "date": "2026-12-01", "mean": 12.5 * n, "lo-80": 10.0 * n} for n in range(1, 7)]}
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
                    "c9fe92ef0000000049454e44ae426082")


def a_busy_day(console: Console) -> dict[str, str]:
    """Jobs in every state, workers, a queue without one; gives the pages to look at, by name."""
    jobs = console.jobs
    console.worker("cpu@here", "cpu", slots=2)
    console.worker("fast@here", "cpu.fast", "gpu.fast", backlog=2, error="MLflow does not answer")
    failed = console.submit(team="north", run="weekly")
    console.fail(failed, "A-113 has 3 periods of sales and needs 8; leave it out, or send more of its history.")
    done = console.submit(team="north")
    running = console.start(done)
    for step in range(40):
        jobs.publish(done, running.fence, [("metric", {"name": "loss", "value": 1 / (1 + step), "step": step}),
                                           ("metric", {"name": "mAP50", "value": 1 - 1 / (2 + step), "step": step})])
    jobs.publish(done, running.fence, [("log", {"message": f"epoch {n}", "level": "info", "seconds": 1.5}) for n in range(30)])
    jobs.publish(done, running.fence, [("log", {"message": "the learning rate was lowered", "level": "warning"})])
    objects = open_store((console.home / "objects").as_uri())
    files = []
    for name, media_type, content in [("predictions.csv", "text/csv", b"item,date,mean\n" + b"A-1,2026-12-01,12.5\n" * 40),
                                      ("loss.png", "image/png", PNG), ("model.json", "application/json", b'{"trees": [1, 2]}')]:
        objects.put(f"artifacts/{name}", content)
        files.append(Artifact(name, f"artifacts/{name}", len(content), "0" * 64, media_type))
    jobs.commit(done, running.fence, result=RESULT, artifacts=files, models=[])
    jobs.move(done, running.fence, End("succeeded", result=RESULT))
    retried = console.submit(team="south")
    jobs.move(retried, console.start(retried).fence, End("queued", error={"code": "unavailable", "message": "x"}))
    jobs.request_cancel(console.submit(team="south"))
    now = console.submit(team="north")
    jobs.publish(now, console.start(now).fence, [("progress", {"fraction": 0.42, "stage": "backtest", "message": "fold 2 of 3"})])
    for _ in range(3):
        console.submit(queue="gpu")
    jobs.pause_queue("cpu.fast", "new disk")
    return {"jobs": "/", "job": f"/jobs/{done}", "job-failed": f"/jobs/{failed}", "job-running": f"/jobs/{now}", "new": "/new",
            "form": "/new/forecasting.train", "forecasts": "/forecasts", "health": "/health"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_page_is_clean_for_axe_and_fits_the_screen(console: Console, new_page: Callable[..., Page], theme: str) -> None:
    pages, found = a_busy_day(console), []
    for width, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
        page = new_page(viewport=viewport, color_scheme=theme)
        for name, path in pages.items():
            open_page(page, console.url + path)
            if name == "job":
                page.get_by_role("button", name="Preview of predictions.csv").click()
                page.get_by_role("cell", name="A-1").first.wait_for()
                page.locator("#metrics canvas").first.wait_for()
            picture(page, f"{name}-{theme}-{width}")

            found += [f"{name} {width}: {violation}" for violation in violations(page)]
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found.append(f"{name} {width}: wider than the screen")

    assert found == []


def test_an_empty_system_teaches_the_next_step(console: Console, page: Page) -> None:
    open_page(page, console.url)
    picture(page, "empty")

    assert violations(page) == []
    page.get_by_role("link", name="Start a job").click()
    page.get_by_role("heading", name="New job").wait_for()


