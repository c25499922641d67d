"""The annotator's whole day with a real worker and a real MLflow: a detector, photos, boxes, five corrections, the retrain, its decision, the way back."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from deploy.digits import Scenes, write_zip
from tests.browser.conftest import open_page, picture, picture_for_readme, running_console
from tests.services import Valkey
from tests.tracking.servers import MlflowServer
from tests.workers.test_retrain import DIGITS, FORGIVING, MODEL, Studio

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
LONG_MS = 240_000


def test_photos_are_corrected_and_the_retrain_is_watched_to_its_decision(
        tmp_path: Path, valkey: Valkey, mlflow_server: MlflowServer, page: Page) -> None:
    home = tmp_path / "home"
    home.mkdir()
    studio = Studio(home, valkey, mlflow_server)
    photos = []
    for n in range(6):
        photos.append(tmp_path / f"photo{n}.png")
        photos[-1].write_bytes(Scenes(10 + n, DIGITS).scene().png())
    try:
        # given a data set and a worker
        source = write_zip(tmp_path / "digits.zip", Scenes(1, DIGITS), train=40, val=8)
        stored, _ = studio.services.datasets.receive(source, type="detection", name=MODEL, filename="digits.zip")
        studio.services.datasets.wait(stored.id, 60)
        studio.start_worker("gpu,gpu.fast")
        with running_console(home, valkey, MLFLOW_TRACKING_URI=mlflow_server.uri, RETRAIN_EXPERIMENT_ID=studio.experiment,
                             RETRAIN_OLD_TOLERANCE=FORGIVING) as console:
            # a detector is trained for moments, and its curves are seen to grow
            open_page(page, f"{console.url}/new/vision.train")
            page.get_by_label(re.compile(r"^dataset\b")).select_option(stored.id)
            for name, value in (("base", "tiny11n"), ("epochs", "8"), ("image_size", "64")):
                page.get_by_label(re.compile(f"^{name}\\b")).fill(value)
            page.get_by_role("button", name="Start the job").click()
            charts = page.locator("#metrics figure")
            expect(charts.filter(has_text="mAP50").first).to_be_visible(timeout=LONG_MS)
            charts.first.get_by_text("Values").click()
            expect(charts.first.locator("tbody tr").nth(5)).to_be_attached(timeout=LONG_MS)
            charts.first.get_by_text("Values").click()
            picture_for_readme(page, "job", height=1080)
            expect(page.locator("#live .badge").first).to_contain_text("succeeded", timeout=LONG_MS)
            # when photos are dropped, the model looks at them
            open_page(page, f"{console.url}/correct")
            page.locator("#files").set_input_files(photos)
            expect(page.locator("#uploading")).to_contain_text("6 images are in.", timeout=LONG_MS)
            expect(page.locator(".images").get_by_text(re.compile("least sure|no box found"))).to_have_count(6, timeout=LONG_MS)
            # and five are corrected by keyboard
            page.locator("#start").focus()
            page.keyboard.press("Enter")
            for n in range(5):
                page.wait_for_selector("#boxes[data-ready]")
                before = page.url
                page.keyboard.press("a")
                page.keyboard.press(DIGITS[n % 2])
                page.keyboard.press("Enter")
                page.wait_for_url(lambda url, before=before: url != before)
            expect(page.locator("#live")).to_contain_text("one is under way")
            picture(page, "correct-day-image")
            # then the retrain is seen at work, and what became of it
            page.get_by_role("link", name="The retrain", exact=True).click()
            expect(page.locator(".steps [aria-current=step]")).to_be_visible(timeout=LONG_MS)
            picture(page, "correct-day-retrain")
            expect(page.get_by_text("The last retrain made version 2")).to_be_visible(timeout=LONG_MS)
            expect(page.get_by_text("taken into use").first).to_be_visible()
            expect(page.get_by_text("0 of 5")).to_be_visible()
            # and both versions stand side by side on the same images
            page.get_by_role("link", name="Before and after").click()
            page.get_by_role("button", name="Compare the two versions").click()
            expect(page.locator(".shot svg")).to_have_count(10, timeout=LONG_MS)
            picture(page, "correct-day-compare")
            job = console.jobs.page(kind="vision.retrain").jobs[0]
            assert (job.state, len(job.result["corrections"] if job.result else ())) == ("succeeded", 5)
            # and the decision is read where the models are, with its reason and all that it stands on
            page.get_by_role("navigation", name="Pages").get_by_role("link", name="Models").click()
            page.get_by_role("link", name=MODEL).click()
            expect(page.locator(".versions tr[aria-current]")).to_contain_text("promoted")
            expect(page.locator("#version")).to_contain_text("in use: predictions come from it")
            expect(page.locator("#version")).to_contain_text(str(job.result and job.result["reason"]))
            expect(page.locator(".shots li")).to_have_count(5)
            picture(page, "annotators-day-decision")
            # and taken back with one's own reason
            page.get_by_label("Reason").fill("I clicked these boxes without looking.")
            page.get_by_role("button", name="Roll back to version 1").click()
            expect(page.locator(".history li").first).to_contain_text("I clicked these boxes without looking.")
            expect(page.locator(".history li").first).to_contain_text("rolled back")
            expect(page.locator(".versions tr").filter(has_text="in use")).to_contain_text("Version 1")
            assert studio.services.models.champion(MODEL) == 1
    finally:
        studio.stop()
