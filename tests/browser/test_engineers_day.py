"""The engineer's whole day from an empty system: a queue that nobody serves, a worker, a cancel, a failure mended and retried."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Console, open_page, picture
from tests.workers.conftest import Plant


def start_work(page: Page, **params: str) -> str:
    """Start a `test.work` by its form; the job's id."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="New job").click()
    page.get_by_role("link", name="test.work").click()
    for name, value in params.items():
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Start the job").click()
    page.wait_for_url(re.compile("/jobs/"))
    return page.url.rpartition("/")[2]


def test_a_stuck_queue_is_served_a_job_is_canceled_and_a_failure_is_read_mended_and_retried(console: Console, page: Page, tmp_path: Path) -> None:
    state = page.locator("#live .badge").first
    page.on("dialog", lambda dialog: dialog.accept())
    plant = Plant(console.home, console.valkey)
    try:
        # a job is started that nobody takes, and every page says why
        open_page(page, console.url)
        page.get_by_role("link", name="Start a job").click()
        waits = start_work(page, seconds="300")
        expect(state).to_contain_text("queued")
        for path in (f"/jobs/{waits}", "/", "/health"):
            open_page(page, console.url + path)
            expect(page.locator("#parts")).to_contain_text("No worker serves these queues: cpu.")
        expect(page.get_by_text("no worker").first).to_be_visible()
        picture(page, "engineers-day-stuck")

        # a worker comes, and takes it without a reload; it is canceled in the list
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Jobs").click()
        row = page.locator(f"#job-{waits}")
        plant.start_worker("cpu")
        expect(page.locator("#parts")).to_be_hidden()
        expect(row).to_contain_text("running")
        expect(row.locator("[data-stage]")).to_have_text("work")
        page.get_by_text("Who works on what").click()
        expect(page.get_by_role("link", name="test.work")).to_have_count(2)  # its row, and the worker's
        picture(page, "engineers-day-jobs")
        page.get_by_role("button", name=f"Cancel {waits}").click()
        expect(row).to_contain_text("canceled")

        # another one fails: its page says what, where, and what came before
        folder = tmp_path / "ledgers"
        failed = start_work(page, seconds="0.4", ledger=str(folder / "ledger.txt"))
        expect(state).to_contain_text("failed")
        expect(page.get_by_label("Error")).to_contain_text(f"The folder {folder} is not there. Make it, then retry.")
        expect(page.get_by_label("Error")).to_contain_text("in step work")
        expect(page.locator("#log")).to_contain_text("The ledger has no folder.")
        picture(page, "engineers-day-failed")

        # its cause is mended, and a retry under the same id succeeds
        folder.mkdir()
        page.get_by_role("button", name=f"Retry {failed}").click()
        expect(state).to_contain_text("succeeded")
        expect(page.get_by_role("region", name="Table of attempts").locator("tbody tr")).to_have_count(2)
        expect(page.locator("#log")).to_contain_text("The ledger has no folder.")  # the first attempt's log stays
        assert (folder / "ledger.txt").read_text() == f"{failed} 1\n"

        # and once more with a change
        page.get_by_role("link", name="Submit again with changes").click()
        expect(page.get_by_label("seconds", exact=True)).to_have_value("0.4")
        page.get_by_label("seconds", exact=True).fill("0.8")
        page.get_by_role("button", name="Start the job").click()
        page.wait_for_url(re.compile("/jobs/"))
        again = page.url.rpartition("/")[2]
        expect(state).to_contain_text("succeeded")
        expect(page.locator("#metrics figcaption")).to_contain_text("elapsed")
        assert again != failed
        assert console.jobs.get(again).params["seconds"] == 0.8
        assert (folder / "ledger.txt").read_text() == f"{failed} 1\n{again} 1\n"
        picture(page, "engineers-day-done")
    finally:
        plant.stop()
