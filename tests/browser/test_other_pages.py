"""New job, health, sign-in, languages, outages, and what is typed or read by anybody."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from storage.api_keys import KeyStore
from storage.objects import open_store
from tests.browser.conftest import PHONE, Console, open_page, picture, running_console, violations
from tests.services import Valkey


@pytest.fixture
def expected_errors() -> list[str]:
    return ["422", "403", "503", "ERR_", "Failed to load resource"]


def test_a_form_says_what_is_wrong_at_its_field_and_then_starts_the_job(console: Console, page: Page) -> None:
    open_page(page, console.url)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="New job").click()
    page.get_by_role("link", name="test.work").click()
    page.get_by_label("seconds").fill("-1")
    page.get_by_label("ledger").fill("kept while it is wrong")
    page.get_by_label("Labels").fill("team: north")

    page.get_by_role("button", name="Start the job").click()

    expect(page.locator("#field-seconds-fault")).to_have_text("has to be 0 or more")
    expect(page.get_by_label("seconds")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("ledger")).to_have_value("kept while it is wrong")
    assert violations(page) == []
    picture(page, "form-wrong")

    page.get_by_label("seconds").fill("3")
    page.get_by_role("button", name="Start the job").click()
    expect(page.locator("#live .badge").first).to_contain_text("queued")
    job = console.jobs.get(page.url.rpartition("/")[2])
    assert (job.params["seconds"], job.labels) == (3.0, {"team": "north"})


def test_a_mistyped_address_has_the_bar_and_a_way_back(console: Console, page: Page) -> None:
    open_page(page, f"{console.url}/nada")
    expect(page.get_by_text("There is nothing at this address.")).to_be_visible()
    assert violations(page) == []
    picture(page, "mistyped")

    page.get_by_role("link", name="To the jobs").click()

    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()


def test_what_is_wrong_with_a_long_form_comes_into_view_with_the_focus(console: Console, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 1280, "height": 500})
    page.request.put(f"{console.url}/v1/companies/shop", data={"nit": "900123456", "name": "North", "country": "CO", "currency": "COP"})
    open_page(page, f"{console.url}/new/forecasting.train")
    expect(page.get_by_label("company", exact=True).locator("option")).to_have_text(["none", "North (shop)"])
    page.get_by_label("horizon").fill("0")
    page.get_by_role("button", name="Start the job").click()

    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)
    picture(page, "form-long")
    page.get_by_role("alert").get_by_role("link", name="horizon").click()
    expect(page.get_by_label("horizon")).to_be_in_viewport()
    assert violations(page) == []


@pytest.mark.parametrize("locale", ["en-US", "es-CO"])
def test_on_a_phone_every_entry_of_the_bar_is_seen_and_the_present_one_is_marked(console: Console, new_page: Callable[..., Page], locale: str) -> None:
    page = new_page(viewport=PHONE, locale=locale)
    page.request.put(f"{console.url}/v1/companies/shop", data={"nit": "900123456", "name": "North", "country": "CO", "currency": "COP"})
    for path, number in {"/": 0, "/health": 5, "/forecasts/shop": 2, "/forecasts/shop/buy": 2, "/forecasts/shop/ask": 2}.items():
        open_page(page, console.url + path)
        entries = page.locator("header nav a")
        for entry in entries.all():
            expect(entry).to_be_in_viewport(ratio=1)
        assert [entry.get_attribute("aria-current") for entry in entries.all()] == ["page" if n == number else None for n in range(6)], path
    picture(page, f"bar-phone-{locale[:2]}")


def test_in_spanish_the_buttons_of_the_list_are_whole(console: Console, new_page: Callable[..., Page]) -> None:
    page = new_page(locale="es-CO")
    console.fail(console.submit(team="norte"))
    open_page(page, console.url)

    button, card = (page.locator(where).bounding_box() for where in (".jobs button", ".card.scroll"))

    assert button
    assert card
    assert button["x"] + button["width"] <= card["x"] + card["width"]


def test_the_long_runs_of_the_makers_are_folded_up_and_said_to_be_theirs(console: Console, page: Page) -> None:
    open_page(page, f"{console.url}/health")
    runs = page.locator("details").filter(has_text="How Noria was tried before it came here")
    expect(runs.get_by_text("violations", exact=True)).to_be_hidden()

    runs.locator("summary").click()

    expect(runs.get_by_text("Nothing here tells of this installation")).to_be_visible()
    expect(runs.get_by_text("violations", exact=True)).to_be_visible()
    picture(page, "health-runs")
    assert violations(page) == []


def test_a_job_is_submitted_again_with_changes(console: Console, page: Page) -> None:
    job = console.submit(params={"seconds": 7.0, "ledger": "a", "misbehave": "fail"}, team="north")
    open_page(page, f"{console.url}/jobs/{job}")

    page.get_by_role("link", name="Submit again with changes").click()

    expect(page.get_by_label("seconds")).to_have_value("7.0")
    expect(page.get_by_label("misbehave")).to_have_value("fail")
    expect(page.get_by_label("Labels")).to_have_value("team: north")


def test_an_admin_pauses_and_resumes_a_queue(console: Console, page: Page) -> None:
    open_page(page, f"{console.url}/health")
    page.get_by_label("Why queue gpu is paused").fill("new driver")

    page.get_by_role("button", name="Pause queue gpu", exact=True).click()

    expect(page.get_by_role("button", name="Resume queue gpu", exact=True)).to_be_visible()
    pause = console.jobs.queues()["gpu"].pause
    assert pause
    assert pause.reason == "new driver"
    page.get_by_role("button", name="Resume queue gpu", exact=True).click()
    expect(page.get_by_label("Why queue gpu is paused")).to_be_visible()


def test_keys_open_pages_and_their_roles_decide_which_buttons_there_are(tmp_path: Path, valkey: Valkey, page: Page) -> None:
    keys = KeyStore(open_store((tmp_path / "objects").as_uri()))
    secrets = {role: keys.create(f"{role}-key", role)[1] for role in ("read", "submit")}
    with running_console(tmp_path, valkey) as console:
        job = console.submit()
        page.goto(f"{console.url}/jobs/{job}")
        expect(page.get_by_label("API key")).to_be_focused()
        picture(page, "sign-in")
        assert violations(page) == []
        page.keyboard.type("a-wrong-key")
        page.keyboard.press("Enter")
        expect(page.get_by_text("This is not a valid key.")).to_be_visible()

        page.get_by_label("API key").fill(secrets["read"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="test.work")).to_be_visible()
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
        cookie = next(c for c in page.context.cookies() if c["name"].startswith("noria_session"))
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")

        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("API key").fill(secrets["submit"])
        page.keyboard.press("Enter")
        page.get_by_role("button", name=re.compile("^Cancel")).wait_for()
        page.goto(f"{console.url}/health")
        expect(page.get_by_role("button", name=re.compile("^Pause"))).to_have_count(0)


def test_pages_speak_the_language_of_the_browser_or_the_chosen_one(console: Console, new_page: Callable[..., Page]) -> None:
    page = new_page(locale="es-CO")
    console.submit(team="norte")
    open_page(page, console.url)
    expect(page.get_by_role("heading", name="Trabajos")).to_be_visible()
    expect(page.locator(".badge").first).to_contain_text("en cola")
    assert page.get_attribute("html", "lang") == "es"
    picture(page, "jobs-spanish")

    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    assert page.get_attribute("html", "lang") == "en"
