"""Requests, refreshes and news that overtake one another: whatever comes late, the page shows what was asked for last, and as it is now.

What is on its way is held by a route, so each order comes about on any machine, however slow.
"""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from storage import names
from storage.objects import open_store
from tests.api.console.lists import a_list, line
from tests.browser.companies import put_company, send, small_sales, train_company
from tests.browser.conftest import Console, open_page, settled
from tests.browser.learned import learned, services_of
from tests.browser.test_buy import filled, slide
from tests.browser.test_correct import MODEL, Studio, on_image, press, ready
from tests.storage.pictures import picture as photo

BUY = "/forecasts/shop/buy"
LATE_MS = 400  # for what should not happen to show itself


@pytest.fixture
def expected_errors() -> list[str]:
    return ["422", "503", "ERR_", "Failed to fetch", "Failed to load resource"]


class Held:
    """Requests of a page to addresses like `pattern`, kept from the server until they are let go, or with `answered` their answers from the page."""

    def __init__(self, page: Page, pattern: str, *, answered: bool = False, method: str = "GET") -> None:
        self.page, self.answered, self.method, self.more = page, answered, method, True
        self.waiting: list[tuple[Route, APIResponse | None]] = []
        page.route(re.compile(pattern), self._take)

    def _take(self, route: Route) -> None:
        if self.more and route.request.method == self.method:
            self.waiting.append((route, route.fetch() if self.answered else None))
        else:
            route.fallback()

    def wait(self) -> None:
        """Until one is held; those after it pass."""
        for _ in range(200):
            if self.waiting:
                self.more = False
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("there was no such request")

    def let_go(self) -> None:
        """And wait until what it brings would be seen."""
        self.more = False
        for route, answer in self.waiting:
            if answer:
                route.fulfill(response=answer)
            else:
                route.continue_()
        self.page.wait_for_timeout(LATE_MS)


def type_on(page: Page, name: str, *texts: str) -> None:
    """Type one text after the other, with a pause after each that is long enough for it to be searched."""
    for text in texts:
        page.get_by_label(name, exact=True).fill(text)
        page.wait_for_timeout(LATE_MS)


def test_of_what_is_typed_while_an_answer_is_late_the_last_is_searched(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, f"{console.url}{BUY}?show=order")
    settled(page)
    held = Held(page, "find=a-6")

    type_on(page, "Find", "a-6", "b-1", "b-2")
    held.let_go()

    expect(page.locator("tr.line")).to_have_count(1)
    expect(page.locator("tr.line")).to_contain_text("B-2")


def test_of_filters_that_are_typed_while_an_answer_is_late_the_last_counts(console: Console, page: Page) -> None:
    teams = {team: console.submit(team=team) for team in ("north", "south", "west")}
    open_page(page, console.url)
    settled(page)
    held = Held(page, "team%3Anorth")

    type_on(page, "Label", *(f"team:{team}" for team in teams))
    held.let_go()

    expect(page.locator("#rows tr[data-job]")).to_have_count(1)
    expect(page.locator(f"#job-{teams['west']}")).to_be_visible()


def test_of_two_links_the_one_pressed_last_counts_though_it_is_answered_first(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, console.url + BUY)
    settled(page)
    held, shown = Held(page, "show=all"), page.locator(".show [aria-current]")

    page.get_by_role("link", name="All articles").click()
    held.wait()
    page.get_by_role("link", name="New 1").click()
    expect(shown).to_have_text("New 1")
    held.let_go()

    expect(shown).to_have_text("New 1")
    expect(page.locator("tr.line")).to_have_count(1)


def test_a_link_that_is_pressed_right_after_typing_keeps_what_was_typed(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, f"{console.url}{BUY}?show=order&find=a-6")
    settled(page)
    field = page.get_by_role("searchbox", name="Find")

    field.fill("b-1")
    page.get_by_role("link", name="All articles").click()

    expect(page.locator(".show [aria-current]")).to_contain_text("All articles")
    expect(field).to_have_value("b-1")
    expect(page.locator("tr.line")).to_have_count(1)
    expect(page.locator("tr.line")).to_contain_text("B-1")


def test_of_two_questions_the_one_asked_last_is_shown_though_it_is_answered_first(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, f"{console.url}/forecasts/shop/ask")
    settled(page)
    held = Held(page, "/ask", method="POST")

    page.get_by_role("button", name="What sells the least?").click()
    held.wait()
    page.get_by_label("What do you want to know?").fill("How much will A-1 sell?")
    page.keyboard.press("Enter")
    expect(page.locator(".asked")).to_have_text("How much will A-1 sell?")
    held.let_go()
    page.wait_for_timeout(3000)  # what a question waits for its answer

    expect(page.locator(".asked")).to_have_text("How much will A-1 sell?")


def test_a_link_that_is_answered_late_does_not_bring_back_the_list_before_a_new_one(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, console.url + BUY)
    settled(page)
    held = Held(page, "show=all")

    page.get_by_role("link", name="All articles").click()
    held.wait()
    page.get_by_role("button", name="Make the list").click()
    expect(page.get_by_text("A new list is being made.")).to_be_visible()
    held.let_go()

    expect(page.get_by_text("A new list is being made.")).to_be_visible()
    assert "job=" in page.url


def test_sliders_make_a_list_after_the_way_back_too(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, console.url + BUY)
    page.get_by_role("link", name="All articles").click()
    page.wait_for_url(re.compile("show=all"))
    page.go_back()
    expect(page.locator(".show [aria-current]")).not_to_contain_text("All articles")
    page.wait_for_function("() => window.noria && document.readyState === 'complete'")

    slide(page, "service_percent", 90)

    expect(page.get_by_text("A new list is being made.")).to_be_visible()


def test_who_has_scrolled_down_keeps_older_jobs_when_a_refresh_that_was_on_its_way_comes(console: Console, page: Page) -> None:
    jobs = [console.submit() for _ in range(60)]
    open_page(page, console.url)
    settled(page)
    held = Held(page, f"^{re.escape(console.url)}/$")
    page.evaluate("noria.refresh()")
    held.wait()

    page.locator("tr.more").scroll_into_view_if_needed()
    oldest = page.locator(f"#job-{jobs[0]}")
    expect(oldest).to_be_visible()
    oldest.evaluate("row => { row.seen = true; }")
    held.let_go()

    expect(oldest).to_have_js_property("seen", True)
    expect(page.locator("#newer")).to_be_visible()


def test_older_jobs_that_come_late_do_not_join_a_list_that_was_filtered_meanwhile(console: Console, page: Page) -> None:
    south = console.submit(team="south")
    for _ in range(60):
        console.submit(team="north")
    open_page(page, console.url)
    settled(page)
    held = Held(page, r"cursor=[^&]*$")
    page.locator("tr.more").scroll_into_view_if_needed()
    held.wait()

    page.get_by_label("Label").fill("team:north")
    page.wait_for_url(re.compile("team"))
    held.let_go()
    page.locator("#rows tr").last.scroll_into_view_if_needed()

    expect(page.locator("#rows tr[data-job]")).to_have_count(60)
    expect(page.locator(f"#job-{south}")).to_have_count(0)


def test_none_is_missing_between_the_newest_jobs_and_older_ones_that_come_after_a_refresh(console: Console, page: Page) -> None:
    jobs = [console.submit() for _ in range(60)]
    open_page(page, console.url)
    settled(page)
    held = Held(page, "cursor=")
    page.locator("tr.more").scroll_into_view_if_needed()
    held.wait()

    jobs.append(console.submit())
    expect(page.locator(f"#job-{jobs[-1]}")).to_be_visible()
    held.let_go()
    page.locator("#rows tr").last.scroll_into_view_if_needed()

    expect(page.locator(f"#job-{jobs[0]}")).to_be_visible()
    assert page.locator("#rows tr[data-job]").evaluate_all("rows => rows.map(row => row.dataset.job)") == jobs[::-1]


def test_a_list_goes_on_living_when_older_jobs_could_not_be_had(console: Console, page: Page) -> None:
    for _ in range(60):
        console.submit()
    open_page(page, console.url)
    settled(page)
    page.route(re.compile("cursor="), lambda route: route.fulfill(status=503, body="{}"))
    page.locator("tr.more").scroll_into_view_if_needed()
    expect(page.locator("#said")).to_contain_text("This did not work")

    job = console.submit()

    expect(page.locator(f"#job-{job}")).to_be_visible()


def test_a_refresh_that_was_on_its_way_does_not_take_progress_back(console: Console, page: Page) -> None:
    job = console.submit()
    fence = console.start(job).fence
    console.jobs.publish(job, fence, [("progress", {"fraction": 0.1, "stage": "load", "message": "reading"})])
    open_page(page, f"{console.url}/jobs/{job}")
    settled(page)
    held = Held(page, f"/jobs/{job}$", answered=True)
    page.evaluate("noria.refresh()")
    held.wait()

    console.jobs.publish(job, fence, [("progress", {"fraction": 0.5, "stage": "fit", "message": "fitting"})])
    expect(page.locator("#live progress")).to_have_js_property("value", 0.5)
    expect(page.locator("#live [data-message]")).to_have_text("fitting")
    held.let_go()

    expect(page.locator("#live progress")).to_have_js_property("value", 0.5)
    expect(page.locator("#live [data-stage]")).to_have_text("fit")
    expect(page.locator("#live [data-message]")).to_have_text("fitting")


def test_a_job_that_starts_while_its_row_is_on_its_way_is_shown_to_run(console: Console, page: Page) -> None:
    job = console.submit(team="north")
    console.submit(team="south")
    open_page(page, f"{console.url}/?label=team:south")
    settled(page)
    held = Held(page, "north", answered=True)
    page.get_by_label("Label").fill("team:north")
    held.wait()

    console.start(job)
    page.wait_for_timeout(1500)  # the page has heard of it
    held.let_go()

    expect(page.locator(f"#job-{job}")).to_contain_text("running")


def test_what_is_wrong_with_a_reason_stays_when_the_page_is_refreshed(console: Console, page: Page) -> None:
    learned(console)
    open_page(page, f"{console.url}/models/fruit")
    settled(page)
    page.get_by_label("Reason").fill("   ")
    page.get_by_role("button", name="Make version 2 the one in use").click()
    expect(page.locator(".fault")).to_contain_text("reason")

    with page.expect_response(f"{console.url}/models/fruit"):
        page.evaluate("noria.refresh()")
    page.wait_for_timeout(LATE_MS)

    expect(page.locator(".fault")).to_contain_text("reason")
    page.get_by_label("Reason").fill("The shade was mended.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("in use: predictions come from it")).to_be_visible()
    expect(page.locator(".fault")).to_have_count(0)


def test_how_a_quantity_comes_about_stays_open_at_its_article_when_a_new_list_moves_it(console: Console, page: Page) -> None:
    filled(console)
    open_page(page, f"{console.url}{BUY}?show=all")
    settled(page)
    page.get_by_role("button", name="How the quantity of Part A-1 comes about").click()
    first = page.locator("#live").get_attribute("data-list")

    objects = open_store((console.home / "objects").as_uri())
    a_list(console.jobs, objects, [line("A-6", 36.0, exceptions=["stockout"], days_of_stock=1.0), line("A-1", 12.0)])
    expect(page.locator("#live")).not_to_have_attribute("data-list", first or "")

    expect(page.get_by_role("button", name="How the quantity of Part A-1 comes about")).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("button", name="How the quantity of Part A-6 comes about")).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#line-A-1 + .why-line .sum")).to_be_visible()
    expect(page.locator("#line-A-6 + .why-line .sum")).to_be_hidden()


def test_an_image_that_is_left_is_free_for_others_at_once(console: Console, page: Page) -> None:
    studio = Studio(console, 2)
    open_page(page, studio.image_url())
    ready(page)
    settled(page)
    held = Held(page, f"/images/{studio.images[1]}$")

    press(page, "]")
    held.wait()
    held.let_go()
    on_image(page, studio.images[1])

    assert console.valkey.client.exists(f"noria:reviewer:{MODEL}:{studio.images[0]}") == 0


def test_enter_twice_saves_once_though_a_refresh_fails_between(console: Console, page: Page) -> None:
    studio = Studio(console, 2)
    open_page(page, studio.image_url())
    ready(page)
    settled(page)
    held = Held(page, "/save$", method="POST")
    press(page, "Enter")
    held.wait()
    page.route(re.compile(f"/images/{studio.images[0]}$"), lambda route: route.fulfill(status=503, body="{}"))
    page.evaluate("noria.refresh()")
    expect(page.locator("#said")).to_contain_text("This did not work")
    saves = []
    page.on("request", lambda request: saves.append(request.url) if request.url.endswith("/save") else None)

    press(page, "Enter")
    held.let_go()
    on_image(page, studio.images[1])

    assert saves == []


def test_images_that_are_brought_while_the_page_is_busy_are_looked_at_too(console: Console, page: Page, tmp_path: Path) -> None:
    Studio(console, 0, look=False)
    files = [tmp_path / f"{n}.jpg" for n in range(2)]
    for n, file in enumerate(files):
        file.write_bytes(photo(100 + n, (80, 60)))
    open_page(page, f"{console.url}/correct/{MODEL}")
    settled(page)
    held = Held(page, "/look$", method="POST", answered=True)
    page.locator("#files").set_input_files(files[0])
    held.wait()
    page.evaluate("noria.refresh()")
    page.wait_for_timeout(1500)  # it is due

    page.locator("#files").set_input_files(files[1])
    expect(page.locator("#uploading")).to_contain_text("1 image is in.")
    page.wait_for_timeout(LATE_MS)
    held.let_go()

    expect(page.get_by_text("The model looks at 1 image")).to_have_count(2)


def test_a_file_that_is_looked_at_for_long_is_waited_for_to_the_end(console: Console, page: Page, tmp_path: Path) -> None:
    put_company(console)
    sales, stores = tmp_path / "ventas.csv", services_of(console)
    claim = names.dataset(send(console, small_sales()), "inspecting.json")
    stores.datasets.delete(claim.split("/")[-2])
    stores.objects.put_json(claim, {"until": round((time.time() + 600) * 1000)})  # another process is at it
    sales.write_bytes(small_sales())
    file, _ = stores.datasets.receive(sales, type="sales", name="ventas", company="andes", filename="ventas.csv")
    open_page(page, f"{console.url}/forecasts/andes?dataset={file.id}")
    expect(page.get_by_text("ventas has arrived and is being looked at")).to_be_visible()
    page.wait_for_timeout(5000)

    stores.objects.delete(claim)

    expect(page.get_by_text("ventas is here: 108 rows.")).to_be_visible(timeout=30_000)


def open_forecast(console: Console, page: Page, query: str = "") -> None:
    """The page of a company that has a model, with nothing on its way."""
    put_company(console)
    send(console, small_sales())
    train_company(console)
    open_page(page, f"{console.url}/forecasts/andes{query}")
    settled(page)


def test_an_article_that_is_typed_and_left_while_an_answer_is_late_is_found(console: Console, page: Page) -> None:
    open_forecast(console, page)
    held, field = Held(page, "q=A-1", answered=True), page.get_by_role("searchbox", name="Find an article")
    field.fill("A-1")
    held.wait()

    field.fill("A-2")
    field.press("Tab")
    held.let_go()

    expect(page.locator(".fan figcaption")).to_contain_text("A-2")
    expect(field).to_have_value("A-2")


def test_an_article_that_is_chosen_last_is_drawn_though_one_before_is_answered_later(console: Console, page: Page) -> None:
    open_forecast(console, page)
    held, choices = Held(page, "show=item"), page.get_by_role("navigation", name="What is drawn")
    choices.get_by_role("link", name="A-1").click()
    held.wait()

    choices.get_by_role("link", name="A-2").click()
    expect(page.locator(".fan figcaption")).to_contain_text("A-2")
    held.let_go()

    expect(page.locator(".fan figcaption")).to_contain_text("A-2")


def test_an_article_that_is_chosen_right_after_typing_keeps_what_was_typed(console: Console, page: Page) -> None:
    open_forecast(console, page, "?q=A-")
    field, choices = page.get_by_role("searchbox", name="Find an article"), page.get_by_role("navigation", name="What is drawn")

    field.fill("A-1")
    choices.get_by_role("link", name="A-2").click()

    expect(page.locator(".fan figcaption")).to_contain_text("A-2")
    expect(field).to_have_value("A-1")
    expect(choices.get_by_role("link")).to_have_count(1)
