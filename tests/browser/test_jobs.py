"""The engineer's day: the list that lives, one job, what can be done with it."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect

from storage.job_store import End
from tests.browser.conftest import Console, open_page, quickest


def test_a_job_shows_up_and_moves_on_without_a_reload(console: Console, page: Page) -> None:
    open_page(page, console.url)
    expect(page.get_by_text("There are no jobs yet.")).to_be_visible()

    job = console.submit(team="north")
    row = page.locator(f"#job-{job}")
    expect(row).to_contain_text("queued")

    fence = console.start(job).fence
    expect(row).to_contain_text("running")
    console.jobs.publish(job, fence, [("progress", {"fraction": 0.5, "stage": "backtest", "message": "fold 2"})])
    expect(row.locator("progress")).to_have_js_property("value", 0.5)
    expect(row).to_contain_text("backtest")


def test_an_event_reaches_the_screen_within_300_ms(console: Console, page: Page) -> None:
    job = console.submit()
    fence = console.start(job).fence
    console.jobs.publish(job, fence, [("progress", {"fraction": 0.0, "stage": "start", "message": None})])
    open_page(page, console.url)
    expect(page.locator(f"#job-{job} progress")).to_be_visible()
    page.wait_for_timeout(1500)
    page.evaluate("""id => new MutationObserver(() => { window.seen = window.seen || Date.now(); })
        .observe(document.querySelector(`#job-${id} [data-stage]`), {childList: true, characterData: true, subtree: true})""", job)
    steps = iter(range(8))

    def seconds_until_seen() -> float:
        n = next(steps)
        page.wait_for_timeout(400)
        page.evaluate("window.seen = 0")
        sent = time.time()
        console.jobs.publish(job, fence, [("progress", {"fraction": 0.1 * n, "stage": f"step {n}", "message": None})])
        page.wait_for_function("() => window.seen")
        return float(page.evaluate("window.seen")) / 1000 - sent

    assert quickest("an event on the screen", 8, seconds_until_seen) < 0.3


def test_a_jobs_page_follows_progress_log_and_metrics_to_the_end(console: Console, page: Page) -> None:
    job = console.submit()
    open_page(page, f"{console.url}/jobs/{job}")
    fence = console.start(job).fence
    for step in range(5):
        console.jobs.publish(job, fence, [
            ("metric", {"name": "loss", "value": 1 / (step + 1), "step": step}),
            ("log", {"message": f"epoch {step} is over", "level": "info"}),
            ("progress", {"fraction": step / 5, "stage": "train", "message": f"epoch {step} of 5"})])

    expect(page.locator("#log")).to_contain_text("epoch 4 is over")
    expect(page.get_by_text("epoch 4 of 5")).to_be_visible()
    expect(page.locator("#metrics figcaption")).to_contain_text("loss 0.2")
    page.locator("#metrics").get_by_text("Values").click()
    expect(page.locator("#metrics tbody tr")).to_have_count(5)
    page.get_by_role("link", name="Submit again with changes").focus()

    console.fail_running(job, fence)
    expect(page.locator("#live .badge").first).to_contain_text("failed")
    expect(page.get_by_label("Error")).to_contain_text("The data were made to fail.")
    expect(page.get_by_role("link", name="Submit again with changes")).to_be_focused()
    page.get_by_role("button", name=f"Retry {job}").click()
    expect(page.locator("#live .badge").first).to_contain_text("queued")


def test_metrics_of_a_few_values_stand_in_a_table_and_only_the_others_are_drawn(console: Console, page: Page) -> None:
    job = console.submit()
    fence = console.start(job).fence
    few = [("metric", {"name": f"rmse_{n}", "value": n + step / 2, "step": step}) for n in range(30) for step in (1, 2, 3)]
    console.jobs.publish(job, fence, few[:24])
    open_page(page, f"{console.url}/jobs/{job}")

    expect(page.locator("#singles tr")).to_have_count(8)
    expect(page.get_by_role("row", name="rmse_7 7.5 → 8 → 8.5")).to_be_visible()  # a few without a chart are not folded up
    console.jobs.publish(job, fence, few[24:])
    expect(page.locator("#singles tr")).to_have_count(30)
    expect(page.locator("#singles")).not_to_have_attribute("open", "")
    expect(page.locator("#metrics figure")).to_have_count(0)
    console.jobs.publish(job, fence, [("metric", {"name": "loss", "value": 1 / step, "step": step}) for step in range(1, 7)])
    expect(page.locator("#metrics figure")).to_have_count(1)
    expect(page.locator("#singles")).not_to_have_attribute("open", "")


def test_each_attempt_has_its_own_log(console: Console, page: Page) -> None:
    job = console.submit()
    first = console.start(job)
    console.jobs.publish(job, first.fence, [("log", {"message": "the first try", "level": "info"})])
    console.fail_running(job, first.fence)
    console.jobs.retry(job)
    console.jobs.publish(job, console.start(job).fence, [("log", {"message": "the second try", "level": "info"})])

    open_page(page, f"{console.url}/jobs/{job}")

    logs = page.locator("#log details")
    expect(page.locator("#log")).to_contain_text("the second try")
    expect(logs.last).to_contain_text("the second try")


def test_an_attempt_that_follows_a_failed_one_at_once_is_seen(console: Console, page: Page) -> None:
    job = console.submit()
    fence = console.start(job).fence
    open_page(page, f"{console.url}/jobs/{job}")
    expect(page.locator("body[data-ready]")).to_be_visible()
    page.wait_for_timeout(1500)  # the page has taken in all that came before
    failed = {"code": "storage_unavailable", "message": "Away.", "retryable": True, "step": None}

    console.jobs.move(job, fence, End("queued", error=failed))
    console.start(job)

    expect(page.get_by_role("rowheader", name="2")).to_be_visible()


def test_a_job_is_canceled_from_the_list_after_a_question(console: Console, page: Page) -> None:
    job = console.submit()
    open_page(page, console.url)
    asked = []
    page.once("dialog", lambda d: (asked.append(d.message), d.accept()))

    page.get_by_role("button", name=f"Cancel {job}").click()

    expect(page.locator(f"#job-{job}")).to_contain_text("canceled")
    assert asked == ["Cancel this job?"]
    assert console.jobs.get(job).state == "canceled"


@pytest.fixture
def expected_errors() -> list[str]:
    return ["409"]


def test_what_cannot_be_done_any_more_is_said_in_the_servers_words(console: Console, page: Page) -> None:
    job = console.submit()
    open_page(page, console.url)
    button = page.get_by_role("button", name=f"Cancel {job}")
    expect(button).to_be_visible()
    page.evaluate("noria.hush()")
    page.route(f"{console.url}/", lambda route: None)  # a refresh that is due does not come
    expect(page.locator(".htmx-request")).to_have_count(0)
    console.jobs.request_cancel(job)
    page.once("dialog", lambda d: d.accept())

    button.click()

    expect(page.locator("#said")).to_contain_text("The job is canceled; only a queued or running job can be canceled.")


@pytest.fixture
def many(console: Console) -> list[str]:
    """10,000 jobs, oldest first."""
    with ThreadPoolExecutor(8) as pool:
        return sorted(pool.map(lambda n: console.submit(params={}, team="north" if n % 100 else "south"), range(10_000)))


def test_ten_thousand_jobs_scroll_and_filter_smoothly(console: Console, many: list[str], page: Page) -> None:
    open_page(page, console.url)
    expect(page.locator(".tile").first).to_contain_text("10,000")

    for _ in range(6):
        count = page.locator("#rows tr[data-job]").count()
        page.locator("tr.more").scroll_into_view_if_needed()
        page.wait_for_function("n => document.querySelectorAll('#rows tr[data-job]').length > n", arg=count)
    shown = page.locator("#rows tr[data-job]").evaluate_all("rows => rows.map(r => r.dataset.job)")
    assert shown == many[::-1][:len(shown)]

    def filter_by(team: str) -> None:
        page.get_by_label("Label").fill(f"team:{team}")
        expect(page.locator("#rows tr[data-job]").first.locator(".chip")).to_have_text(f"team: {team}")

    filters = iter(["south", "north"] * 2)
    assert quickest("a filter of 10,000 jobs", 3, lambda: filter_by(next(filters))) < 1.5
    expect(page).to_have_url(re.compile("label=team%3Asouth"))
    page.get_by_label("Label").fill("")
    page.get_by_label("Id", exact=True).fill(many[500])
    expect(page.locator("#rows tr[data-job]")).to_have_count(1)


def test_who_scrolled_down_is_told_of_newer_jobs_and_not_moved(console: Console, page: Page) -> None:
    for _ in range(120):
        console.submit()
    open_page(page, console.url)
    page.locator("tr.more").scroll_into_view_if_needed()
    expect(page.locator("#rows tr[data-job]")).not_to_have_count(50)

    console.submit()

    expect(page.locator("#newer")).to_be_visible()


def test_the_first_page_is_small_and_quick(console: Console, new_page: Callable[..., Page]) -> None:
    console.submit()
    sizes = []

    def seconds_until_interactive() -> float:
        page = new_page(traced=False)  # with an empty cache
        open_page(page, console.url)
        sizes.append(sum(page.evaluate(
            "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
            ".filter(e => e.initiatorType !== 'fetch' && !e.name.endsWith('/events')).map(e => e.transferSize)")))  # nothing of a refresh
        interactive_ms = float(page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
        page.context.close()
        return interactive_ms / 1000

    assert quickest("the first page interactive", 8, seconds_until_interactive) < 0.3
    print(f"first page: {max(sizes)} bytes")
    assert max(sizes) < 60_000


def test_the_list_is_worked_with_by_keyboard_alone(console: Console, page: Page) -> None:
    job = console.submit()
    open_page(page, console.url)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == f"/jobs/{job}":
            break
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="test.work")).to_be_visible()
