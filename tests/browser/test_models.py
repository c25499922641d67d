"""Models: which version is used and why, what made it, and decisions about it; and the views of results."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from storage.api_keys import KeyStore
from storage.corrections import CorrectionIn
from storage.job_store import End
from storage.objects import open_store
from tests.browser.conftest import DESKTOP, PHONE, Console, open_page, picture, running_console, violations
from tests.browser.learned import boxes, learned, photo, services_of
from tests.services import Valkey


@pytest.fixture
def expected_errors() -> list[str]:
    return ["422"]


@pytest.mark.parametrize(("look", "options"), [
    ("light-desktop", {"viewport": DESKTOP, "color_scheme": "light"}),
    ("dark-phone", {"viewport": PHONE, "color_scheme": "dark", "locale": "es-CO"})])
def test_models_and_results_are_clean_for_axe_and_fit_the_screen(
        console: Console, new_page: Callable[..., Page], look: str, options: dict[str, Any]) -> None:
    jobs, page, found = learned(console), new_page(traced=False, **options), []
    pages = {"models": "/models", "model-vision": "/models/fruit", "model-forecasting": "/models/shop", "result-retrain": f"/jobs/{jobs.retrain}",
             "result-train": f"/jobs/{jobs.train}", "result-predict": f"/jobs/{jobs.predict}", "result-forecast": f"/jobs/{jobs.forecast}"}
    for name, path in pages.items():
        open_page(page, console.url + path)
        for shot in page.locator(".shot img").all():
            shot.scroll_into_view_if_needed()
            expect(shot).to_have_js_property("complete", True)
        page.evaluate("scrollTo(0, 0)")
        picture(page, f"{name}-{look}")

        found += [f"{name}: {violation}" for violation in violations(page)]
        cut = page.evaluate("[...document.querySelectorAll('.scores')].filter(t => t.scrollWidth > t.parentElement.clientWidth).length")
        if cut:
            found.append(f"{name}: {cut} tables of scores are cut off")
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{name}: wider than the screen")

    assert found == []


def test_without_models_the_page_says_how_to_get_one(console: Console, page: Page) -> None:
    open_page(page, f"{console.url}/models")
    expect(page.get_by_text("There are no models yet.")).to_be_visible()
    assert violations(page) == []
    picture(page, "models-empty")

    page.get_by_role("link", name="Train on images").click()
    expect(page.get_by_role("heading", name="vision.train")).to_be_visible()


def test_each_correction_that_made_a_version_is_seen_with_its_boxes(console: Console, page: Page) -> None:
    learned(console)
    open_page(page, f"{console.url}/models")
    page.get_by_role("link", name="fruit").click()

    shots = page.locator(".shots li")
    expect(shots).to_have_count(5)
    expect(shots.nth(4)).to_contain_text("kept for measuring")
    expect(shots.first).to_contain_text("1 added, 1 taken away, 1 confirmed")
    image = shots.first.get_by_role("img")
    expect(image).to_have_js_property("naturalWidth", 320)
    box = shots.first.locator("rect.line").first
    shown, whole = box.bounding_box(), image.bounding_box()
    assert shown
    assert whole
    scale = whole["width"] / 320
    assert abs(shown["x"] - whole["x"] - 30 * scale) < 3  # the box lies where it was drawn
    assert abs(shown["width"] - 100 * scale) < 6
    expect(page.get_by_role("heading", name="New images").locator("..")).to_contain_text("+0.494")

    image.click()
    expect(page.get_by_role("link", name="Small again")).to_be_visible()
    large = image.bounding_box()
    assert large
    assert large["width"] > 3 * whole["width"]
    page.get_by_role("link", name="Small again").click()
    expect(page.get_by_role("link", name="Small again")).to_have_count(0)


def test_what_was_done_to_the_data_of_a_training_has_its_number_beside_it(console: Console, page: Page) -> None:
    open_page(page, f"{console.url}/jobs/{learned(console).forecast}")

    fact = page.locator(".facts > div").filter(has_text="periods of an item without a line")
    expect(fact.locator("dd")).to_have_text("61")
    expect(page.locator(".facts > div").filter(has_text="last period left out").locator("dd")).to_have_text("Nov 2026")


def test_a_version_is_promoted_and_rolled_back_with_a_reason(console: Console, page: Page) -> None:
    learned(console)
    models = services_of(console).models
    open_page(page, f"{console.url}/models/fruit")
    expect(page.get_by_text("It misses pears in the shade.")).to_be_visible()
    button = page.get_by_role("button", name="Make version 2 the one in use")

    button.click()  # the browser itself asks for a reason
    assert models.champion("fruit") == 1
    page.get_by_label("Reason").fill("   ")
    button.click()
    expect(page.locator(".fault")).to_contain_text("reason")
    expect(page.locator(".htmx-request")).to_have_count(0)  # a busy form is paler
    assert violations(page) == []
    page.get_by_label("Reason").fill("The shade was mended.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("in use: predictions come from it")).to_be_visible()
    assert models.champion("fruit") == 2
    expect(page.locator(".history li").first).to_contain_text("The shade was mended.")

    page.get_by_label("Reason").fill("It was not.")
    page.get_by_role("button", name="Roll back to version 1").click()
    expect(page.locator(".history li").first).to_contain_text("rolled back")
    assert [(e.action, e.version, e.reason) for e in models.history("fruit")[:2]] == [
        ("rolled_back", 1, "It was not."), ("promoted", 2, "The shade was mended.")]


def test_a_retrain_shows_its_steps_while_it_goes_on_and_where_it_failed(console: Console, page: Page) -> None:
    job = console.submit("vision.retrain", "gpu", {"model": "fruit"})
    fence = console.start(job).fence
    open_page(page, f"{console.url}/jobs/{job}")

    for number, name in ((2, "prepare the data set"), (6, "train")):
        console.jobs.publish(job, fence, [("progress", {"fraction": number / 12, "stage": f"{number} {name}", "message": "x"})])
        expect(page.locator("[aria-current=step]")).to_have_text(name)
    expect(page.locator(".steps .done")).to_have_count(5)
    assert violations(page) == []
    picture(page, "retrain-under-way")
    error = {"code": "unavailable", "message": "The training process was killed.", "retryable": False, "step": "6 train"}
    console.jobs.move(job, fence, End("failed", error=error))
    expect(page.locator(".steps .failed")).to_contain_text("train failed here")
    picture(page, "retrain-failed")


def test_a_models_page_follows_its_next_retrain_without_a_reload(console: Console, page: Page) -> None:
    learned(console)
    s = services_of(console)
    open_page(page, f"{console.url}/models/fruit")
    expect(page.locator(".tile").nth(2)).to_contain_text("0 / 5")

    for number in range(5, 10):
        image, _ = s.images.receive(photo(number))
        given = {"image": image.id, "model": "fruit", "boxes": boxes(number, ("apple", "pear")), "author": "Ben"}
        _, added = s.corrections.add(CorrectionIn.model_validate(given), by="local")
    job = added.retrain_job
    assert job
    card = page.locator(f"[data-job='{job}']")
    expect(card).to_contain_text("A retrain is under way")
    fence = console.start(job).fence
    console.jobs.publish(job, fence, [("progress", {"fraction": 0.15, "stage": "6 train", "message": "epoch 1 of 10"})])
    expect(card.locator("[aria-current=step]")).to_have_text("train")
    assert violations(page) == []
    picture(page, "model-retrains")
    s.models.promote("fruit", 2, reason="While one looks.", by="ben")
    error = {"code": "unavailable", "message": "The training process was killed.", "retryable": False, "step": "6 train"}
    console.jobs.move(job, fence, End("failed", error=error))

    expect(page.get_by_role("alert")).to_contain_text("The last retrain came to nothing. The training process was killed.")
    expect(page.get_by_text("While one looks.").first).to_be_visible()
    expect(page.locator(".tile").nth(2)).to_contain_text("5 / 5")


def test_who_may_only_look_is_offered_no_decision(tmp_path: Path, valkey: Valkey, page: Page) -> None:
    with running_console(tmp_path, valkey) as console:
        learned(console)
    secret = KeyStore(open_store((tmp_path / "objects").as_uri())).create("looker", "read")[1]
    with running_console(tmp_path, valkey) as console:
        page.goto(f"{console.url}/models/fruit")
        page.get_by_label("API key").fill(secret)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="fruit")).to_be_visible()
        expect(page.locator(".shots li")).to_have_count(5)
        expect(page.get_by_role("img").first).to_have_js_property("naturalWidth", 320)
        expect(page.get_by_label("Reason")).to_have_count(0)
